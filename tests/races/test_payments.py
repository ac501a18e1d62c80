"""Payments that meet: the same event many times at once, a payment and the end of its time, two payments of one order."""

import time
from datetime import datetime, timedelta
from typing import Any

import pytest

from orders import cancellation, lapsing, paid, payments, provider_events, refunds
from orders.models import Fulfilment, Order, Payment, PaymentAttempt, ProviderEvent, Refund, SandboxPayment
from orders.providers import Told, sandbox_bank, sandbox_cards
from stores.models import SlotBooking, StockLevel
from tests import factories
from tests.factories import NOON
from tests.orders.paying import GOOD, begun, card_typed, money, online, told
from tests.races.crowd import at_once, constraints_off, kinds, sound

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True), pytest.mark.slow]
DELIVERIES, ORDERS = 8, 40
TIME_OVER = NOON + timedelta(minutes=30)


def note(event: Told, at: datetime = NOON):
    return lambda: provider_events.note("sandbox", event, at=at)


def paid_in_the_sandbox(order: Order) -> PaymentAttempt:
    """The money is taken at the provider, and we do not know it yet."""
    attempt = begun(order)
    card_typed(attempt)
    return attempt


def test_eight_deliveries_of_each_of_forty_events_are_forty_payments(harbour, rivalries):
    goods = factories.stocked(harbour, ORDERS)
    orders = [online(harbour, (goods, 1)) for _ in range(ORDERS)]
    for order in orders:
        event = told(paid_in_the_sandbox(order))
        outcomes = at_once(*[note(event)] * DELIVERIES)
        assert set(outcomes) == {"Booked. The order goes to the store."}
    assert (Payment.objects.count(), ProviderEvent.objects.count()) == (ORDERS, ORDERS)
    assert {money(order) for order in orders} == {("paid", 1250, 0)}
    assert rivalries == []
    assert sound()


def test_eight_different_events_about_one_payment_are_one_payment(harbour, rivalries):
    order = online(harbour)
    attempt = paid_in_the_sandbox(order)
    outcomes = at_once(*[note(told(attempt)) for _ in range(DELIVERIES)])
    assert sorted(outcomes) == ["Booked. The order goes to the store.", *["Nothing new: captured."] * (DELIVERIES - 1)]
    assert (Payment.objects.count(), money(order)) == (1, ("paid", 2500, 0))
    assert rivalries == []
    assert sound()


def test_eight_looks_at_the_provider_and_eight_events_are_one_payment(harbour, rivalries):
    order = online(harbour)
    attempt = paid_in_the_sandbox(order)
    looks = [lambda: payments.look_up(order, at=NOON)] * DELIVERIES
    at_once(*looks, *[note(told(attempt)) for _ in range(DELIVERIES)])
    assert (Payment.objects.count(), money(order)) == (1, ("paid", 2500, 0))
    assert rivalries == []
    assert sound()


def test_two_payments_of_one_order_at_once_are_one_order_and_one_refund(harbour, rivalries):
    for _ in range(10):
        order = online(harbour)
        first = begun(order)
        PaymentAttempt.objects.filter(pk=first.pk).update(state="expired")
        second = begun(order)
        for attempt in (first, second):
            card_typed(attempt)
        at_once(note(told(first)), note(told(second)))
        assert money(order) == ("paid", 5000, 2500)
        assert Refund.objects.filter(payment__order=order).count() == 1
    assert rivalries == []
    assert sound()


def test_begun_eight_times_at_once_there_is_one_payment_page(harbour, rivalries):
    order = online(harbour)
    outcomes = at_once(*[lambda: begun(order).url] * DELIVERIES)
    assert len(set(outcomes)) == 1
    assert (PaymentAttempt.objects.count(), SandboxPayment.objects.count()) == (1, 1)
    assert rivalries == []


def test_a_refund_asked_for_eight_times_at_once_is_one(harbour, rivalries):
    order = online(harbour)
    provider_events.note("sandbox", told(paid_in_the_sandbox(order)), at=NOON)
    Order.objects.update(cancelled_total=1250)
    at_once(*[lambda: refunds.refund_overpaid(order, cause="return:1", reason="One was broken.", by=None, at=NOON)] * DELIVERIES)
    assert money(order) == ("part_refunded", 2500, 1250)
    assert Refund.objects.count() == 1
    assert rivalries == []


def pressed(order: Order, seen_due: int | None):
    """Staff press 'Taken in cash' for 10.00 of 25.00."""
    return lambda: payments.take_payment(order, [payments.Tendered("cash", 1000)], seen_due=seen_due, store=order.store, by=None, at=NOON)


def test_a_part_that_is_pressed_twice_at_once_is_taken_once(harbour, rivalries):
    for _ in range(10):
        order = factories.order(harbour, (factories.stocked(harbour), 2))
        assert kinds(at_once(*[pressed(order, 2500)] * 2)) == {"NoneType": 1, "DueChanged": 1}
        assert money(order) == ("unpaid", 1000, 0)
    assert rivalries == []
    assert sound()


def test_without_what_was_seen_a_part_is_taken_twice(harbour):
    """The negative control."""
    order = factories.order(harbour, (factories.stocked(harbour), 2))
    at_once(*[pressed(order, None)] * 2)
    assert money(order) == ("unpaid", 2000, 0)


# R21: the payment and the end of its time


SOUND = [("paid", 1250, 0, "placed"), ("unpaid", 0, 0, "cancelled"), ("refunded", 1250, 1250, "cancelled")]
"""Paid and held, never paid, or refunded."""


def pay_at(attempt: PaymentAttempt, seconds: float):
    """The customer's card is charged so many seconds after all begin; then its event is heard."""

    def pay() -> Any:
        time.sleep(seconds)
        try:
            card = sandbox_cards.of(GOOD)
            assert card
            sandbox_bank.pay(SandboxPayment.objects.get(key=attempt.key), card, at=TIME_OVER)
        except sandbox_bank.No:
            return "too late"
        return provider_events.note("sandbox", told(attempt), at=TIME_OVER)

    return pay


def test_paying_around_the_end_of_its_time_is_paid_and_held_or_refused_or_refunded(harbour, rivalries):
    goods = factories.stocked(harbour, ORDERS)
    for number in range(ORDERS):
        order = online(harbour, (goods, 1))
        attempt = begun(order)
        delay = 0.1 * number / ORDERS  # ± 50 ms around the moment of the lapse
        at_once(pay_at(attempt, delay), lambda: (time.sleep(0.05), lapsing.lapse_due(at=TIME_OVER)))
        state, taken, back = money(order)
        fulfilment = Fulfilment.objects.get(order=order)
        assert (state, taken, back, fulfilment.state) in SOUND
    kept = Fulfilment.objects.filter(state="placed").count()
    assert kept > 0
    assert StockLevel.objects.get().allocated == kept == Order.objects.filter(payment_state="paid").count()
    assert SlotBooking.objects.filter(released_at=None).count() == kept
    assert rivalries == []
    assert sound()


# Negative controls


def test_without_the_guards_the_same_deliveries_are_booked_many_times(harbour):
    """The control: whether it was booked is read before it is written, and nothing in the database says once."""

    def naive(order: Order, attempt: PaymentAttempt) -> None:
        if not Payment.objects.filter(attempt=attempt).exists():
            time.sleep(0.05)
            Payment.objects.create(order=order, tender="online", amount=attempt.amount, attempt=attempt, at=NOON)

    order = online(harbour)
    attempt = paid_in_the_sandbox(order)
    with constraints_off("orders_payment"):
        at_once(*[lambda: naive(order, attempt)] * DELIVERIES)
        assert Payment.objects.count() > 1


def test_without_the_lock_two_payments_are_counted_as_one(harbour, monkeypatch):
    """The control: the order is read and not held, so one sum overwrites the other."""

    def unheld(order_id: int) -> Order:
        order = Order.objects.get(pk=order_id)
        time.sleep(0.03)
        return order

    monkeypatch.setattr(paid, "hold", unheld)
    goods = factories.stocked(harbour, ORDERS)
    wrong = 0
    for _ in range(10):
        order = online(harbour, (goods, 1))
        first = begun(order)
        PaymentAttempt.objects.filter(pk=first.pk).update(state="expired")
        second = begun(order)
        at_once(note(told(first)), note(told(second)))
        wrong += money(order)[1] != 2500  # two payments of 12.50, of which one sum overwrote the other
    assert wrong > 0


def test_without_the_lock_a_payment_and_the_end_of_its_time_get_in_each_others_way(harbour, rivalries, monkeypatch):
    """The control of R21: neither holds the order's row first, so each takes a row that the other wants, or keeps money for an order that has ended."""
    looks = provider_events._all_cancelled

    def looks_and_waits(order: Order) -> bool:
        seen = looks(order)
        time.sleep(0.2)
        return seen

    goods = factories.stocked(harbour, ORDERS)
    orders = [online(harbour, (goods, 1)) for _ in range(5)]
    attempts = [begun(order) for order in orders]
    monkeypatch.setattr(paid, "hold", lambda order_id: Order.objects.get(pk=order_id))
    monkeypatch.setattr(cancellation, "hold_order", lambda order_id: Order.objects.get(pk=order_id))
    monkeypatch.setattr(provider_events, "_all_cancelled", looks_and_waits)
    wrong = 0
    for order, attempt in zip(orders, attempts, strict=True):
        at_once(note(told(attempt), TIME_OVER), lambda order=order: (time.sleep(0.05), lapsing.lapse(order, at=TIME_OVER)))
        wrong += (*money(order), Fulfilment.objects.get(order=order).state) not in SOUND
    assert wrong or rivalries
