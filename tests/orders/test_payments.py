"""Payments in the store, tender by tender."""

import pytest
from django.db import IntegrityError

from omo.models import Event
from orders import paid, payments
from orders.models import Order, Payment
from orders.payments import MoreThanDue, NothingToPay, Tendered
from stores.models import Store
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


def test_staff_take_nothing_while_an_authorised_payment_waits_to_be_captured(order):
    order.payment_state = "authorised"
    assert (payments.due(order), order.due) == (0, 2500)


def test_cash_and_the_card_terminal_with_its_slip_make_up_an_order(order):
    payments.take_payment(order, [Tendered("cash", 500), Tendered("card", 2000, "T-0042")], store=order.store, by=None, at=NOON)
    assert list(Payment.objects.order_by("pk").values_list("tender", "amount", "reference")) == [("cash", 500, ""), ("card", 2000, "T-0042")]
    order.refresh_from_db()
    assert (order.paid_total, order.due, order.payment_state) == (2500, 0, "paid")


def test_what_was_cancelled_is_not_due(order):
    Order.objects.update(cancelled_total=1000)
    with refused(MoreThanDue) as refusal:
        pay(order, 1501)
    assert refusal.value.due == 1500
    pay(order, 1500)
    assert order.payment_state == "paid"


@pytest.mark.parametrize(
    ("sums", "authorised", "state"),
    [
        ({}, False, "unpaid"),
        ({}, True, "authorised"),
        ({"paid_total": 1000}, False, "unpaid"),
        ({"paid_total": 2500}, False, "paid"),
        ({"paid_total": 2500, "cancelled_total": 2500, "refunded_total": 2500}, False, "refunded"),
        ({"paid_total": 2500, "cancelled_total": 1000, "refunded_total": 1000}, False, "part_refunded"),
        ({"paid_total": 1500, "cancelled_total": 1000}, False, "paid"),
        ({"paid_total": 5000, "refunded_total": 2500}, False, "paid"),
        ({"cancelled_total": 2500}, False, "unpaid"),
    ],
)
def test_how_far_an_order_is_paid_follows_from_its_sums(sums, authorised, state):
    assert paid.state_of(Order(total=2500, **sums), authorised=authorised) == state


# Which ways to pay there are


def store(code: str, *, pay_in_store: bool) -> Store:
    return factories.store(code, pay_in_store=pay_in_store)


def test_paying_online_comes_first_and_in_the_store_where_every_store_allows_it(db):
    allows, another, forbids = store("quay", pay_in_store=True), store("hill", pay_in_store=True), store("lane", pay_in_store=False)
    assert payments.methods_for([allows], delivery=False) == ["sandbox", "in_store"]
    assert payments.methods_for([allows, another], delivery=False) == ["sandbox", "in_store"]
    assert payments.methods_for([allows, forbids], delivery=False) == ["sandbox"]


def test_what_is_delivered_is_never_paid_in_the_store(db):
    """P-16: offered with pickup, absent with home delivery."""
    allows = store("quay", pay_in_store=True)
    assert payments.methods_for([allows], delivery=True) == ["sandbox"]
    assert payments.methods_for([], delivery=True) == ["sandbox"]


def test_without_a_provider_every_store_takes_money(db, settings):
    settings.PAYMENT_PROVIDERS = []
    assert payments.methods_for([store("lane", pay_in_store=False)], delivery=False) == ["in_store"]
    assert payments.methods_for([store("lane", pay_in_store=False)], delivery=True) == []
