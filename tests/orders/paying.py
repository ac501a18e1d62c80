"""Orders that are paid online, and the sandbox's events, posted through the test client instead of a network."""

from datetime import datetime, timedelta
from urllib.parse import urlsplit

import time_machine
from django.test import Client

from omo import codes, outbox
from orders import checkout, payments, provider_events
from orders.models import Fulfilment, Order, PaymentAttempt, SandboxPayment
from orders.providers import Found, Told, sandbox_bank, sandbox_cards
from stores.models import Store, Variant
from tests import factories
from tests.factories import NOON

GOOD, ASKS, DECLINED, POOR, SLOW, TWICE, NEVER = (card.number for card in sandbox_cards.CARDS)
MINUTE = timedelta(minutes=1)


def online(place: Store, *wanted: tuple[Variant, int], method: str = "sandbox", at: datetime = NOON, **fields) -> Order:
    """An order that waits for its online payment; of two mugs for 25.00 if nothing is said."""
    goods = wanted or [(factories.stocked(place, 10), 2)]
    contact = checkout.Contact("Marta Lindqvist", "marta@shop.test")
    key = codes.random_id(20)
    cart = factories.cart(*goods, owner=fields.get("by"), place=place)
    return checkout.place_order(cart, channel="web", contact=contact, store=place, method=method, idempotency_key=key, at=at, **{"by": None, **fields})


def begun(order: Order, at: datetime = NOON) -> PaymentAttempt:
    """The attempt to pay an order, begun at its provider."""
    return payments.begin(order, at=at)


def card_typed(attempt: PaymentAttempt, number: str = GOOD, at: datetime = NOON) -> None:
    """The customer pays on the sandbox's page; its event waits in the outbox."""
    card = sandbox_cards.of(number)
    assert card
    sandbox_bank.pay(SandboxPayment.objects.get(key=attempt.key), card, at=at)


def told(attempt: PaymentAttempt, state: str = "captured", *, event: str = "", **changes) -> Told:
    """An event about an attempt, as an adapter reads it."""
    about = {"reference": attempt.reference, "amount": attempt.amount, "currency": attempt.currency, **changes}
    key = about.pop("key", attempt.key)
    return Told(event or f"ev_{codes.random_id(8)}", f"payment.{state}", key, about["reference"], payment=Found(state=state, **about))


def hear(attempt: PaymentAttempt, state: str = "captured", *, at: datetime = NOON, **changes) -> str:
    """The provider tells of an attempt; what we did about it."""
    return provider_events.note(attempt.provider, told(attempt, state, **changes), at=at)


def now(order: Order) -> Order:
    """The order as the database has it."""
    return Order.objects.get(pk=order.pk)


def money(order: Order) -> tuple[str, int, int]:
    """How far an order is paid: state, paid and refunded."""
    order = now(order)
    return order.payment_state, order.paid_total, order.refunded_total


def states(order: Order) -> list[str]:
    """The states of an order's fulfilments."""
    return list(Fulfilment.objects.filter(order=order).order_by("id").values_list("state", flat=True))


def posting(monkeypatch) -> list[int]:
    """Let the sandbox post to the test client; the answers' statuses, as they come."""
    answers: list[int] = []

    def post(url: str, body: bytes, signature: str) -> None:
        path = urlsplit(url).path
        answer = Client().post(path, body, content_type="application/json", headers={"Sandbox-Signature": signature})
        answers.append(answer.status_code)
        if answer.status_code >= 300:
            raise OSError(answer.status_code)

    monkeypatch.setattr(sandbox_bank, "post", post)
    return answers


def deliver(at: datetime = NOON) -> None:
    """Deliver what is due in the outbox at a moment."""
    with time_machine.travel(at, tick=False):
        outbox.deliver_due()
