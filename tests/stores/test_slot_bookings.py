"""Places in slots: taken, given back, moved; and never more than there are."""

from datetime import timedelta

import pytest

from omo import invariants
from stores import hours, slots
from stores.models import SlotBooking, SlotLoad, Store
from stores.slots import SlotFull
from tests import factories
from tests.factories import NOON
from tests.unchanged import refused, unchanged

pytestmark = pytest.mark.django_db
TWO, HALF_PAST_TWO = NOON + timedelta(hours=2), NOON + timedelta(hours=2, minutes=30)


@pytest.fixture
def harbour() -> Store:
    """A store with two places in each slot."""
    return factories.store(slot_capacity=2)


def slot(place: Store, wish: str = slots.FIRST) -> slots.Slot:
    return slots.choose(place, hours.calendar_of(place), wish, at=NOON)


def booked() -> dict:
    """How full the slots are."""
    return dict(SlotLoad.objects.filter(booked__gt=0).values_list("starts_at", "booked"))


def test_a_place_is_taken_and_remembered(harbour):
    slots.book(harbour, slot(harbour), reference="fulfilment:1", at=NOON)
    row = SlotBooking.objects.get()
    assert (row.store, row.slot_starts_at, row.starts_at, row.ends_at) == (harbour, TWO, TWO, HALF_PAST_TWO)
    assert (row.reference, row.at, row.released_at) == ("fulfilment:1", NOON, None)
    assert booked() == {TWO: 1}


def test_as_soon_as_possible_takes_its_place_in_the_slot_that_it_begins_in(harbour):
    window = slots.as_soon_as_possible(harbour, hours.calendar_of(harbour), at=NOON + timedelta(minutes=10))
    slots.book(harbour, window, reference="fulfilment:1", at=NOON)
    assert SlotBooking.objects.get().starts_at == NOON + timedelta(hours=2, minutes=10)
    assert booked() == {TWO: 1}


def test_a_full_slot_takes_nobody_more(harbour):
    window = slot(harbour)
    for number in (1, 2):
        slots.book(harbour, window, reference=f"fulfilment:{number}", at=NOON)
    with refused(SlotFull):
        slots.book(harbour, window, reference="fulfilment:3", at=NOON)
    assert booked() == {TWO: 2}
    assert slots.loads_of([harbour], at=NOON) == {harbour.pk: {TWO: 2}}


@pytest.mark.parametrize("capacity", [0, 1])
def test_a_capacity_lowered_below_what_is_booked_keeps_that_and_takes_no_more(harbour, capacity):
    window = slot(harbour)
    for number in (1, 2):
        slots.book(harbour, window, reference=f"fulfilment:{number}", at=NOON)
    harbour.slot_capacity = capacity
    with refused(SlotFull):
        slots.book(harbour, window, reference="fulfilment:3", at=NOON)
    assert SlotBooking.objects.filter(released_at=None).count() == 2


def test_a_slot_without_places_is_full_from_the_start(harbour):
    window = slot(harbour)
    harbour.slot_capacity = 0
    with refused(SlotFull):
        slots.book(harbour, window, reference="fulfilment:1", at=NOON)


def test_without_a_capacity_as_many_as_come_are_counted(harbour):
    harbour.slot_capacity = None
    for number in range(5):
        slots.book(harbour, slot(harbour), reference=f"fulfilment:{number}", at=NOON)
    assert booked() == {TWO: 5}
    assert slots.loads_of([harbour], at=NOON) == {}


def test_a_place_is_given_back_once(harbour):
    for number in (1, 2):
        slots.book(harbour, slot(harbour), reference=f"fulfilment:{number}", at=NOON)
    slots.release("fulfilment:1", at=NOON + timedelta(minutes=5))
    with unchanged():
        slots.release("fulfilment:1", at=NOON + timedelta(minutes=6))
        slots.release("fulfilment:9", at=NOON)
    assert SlotBooking.objects.get(reference="fulfilment:1").released_at == NOON + timedelta(minutes=5)
    assert booked() == {TWO: 1}
    slots.book(harbour, slot(harbour), reference="fulfilment:3", at=NOON)
    assert booked() == {TWO: 2}


@pytest.mark.parametrize(("there", "back"), [(TWO, HALF_PAST_TWO), (HALF_PAST_TWO, TWO)])
def test_a_booking_moves_to_another_slot(harbour, there, back):
    slots.book(harbour, slot(harbour, there.isoformat()), reference="fulfilment:1", at=NOON)
    slots.move(harbour, slot(harbour, back.isoformat()), reference="fulfilment:1", at=NOON)
    assert booked() == {back: 1}
    assert list(SlotBooking.objects.order_by("pk").values_list("starts_at", "released_at")) == [(there, NOON), (back, None)]


def test_a_booking_stays_where_it_is_if_the_other_slot_is_full(harbour):
    for number, window in ((1, TWO), (2, HALF_PAST_TWO), (3, HALF_PAST_TWO)):
        slots.book(harbour, slot(harbour, window.isoformat()), reference=f"fulfilment:{number}", at=NOON)
    with refused(SlotFull):
        slots.move(harbour, slot(harbour, HALF_PAST_TWO.isoformat()), reference="fulfilment:1", at=NOON)
    assert booked() == {TWO: 1, HALF_PAST_TWO: 2}


def test_what_had_no_place_gets_its_first_one_by_moving(harbour):
    slots.move(harbour, slot(harbour), reference="fulfilment:1", at=NOON)
    assert booked() == {TWO: 1}


def test_the_checker_finds_a_slot_that_is_not_the_sum_of_its_bookings(harbour):
    slots.book(harbour, slot(harbour), reference="fulfilment:1", at=NOON)
    assert list(invariants.violations()) == []
    SlotLoad.objects.update(booked=2)
    assert [(found["invariant"], found["found"], found["expected"]) for found in invariants.violations()] == [("a slot's places are its live bookings", 2, 1)]
    SlotLoad.objects.all().delete()
    assert [found["expected"] for found in invariants.violations()] == [1]
