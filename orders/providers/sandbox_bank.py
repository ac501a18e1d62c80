"""The other end of the sandbox: what a provider would keep, decide and tell. Only its card page and its adapter look here, as through a network.

It signs its events and posts them to the shop's public address from the outbox, so that they are late, come twice or never, as the test card says.
"""

import json
import urllib.request
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from omo import codes, idempotency, outbox
from omo.acts import act
from omo.models import Message
from omo.outbox import NoLongerTrue
from orders.models import PaymentAttempt, SandboxPayment
from orders.providers import WHEN_READY, sandbox_cards, signatures
from orders.providers.sandbox_cards import Card

State = PaymentAttempt.State
SECONDS_TO_POST = 10


class No(Exception):
    """The sandbox refuses, in words."""


def open_payment(*, key: str, amount: int, currency: str, return_url: str, cancel_url: str) -> SandboxPayment:
    """A payment that waits for a card; the same key gets the same one."""
    fields = {"amount": amount, "currency": currency, "return_url": return_url, "cancel_url": cancel_url, "at": timezone.now()}
    return SandboxPayment.objects.get_or_create(key=key, defaults={"reference": f"sb_{codes.random_id(20)}", **fields})[0]


def page_of(made: SandboxPayment) -> str:
    """The address of its card page."""
    return settings.SITE_URL + reverse("sandbox_pay", args=[made.reference])


def payment(reference: str) -> SandboxPayment:
    """How far it is. Raises No for one that there is not."""
    found = SandboxPayment.objects.filter(reference=reference).first()
    if found is None:
        raise No(f"There is no payment {reference}.")
    return found


def words_of(known: SandboxPayment) -> str:
    """Why it was declined; '' if it was not."""
    card = sandbox_cards.of(known.card)
    return card.why if card and known.state == State.DECLINED else ""


@act
def pay(known: SandboxPayment, card: Card, *, at: datetime) -> None:
    """Charge a card: decided at once, or for the slow one when its event is sent. Raises No for a payment that is over."""
    decided = State.DECLINED if card.why else State.AUTHORISED if settings.PAYMENT_CAPTURE == WHEN_READY else State.CAPTURED
    now = State.STARTED if card.delay else decided
    if not SandboxPayment.objects.filter(pk=known.pk, state=State.STARTED).update(state=now, card=card.last_four):
        raise No("This payment is over.")
    known.state, known.card = now, card.last_four
    _tell(known, decided, copies=card.copies, delay=card.delay, at=at)


@act
def capture(reference: str, *, amount: int) -> SandboxPayment:
    """Take an authorised payment, at most what was authorised. One that is captured stays as it is. Raises No for any other."""
    taken = SandboxPayment.objects.filter(reference=reference, state=State.AUTHORISED, amount__gte=amount).update(state=State.CAPTURED, amount=amount)
    found = payment(reference)
    if found.state != State.CAPTURED:
        raise No(f"The payment is {found.state}.")
    if taken:
        _tell(found, State.CAPTURED, at=timezone.now())
    return found


@act
def void(reference: str) -> SandboxPayment:
    """Let go of a payment that nothing was taken of. Raises No for one that is captured."""
    for state, over in ((State.STARTED, State.EXPIRED), (State.AUTHORISED, State.VOIDED)):
        if SandboxPayment.objects.filter(reference=reference, state=state).update(state=over):
            _tell(payment(reference), over, at=timezone.now())
    found = payment(reference)
    if found.state == State.CAPTURED:
        raise No("The payment is captured.")
    return found


@act
def refund(reference: str, *, amount: int, key: str) -> str:
    """Give back an amount, once per key; the refund's name. Raises No for more than is left."""

    def give() -> str:
        left = SandboxPayment.objects.filter(reference=reference, state=State.CAPTURED, refunded__lte=F("amount") - amount)
        return f"sr_{codes.random_id(20)}" if left.update(refunded=F("refunded") + amount) else ""

    request = idempotency.fingerprint(reference, amount)
    name = idempotency.once("sandbox_refund", idempotency.fingerprint(reference, key), request=request, at=timezone.now(), act=give)
    if not name:
        raise No("That is more than is left of the payment.")
    return name


def _tell(known: SandboxPayment, state: str, *, copies: int = 1, delay: timedelta = timedelta(0), at: datetime) -> None:
    """Let the shop know, as often as the test card says."""
    event = f"ev_{codes.random_id(20)}"
    payload = {"event": event, "kind": f"payment.{state}", "payment": known.pk, "amount": known.amount}
    for copy in range(copies):
        outbox.queue("sandbox_event", dedup_key=f"sandbox_event:{event}:{copy}", payload=payload, at=at, delay=delay)


def send(message: Message) -> None:
    """Post an event to the shop, signed now. Raises what the network raises, so that it is sent again."""
    told = message.payload
    state = told["kind"].removeprefix("payment.")
    if state in (State.CAPTURED, State.AUTHORISED):
        SandboxPayment.objects.filter(pk=told["payment"], state=State.STARTED).update(state=state)
    known = SandboxPayment.objects.get(pk=told["payment"])
    if known.state in (State.EXPIRED, State.VOIDED) and state in (State.CAPTURED, State.AUTHORISED):
        raise NoLongerTrue(f"the payment is {known.state}")
    about = {"reference": known.reference, "key": known.key, "amount": told["amount"], "currency": known.currency, "words": words_of(known)}
    at = timezone.now()
    body = json.dumps({"id": told["event"], "kind": told["kind"], "created": at.isoformat(), "payment": about}).encode()
    post(settings.SITE_URL + reverse("provider_events", args=["sandbox"]), body, signatures.sign(body, secret=settings.SANDBOX_SECRETS[0], at=at))


def post(url: str, body: bytes, signature: str) -> None:
    """One request to the shop. Raises OSError unless it answers 2xx."""
    headers = {"Content-Type": "application/json", "Sandbox-Signature": signature}
    request = urllib.request.Request(url, data=body, headers=headers, method="POST")  # noqa: S310 - our own address, from the settings
    urllib.request.urlopen(request, timeout=SECONDS_TO_POST).close()  # noqa: S310
