"""A browser without scripts: it keeps cookies, reads forms as they are and sends them, and remembers every answer."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import quote_plus, urljoin
from xml.etree.ElementTree import Element

import html5lib
from django.http import HttpResponse
from django.test import Client

Fields = Mapping[str, Any] | Iterable[tuple[str, Any]]
FORM = "application/x-www-form-urlencoded"
HTML = "{http://www.w3.org/1999/xhtml}"


@dataclass
class Form:
    """A form of a page: where it goes, and what it would send as it stands."""

    action: str
    method: str
    fields: dict[str, str]
    wrong: set[str]

    def filled(self, **changes: Any) -> list[tuple[str, Any]]:
        """What it sends after somebody typed into these fields."""
        return list({**self.fields, **changes}.items())


@dataclass
class Answer:
    """What came back for one request."""

    method: str
    path: str
    status: int
    headers: dict[str, str]
    content: bytes
    seconds: float

    @property
    def text(self) -> str:
        """The body as text."""
        return self.content.decode("utf-8", "replace")

    @property
    def location(self) -> str:
        """Where it redirects to, '' if nowhere."""
        return self.headers.get("Location", "")

    @cached_property
    def tree(self) -> Element:
        """The page as a browser would understand it."""
        return html5lib.parse(self.text)

    @cached_property
    def forms(self) -> list[Form]:
        """The forms on the page."""
        return [_form(node, self.path, self.tree) for node in self.tree.iter(f"{HTML}form")]

    def form(self, action: str, **holding: str) -> Form:
        """The form that goes to a path and holds these values. Raises AssertionError if there is none."""
        for form in self.forms:
            if form.action.partition("?")[0] == action and all(form.fields.get(name) == value for name, value in holding.items()):
                return form
        raise AssertionError(f"{self.path} ({self.status}) has no form to {action} with {holding}, but {[(form.action, form.fields) for form in self.forms]}")

    def options(self, name: str) -> list[str]:
        """The values of a choice, by the name of its field."""
        lists = [node for node in self.tree.iter(f"{HTML}select") if node.get("name") == name]
        return [option.get("value", "") for node in lists for option in node.iter(f"{HTML}option")]

    @property
    def wrong_fields(self) -> set[str]:
        """The fields that the page marks as wrong."""
        return {name for form in self.forms for name in form.wrong}

    @property
    def alerts(self) -> str:
        """What the page says is wrong, in its own words."""
        said = [node for node in self.tree.iter() if "stop" in (node.get("data-answer"), *(node.get("class") or "").split()) or node.get("role") == "alert"]
        return " ".join(" ".join("".join(node.itertext()).split()) for node in said)

    @property
    def words(self) -> str:
        """The text that people read on the page's main part."""
        main = next(self.tree.iter(f"{HTML}main"), self.tree)
        return " ".join("".join(main.itertext()).split())

    @property
    def active_content(self) -> list[str]:
        """What a browser would run or load beyond our own files: in-line scripts, event handlers, script addresses, foreign sources."""
        return [fault for node in self.tree.iter() if isinstance(node.tag, str) for fault in _active(node)]


@dataclass
class Browser:
    """One person's browser, from one address on the network."""

    address: str = "203.0.113.7"
    answers: list[Answer] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.client = Client(enforce_csrf_checks=True, raise_request_exception=False, REMOTE_ADDR=self.address)

    def get(self, path: str, *, follow: bool = False, **headers: str) -> Answer:
        """GET a path; with `follow` the redirects too."""
        answer = self.send("GET", path, **headers)
        while follow and answer.location:
            answer = self.send("GET", urljoin(answer.path, answer.location))
        return answer

    def submit(self, form: Form, *, follow: bool = False, headers: Mapping[str, str] | None = None, **changes: Any) -> Answer:
        """Send a form with these fields filled in."""
        answer = self.post(form.action, form.filled(**changes), **(headers or {}))
        return self.get(urljoin(answer.path, answer.location), follow=True) if follow and answer.location else answer

    def post(self, path: str, fields: Fields | bytes = (), *, content_type: str = FORM, **headers: str) -> Answer:
        """POST fields, urlencoded, or a raw body."""
        return self.send("POST", path, fields if isinstance(fields, bytes) else encoded(fields), content_type, **headers)

    def upload(self, form: Form, name: str, filename: str, content: bytes, content_type: str) -> Answer:
        """Send a form with a file."""
        body, kind = multipart(form.fields, name, filename, content, content_type)
        return self.send("POST", form.action, body, kind)

    def send(self, method: str, path: str, body: bytes = b"", content_type: str = "application/octet-stream", **headers: str) -> Answer:
        """Send any request and remember the answer."""
        began = time.perf_counter()
        response: HttpResponse = self.client.generic(method, path, body, content_type, **headers)
        seconds = time.perf_counter() - began
        content = b"".join(response) if response.streaming else response.content
        self.answers.append(Answer(method, path, response.status_code, dict(response.headers), content, seconds))
        return self.answers[-1]

    def sign_in(self, user: Any) -> "Browser":
        """Be signed in as this person."""
        self.client.force_login(user)
        return self

    @property
    def csrf(self) -> str:
        """A valid token for a form, as a page would hold it."""
        return self.get("/accounts/login/code/", follow=True).forms[0].fields["csrfmiddlewaretoken"] if "csrf" not in self.client.cookies else self.cookie

    @property
    def cookie(self) -> str:
        """The secret of the CSRF cookie, which is valid as a token too."""
        return self.client.cookies["csrf"].value


def encoded(fields: Fields) -> bytes:
    """Fields as a form sends them; a lone surrogate goes as the three bytes that broken programs make of it."""
    pairs = fields.items() if isinstance(fields, Mapping) else fields
    return "&".join(f"{quote_plus(name)}={quote_plus(str(value).encode('utf-8', 'surrogatepass'))}" for name, value in pairs).encode()


def multipart(fields: Mapping[str, str], name: str, filename: str, content: bytes, content_type: str) -> tuple[bytes, str]:
    """Fields and one file as multipart/form-data: the body and its content type."""
    parts = [f'--edge\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode() for key, value in fields.items() if key != name]
    head = f'--edge\r\nContent-Disposition: form-data; name="{name}"; filename="{filename}"\r\nContent-Type: {content_type}\r\n\r\n'
    return b"".join([*parts, head.encode(), content, b"\r\n--edge--\r\n"]), "multipart/form-data; boundary=edge"


def _form(node: Element, path: str, tree: Element) -> Form:
    own = [one for one in node.iter() if not one.get("form")]
    linked = [one for one in tree.iter() if node.get("id") and one.get("form") == node.get("id")]
    fields: dict[str, str] = {}
    wrong = set()
    for one in [*own, *linked]:
        name = one.get("name")
        if name and one.get("aria-invalid") == "true":
            wrong.add(name)
        if name and (value := _value(one)) is not None:
            fields[name] = value
    return Form(urljoin(path, node.get("action") or path), (node.get("method") or "get").lower(), fields, wrong)


def _value(node: Element) -> str | None:
    """What a field would send, None if nothing. Buttons send nothing unless pressed."""
    kind = str(node.tag).removeprefix(HTML)
    if kind == "textarea":
        return "".join(node.itertext())
    if kind == "select":
        options = list(node.iter(f"{HTML}option"))
        chosen = next((one for one in options if one.get("selected") is not None), options[0] if options else None)
        return None if chosen is None else chosen.get("value", "".join(chosen.itertext()))
    if kind != "input" or node.get("type") in ("submit", "button", "image", "file", "reset"):
        return None
    if node.get("type") in ("checkbox", "radio"):
        return (node.get("value") or "on") if node.get("checked") is not None else None
    return node.get("value") or ""


def _active(node: Element) -> Iterable[str]:
    name = str(node.tag).removeprefix(HTML)
    if name == "script" and not node.get("src") and "json" not in (node.get("type") or ""):
        yield "script"
    for key, value in node.attrib.items():
        if str(key).startswith("on"):
            yield f"{name} {key}"
        if key in ("src", "href", "action", "formaction", "data") and value.strip().lower().startswith(("javascript:", "data:", "vbscript:")):
            yield f"{name} {key}={value}"
        if key == "src" and not value.startswith("/"):
            yield f"{name} {key}={value}"
