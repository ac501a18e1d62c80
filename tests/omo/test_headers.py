"""What every answer carries and what no request gets away with, over every address and role."""

import re
import urllib.parse
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from django.urls import resolve

from tests.addresses import ROLES, Address, Shop, addresses, of_admin, ours
from tests.cases.dump import difference, dump
from tests.cases.outcomes import leaks

pytestmark = pytest.mark.once

ALL = addresses()
FORM = "application/x-www-form-urlencoded"
CRAWLED_BY = {"anonymous": ours(), "customer": ours(), "staff": ours(), "head office": ALL}
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "manifest-src": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
    "object-src": "'none'",
}
INLINE = re.compile(
    r"<script(?![^>]*\ssrc=)(?![^>]*application/json)[^>]*>|<style\b|<[^>]+\s(?:on[a-z]+|style|hx-on[:a-z]*)\s*=|javascript:|data:image", re.IGNORECASE
)
JUNK = [
    "%ff%fe",
    "%00",
    "%F0%9F%98%80",
    "%ED%A0%80",
    "%E2%80%AE",
    "9" * 400,
    "-1",
    "..%2f..%2fetc%2fpasswd",
    "%27%20OR%201=1--",
    "%7B%7B7*7%7D%7D",
    "%3Cscript%3E",
    "a" * 3000,
    "%0d%0aSet-Cookie:%20a=b",
]


@pytest.fixture
def shop(db: None) -> Shop:
    """A store, its people, and an order of one customer."""
    made = Shop()
    made.furnish()
    return made


def safe_headers(response: HttpResponse) -> None:
    """The headers that keep a browser from doing what a page did not mean."""
    policy = dict(part.strip().partition(" ")[::2] for part in response.headers.get("Content-Security-Policy", "").split(";"))
    assert {name: policy.get(name) for name in POLICY} == POLICY
    assert not any("unsafe" in value or "*" in value for value in policy.values())
    assert response.headers.get("X-Content-Type-Options") == "nosniff"
    assert response.headers.get("Referrer-Policy") in ("same-origin", "no-referrer")
    assert response.headers.get("X-Frame-Options") == "DENY"
    assert response.headers.get("Cross-Origin-Opener-Policy") == "same-origin"


def crawl(shop: Shop, role: str) -> Iterator[tuple[Address, HttpResponse]]:
    """GET every address as somebody in this role."""
    for address in CRAWLED_BY[role]:
        yield address, shop.client(role).get(shop.path(address))


@pytest.mark.parametrize("role", CRAWLED_BY)
def test_every_page_is_safe_to_show_and_showing_it_changes_nothing(role: str, shop: Shop):
    before = dump()
    for address, response in crawl(shop, role):
        assert response.status_code < 500, address.name
        safe_headers(response)
        if "html" in response.headers.get("Content-Type", ""):
            assert not INLINE.search(response.text), (address.name, INLINE.search(response.text))
            assert not leaks(response.text), address.name
    assert difference(before, dump()) == {}


@pytest.mark.parametrize("role", ["customer", "staff", "head office"])
def test_pages_about_people_are_kept_by_no_cache(role: str, shop: Shop):
    for address, response in crawl(shop, role):
        if response.status_code == 200 and (address.name in ("order", "orders", "card") or response.request["PATH_INFO"].startswith(("/staff/", "/admin/"))):
            kept = response.headers.get("Cache-Control", "")
            assert "no-store" in kept or address.name == "admin:jsi18n", (address.name, kept)


@pytest.mark.parametrize("role", ["customer", "staff", "head office"])
def test_a_post_without_a_token_does_nothing_anywhere(role: str, shop: Shop):
    before = dump()
    for address in CRAWLED_BY[role]:
        response = shop.client(role, enforce_csrf_checks=True).post(shop.path(address), {"name": "x"})
        assert response.status_code == (400 if address.name == "provider_events" else 403), address.name  # providers sign what they post instead
        safe_headers(response)
    assert difference(before, dump()) == {}


def test_htmx_without_a_token_is_told_to_load_the_page_anew(shop: Shop):
    response = shop.client("customer", enforce_csrf_checks=True).post("/cart/add/", {"sku": "A1"}, headers={"HX-Request": "true"})
    assert (response.status_code, response.headers["HX-Refresh"]) == (403, "true")
    assert "<html" not in response.text


@pytest.mark.parametrize("address", [one for one in ours() if one.arguments], ids=lambda address: address.name)
def test_junk_in_a_path_is_not_found(address: Address, shop: Shop):
    client = shop.client("head office")
    cache.clear()
    whole = urllib.parse.quote(shop.path(address))
    for argument in address.arguments:
        value = resolve(shop.path(address)).kwargs[argument]
        for junk in JUNK:
            path = whole.replace(f"/{urllib.parse.quote(str(value))}", f"/{junk}", 1)
            for response in (client.get(path), client.post(path)):
                told = address.name == "account_reset_password_from_key" and response.status_code == 200  # a page that says that the link is worn out
                assert told or response.status_code in (302, 400, 404, 405, 422, 429), (path[:80], response.status_code)
                safe_headers(response)
                assert not leaks(_read(response))


def test_junk_in_a_query_upsets_no_page(shop: Shop):
    client = shop.client("staff")
    for place, address in enumerate(one for one in ours() if one.name != "health"):
        for turn, name in enumerate(("q", "page", "code", "variant", "store", "v")):
            for junk in (JUNK * 3)[(place + turn) % len(JUNK) :][:4]:
                _calm(client, f"{shop.path(address)}?{name}={junk}")


def test_junk_in_a_query_upsets_no_list_of_admin(shop: Shop):
    client = shop.client("head office")
    queries = ["o=9.9.9", "e=1", "p=9999999999", "p=-1", "all=", "unknown=1", "id__exact=abc", "user__password__startswith=p", "_popup=1", "_to_field=password"]
    for address in of_admin():
        if address.name.endswith("_changelist"):
            for query in (*queries, *(f"q={junk}" for junk in JUNK[:4])):
                _calm(client, f"{shop.path(address)}?{query}")


@pytest.mark.parametrize("turn", range(3))
def test_junk_in_a_form_upsets_no_address(turn: int, shop: Shop):
    names = [
        "next",
        "label",
        "sku",
        "code",
        "quantity",
        "name",
        "email",
        "login",
        "password",
        "store",
        "key",
        "amount",
        "tender",
        "proof",
        "identity",
        "picked",
    ]
    names += ["place", "shelf", "sale_reference", "total", "seen_total", "seen_store", "card", "cash", "given", "action"]
    junk = JUNK[4 * turn :] + JUNK * 2
    body = "&".join(f"{name}={value}" for name, value in zip(names, junk, strict=False))
    for role in ("customer", "staff"):
        for address in ours():
            cache.clear()
            response = shop.client(role).generic("POST", shop.path(address), body.encode(), FORM)
            assert response.status_code < 500, (role, address.name)
            assert not leaks(response.text)


def _read(response: HttpResponse) -> str:
    """What an answer says; of a picture whatever can be read."""
    return response.content.decode(errors="replace")


def _calm(client: Client, path: str) -> HttpResponse:
    """GET with limits lifted. Raises AssertionError with the path when the answer leaks."""
    cache.clear()
    response = client.get(path)
    assert response.status_code < 500, path[:160]
    assert not leaks(_read(response)), path[:160]
    return response


@pytest.mark.parametrize("path", ["/no-such-page", "/media/x", "/static/no-such-file.css", "/admin/no-such-page/", "/.env", "/q/", "/staff/harbour/"])
def test_pages_that_are_not_there_are_safe_too(path: str, shop: Shop):
    for role in ROLES:
        response = shop.client(role).get(path)
        assert response.status_code in (302, 404)
        safe_headers(response)


def test_refusals_of_whole_requests_are_safe_too(shop: Shop, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("omo.limits.time", SimpleNamespace(time=lambda: 1_000_000))  # all within one minute, however slow the machine
    client = Client(raise_request_exception=False)
    answers = {
        405: client.generic("TRACE", "/"),
        400: client.get("/?q=%00"),
        413: client.post("/scan/", b"x" * 2_600_000, content_type=FORM),
        429: _limited(client),
    }
    for status, response in answers.items():
        assert response.status_code == status
        safe_headers(response)
    assert answers[405].headers["Allow"]
    assert int(answers[429].headers["Retry-After"]) > 0


def test_a_field_sent_twice_is_refused_where_one_is_taken(shop: Shop):
    response = shop.client("customer").generic("POST", "/cart/add/", b"sku=A1&quantity=1&quantity=2", FORM)
    assert response.status_code == 400


def test_admin_takes_repeated_fields(shop: Shop):
    response = shop.client("head office").generic("POST", "/admin/stores/product/", b"_selected_action=1&_selected_action=2", FORM)
    assert response.status_code in (200, 302)


def _limited(client: Client) -> HttpResponse:
    for _ in range(40):
        response = client.get("/orders/HP-ZZZZZZ/open/AAAAAAAAAAAAAAAAAAAAAA/")
        if response.status_code == 429:
            return response
    raise AssertionError("no limit")


def test_admin_pages_are_in_the_crawl():
    assert len(of_admin()) > 100
