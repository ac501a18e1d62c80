"""The checks of what was cancelled and expired find what they are for, and nothing else; and the mail about it says why and what becomes of the money."""

from datetime import timedelta

import pytest
import time_machine
from django.core import mail

from omo import outbox
from omo.models import Message
from orders import cancel_invariants, cancellation, payments
from orders.cancellation import Cause
from orders.models import Fulfilment, Order, Refund
from stores.models import SlotBooking, StockMovement
from tests.factories import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def cancelled(world):
    """Marta's order was paid, and she cancelled it."""
    payments.take_payment(world.order, [payments.Tendered("card", 3499)], store=world.harbour, by=world.ana, at=NOON)
    cancellation.cancel_fulfilment(world.pickup, reason="Changed my mind", cause=Cause.CUSTOMER, by=world.marta, at=NOON)
    return world


def found() -> set[str]:
    return {violation.invariant for violation in cancel_invariants.violations()}


def test_a_cancelled_order_is_sound(cancelled):
    assert found() == set()


@pytest.mark.parametrize("owed", [0, 3498])
def test_an_order_that_owes_for_what_was_cancelled(cancelled, owed):
    Order.objects.update(cancelled_total=owed)
    assert "what was cancelled is not owed" in found()


def test_money_that_does_not_go_back(cancelled):
    Refund.objects.all().delete()
    Order.objects.update(refunded_total=0)
    assert found() == {"what was paid and is not owed goes back"}


def test_goods_that_are_still_held(cancelled):
    about = {"store": cancelled.harbour, "variant": cancelled.pickup.lines.first().variant, "reference": f"fulfilment:{cancelled.pickup.pk}"}
    StockMovement.objects.create(kind="allocated", quantity=0, allocated=1, at=NOON, **about)
    assert found() == {"what was cancelled or expired holds no goods"}


def test_a_place_in_a_window_that_is_still_held(cancelled):
    SlotBooking.objects.update(released_at=None)
    assert found() == {"what was cancelled or expired has no place in a window"}


def test_a_state_without_its_moment(cancelled):
    Fulfilment.objects.update(cancelled_at=None)
    assert found() == {"what ended says when"}


def test_something_open_that_is_put_back(world):
    Fulfilment.objects.update(put_back_at=NOON)
    assert found() == {"only what ended is put back"}


def test_the_mail_says_why_and_what_becomes_of_the_money(cancelled):
    with time_machine.travel(NOON + timedelta(minutes=1), tick=False):
        outbox.deliver_due()
    (letter,) = [sent for sent in mail.outbox if "is cancelled" in sent.subject]
    assert letter.subject == f"Order {cancelled.order.number} is cancelled"
    for words in (
        f"your order {cancelled.order.number} is cancelled: Changed my mind",
        "2 × Low tide mug",
        "€34.99 waits for you in the store where you paid it.",
    ):
        assert words in letter.body


def test_who_paid_late_and_gets_it_after_all_is_not_told_that_it_is_cancelled(cancelled):
    Fulfilment.objects.update(state="placed", cancelled_at=None)
    with time_machine.travel(NOON + timedelta(minutes=1), tick=False):
        outbox.deliver_due()
    assert Message.objects.get(kind="fulfilment_cancelled").state == "withdrawn"
