"""The customer is on the way, or here: said once it is ready, seen by staff, over with the hand-over."""

from datetime import timedelta

import pytest

from omo.models import Event
from orders import arrivals, pickup, tickets
from orders.models import Arrival, Fulfilment
from stores.models import Store
from tests import factories
from tests.factories import NOON
from tests.unchanged import refused, unchanged

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(minutes=5)


@pytest.fixture
def with_bays(ready):
    """The store has three parking bays."""
    Store.objects.update(bays=3)
    ready.harbour.refresh_from_db()
    return ready


def now() -> tuple:
    return Arrival.objects.values_list("on_my_way_at", "arrived_at", "place", "served_at").get()


def test_a_customer_sets_out_once_and_staff_see_it(ready):
    before = factories.queue_version(ready.harbour.pk)
    arrivals.set_out(ready.pickup, by=ready.marta, at=NOON)
    assert now() == (NOON, None, "", None)
    assert factories.queue_version(ready.harbour.pk) == before + 1
    with unchanged():
        arrivals.set_out(ready.pickup, by=ready.marta, at=LATER)
    assert Event.objects.filter(kind="arrival.set_out").count() == 1


def test_a_customer_is_at_the_counter(ready):
    arrivals.set_out(ready.pickup, by=ready.marta, at=NOON)
    arrivals.arrive(ready.pickup, by=ready.marta, at=LATER)
    assert now() == (NOON, LATER, "counter", None)
    with unchanged():
        arrivals.arrive(ready.pickup, by=ready.marta, at=LATER + timedelta(minutes=1))
    assert Event.objects.get(kind="arrival.arrived").data == {"place": "counter"}


def test_who_is_here_is_not_on_the_way_any_more(ready):
    arrivals.arrive(ready.pickup, by=ready.marta, at=NOON)
    with unchanged():
        arrivals.set_out(ready.pickup, by=ready.marta, at=LATER)


def test_a_customer_in_a_bay_moves_to_another_and_waits_since_the_first(with_bays):
    arrivals.arrive(with_bays.pickup, bay=2, by=None, at=NOON)
    arrivals.arrive(with_bays.pickup, bay=3, by=None, at=LATER)
    assert now() == (None, NOON, "bay 3", None)


@pytest.mark.parametrize("bay", [0, 4, -1])
def test_a_bay_that_the_store_does_not_have_is_refused(with_bays, bay):
    with refused(arrivals.NoSuchBay):
        arrivals.arrive(with_bays.pickup, bay=bay, by=None, at=NOON)


@pytest.mark.parametrize("state", ["placed", "picking", "packed", "awaiting_customer", "collected", "expired", "cancelled"])
def test_nobody_comes_for_what_is_not_ready(ready, state):
    Fulfilment.objects.update(state=state)
    for act in (arrivals.set_out, arrivals.arrive):
        with refused(arrivals.NotReady):
            act(ready.pickup, by=None, at=NOON)


def test_the_hand_over_ends_the_waiting(ready):
    ready.pay()
    arrivals.arrive(ready.pickup, by=None, at=NOON)
    ready.hand_over(90)
    assert now() == (None, NOON, "counter", NOON + timedelta(seconds=90))


# What staff see


def test_whoever_is_here_stands_first_with_since_when_and_where(with_bays):
    others = [factories.order(with_bays.harbour, (factories.stocked(with_bays.harbour), 1)) for _ in range(2)]
    for order in others:
        factories.ready(order, with_bays.ana, at=NOON - timedelta(minutes=1))
    first, second = (factories.pickup_of(order) for order in others)
    arrivals.set_out(first, by=None, at=NOON)
    arrivals.arrive(with_bays.pickup, bay=2, by=None, at=LATER)
    arrivals.arrive(second, by=None, at=NOON)
    board = tickets.board(with_bays.harbour, at=LATER)
    assert [(one.pickup.pk, one.arrival and one.arrival.words) for one in board["ready"].tickets] == [
        (second.pk, "Here since 12:00, at the counter"),
        (with_bays.pickup.pk, "Here since 12:05, bay 2"),
        (first.pk, "On the way since 12:00"),
    ]
    assert [one.pickup.pk for one in tickets.waiting_now(board)] == [second.pk, with_bays.pickup.pk]


def test_what_is_not_ready_any_more_waits_for_nobody(ready):
    arrivals.arrive(ready.pickup, by=None, at=NOON)
    pickup.undo_ready(ready.pickup, by=ready.ana, at=NOON)
    board = tickets.board(ready.harbour, at=LATER)
    assert tickets.waiting_now(board) == []
    assert [one.arrival for one in board["pick"].tickets] == [None]
