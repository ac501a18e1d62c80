"""Requests that are wrong as requests, whatever they are about."""

import re

from django.core import mail

from tests.cases import surfaces_webhooks
from tests.cases.browser import Browser, encoded
from tests.cases.inputs import BadInput
from tests.cases.scripts import Scripts
from tests.cases.surfaces_sign_in import LOGIN, many_logins
from tests.cases.targets import Target
from tests.cases.text_of_deliveries import door_form
from tests.cases.trial import NotBuilt, Trial
from tests.cases.world import World

script = Scripts()


def targets(case: BadInput) -> list[Target]:
    """Steps by their script; everything else as the body of a form."""
    if "/api/" in case.words:
        raise NotBuilt("JSON API")
    if case.steps and re.search(r"webhook|provider|signature", case.words):
        return surfaces_webhooks.script.of(case)
    if case.steps:
        return script.of(case)
    forms = [Target("body of a form", as_body), Target("body of a checkout", as_checkout)]
    return [*forms, Target("event of a provider", surfaces_webhooks.as_it_is)] if case.expect in ("REJECT_400", "TOO_LARGE_413") else forms


def as_body(trial: Trial, world: World) -> None:
    """Send it as the body of a form, with a valid token in the header."""
    browser = trial.browser()
    token = browser.csrf
    world.mug  # noqa: B018
    body = b"sku=A1&quantity=1&note=" + trial.case.content
    trial.begin()
    trial.answer = browser.post("/cart/add/", body, HTTP_X_CSRFTOKEN=token)


def as_checkout(trial: Trial, world: World) -> None:
    """Send it as the body of a checkout that is delivered."""
    browser = trial.browser()
    form = door_form(browser, world)
    body = encoded(form.fields) + b"&to-note=" + trial.case.content
    trial.begin()
    trial.answer = browser.post(form.action, body)


def adding(browser: Browser, world: World, **changes: str) -> list[tuple[str, str]]:
    """The fields by which a mug goes into the cart."""
    return browser.get(f"/products/{world.mug.product.slug}/").form("/cart/add/").filled(**changes)


@script("htmx|hx-request", "no token|no x-csrftoken|without")
def htmx_without_token(trial: Trial, world: World) -> None:
    """To say 'I am htmx' proves nothing; the answer can be swapped in."""
    browser = trial.browser()
    fields = [(name, value) for name, value in adding(browser, world) if name != "csrfmiddlewaretoken"]
    trial.begin()
    trial.answer = browser.post("/cart/add/", fields, HTTP_HX_REQUEST="true")
    assert trial.answer.headers.get("HX-Refresh") == "true" or "<html" not in trial.answer.text


@script("stale|old token")
def stale_token(trial: Trial, world: World) -> None:
    """A form that was open while somebody signed in in another tab."""
    browser = trial.browser()
    fields = adding(browser, world)
    browser.submit(browser.get(LOGIN).form(LOGIN), login=world.alice.email, password="quiet-harbour-1")
    trial.begin()
    trial.answer = browser.post("/cart/add/", fields, HTTP_HX_REQUEST="true")
    assert trial.answer.headers.get("HX-Refresh") == "true" or "<html" not in trial.answer.text


@script("csrf|token")
def without_token(trial: Trial, world: World) -> None:
    """A form without the token, and one with a made-up token."""
    browser = trial.browser()
    fields = [(name, value) for name, value in adding(browser, world) if name != "csrfmiddlewaretoken"]
    trial.begin()
    for token in ("", "A" * 64, "é" * 32):
        trial.answer = browser.post("/cart/add/", [*fields, ("csrfmiddlewaretoken", token)] if token else fields)
        assert trial.answer.status == 403


@script("origin|cross-site|referer")
def foreign_origin(trial: Trial, world: World) -> None:
    """Right cookie and token, but sent by a page of another host."""
    browser = trial.browser()
    fields = adding(browser, world)
    trial.begin()
    for origin in ("https://evil.example", "null"):
        trial.answer = browser.post("/cart/add/", fields, HTTP_ORIGIN=origin)
        assert trial.answer.status == 403


@script("forwarded.host")
def forwarded_host(trial: Trial, world: World) -> None:
    """A header that names another host does not get into what we write."""
    browser = trial.browser()
    form = browser.get("/accounts/login/code/").form("/accounts/login/code/")
    world.alice  # noqa: B018
    trial.begin()
    mail.outbox.clear()
    trial.answer = browser.post(form.action, form.filled(email=world.alice.email), HTTP_X_FORWARDED_HOST="evil.test", HTTP_FORWARDED="host=evil.test")
    assert mail.outbox
    trial.mails = list(mail.outbox)
    assert "evil" not in trial.answer.text + trial.answer.location + "".join(str(message.message()) for message in mail.outbox)


@script("host")
def bad_host(trial: Trial, world: World) -> None:
    """A host that is not ours, on a page and where a mail would be written."""
    browser = trial.browser()
    form = browser.get("/accounts/login/code/").form("/accounts/login/code/")
    trial.begin()
    for host in ("evil.test", "testserver@evil.test", "evil.test:80", "[::evil"):
        assert browser.get("/", HTTP_HOST=host).status == 400
        trial.answer = browser.post(form.action, form.filled(email="alice@shop.test"), HTTP_HOST=host)
        assert trial.answer.status == 400


@script("field", "10")
def many_fields(trial: Trial, world: World) -> None:
    """A form of 1001 fields, from a visitor and with a valid token."""
    browser = trial.browser()
    fields = adding(browser, world)
    trial.begin()
    trial.answer = browser.post("/cart/add/", [*fields, *((f"field{n}", "x") for n in range(1001))])


@script("trace")
def trace(trial: Trial, world: World) -> None:
    """Methods that would send a request back to its sender, or that nobody knows."""
    browser = trial.browser()
    trial.begin()
    for method in ("TRACE", "TRACK", "CONNECT", "FOO"):
        trial.answer = browser.send(method, "/")
        assert trial.answer.status == 405


@script(r"head\b")
def head(trial: Trial, world: World) -> None:
    """The headers of a page without the page."""
    browser = trial.browser()
    world.mug  # noqa: B018
    paths = ["/", "/products/", f"/products/{world.mug.product.slug}/", "/cart/", "/stores/", world.filled("/q/<valid label>")]
    trial.begin()
    for path in paths:
        page, trial.answer = browser.get(path), browser.send("HEAD", path)
        assert (trial.answer.status, trial.answer.content) == (200, b"")
        trial.stored, trial.canonical = _comparable(trial.answer.headers), _comparable(page.headers)
        assert trial.stored == trial.canonical
    trial.accepted = True


@script("forwarded|client ip|spoofed")
def spoofed_address(trial: Trial, world: World) -> None:
    """A made-up address in a header does not lift a limit."""
    many_logins(trial, world)


@script("content type|content-type")
def wrong_content_type(trial: Trial, world: World) -> None:
    """A form sent as plain text is no form."""
    browser = trial.browser()
    token = browser.csrf
    trial.begin()
    trial.answer = browser.post("/cart/add/", b"sku=A1&quantity=1", content_type="text/plain", HTTP_X_CSRFTOKEN=token)


@script("put|delete|patch|options")
def other_methods(trial: Trial, world: World) -> None:
    """Methods that no page of ours has."""
    browser = trial.browser()
    token = browser.csrf
    world.mug  # noqa: B018
    trial.begin()
    for method in ("PUT", "PATCH", "DELETE"):
        for path in ("/", "/products/", f"/products/{world.mug.product.slug}/", "/cart/", "/cart/add/"):
            trial.answer = browser.send(method, path, HTTP_X_CSRFTOKEN=token)
            assert trial.answer.status == 405


@script("method.override|_method")
def overridden_method(trial: Trial, world: World) -> None:
    """A header or a field that names another method is no method."""
    browser = trial.browser()
    world.mug  # noqa: B018
    trial.begin()
    trial.answer = browser.get("/cart/add/?_method=POST&sku=A1", HTTP_X_HTTP_METHOD_OVERRIDE="POST")
    assert trial.answer.status == 405
    assert trial.so_far() == {}


@script("boundary|multipart|truncated")
def broken_multipart(trial: Trial, world: World) -> None:
    """A form with a file that is none: without its boundary, cut off, with a foreign encoding."""
    browser = trial.browser()
    token = browser.csrf
    trial.begin()
    for content_type in ("multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=é"):
        trial.answer = browser.post("/scan/", b"--x\r\nContent-Disposition: form-data; name=", content_type=content_type, HTTP_X_CSRFTOKEN=token)
        assert trial.answer.status == 400


@script("same (scalar )?(field|parameter)|parameter pollution|field twice|duplicate (field|parameter)")
def field_twice(trial: Trial, world: World) -> None:
    """One name with two values, in forms of every kind."""
    browser = trial.browser()
    fields = adding(browser, world)
    trial.begin()
    for path, name in (("/cart/add/", "quantity"), ("/scan/", "code"), ("/accounts/login/", "login"), ("/checkout/place-order/", "store")):
        trial.answer = browser.post(path, [*((key, value) for key, value in fields if key != name), (name, "1"), (name, "2")])
        assert trial.answer.status == 400


@script("long (header|cookie)|cookie of|header of|oversized (header|cookie)")
def long_headers(trial: Trial, world: World) -> None:
    """Cookies and headers of junk."""
    browser = trial.browser()
    trial.begin()
    junk = "x" * 8000
    for name in ("HTTP_COOKIE", "HTTP_ACCEPT_LANGUAGE", "HTTP_USER_AGENT", "HTTP_REFERER", "HTTP_X_REQUESTED_WITH", "HTTP_HX_TARGET", "HTTP_HX_CURRENT_URL"):
        trial.answer = browser.get("/", **{name: f"session={junk}" if name == "HTTP_COOKIE" else junk})
        assert trial.answer.status < 500


def _comparable(headers: dict[str, str]) -> dict[str, str]:
    """The headers that do not hold a fresh value each time. Content-Length of HEAD may be left out."""
    return {name: value for name, value in headers.items() if name not in ("Content-Length", "Date", "Set-Cookie")}
