"""Pickups whose windows are not within the store's hours any more, because those were edited: listed and moved as on closed days."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse

from omo import invariants
from orders import closures
from orders.models import Fulfilment, Promise
from stores import closed_days, hours
from stores.models import OpeningHours, SlotLoad, SpecialOpening, Store
from tests import factories
from tests.factories import NOON
from tests.unchanged import refused

pytestmark = pytest.mark.django_db
WEDNESDAY_TEN, THURSDAY_NINE = datetime(2026, 11, 25, 10, tzinfo=UTC), datetime(2026, 11, 26, 9, tzinfo=UTC)


@pytest.fixture
def store() -> Store:
    return factories.store("harbour")


@pytest.fixture
def ana(store):
    return factories.staff(store)


@pytest.fixture
def at_noon():
    with time_machine.travel(NOON, tick=False):
        yield


def booked(store: Store, slot: datetime = WEDNESDAY_TEN) -> Fulfilment:
    """A pickup for that window."""
    placed = factories.order(store, (factories.stocked(store), 1), slot=slot.isoformat())
    return factories.pickup_of(placed)


def outside(store: Store) -> int:
    """How many bookings are for times at which the store is not open."""
    return closed_days.booked_outside(store, hours.calendar_of(store), at=NOON)


def open_on(store: Store, weekday: int, *spans: tuple[str, str]) -> None:
    """Other hours on a weekday from now on."""
    store.opening_hours.filter(weekday=weekday).delete()
    OpeningHours.objects.bulk_create(OpeningHours(store=store, weekday=weekday, opens=opens, closes=closes) for opens, closes in spans)


@pytest.mark.parametrize(
    ("spans", "stranded", "moved_to"),
    [
        ([("09:00", "19:00")], False, None),
        ([("09:00", "10:30")], False, None),
        ([("09:00", "10:10"), ("10:10", "19:00")], False, None),  # without a break
        ([("10:15", "19:00")], True, datetime(2026, 11, 25, 10, 15, tzinfo=UTC)),
        ([("09:00", "10:00")], True, THURSDAY_NINE),
        ([("09:00", "10:20")], True, datetime(2026, 11, 25, 10, 0, tzinfo=UTC)),  # the window ends with the store now
        ([("08:00", "10:00"), ("12:00", "19:00")], True, datetime(2026, 11, 25, 12, tzinfo=UTC)),
        ([], True, THURSDAY_NINE),
    ],
)
def test_a_window_that_is_not_within_the_hours_any_more_is_moved(store, ana, spans, stranded, moved_to):
    pickup_then = booked(store)
    open_on(store, 2, *spans)
    found = closures.stranded([store], at=NOON)
    assert [(one.pickup, one.closure) for one in found] == ([(pickup_then, None)] if stranded else [])
    assert outside(store) == len(found)
    if stranded:
        assert closures.move(pickup_then, by=ana, at=NOON).starts_at == moved_to
        assert closures.stranded([store], at=NOON) == []
        made = list(Promise.objects.filter(fulfilment=pickup_then).order_by("id"))
        assert (made[0].outcome.cause, made[1].ready_by) == ("closed", moved_to)
    else:
        with refused(closures.NotStranded):
            closures.move(pickup_then, by=ana, at=NOON)


@pytest.mark.parametrize(("others", "moved_to"), [(0, WEDNESDAY_TEN), (1, THURSDAY_NINE)])
def test_a_window_that_only_ends_sooner_is_not_full_of_the_pickup_s_own_place(store, ana, others, moved_to):
    stranded = booked(store)
    for _ in range(others):
        booked(store)
    Store.objects.update(slot_capacity=1)
    store.refresh_from_db()
    open_on(store, 2, ("09:00", "10:20"))
    found = closures.with_next(store, closures.stranded([store], at=NOON), at=NOON)
    assert [one.next.starts_at for one in found] == [moved_to] * (1 + others)
    slot = closures.move(stranded, by=ana, at=NOON)
    assert slot.starts_at == moved_to
    assert sum(SlotLoad.objects.values_list("booked", flat=True)) == 1 + others
    assert list(invariants.violations()) == []


def test_a_special_opening_that_is_shorter_strands_and_one_on_a_closed_weekday_saves(store):
    wednesday, thursday = booked(store), booked(store, THURSDAY_NINE)
    SpecialOpening.objects.create(store=store, day=date(2026, 11, 25), opens="12:00", closes="19:00")
    SpecialOpening.objects.create(store=store, day=date(2026, 11, 26), opens="09:00", closes="10:00")
    open_on(store, 3)
    assert [one.pickup for one in closures.stranded([store], at=NOON)] == [wednesday]
    assert factories.pickup_of(thursday.order).due_at == THURSDAY_NINE


def test_what_is_over_and_what_never_had_hours_is_not_stranded(store):
    pickup_then = booked(store)
    open_on(store, 2)
    assert closures.stranded([store], at=pickup_then.window_ends) == []
    store.opening_hours.all().delete()
    assert closures.stranded([store], at=NOON) == [], "without any hours a store counts as always open"


def test_an_old_pickup_without_a_window_may_be_due_at_closing_time(store):
    pickup_then = booked(store)
    Fulfilment.objects.update(due_at=datetime(2026, 11, 25, 19, tzinfo=UTC), window_ends=None)
    assert closures.stranded([store], at=NOON) == []
    open_on(store, 2, ("09:00", "18:59"))
    assert [one.pickup for one in closures.stranded([store], at=NOON)] == [pickup_then]


@pytest.mark.parametrize("count", [1, 12])
def test_looking_takes_two_statements_for_one_pickup_as_for_many_stores(store, count, django_assert_num_queries):
    stores = [store, *(factories.store(f"store-{number}") for number in range(count))]
    for place in stores:
        booked(place)
        open_on(place, 2)
    with django_assert_num_queries(2):
        assert len(closures.stranded(stores, at=NOON)) == count + 1


def test_what_lost_its_hours_is_listed_with_one_action(client, at_noon, store, ana):
    stranded = booked(store)
    open_on(store, 2, ("12:00", "19:00"))
    client.force_login(ana)
    assert "1 pickup is booked while Harbour is not open." in client.get(reverse("pace", args=["harbour"])).content.decode()
    text = client.get(reverse("closed_days", args=["harbour"])).content.decode()
    assert "Not open then any more" in text
    assert text.count(reverse("move_pickup", args=["harbour", stranded.order.number])) == 1
    client.post(reverse("move_pickup", args=["harbour", stranded.order.number]))
    assert factories.pickup_of(stranded.order).due_at == WEDNESDAY_TEN + timedelta(hours=2)
