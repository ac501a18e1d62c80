"""The codes under which carts go on at another device."""

from types import SimpleNamespace
from unittest.mock import patch
from urllib.parse import quote, urlsplit

from tests.cases.trial import Trial
from tests.cases.world import World


def open_cart(trial: Trial, world: World) -> None:
    """Open the address under which a cart goes on, with this as its code."""
    browser = trial.browser()
    code = _code(trial, world)
    trial.begin()
    trial.answer = browser.get(f"/cart/continue/{code}/")
    _note(trial)
    if trial.case.expect == "NOT_FOUND_404":
        trial.like = browser.get("/cart/continue/ZZZZZZZZZZ/")


def take_cart_over(trial: Trial, world: World) -> None:
    """Take the cart with this code over."""
    browser = trial.browser()
    code, token = _code(trial, world), browser.csrf
    trial.begin()
    trial.answer = browser.post(f"/cart/continue/{code}/take-over/", {"csrfmiddlewaretoken": token})
    _note(trial)
    if trial.case.expect == "NOT_FOUND_404":
        trial.like = browser.post("/cart/continue/ZZZZZZZZZZ/take-over/", {"csrfmiddlewaretoken": token})


def many_cart_codes(trial: Trial, world: World) -> None:
    """Guess the codes of carts; beyond the limit even a right one opens nothing."""
    browser, right = trial.browser(), world.cart_code()
    trial.begin()
    with patch("omo.limits.time", SimpleNamespace(time=lambda: 1_000_000)):  # all within one minute, however slow the machine
        for guess in range(40):
            browser.get(f"/cart/continue/{guess:010d}/")
        trial.answer = browser.get(f"/cart/continue/{right}/")
    assert trial.answer.status == 429, "the limit does not hold to the end"


def _code(trial: Trial, world: World) -> str:
    """What stands at the end of the address, as a browser would write it."""
    filled = world.filled(trial.case.text)
    return quote(urlsplit(filled).path.rstrip("/").rpartition("/")[2] if "://" in filled else filled, safe="")


def _note(trial: Trial) -> None:
    assert trial.answer is not None
    trial.accepted = trial.answer.status in (200, 302)
    if trial.case.expect in ("REJECT_FIELD", "CONFLICT_409"):
        assert trial.answer.status == 404
        trial.said = trial.answer.words
