"""Paying online in the demo: the shop and the sandbox talk as always, but nothing goes through a network, and what the sandbox tells is heard at once."""

from datetime import datetime

from django.conf import settings

from omo.models import Message
from orders import payments, provider_events, providers, refunds
from orders.models import Order, Payment, Refund, SandboxPayment
from orders.providers import Told, sandbox_bank, sandbox_cards

NAME = "sandbox"
CARD = sandbox_cards.CARDS[0]


def is_open() -> bool:
    """Whether the shop is paid online by the sandbox. Where it is not, the demo has no order that is paid online."""
    return NAME in settings.PAYMENT_PROVIDERS


def pay(order: Order, *, at: datetime) -> None:
    """The customer types a good card on the sandbox's page, and the shop hears of it."""
    attempt = payments.begin(order, at=at)
    sandbox_bank.pay(SandboxPayment.objects.get(key=attempt.key), CARD, at=at)
    told = Message.objects.filter(kind="sandbox_event").latest("id")
    found = providers.of(NAME).look_up(attempt.reference)
    provider_events.note(NAME, Told(told.payload["event"], told.payload["kind"], attempt.key, attempt.reference, payment=found), at=at)
    _arrived(told, at)


def give_back(order: Order, *, at: datetime) -> None:
    """The sandbox gives back at once what the shop asks it for."""
    waiting = Refund.objects.filter(payment__order=order, payment__tender=Payment.Tender.ONLINE, state=Refund.State.REQUESTED)
    for refund in waiting.select_related("payment__attempt", "payment__order"):
        if refund.payment.attempt:
            answer = providers.of(NAME).refund(refund.payment.attempt.reference, amount=refund.amount, key=refund.key)
            refunds.settle(refund, answer, at=at)
            _arrived(Message.objects.get(dedup_key=f"payment_refund:{refund.pk}"), at)


def _arrived(message: Message, at: datetime) -> None:
    """The message needs to be sent no more."""
    Message.objects.filter(pk=message.pk).update(state=Message.State.SENT, sent_at=at, attempts=1)
