"""A browser of few words: sockets, cookies and forms, light enough not to measure itself."""

import re
import socket
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import urlencode

FORM = re.compile(r"<form\b([^>]*)>(.*?)</form>", re.S)
INPUT = re.compile(r"<input\b[^>]*>")
SELECT = re.compile(r'<select\b[^>]*\bname="([^"]+)"[^>]*>(.*?)</select>', re.S)
OPTION = re.compile(r'<option\b[^>]*\bvalue="([^"]*)"( selected)?')
ATTRIBUTE = re.compile(r'([a-z-]+)(?:="([^"]*)")?')
SECRET = "b" * 32
"""Of the CSRF cookie: the same in every request, so that a prepared form passes the check."""


class Unexpected(Exception):
    """The server answered with another status than the flow needs."""


@dataclass
class Page:
    """An answer."""

    status: int
    headers: dict[str, str]
    text: str
    cookies: dict[str, str]

    def form(self, action: str) -> tuple[str, dict[str, str]]:
        """The first form whose action ends with `action` (or starts so): its address and the values it would send untouched."""
        for attributes, inside in FORM.findall(self.text):
            target = unescape(dict(ATTRIBUTE.findall(attributes)).get("action", ""))
            if re.search(action, target):
                return target, dict(_values(inside))
        raise Unexpected(f"no form for {action}")


def _values(inside: str) -> list[tuple[str, str]]:
    found = []
    for tag in INPUT.findall(inside):
        named = dict(ATTRIBUTE.findall(tag))
        skipped = named.get("type") in ("submit", "radio", "checkbox") and "checked" not in named
        if named.get("name") and not skipped:
            found.append((named["name"], unescape(named.get("value", ""))))
    for name, options in SELECT.findall(inside):
        values = OPTION.findall(options)
        found += [(name, unescape(value)) for value, _ in ([one for one in values if one[1]] or values)[:1]]
    return found


@dataclass
class Browser:
    """One visitor. `cookies` may be given, to be somebody who signed in before."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, *, expect: int = 200) -> Page:
        """A page. Raises Unexpected for another status than `expect` (0: any)."""
        return self._exchange(f"GET {path} HTTP/1.1\r\n", b"", expect)

    def post(self, path: str, data: dict[str, str], *, expect: int = 302) -> Page:
        """A form. Raises Unexpected for another status."""
        self.cookies["csrf"] = SECRET
        body = urlencode({**data, "csrfmiddlewaretoken": SECRET}).encode()
        head = f"POST {path} HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
        return self._exchange(head, body, expect)

    def _exchange(self, head: str, body: bytes, expect: int) -> Page:
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        request = f"{head}Host: 127.0.0.1\r\n{f'Cookie: {cookie}' if cookie else 'X: 1'}\r\nConnection: close\r\n\r\n".encode() + body
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as line:
            line.sendall(request)
            chunks = []
            while chunk := line.recv(65536):
                chunks.append(chunk)
        page = read(b"".join(chunks))
        self.cookies.update(page.cookies)
        if expect and page.status != expect:
            raise Unexpected(f"{head.splitlines()[0]} answered {page.status}, not {expect}: {page.text[:300]}")
        return page


def read(raw: bytes) -> Page:
    """An answer as it came over the wire. Raises ConnectionResetError if it broke off before its head was through."""
    head, whole, body = raw.partition(b"\r\n\r\n")
    if not whole:
        raise ConnectionResetError("no answer")
    lines = head.decode("latin-1").split("\r\n")
    pairs = [line.split(": ", 1) for line in lines[1:] if ": " in line]
    cookies = dict(value.split(";", 1)[0].split("=", 1) for name, value in pairs if name.lower() == "set-cookie")
    return Page(int(lines[0].split()[1]), {name.lower(): value for name, value in pairs}, body.decode("utf-8", "replace"), cookies)
