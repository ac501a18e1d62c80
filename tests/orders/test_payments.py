"""Payments in the store, tender by tender."""

import pytest
from django.db import IntegrityError

from omo.models import Event
from orders import payments
from orders.models import Order, Payment
from orders.payments import MoreThanDue, NothingToPay, Tendered
from tests import factories
from tests.factories import NOON
from tests.unchanged import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def order() -> Order:
    """An order of 25.00, to be paid at Harbour."""
    harbour = factories.store()
    return factories.order(harbour, (factories.stocked(harbour), 2))


def pay(order: Order, *amounts: int, tender: str = "card") -> None:
    payments.take_payment(order, [Tendered(tender, amount) for amount in amounts], store=order.store, by=None, at=NOON)


def test_an_order_is_paid_when_nothing_is_due_any_more(order):
    assert payments.due(order) == 2500
    pay(order, 1000, tender="cash")
    assert (payments.due(order), order.payment_state) == (1500, "unpaid")
    pay(order, 1500)
    order.refresh_from_db()
    assert (payments.due(order), order.payment_state) == (0, "paid")
    assert list(Payment.objects.order_by("pk").values_list("tender", "amount", "store")) == [("cash", 1000, order.store_id), ("card", 1500, order.store_id)]


def test_one_payment_may_have_several_tenders_and_is_one_event(order):
    before = factories.queue_version(order.store_id)
    payments.take_payment(order, [Tendered("cash", 500), Tendered("card", 2000)], store=order.store, by=None, at=NOON)
    assert order.payment_state == "paid"
    assert Event.objects.get(kind="payment.taken").data == {"tenders": [["cash", 500], ["card", 2000]]}
    assert factories.queue_version(order.store_id) == before + 1


@pytest.mark.parametrize("amounts", [(2501,), (2000, 501), (2**40,)])
def test_more_than_is_due_is_refused_with_what_is_due(order, amounts):
    with refused(MoreThanDue) as refusal:
        pay(order, *amounts)
    assert refusal.value.due == 2500


def test_what_is_paid_is_not_paid_again(order):
    as_the_other_till_sees_it = Order.objects.get()
    pay(order, 2500)
    for page in (order, as_the_other_till_sees_it):
        for amount in (2500, 1):
            with refused(NothingToPay):
                pay(page, amount)


@pytest.mark.parametrize("amount", [0, -1])
def test_the_database_takes_no_payment_of_nothing(order, amount):
    with refused(IntegrityError):
        pay(order, amount)


@pytest.mark.parametrize("state", ["paid", "authorised", "refunded", "part_refunded"])
def test_nothing_is_due_unless_the_order_is_unpaid(order, state):
    order.payment_state = state
    assert payments.due(order) == 0
