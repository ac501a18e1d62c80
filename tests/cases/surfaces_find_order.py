"""Finding one's orders again: an address, and a code from its mailbox."""

import re
from datetime import timedelta

import time_machine
from django.utils import timezone

from omo import mailed_codes
from omo.models import MailedCode
from tests.cases import surfaces_sign_in
from tests.cases.browser import Answer, Browser
from tests.cases.inputs import BadInput
from tests.cases.scripts import Scripts
from tests.cases.targets import Target
from tests.cases.trial import Trial
from tests.cases.world import World

PAGE, CODE = "/find-order/", "/find-order/code/"

script = Scripts()


def beside_sign_in(case: BadInput) -> list[Target]:
    """Where addresses and codes are typed: to sign in, and to find an order."""
    if re.search(r"find[- ](my[- ])?order|mailed code", case.words):
        return script.of(case) if case.steps else _own(case)
    found = surfaces_sign_in.targets(case)
    return found if case.steps or "password" in case.name.lower() else [*found, *_own(case)]


def _own(case: BadInput) -> list[Target]:
    if re.search(r"\bcode\b", case.name.lower()):
        return [Target("code of find-order", type_code)]
    if case.expect == "THROTTLE_429":
        return [Target("find-order until refused", ask_until_refused)]
    return [Target("find-order", ask_once)] if case.expect == "REJECT_FIELD" else []


def ask_once(trial: Trial, world: World) -> None:
    """Ask with this address."""
    browser = trial.browser()
    form = browser.get(PAGE).form(PAGE)
    trial.begin()
    trial.answer, trial.fields = browser.submit(form, email=trial.case.text), {"email"}


def ask_until_refused(trial: Trial, world: World) -> None:
    """Ask for codes for one address until the limit; before it, every address gets the same answer."""
    known, browser, address = trial.browser("203.0.113.9"), trial.browser(), trial.case.text
    world.order(owner=world.alice)
    expected = ask(known, "marta@shop.test")
    for _ in range(3):
        answer = ask(browser, address)
        assert (answer.status, answer.location) == (expected.status, expected.location)
    form = browser.get(PAGE).form(PAGE)
    trial.begin()
    trial.answer = browser.submit(form, email=address)


def type_code(trial: Trial, world: World) -> None:
    """Type this as the code."""
    browser = trial.browser()
    ask(browser, world.new_order.email)
    form = browser.get(CODE).form(CODE)
    trial.begin()
    trial.answer, trial.fields = browser.submit(form, code=trial.case.text), {"code"}
    assert not opened(browser)


@script("wrong|guess|brute")
def wrong_codes(trial: Trial, world: World) -> None:
    """Miss the code until it is over: then the right one opens nothing, and more tries from there are refused."""
    browser = trial.browser()
    ask(browser, world.new_order.email)
    right = digits()
    trial.begin()
    for _ in range(6):
        assert confirm(browser, "000000" if right != "000000" else "111111").status == 422
    trial.answer = confirm(browser, right)
    while trial.case.expect == "THROTTLE_429" and trial.answer.status == 422:
        trial.answer = confirm(browser, right)
    trial.fields = {"code"}
    assert not opened(browser)


@script("used twice|again|second|twice|replay")
def used_twice(trial: Trial, world: World) -> None:
    """Type a code that has opened the orders once."""
    browser, other = trial.browser(), trial.browser("203.0.113.8")
    ask(browser, world.new_order.email)
    right = digits()
    assert confirm(browser, right).status == 302
    assert opened(browser)
    ask(other, world.new_order.email)
    trial.begin()
    trial.answer, trial.fields = confirm(other, right), {"code"}
    assert not opened(other)


@script("old|late|10 min|clock|expired|601")
def late_code(trial: Trial, world: World) -> None:
    """Type the right code, too late."""
    browser = trial.browser()
    ask(browser, world.new_order.email)
    right = digits()
    trial.begin()
    with time_machine.travel(timezone.now() + timedelta(seconds=601), tick=True):
        trial.answer, trial.fields = confirm(browser, right), {"code"}
    assert not opened(browser)


def ask(browser: Browser, email: str) -> Answer:
    """Ask for a code."""
    return browser.submit(browser.get(PAGE).form(PAGE), email=email)


def confirm(browser: Browser, code: str) -> Answer:
    """Type a code."""
    return browser.submit(browser.get(CODE).form(CODE), code=code) if browser.get(CODE).status == 200 else browser.get(CODE)


def digits() -> str:
    """The code that was asked for last."""
    return mailed_codes.digits(MailedCode.objects.latest("pk"))


def opened(browser: Browser) -> bool:
    """Whether this browser may open orders."""
    return bool(browser.client.session.get("orders"))
