"""Addresses: paths, queries, and where a sign-in leads."""

import re
from urllib.parse import parse_qs, quote, unquote, urlsplit

from django.urls import Resolver404, resolve

from tests.cases import changing
from tests.cases.browser import Answer, Browser
from tests.cases.inputs import BadInput
from tests.cases.targets import Target
from tests.cases.trial import NotBuilt, Trial
from tests.cases.world import World
from tests.factories import PASSWORD

MOVED = [
    (r"^/login/", "/accounts/login/"),
    (r"^/signup/|^/register/", "/accounts/signup/"),
    (r"^/member/|^/members/|^/wallet/", "/card/"),
    (r"^/orders/track/([^/]+)/", r"/orders/\1/"),
    (r"^/staff/stores/1/", "/staff/harbour/"),
    (r"^/staff/stores/(2|s2|other)/", "/staff/airport/"),
    (r"^/staff/stores/([^/]+)/", r"/staff/\1/"),
    (r"^/stores/1/", "/stores/harbour/"),
    (r"^/stores/2/", "/stores/airport/"),
    (r"^/(webhooks?|payments?)/(webhooks?/)?(stripe|sandbox)?/?$", "/provider-events/sandbox/"),
    (r"^/(account|profile|me)/addresses/", "/addresses/"),
    (r"^/(profile|me)/$", "/account/"),
    (r"^/carts?/(share|shared|resume)/", "/cart/continue/"),
    (r"^/(proxy|collect)/", "/pass/"),
    (r"^/(track|lookup|order-lookup|guest-order)/$", "/find-order/"),
]
"""Addresses of the catalogue that have another name here."""
BESIDE = ["/admin/doc/", "/admindocs/", "/__debug__/", "/api/openapi.json", "/api/schema/", "/.git/config", "/.env", "/var/db.sqlite3"]
"""What should be as closed as an open /metrics would be bad."""
NOTHING = {
    r"/addresses/\d+/": "/addresses/999999/",
    r"/cart/continue/[^/]+/$": "/cart/continue/ZZZZZZZZZZ/",
    "/pass/": "/pass/ZZZZZZZZZZ/AAAAAAAAAAAAAAAAAAAAAA/",
}
"""By the beginning of a path: an address of the same kind that leads to nothing."""
ROOMS = {
    "",
    "account",
    "addresses",
    "accounts",
    "admin",
    "card",
    "cart",
    "checkout",
    "find-order",
    "forget-position",
    "health",
    "leave-store",
    "near-me",
    "orders",
    "pass",
    "pictures",
    "products",
    "provider-events",
    "q",
    "sandbox",
    "scan",
    "search",
    "staff",
    "stores",
}
"""The first parts of all our paths."""
CHANGING = ["/cart/add/", "/cart/lines/A1/", "/checkout/start/", "/checkout/place-order/", "/card/join/", "/stores/harbour/enter/", "/leave-store/"]
CHANGING_AT_WORK = ["labels/make/", "till/scan/", "till/ring-up/", "till/detach-member/", "till/lines/A1/"]
CHANGING_PICKUPS = ["start-picking/", "mark-ready/", "undo-ready/", "hand-over/"]


def targets(case: BadInput) -> list[Target]:
    """What is asked for, and by whom."""
    address = ours(case.text)
    if case.expect == "SAFE_REDIRECT":
        return [
            Target("sign-in", after_sign_in),
            Target("sign-in by code", after_code),
            Target("entering a store", after_entering),
            Target("leaving a store", after_leaving),
        ]
    if case.expect == "METHOD_405" and not is_address(address):
        return [Target("every changing address", change_by_get)]
    if case.text in ("/metrics", "/metrics/") or "open" in case.name:
        return [Target(path, _getter(path)) for path in (address, *BESIDE)]
    if case.expect != "NOT_FOUND_404" and _room(address) not in ROOMS:
        raise NotBuilt(f"the page {urlsplit(address).path[:60]}")
    return [Target("get", _getter(address))]


def ours(address: str) -> str:
    """The address here of an address of the catalogue."""
    if is_address(address):
        return address
    for there, here in MOVED:
        if re.match(there, address):
            return re.sub(there, here, address, count=1)
    return address


def is_address(address: str) -> bool:
    """Whether the path leads to one of our pages."""
    try:
        resolve(unquote(urlsplit(address).path))
    except Resolver404:
        return False
    return True


def _room(address: str) -> str:
    """The first part of a path."""
    return [*urlsplit(address).path.split("/"), "", ""][1]


def change_by_get(trial: Trial, world: World) -> None:
    """GET everything that changes something."""
    browser = trial.browser().sign_in(world.ana)
    work, part, parcel = f"/staff/{world.store.code}/", world.part_of(world.order(owner=world.ana)), world.parcel()
    paths = [
        *changing.paths(work, part, parcel),
        *CHANGING,
        *(work + path for path in CHANGING_AT_WORK),
        *(f"{work}pickups/{world.new_order.number}/{path}" for path in CHANGING_PICKUPS),
    ]
    world.mug  # noqa: B018
    trial.begin()
    answers = [browser.get(path) for path in paths]
    trial.answer = next((answer for answer in answers if answer.status != 405), answers[0])


def _getter(address: str):
    def get(trial: Trial, world: World) -> None:
        """GET the address as the person whom it is about."""
        path = world.filled(address)
        browser = _visitor(trial, world, path)
        shown = world.mug.product.name
        trial.begin()
        trial.answer = browser.get(path if path.startswith("/") else f"/{path}")
        if trial.case.expect in ("INERT", "ACCEPT_EXACT", "ACCEPT_NORMALISED"):
            assert trial.answer.status < 500
            trial.accepted, trial.stored, trial.canonical = trial.answer.status == 200, None, None
            _no_match_all(trial, path, shown)
        if trial.case.expect == "NOT_FOUND_404":
            trial.like = _missing(browser, path)

    return get


def _visitor(trial: Trial, world: World, path: str) -> Browser:
    """Staff pages are asked for by staff of store 1, orders by Alice, everything else by anybody, if the input's name does not say otherwise."""
    world.other_store, world.new_order  # noqa: B018
    name = trial.case.name.lower()
    if re.search(r"anonymous|logged out|signed out|without (a )?(login|sign)", name) or trial.case.expect == "UNAUTH_401":
        return trial.browser()
    if "customer" in name or path.startswith(("/orders/", "/addresses/", "/account/")):
        return trial.browser().sign_in(world.alice)
    if path.startswith("/staff/"):
        return trial.browser().sign_in(world.ana)
    return trial.browser().sign_in(world.ines) if path in BESIDE else trial.browser()


def _missing(browser: Browser, path: str) -> Answer | None:
    """The answer for an object that does not exist, where the address names one."""
    if re.match(r"/orders/HP-[A-Z2-9]{6}/", path):
        return browser.get(re.sub(r"HP-[A-Z2-9]{6}", "HP-ZZZZZZ", path))
    for room, nothing in NOTHING.items():
        if re.match(room, path):
            return browser.get(nothing)
    if path.startswith("/staff/airport/"):
        return browser.get(path.replace("/airport/", "/no-such-store/"))
    return None


def _no_match_all(trial: Trial, path: str, name: str) -> None:
    """Signs that mean 'anything' to a database find nothing."""
    words = parse_qs(urlsplit(path).query, errors="replace").get("q", [])
    if words and not any(letter.isalnum() for letter in words[0]):
        assert trial.answer is not None
        assert name not in trial.answer.text


def _next(case: BadInput) -> str:
    return unquote(urlsplit(case.text).query.partition("next=")[2])


def after_sign_in(trial: Trial, world: World) -> None:
    """Sign in with a password on a page that was opened with `next`."""
    browser = trial.browser()
    world.alice  # noqa: B018
    address = f"/accounts/login/?next={quote(_next(trial.case), safe='')}"
    form = browser.get(address).form("/accounts/login/")
    form.fields.setdefault("next", _next(trial.case))
    trial.begin()
    trial.answer = browser.submit(form, login=world.alice.email, password=PASSWORD)


def after_code(trial: Trial, world: World) -> None:
    """Ask for a code on a page that was opened with `next`."""
    browser = trial.browser()
    world.alice  # noqa: B018
    form = browser.get(f"/accounts/login/code/?next={quote(_next(trial.case), safe='')}").form("/accounts/login/code/")
    form.fields.setdefault("next", _next(trial.case))
    trial.begin()
    trial.answer = browser.submit(form, email=world.alice.email)
    assert "evil" not in trial.answer.location or trial.answer.location.startswith("/accounts/")


def after_entering(trial: Trial, world: World) -> None:
    """Enter a store from a form that names the page to go back to."""
    browser = trial.browser()
    path = f"/stores/{world.store.code}/enter/"
    token = browser.csrf
    trial.begin()
    trial.answer = browser.post(path, {"next": _next(trial.case), "csrfmiddlewaretoken": token})


def after_leaving(trial: Trial, world: World) -> None:
    """Leave a store from a form that names the page to go back to."""
    browser = trial.browser()
    token = browser.csrf
    browser.post(f"/stores/{world.store.code}/enter/", {"csrfmiddlewaretoken": token})
    trial.begin()
    trial.answer = browser.post("/leave-store/", {"next": _next(trial.case), "csrfmiddlewaretoken": token})
