"""Cancelling, changing and expiring against whoever else has the bag in hand: one is faster, the other is told, and nothing is given back twice."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.db.models import Q, QuerySet

from omo.models import Event, Message
from orders import cancellation, changes, keeping, payments, pickup, pickup_codes
from orders.cancellation import Cause
from orders.models import Fulfilment, HandOver, Order, Refund
from orders.models.fulfilment import FulfilmentQuerySet
from stores import stock
from stores.models import SlotLoad, StockLevel, StockMovement
from tests import factories
from tests.factories import NOON
from tests.races.crowd import at_once, constraints_off, kinds, sound

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True), pytest.mark.slow]
TIMES, ROUNDS = 8, 12
WEDNESDAY_TEN = datetime(2026, 11, 25, 10, tzinfo=UTC)
SATURDAY_NINE = datetime(2026, 11, 28, 9, tzinfo=UTC)


@pytest.fixture
def placed(harbour, card) -> Callable[..., Fulfilment]:
    """Makes a pickup of one mug (12.50) of Marta's, paid or not."""
    mug, ana = factories.stocked(harbour, 200), factories.staff(harbour)

    def make(*, paid: bool = False) -> Fulfilment:
        order = factories.order(harbour, (mug, 1), owner=card.user)
        if paid:
            payments.take_payment(order, [payments.Tendered("card", 1250)], store=harbour, by=ana, at=NOON)
        return factories.pickup_of(order)

    return make


def cancels(bag: Fulfilment, cause: Cause = Cause.CUSTOMER):
    """Somebody cancels on a page of their own."""
    page = factories.pickup_of(bag.order)
    return lambda: cancellation.cancel_fulfilment(page, reason="Changed my mind", cause=cause, by=page.order.user, at=NOON)


def picks(bag: Fulfilment):
    page, ana = factories.pickup_of(bag.order), bag.store.assignments.first().user
    return lambda: pickup.start_picking(page, by=ana, at=NOON)


def moves(bag: Fulfilment):
    page = factories.pickup_of(bag.order)
    return lambda: changes.move_window(page, slot=WEDNESDAY_TEN.isoformat(), cause=Cause.CUSTOMER, by=page.order.user, at=NOON)


def test_of_eight_who_cancel_one_does_and_everything_is_given_back_once(placed, rivalries):
    for _ in range(4):
        bag = placed(paid=True)
        assert kinds(at_once(*(cancels(bag) for _ in range(TIMES)))) == {"NoneType": 1, "NotCancellable": 7}
        assert Refund.objects.filter(payment__order=bag.order).values_list("amount", flat=True).get() == 1250
    assert StockMovement.objects.filter(kind="released").count() == 4
    assert Event.objects.filter(kind="pickup.cancelled").count() == 4
    assert Message.objects.filter(kind="fulfilment_cancelled").count() == 4
    assert StockLevel.objects.values_list("on_hand", "allocated").get() == (200, 0)
    assert set(SlotLoad.objects.values_list("booked", flat=True)) == {0}
    assert rivalries == []
    assert sound()


def test_without_the_condition_it_is_cancelled_again_and_again(placed, monkeypatch):
    """The negative control: whatever the state is, it becomes cancelled."""
    bag = placed()
    other = placed()
    monkeypatch.setitem(cancellation.MAY_END, Cause.CUSTOMER, Q())
    assert kinds(at_once(*(cancels(bag) for _ in range(TIMES))))["NoneType"] > 1
    assert Event.objects.filter(kind="pickup.cancelled").count() > 1
    assert StockMovement.objects.filter(kind="released").count() > 1
    assert StockLevel.objects.get().allocated == 0  # the other customer's mug was given away, too
    assert factories.pickup_of(other.order).state == "placed"


def test_either_the_customer_cancels_or_picking_begins(placed, rivalries):
    for _ in range(ROUNDS):
        bag = placed()
        outcome = [type(one).__name__ for one in at_once(cancels(bag), picks(bag))]
        state = factories.pickup_of(bag.order).state
        assert (outcome, state) in [(["NoneType", "NotLegal"], "cancelled"), (["NotCancellable", "NoneType"], "picking")]
        assert sound()
    assert rivalries == []


def test_without_the_condition_what_is_being_picked_is_cancelled(placed, monkeypatch):
    """The negative control."""
    monkeypatch.setitem(cancellation.MAY_END, Cause.CUSTOMER, Q())
    outcomes = [kinds(at_once(cancels(bag), picks(bag))) for bag in (placed() for _ in range(ROUNDS))]
    assert {"NoneType": 2} in outcomes


def test_either_the_window_moves_or_picking_begins(placed, rivalries):
    for _ in range(ROUNDS):
        bag = placed()
        moved, began = at_once(moves(bag), picks(bag))
        now = factories.pickup_of(bag.order)
        if isinstance(moved, changes.NotChangeable):
            assert (began, now.due_at) == (None, bag.due_at)
        else:
            assert (began, now.state, now.due_at) == (None, "picking", WEDNESDAY_TEN)  # moved before somebody began
        assert sound()
    assert rivalries == []


def test_who_looks_first_and_then_changes_moves_what_is_being_picked(placed, monkeypatch):
    """The negative control: the state is read without taking the row."""
    looked = threading.Event()

    def look(pk, kind, states):
        found = Fulfilment.objects.select_related("order", "store", "picker").get(pk=pk)
        if found.state not in states:
            raise changes.NotChangeable(found)
        looked.set()
        time.sleep(0.3)  # picking begins meanwhile
        return found

    monkeypatch.setattr("orders.changes._allowed", look)
    bag = placed()
    began_before = []

    def watch(kind, *args, _record=changes._tell, **fields):
        began_before.append(Fulfilment.objects.get(pk=bag.pk).state)
        return _record(kind, *args, **fields)

    monkeypatch.setattr("orders.changes._tell", watch)
    at_once(moves(bag), lambda: looked.wait(5) and picks(bag)())
    assert began_before == ["picking"]


def test_either_it_expires_or_it_is_handed_over(harbour, placed, rivalries):
    ana = harbour.assignments.first().user
    for _ in range(ROUNDS):
        bag = placed(paid=True)
        factories.ready(bag.order, ana)
        outcome = [type(one).__name__ for one in at_once(*expires_or_goes(bag, ana))]
        now = factories.pickup_of(bag.order)
        assert (outcome, now.state) in [(["NoneType", "Refused"], "expired"), (["NotExpirable", "NoneType"], "collected")]
        assert HandOver.objects.filter(fulfilment=bag).count() == (now.state == "collected")
        assert Refund.objects.filter(payment__order=bag.order).count() == (now.state == "expired")
        assert sound()
    assert rivalries == []


def test_without_the_conditions_goods_and_money_both_go(harbour, placed, monkeypatch):
    """The negative control: no row lock, and no condition on the state."""
    ana = harbour.assignments.first().user
    bags = [placed(paid=True) for _ in range(4)]
    for bag in bags:
        factories.ready(bag.order, ana)
    presses = [expires_or_goes(bag, ana) for bag in bags]
    monkeypatch.setattr(FulfilmentQuerySet, "select_for_update", lambda self, **options: self.all())
    monkeypatch.setattr(FulfilmentQuerySet, "filter", lambda self, *args, state=None, **fields: QuerySet.filter(self, *args, **fields))
    with constraints_off("stores_stocklevel", "orders_promiseoutcome"):
        for press in presses:
            at_once(*press)
        both = [bag for bag in bags if HandOver.objects.filter(fulfilment=bag).exists() and Refund.objects.filter(payment__order=bag.order).exists()]
        assert both != []


def expires_or_goes(bag: Fulfilment, ana):
    pages, code = [factories.pickup_of(bag.order) for _ in range(2)], pickup_codes.six_digits(bag)
    return (
        lambda: keeping.expire(pages[0], by=None, at=SATURDAY_NINE),
        lambda: pickup.hand_over(pages[1], proof=code, by=ana, at=SATURDAY_NINE),
    )


def test_customers_who_change_places_never_wait_in_a_circle(harbour, rivalries):
    station, goods = factories.store("station"), [factories.stocked(harbour, 100) for _ in range(3)]
    stock.receive(station, {one.pk: 100 for one in goods}, reference="delivery:station", by=None, at=NOON)
    wanted = [(one, 1) for one in goods]
    bags = [factories.pickup_of(factories.order(place, *wanted)) for place in (harbour, station) * 4]
    slot = WEDNESDAY_TEN.isoformat()

    def go(bag: Fulfilment):
        there = station if bag.store_id == harbour.pk else harbour
        return lambda: changes.change_store(bag, store=there, slot=slot, by=None, at=NOON)

    assert kinds(at_once(*(go(bag) for bag in bags))) == {"Slot": 8}
    assert sorted(SlotLoad.objects.filter(starts_at=WEDNESDAY_TEN).values_list("booked", flat=True)) == [4, 4]
    assert sorted(set(StockLevel.objects.values_list("allocated", flat=True))) == [4]
    assert Order.objects.filter(store=harbour).count() == 4
    assert rivalries == []
    assert sound()
