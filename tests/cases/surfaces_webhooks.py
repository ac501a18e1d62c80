"""What is posted to us as if by a payment provider: signed or not, late, early, twice, about what we do not know."""

import json
import re
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.test import override_settings
from django.utils import timezone

from orders import cancellation, lapsing, provider_events
from orders.models import Payment, PaymentAttempt, ProviderEvent
from orders.providers import signatures
from tests.cases.browser import Answer, Browser
from tests.cases.inputs import BadInput
from tests.cases.no_events import NO_EVENTS
from tests.cases.scripts import Scripts
from tests.cases.targets import Target
from tests.cases.trial import NotBuilt, Trial
from tests.cases.world import World
from tests.orders import paying

ADDRESS = "/provider-events/sandbox/"
STRIPE = "/provider-events/stripe/"
HEADER = {ADDRESS: "HTTP_SANDBOX_SIGNATURE", STRIPE: "HTTP_STRIPE_SIGNATURE"}
SECRET, OLD_SECRET = "whsec-of-these-inputs-32-characters", "whsec-before-that-of-32-characters-"
OUTGOING = r"outgoing|receiver|subscriber|://"

script = Scripts()


def targets(case: BadInput) -> list[Target]:
    """Steps by their script; a body by what its name says of its signature, else signed by the provider as it is."""
    if re.search(OUTGOING, f"{case.words} {case.payload.get('text', '')}"):
        raise NotBuilt("outgoing webhooks")
    if case.steps:
        return script.of(case)
    if re.search(r"no signature|unsigned|(missing|without).*signature", case.words):
        return [Target("event without a signature", unsigned)]
    if "signature" in case.words or re.search(r"tampered|forged|secret", case.words):
        return [Target("event signed otherwise", signed_otherwise)]
    if case.expect in ("REJECT_400", "TOO_LARGE_413", "UNSUPPORTED_415"):
        return [Target("signed event of the sandbox", as_it_is), Target("signed event of Stripe", as_it_is_to_stripe)]
    return [Target("signed event about a payment", about_a_payment), *([Target("event of Stripe", kind_of_stripe)] if "type" in case.words else [])]


# Bodies


def unsigned(trial: Trial, world: World) -> None:
    """Post the body with no signature at all, and with an empty one."""
    browser, _ = _waiting(trial, world)
    trial.begin()
    for header in ({}, {HEADER[ADDRESS]: ""}, {HEADER[ADDRESS]: "t=1,v1="}):
        trial.answer = browser.post(ADDRESS, trial.case.content, content_type="application/json", **header)
        assert trial.answer.status == 400


def signed_otherwise(trial: Trial, world: World) -> None:
    """Post the body with the signature of the same thing written otherwise, and with that of another secret."""
    browser, attempt = _waiting(trial, world)
    written = json.dumps(_event(attempt)).encode()
    trial.begin()
    right = settings.SANDBOX_SECRETS[0]
    for body, signed, secret in ((b" " + written, written, right), (written, written, "another" * 6), (trial.case.content, written, right)):
        header = {HEADER[ADDRESS]: signatures.sign(signed, secret=secret, at=timezone.now())}
        trial.answer = browser.post(ADDRESS, body, content_type="application/json", **header)
        assert trial.answer.status == 400


def as_it_is(trial: Trial, world: World) -> None:
    """Sign exactly this body: what the provider would never write is refused all the same."""
    browser, _ = _waiting(trial, world)
    trial.begin()
    trial.answer = _post(browser, trial.case.content)


@override_settings(STRIPE_WEBHOOK_SECRETS=[SECRET])
def as_it_is_to_stripe(trial: Trial, world: World) -> None:
    """The same for Stripe."""
    browser, _ = _waiting(trial, world)
    trial.begin()
    trial.answer = _post(browser, trial.case.content, address=STRIPE, secret=SECRET)


def about_a_payment(trial: Trial, world: World) -> None:
    """A genuine event of a payment that waits, but for what the input says of amount, currency, reference or type."""
    browser, attempt = _waiting(trial, world)
    event = _event(attempt)
    for name, value in json.loads(trial.case.text).items():
        about = event["payment"] if name in ("amount", "currency", "reference", "key", "words") else event
        about["kind" if name == "type" else name] = value
    trial.begin()
    trial.answer = _post(browser, json.dumps(event).encode())
    trial.accepted = trial.answer.status == 200
    trial.stored = trial.canonical = Payment.objects.filter(attempt=attempt).count()
    assert trial.stored == 0
    assert ProviderEvent.objects.filter(event_id=event["id"]).exists(), "it is kept, to be looked into or counted"


@override_settings(STRIPE_WEBHOOK_SECRETS=[SECRET])
def kind_of_stripe(trial: Trial, world: World) -> None:
    """An event of Stripe of a type that is nothing to us."""
    browser = trial.browser()
    body = {"id": "evt_of_a_case", "object": "event", "data": {"object": {}}, **json.loads(trial.case.text)}
    trial.begin()
    trial.answer = _post(browser, json.dumps(body).encode(), address=STRIPE, secret=SECRET)
    trial.accepted, trial.stored, trial.canonical = trial.answer.status == 200, trial.answer.text, "Nothing to us."
    assert trial.so_far() == {}


# Steps


@script("old secret|previous secret|rotat|two secrets")
def old_secret(trial: Trial, world: World) -> None:
    """While the secret is changed, events that are signed with the one before are taken; with one that is gone they are not."""
    browser, attempt = _waiting(trial, world)
    body = json.dumps(_event(attempt)).encode()
    trial.begin()
    with override_settings(SANDBOX_SECRETS=[SECRET, OLD_SECRET]):
        assert _post(browser, body, secret="one-that-is-gone-of-32-characters-").status == 400
        trial.answer = _post(browser, body, secret=OLD_SECRET)
    trial.accepted = trial.answer.status == 200
    trial.stored, trial.canonical = Payment.objects.filter(attempt=attempt).count(), 1


@script(r"timestamp|t = now|now ?[-+]|\d+ s (old|ahead|late)|clock|stale|signature.*(old|expired)")
def signed_at_another_time(trial: Trial, world: World) -> None:
    """A genuine event whose signature is from another moment."""
    browser, attempt = _waiting(trial, world)
    found = re.search(r"now ?([-+]) ?(\d+)", trial.case.words) or re.search(r"()(\d+) ?s", trial.case.words)
    seconds = int(found[2]) if found else 3600
    behind = (found and found[1] == "-") or (found and not found[1] and not re.search(r"ahead|future", trial.case.words)) or found is None
    trial.begin()
    trial.answer = _post(browser, json.dumps(_event(attempt)).encode(), after=timedelta(seconds=-seconds if behind else seconds))


@script("(no|without|missing).*signature|unsigned")
def without_signature(trial: Trial, world: World) -> None:
    """A whole event about a real payment that nobody signed."""
    browser, attempt = _waiting(trial, world)
    body = json.dumps(_event(attempt)).encode()
    trial.begin()
    trial.answer = browser.post(ADDRESS, body, content_type="application/json")


@script("(wrong|bad|forged|another|other|tampered).*(signature|secret|body)|changed after signing")
def wrong_signature(trial: Trial, world: World) -> None:
    """A whole event about a real payment that somebody else signed, or that was changed after it was signed."""
    browser, attempt = _waiting(trial, world)
    body = json.dumps(_event(attempt)).encode()
    header = {HEADER[ADDRESS]: signatures.sign(body, secret=settings.SANDBOX_SECRETS[0], at=timezone.now())}
    trial.begin()
    assert _post(browser, body, secret="another" * 6).status == 400
    trial.answer = browser.post(ADDRESS, body.replace(b'"amount"', b'"Amount"'), content_type="application/json", **header)


@script("huge|[km]i?b|large|too long|oversized")
def huge(trial: Trial, world: World) -> None:
    """More than any event has, signed."""
    browser, _ = _waiting(trial, world)
    trial.begin()
    trial.answer = _post(browser, b'{"id": "' + b"x" * 1_000_000 + b'"}')


@script("not json|html|xml|form|binary|broken|truncated|half|nest")
def not_json(trial: Trial, world: World) -> None:
    """Signed bodies that are no event."""
    browser, _ = _waiting(trial, world)
    trial.begin()
    for body in NO_EVENTS:
        trial.answer = _post(browser, body)
        assert trial.answer.status == 400, (body[:40], trial.answer.status)


@script(r"get\b|put\b|method")
def other_method(trial: Trial, world: World) -> None:
    """Providers post; nothing else is answered."""
    browser = trial.browser()
    trial.begin()
    for method in ("GET", "PUT", "DELETE"):
        trial.answer = browser.send(method, ADDRESS)
        assert trial.answer.status == 405


@script("(unknown|other|another|no such) provider")
def unknown_provider(trial: Trial, world: World) -> None:
    """A genuine event, posted to the address of a provider that there is not."""
    browser, attempt = _waiting(trial, world)
    body = json.dumps(_event(attempt)).encode()
    trial.begin()
    trial.answer = _post(browser, body, address="/provider-events/nobody/", signed_for=ADDRESS)
    trial.like = _post(browser, b"{}", address="/provider-events/nobody/", signed_for=ADDRESS)


@script("before.*(order|commit)|arrives first|early|unknown payment|not known yet")
def early(trial: Trial, world: World) -> None:
    """An event about a payment that we do not know yet is parked, and done as soon as we do: never lost. One that nobody ever knows changes nothing."""
    browser, attempt = _waiting(trial, world)
    reference = attempt.reference
    PaymentAttempt.objects.filter(pk=attempt.pk).update(reference="", key="not-yet-known")
    parked = _post(browser, json.dumps(_event(attempt)).encode())
    assert (parked.status, Payment.objects.filter(attempt=attempt).count()) == (202, 0)
    PaymentAttempt.objects.filter(pk=attempt.pk).update(reference=reference, key=attempt.key)
    assert provider_events.handle_waiting(at=timezone.now()) == 1
    assert Payment.objects.filter(attempt=attempt).count() == 1
    stranger = {**_event(attempt), "id": "ev_stranger", "payment": {"reference": "sb_nobody", "key": "", "amount": 1, "currency": "EUR"}}
    trial.begin()
    trial.answer = _post(browser, json.dumps(stranger).encode())
    assert trial.answer.status == 202
    trial.said = trial.answer.text


@script("refund", "before|out of order|first|unknown|never")
@override_settings(STRIPE_WEBHOOK_SECRETS=[SECRET])
def refund_first(trial: Trial, world: World) -> None:
    """The provider tells of a refund that we asked for never, or of a payment that we do not know."""
    browser, _ = _waiting(trial, world)
    refund = {"id": "re_1", "object": "refund", "status": "succeeded", "amount": 100, "currency": "eur", "metadata": {"refund": "cancel:1:1"}}
    body = {"id": "evt_refund", "object": "event", "type": "refund.updated", "data": {"object": refund}}
    trial.begin()
    trial.answer = _post(browser, json.dumps(body).encode(), address=STRIPE, secret=SECRET)


@script("declined|expired|voided|out of order|backwards|older")
def backwards(trial: Trial, world: World) -> None:
    """After the money was captured, older news of the same payment come: they change nothing."""
    browser, attempt = _waiting(trial, world)
    assert _post(browser, json.dumps(_event(attempt)).encode()).status == 200
    trial.begin()
    for kind in ("payment.authorised", "payment.declined", "payment.expired"):
        trial.answer = _post(browser, json.dumps({**_event(attempt), "id": f"ev_{kind}", "kind": kind}).encode())
        assert (trial.answer.status, trial.so_far()) == (200, {})
    trial.accepted, trial.first = True, trial.answer


@script("late|after|deadline|lapsed|cancelled")
def late(trial: Trial, world: World) -> None:
    """Money that comes when the order is over: honoured with its goods if they are there, given back whole if the customer cancelled."""
    browser, honoured = trial.browser(), world.online_order(ago=timedelta(minutes=31))
    paid_late = paying.begun(honoured, at=timezone.now())
    assert lapsing.lapse(honoured, at=timezone.now())
    refunded, at = world.online_order(), timezone.now()
    attempt = paying.begun(refunded, at=at)
    cancellation.cancel_order(refunded, reason="You cancelled it.", cause=cancellation.Cause.CUSTOMER, by=None, at=at)
    trial.begin()
    for one in (paid_late, attempt):
        trial.answer = _post(browser, json.dumps(_event(one)).encode())
    trial.accepted = trial.answer is not None and trial.answer.status == 200
    trial.stored = [(paying.states(one), paying.money(one)) for one in (honoured, refunded)]
    trial.canonical = [(["placed"], ("paid", honoured.total, 0)), (["cancelled"], ("refunded", refunded.total, refunded.total))]


@script("amount|currency|mismatch|other order|negative|partial|less|more")
def mismatch(trial: Trial, world: World) -> None:
    """Genuine events about a real payment with another amount, currency or reference: kept to be looked into, and nothing is booked."""
    browser, attempt = _waiting(trial, world)
    trial.begin()
    for wrong in ({"amount": 1}, {"amount": -attempt.amount}, {"currency": "usd"}, {"reference": "sb_another"}):
        trial.answer = _post(browser, json.dumps(_event(attempt, **wrong)).encode())
        assert (trial.answer.status, Payment.objects.filter(attempt=attempt).count()) == (202, 0)


@script("same|replay|parallel|twice|again|[23]x|repeat")
def replay(trial: Trial, world: World) -> None:
    """The same event three times: booked once, and each time the same answer."""
    browser, attempt = _waiting(trial, world)
    body = json.dumps(_event(attempt)).encode()
    trial.first = _post(browser, body)
    assert trial.first.status == 200
    trial.begin()
    for _ in range(2):
        trial.answer = _post(browser, body)
    assert (Payment.objects.filter(attempt=attempt).count(), ProviderEvent.objects.filter(attempt=attempt).count()) == (1, 1)


def _waiting(trial: Trial, world: World) -> tuple[Browser, PaymentAttempt]:
    """A sender, and an attempt of an order that waits for its payment."""
    return trial.browser("198.51.100.7"), paying.begun(world.online_order(), at=timezone.now())


def _event(attempt: PaymentAttempt, **changes: Any) -> dict[str, Any]:
    """What the sandbox writes when an attempt is captured."""
    about = {"reference": attempt.reference, "key": attempt.key, "amount": attempt.amount, "currency": attempt.currency, "words": "", **changes}
    event = f"ev_{attempt.pk}{''.join(changes)}{abs(changes.get('amount', 0))}"
    return {"id": event, "kind": "payment.captured", "created": "2026-11-24T12:00:00+00:00", "payment": about}


def _post(browser: Browser, body: bytes, *, address: str = ADDRESS, secret: str = "", after: timedelta = timedelta(0), signed_for: str = "") -> Answer:
    header = signatures.sign(body, secret=secret or settings.SANDBOX_SECRETS[0], at=timezone.now() + after)
    return browser.post(address, body, content_type="application/json", **{HEADER[signed_for or address]: header})
