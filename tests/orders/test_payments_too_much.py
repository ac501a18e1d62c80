"""What is paid twice, or for more than is owed: it goes back by itself, and the customer is told the truth about it."""

import pytest
from django.core import mail

from omo.models import Message
from orders import cancellation, payments
from orders.models import Payment, PaymentAttempt, Refund, SandboxPayment
from orders.payments import Tendered
from tests import factories
from tests.factories import NOON
from tests.orders.paying import begun, card_typed, deliver, hear, money, now, online

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(harbour):
    """An order of 25.00 that waits for its payment."""
    return online(harbour)


def test_what_is_paid_twice_goes_back_by_itself(order):
    first = begun(order)
    PaymentAttempt.objects.filter(pk=first.pk).update(state="expired")
    second = begun(order)
    for attempt in (first, second):
        card_typed(attempt)
    hear(second)
    assert hear(first) == "Booked. The order was with the store. What was too much goes back."
    assert money(order) == ("paid", 5000, 2500)
    deliver()
    assert SandboxPayment.objects.get(key=first.key).refunded == 2500
    assert Refund.objects.get().state == "done"
    deliver()
    assert f"Order {order.number}: €25.00 back" in [sent.subject for sent in mail.outbox]
    assert sorted(Payment.objects.values_list("attempt", flat=True)) == sorted([first.pk, second.pk])


def test_paid_at_the_counter_and_online_goes_back_online(order, ana):
    attempt = begun(order)
    card_typed(attempt)
    payments.take_payment(order, [Tendered("cash", 2500)], store=order.store, by=ana, at=NOON)
    assert now(order).payment_due_by is None
    hear(attempt)
    assert money(order) == ("paid", 5000, 2500)
    deliver()
    assert Message.objects.get(kind="payment_refund").state == "sent"
    deliver()
    assert f"Order {order.number}: €25.00 back" in [sent.subject for sent in mail.outbox]


def test_what_was_paid_for_a_part_that_was_cancelled_goes_back_and_is_not_called_paid_twice(order):
    attempt = begun(order)
    waiting = factories.pickup_of(order)
    cancellation.cancel_lines(waiting, {waiting.lines.get().pk: 1}, reason="", cause="customer", by=None, at=NOON)
    hear(attempt)
    assert money(order) == ("part_refunded", 2500, 1250)
    assert Refund.objects.get().reason == "It was more than is to be paid."


def test_the_thanks_are_for_what_was_not_cancelled_meanwhile(order):
    waiting = factories.pickup_of(order)
    cancellation.cancel_lines(waiting, {waiting.lines.get().pk: 1}, reason="", cause="customer", by=None, at=NOON)
    hear(begun(order))
    mail.outbox.clear()
    deliver()
    sent = next(one for one in mail.outbox if one.subject == f"Order {order.number}: we have it, collect at Harbour")
    assert "\n1 × " in sent.body
    assert "€12.50, paid." in sent.body
