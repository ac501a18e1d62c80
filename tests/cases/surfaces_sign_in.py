"""Signing in and up, by password and by a code from a mail."""

import re
from datetime import timedelta

import time_machine
from django.core import mail
from django.core.cache import cache
from django.utils import timezone

from omo.models import User
from tests import factories as make
from tests.cases.browser import Answer, Browser
from tests.cases.inputs import BadInput
from tests.cases.scripts import Scripts
from tests.cases.targets import Target
from tests.cases.trial import Trial
from tests.cases.world import World
from tests.factories import PASSWORD

LOGIN, SIGN_UP, BY_CODE, CONFIRM = "/accounts/login/", "/accounts/signup/", "/accounts/login/code/", "/accounts/login/code/confirm/"
TRIES = 40

script = Scripts()


def targets(case: BadInput) -> list[Target]:
    """Where this input can be typed: passwords and codes in their fields, everything else where an e-mail address is asked for."""
    if case.steps:
        return script.of(case)
    if "password" in case.name.lower():
        return [Target("password", password)]
    if re.search(r"\bcode\b", case.name.lower()):
        return [Target("code", code)]
    if case.expect == "THROTTLE_429":
        return [Target("code request", ask_until_refused)]
    if case.expect.startswith("ACCEPT"):
        return [Target("sign-up", sign_up), Target("sign-in", sign_in)]
    if case.expect in ("CONFLICT_409", "INERT"):
        return [Target("sign-up", sign_up)]
    return [Target("sign-up", sign_up), Target("code request", ask_once), Target("sign-in", sign_in)]


def sign_up(trial: Trial, world: World) -> None:
    """Make an account. A taken address is told to its owner by mail only."""
    browser = trial.browser()
    world.alice  # noqa: B018 - the taken address
    form = browser.get(SIGN_UP).form(SIGN_UP)
    trial.begin()
    mail.outbox.clear()
    trial.answer, trial.fields = browser.submit(form, email=trial.case.text), {"email"}
    trial.accepted, trial.mails = trial.answer.status == 302, list(mail.outbox)
    if trial.case.expect.startswith("ACCEPT"):
        trial.canonical = trial.case.text.strip().lower()
        trial.stored = getattr(User.objects.filter(email=trial.canonical).first(), "email", None)
    if trial.case.expect == "CONFLICT_409":
        assert [message.to for message in trial.mails] == [[world.alice.email]]
        trial.said = str(trial.mails[0].body)
        assert "already" in trial.said
        assert User.objects.filter(email__iexact=trial.case.text.strip()).count() == 1


def ask_once(trial: Trial, world: World) -> None:
    """Ask for a code."""
    browser = trial.browser()
    form = browser.get(BY_CODE).form(BY_CODE)
    trial.begin()
    trial.answer, trial.fields = browser.submit(form, email=trial.case.text), {"email"}


def sign_in(trial: Trial, world: World) -> None:
    """Sign in with a password; what must be taken is the address of an account."""
    browser = trial.browser()
    if trial.case.expect.startswith("ACCEPT"):
        address = trial.case.text.strip().lower()
        if not User.objects.filter(email=address).exists():
            make.user(address)
        person = User.objects.get(email=address)
        person.set_password(PASSWORD)
        person.save()
        person.emailaddress_set.update_or_create(email=address, defaults={"verified": True, "primary": True})
    form = browser.get(LOGIN).form(LOGIN)
    trial.begin()
    trial.answer, trial.fields = browser.submit(form, login=trial.case.text, password=PASSWORD), {"login"}
    trial.accepted = trial.answer.status == 302


def password(trial: Trial, world: World) -> None:
    """Sign in with this password; one of 64 characters works."""
    browser = trial.browser()
    world.alice.set_password("p" * 64)
    world.alice.save()
    accepted = Browser().get(LOGIN).form(LOGIN)
    assert accepted
    other = trial.browser()
    assert other.submit(other.get(LOGIN).form(LOGIN), login=world.alice.email, password="p" * 64).status == 302
    form = browser.get(LOGIN).form(LOGIN)
    trial.begin()
    trial.answer, trial.fields = browser.submit(form, login=world.alice.email, password=trial.case.text), {"password"}
    trial.accepted = trial.answer.status == 302


def code(trial: Trial, world: World) -> None:
    """Type this as the code."""
    browser = trial.browser()
    ask(browser, world.alice.email)
    trial.begin()
    trial.answer, trial.fields = confirm(browser, trial.case.text), {"code"}
    trial.accepted = signed_in(browser)


def ask_until_refused(trial: Trial, world: World) -> None:
    """Ask for codes for this address until the limit; until then it looks as it does for an address that is known."""
    known = trial.browser()
    expected = ask(known, world.alice.email)
    seen = _page_after(known, world.alice.email)
    cache.clear()
    trial.begin()
    for _ in range(TRIES):
        browser = trial.browser()  # without cookies, from the same address
        trial.answer = ask(browser, trial.case.text)
        if trial.answer.status == 429:
            return
        assert (trial.answer.status, trial.answer.location) == (expected.status, expected.location)
        assert _page_after(browser, trial.case.text) == seen


@script("wrong", "code")
def wrong_codes(trial: Trial, world: World) -> None:
    """Miss as often as the steps say, then type the right one: it is dead."""
    browser = trial.browser()
    right = ask_code(browser, world.alice.email)
    trial.begin()
    for _ in range(_number(trial.case, default=6)):
        confirm(browser, "WRONG1")
    trial.answer = confirm(browser, right)
    trial.accepted = signed_in(browser)


@script("old code")
def old_code(trial: Trial, world: World) -> None:
    """Ask twice, type the first."""
    browser = trial.browser()
    first = ask_code(browser, world.alice.email)
    browser.submit(next(form for form in browser.get(CONFIRM).forms if form.fields.get("next", "").startswith(BY_CODE)))
    second = ask_code(browser, world.alice.email)
    assert first != second
    trial.begin()
    trial.answer, trial.fields = confirm(browser, first), {"code"}
    trial.accepted = signed_in(browser)
    assert not trial.accepted


@script("code used twice|second session")
def code_used_twice(trial: Trial, world: World) -> None:
    """A code opens the session that asked for it, and no other."""
    browser, other = trial.browser(), trial.browser("203.0.113.8")
    right = ask_code(browser, world.alice.email)
    assert confirm(browser, right).status == 302
    assert signed_in(browser)
    ask(other, world.alice.email)
    trial.begin()
    trial.answer, trial.fields = confirm(other, right), {"code"}
    assert not signed_in(other)


@script("clock|10 min|expired|after", "code|request")
def late_code(trial: Trial, world: World) -> None:
    """The right code, too late."""
    browser = trial.browser()
    right = ask_code(browser, world.alice.email)
    trial.begin()
    with time_machine.travel(timezone.now() + timedelta(seconds=_number(trial.case, default=601, least=60)), tick=True):
        trial.answer, trial.fields = confirm(browser, right), {"code"}
        assert not signed_in(browser)


@script("session", "fix|attacker|planted|before log")
def fixed_session(trial: Trial, world: World) -> None:
    """A session id that somebody planted is not the one that is signed in."""
    browser = trial.browser()
    browser.get(LOGIN)
    browser.client.cookies["session"] = "attacker"
    world.alice  # noqa: B018
    trial.begin()
    for planted in ("attacker", None):
        if planted is None:
            browser.client.logout()
            browser.get(f"/products/{world.mug.product.slug}/")
        before = browser.client.cookies["session"].value if "session" in browser.client.cookies else ""
        trial.answer = browser.submit(browser.get(LOGIN).form(LOGIN), login=world.alice.email, password=PASSWORD)
        assert signed_in(browser)
        assert browser.client.cookies["session"].value not in (before, "attacker")


@script("logins|wrong login|password")
def many_logins(trial: Trial, world: World) -> None:
    """Guess for many addresses from one address of the network, and pretend to come from others."""
    browser = trial.browser()
    form = browser.get(LOGIN).form(LOGIN)
    trial.begin()
    for guess in range(_number(trial.case, default=200, least=50)):
        fields = form.filled(login=f"guess{guess}@shop.test", password="wrong-password-1")
        trial.answer = browser.post(LOGIN, fields, HTTP_X_FORWARDED_FOR=f"198.51.100.{guess % 250}")
    assert trial.answer is not None
    assert trial.answer.status == 429
    assert len([answer for answer in browser.answers if answer.status != 429]) <= 30


@script("sign-ups|signups|new accounts|sign-up flood|register")
def many_sign_ups(trial: Trial, world: World) -> None:
    """Ask for many accounts from one address of the network: nobody's mailbox is flooded without end."""
    browser = trial.browser()
    form = browser.get(SIGN_UP).form(SIGN_UP)
    trial.begin()
    for guess in range(_number(trial.case, default=60, least=20)):
        trial.answer = browser.post(SIGN_UP, form.filled(email=f"not an address {guess}"), HTTP_X_FORWARDED_FOR=f"198.51.100.{guess % 250}")


@script("log ?out|sign ?out")
def after_signing_out(trial: Trial, world: World) -> None:
    """The session's cookie is worth nothing after signing out."""
    browser = trial.browser().sign_in(world.alice)
    kept = browser.client.cookies["session"].value
    out = next(form for form in browser.get("/accounts/logout/").forms if form.action == "/accounts/logout/" and form.method == "post")
    browser.submit(out)
    browser.client.cookies["session"] = kept
    trial.begin()
    trial.answer = browser.get("/accounts/email/")


@script("deactivat|disabled|role|removed|assignment")
def after_losing_a_role(trial: Trial, world: World) -> None:
    """Who was signed in while the role or the account was taken away has nothing on the next request."""
    browser = trial.browser().sign_in(world.ana)
    path = f"/staff/{world.store.code}/queue/"
    assert browser.get(path).status == 200
    if "deactivat" in trial.case.words or "disabled" in trial.case.words:
        User.objects.filter(pk=world.ana.pk).update(is_active=False)
    else:
        world.ana.assignments.all().delete()
    trial.begin()
    trial.answer = browser.get(path)
    trial.like = browser.get("/staff/no-such-store/queue/")


def ask(browser: Browser, email: str) -> Answer:
    """Ask for a code."""
    return browser.submit(browser.get(BY_CODE).form(BY_CODE), email=email)


def ask_code(browser: Browser, email: str) -> str:
    """Ask for a code and read it in the mail."""
    mail.outbox.clear()
    answer = ask(browser, email)
    assert answer.status == 302, (answer.status, answer.alerts)
    return code_in_mail()


def code_in_mail() -> str:
    """The code in the last mail: the one line that is nothing else."""
    found = re.search(r"^\s*([0-9A-Z]{3,4}-?[0-9A-Z]{3,4})\s*$", str(mail.outbox[-1].body), re.MULTILINE)
    assert found, mail.outbox[-1].body
    return found[1]


def confirm(browser: Browser, code: str) -> Answer:
    """Type a code."""
    page = browser.get(CONFIRM)
    if page.status != 200:
        return browser.post(CONFIRM, {"code": code, "csrfmiddlewaretoken": browser.csrf})
    return browser.submit(page.form(CONFIRM), code=code)


def signed_in(browser: Browser) -> bool:
    """Whether this browser is signed in."""
    return "_auth_user_id" in browser.client.session


def _page_after(browser: Browser, email: str) -> str:
    return browser.get(CONFIRM).words.replace(email, "<address>")


def _number(case: BadInput, *, default: int, least: int = 1) -> int:
    """The first number in the steps, or in the name, that is at least `least`."""
    return next((int(found) for text in [*case.steps, case.name] for found in re.findall(r"\d+", text) if int(found) >= least), default)
