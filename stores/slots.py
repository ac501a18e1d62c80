"""Pickup slots: the windows in which customers can collect. They are computed from a store's hours and pace; only their bookings are rows.

Everything down to `loads_of` is pure: the store, its calendar, the moment and how full the slots are decide. The last place is guarded by the database.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from django.db import connection
from django.db.models import F

from omo.acts import act
from stores import hours
from stores.hours import Calendar
from stores.models import SlotBooking, SlotLoad, Store

ASAP, FIRST = "asap", "first"
"""Wishes beside the start of a window: as soon as possible ('asap@' and the moment that was seen, if one was); that, or else the first with room."""
PATIENCE = timedelta(minutes=10)
"""By how much 'as soon as possible' may move on while a page is filled in; more than that the customer is told first."""
PAUSED, CLOSED, UNKNOWN = "paused", "closed", "unknown"
DAY = timedelta(days=1)
Loads = Mapping[datetime, int]
"""{start of a slot: how many places in it are taken}."""


class SlotFull(Exception):
    """The last place of the slot is taken."""


class SlotGone(Exception):
    """The window is not offered; `reason`: the store is paused, it is closed for as long as can be chosen, or nobody offers such a window (any more)."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Slot:
    """A window to collect in, in UTC, and the slot of the grid that it takes a place in: itself, or for 'as soon as possible' the one that it begins in."""

    starts_at: datetime
    ends_at: datetime
    slot_starts_at: datetime
    soon: bool = False

    @property
    def value(self) -> str:
        """By what a form names it; as soon as possible says to the minute what it meant."""
        return f"{ASAP}@{self.starts_at.replace(second=0, microsecond=0).isoformat()}" if self.soon else self.starts_at.isoformat()


def paused(store: Store, *, at: datetime) -> bool:
    """Whether the store takes no orders for a while."""
    return store.paused_until is not None and store.paused_until > at


def busy(store: Store, *, at: datetime) -> bool:
    """Whether the store promises later than usual for a while."""
    return store.busy_until is not None and store.busy_until > at


def ready_at(store: Store, calendar: Calendar, *, at: datetime) -> datetime | None:
    """When goods ordered at `at` are ready: after the lead time in opening minutes, more while it is busy, from the next opening day after the cut-off.

    None if the store does not open for that long.
    """
    minutes = store.lead_minutes + (store.busy_minutes if busy(store, at=at) else 0)
    return hours.after_working(calendar, minutes=minutes, at=hours.counted_from(calendar, store.cut_off, at=at))


def as_soon_as_possible(store: Store, calendar: Calendar, *, at: datetime, loads: Loads | None = None) -> Slot | None:
    """The window that begins when the goods are ready; None if the store closes just then, is paused, or has no room in the slot that it begins in.

    It ends at closing time at the latest, however many stretches without a break there are until then.
    """
    ready = None if paused(store, at=at) else ready_at(store, calendar, at=at)
    if ready is None:
        return None
    length, spacing = timedelta(minutes=store.slot_minutes), timedelta(minutes=store.slot_spacing)
    if not calendar.known:
        if calendar.closure_on(calendar.day_of(ready)):
            return None
        midnight = hours.instant(calendar.day_of(ready), datetime.min.time(), calendar.zone)
        return _with_room(store, Slot(ready, ready + length, ready - (ready - midnight) % spacing, soon=True), loads)
    interval = next(hours.intervals(calendar, after=ready), None)  # ends after it is ready, so that moment is never closing time
    if interval is None or interval.opens > ready:
        return None
    ends = ready + length
    if ends > interval.closes:
        ends = min(ends, hours.open_until(calendar, at=ready) or interval.closes)
    return _with_room(store, Slot(ready, ends, ready - (ready - interval.opens) % spacing, soon=True), loads)


def offered(store: Store, calendar: Calendar, *, at: datetime, loads: Loads | None = None) -> list[Slot]:
    """The windows that can be chosen at `at`, in order: those that begin when the goods are ready or later, have room, and are within the store's days.

    A window ends at closing time at the latest.
    """
    ready = None if paused(store, at=at) else ready_at(store, calendar, at=at)
    if ready is None:
        return []
    last = calendar.day_of(at) + timedelta(days=store.window_days - 1)
    windows = grid(store, calendar, after=at, days=store.window_days)
    return [slot for slot in windows if slot.starts_at >= ready and calendar.day_of(slot.starts_at) <= last and _with_room(store, slot, loads)]


def grid(store: Store, calendar: Calendar, *, after: datetime, days: int) -> Iterator[Slot]:
    """Every window of the store's opening stretches that end after `after`. Instants are counted in UTC, so none is missing or comes twice."""
    length, spacing = timedelta(minutes=store.slot_minutes), timedelta(minutes=store.slot_spacing)
    for interval in hours.intervals(calendar, after=after, days=days):
        starts_at = interval.opens
        while starts_at < interval.closes:
            yield Slot(starts_at, min(starts_at + length, interval.closes), starts_at)
            starts_at += spacing


def earliest(store: Store, calendar: Calendar, *, at: datetime, loads: Loads | None = None) -> Slot | None:
    """As soon as possible, or else the first window that has room."""
    return as_soon_as_possible(store, calendar, at=at, loads=loads) or next(iter(offered(store, calendar, at=at, loads=loads)), None)


def choose(store: Store, calendar: Calendar, wish: str, *, at: datetime, loads: Loads | None = None) -> Slot:
    """The window that is wished for: ASAP, FIRST or one as `Slot.value` says it. Raises SlotGone if it is not offered at `at`.

    'As soon as possible' that has moved on by more than PATIENCE since it was seen is not what was wished for.
    With `loads` only windows that have room are; without them `book` finds out.
    """
    if paused(store, at=at):
        raise SlotGone(PAUSED)
    kind, _, seen = wish.partition("@")
    if wish == FIRST:
        found = earliest(store, calendar, at=at, loads=loads)
    elif kind == ASAP:
        found = as_soon_as_possible(store, calendar, at=at, loads=loads)
        if found and seen and (found.starts_at - PATIENCE).isoformat() > seen:  # instants in UTC compare as their words do
            found = None
    else:
        found = next((slot for slot in offered(store, calendar, at=at, loads=loads) if slot.value == wish), None)
    if found is None:
        raise SlotGone(CLOSED if wish == FIRST else UNKNOWN)
    return found


def next_after(store: Store, calendar: Calendar, moment: datetime, *, at: datetime, loads: Loads | None = None) -> Slot | None:
    """The first window that has room and begins at `moment` or later, and not before `at`, however far: for what cannot be collected when it was to be."""
    begin = max(moment, at)
    windows = grid(store, calendar, after=begin, days=hours.LONGEST_LEAD)
    return next((slot for slot in windows if slot.starts_at >= begin and _with_room(store, slot, loads)), None)


def by_day(slots: Iterable[Slot], calendar: Calendar) -> list[tuple[date, list[Slot]]]:
    """The windows of each of the store's days."""
    return [(day, list(found)) for day, found in groupby(slots, key=lambda slot: calendar.day_of(slot.starts_at))]


def _with_room(store: Store, slot: Slot, loads: Loads | None) -> Slot | None:
    full = store.slot_capacity is not None and (loads or {}).get(slot.slot_starts_at, 0) >= store.slot_capacity
    return None if full else slot


def loads_of(stores: Iterable[Store], *, at: datetime) -> dict[int, dict[datetime, int]]:
    """{store id: how full its slots are from about `at` on}, for the stores whose slots can be full; one statement, or none if there is no such store."""
    found: dict[int, dict[datetime, int]] = {store.pk: {} for store in stores if store.slot_capacity is not None}
    if found:
        rows = SlotLoad.objects.filter(store_id__in=list(found), starts_at__gt=at - DAY, booked__gt=0)
        for store_id, starts_at, booked in rows.values_list("store_id", "starts_at", "booked"):
            found[store_id][starts_at] = booked
    return found


def places_of(references: Iterable[str]) -> dict[str, datetime]:
    """{reference: start of the slot in which it has a place}, for those that have one; one statement."""
    return dict(SlotBooking.objects.filter(reference__in=list(references), released_at=None).values_list("reference", "slot_starts_at"))


def without(loads: Loads | None, place: datetime | None) -> Loads | None:
    """How full the slots are for who gives up a place in the slot that starts then."""
    if not loads or place is None or place not in loads:
        return loads
    return {**loads, place: loads[place] - 1}


@act
def book(store: Store, slot: Slot, *, reference: str, at: datetime) -> None:
    """Take a place in the slot for `reference`, in the caller's transaction. Raises SlotFull; then nothing is booked.

    `store` is as it is now: its capacity decides. If that was lowered below what is booked, what is booked stays and no more is taken.
    The slot's row is held until the commit, so this comes late in an act.
    """
    if not _booked(store, slot, reference, at):
        raise SlotFull(slot.slot_starts_at)


@act
def release(reference: str, *, at: datetime) -> None:
    """Give back the place of `reference`. Once; a repeat, or a reference without a place, changes nothing."""
    with connection.cursor() as cursor:
        cursor.execute(RELEASE, [_instant(at), reference])
        for store_id, slot_starts_at in cursor.fetchall():
            cursor.execute(GIVE_BACK, [store_id, slot_starts_at])


@act
def move(store: Store, slot: Slot, *, reference: str, at: datetime) -> None:
    """Let `reference` have a place in this slot instead of the one that it has, or as its first one. Raises SlotFull; then it keeps what it has."""
    booking = SlotBooking.objects.select_for_update().filter(reference=reference, released_at=None).first()
    if booking is None:
        return book(store, slot, reference=reference, at=at)
    SlotBooking.objects.filter(pk=booking.pk).update(released_at=at)
    # Rows of loads are taken in the order of stores and time, so that two moves in opposite directions never wait for each other.
    if (store.pk, slot.slot_starts_at) < (booking.store_id, booking.slot_starts_at):
        book(store, slot, reference=reference, at=at)
        return _give_back(booking)
    _give_back(booking)
    return book(store, slot, reference=reference, at=at)


def _booked(store: Store, slot: Slot, reference: str, at: datetime) -> bool:
    """Whether there was a place, which is taken and booked now: in one statement where the database knows such, else in two."""
    capacity = store.slot_capacity
    if capacity is not None and capacity < 1:
        return False
    take = TAKE + (" WHERE load.booked < %s" if capacity is not None else "")
    place = [store.pk, _instant(slot.slot_starts_at), *([capacity] if capacity is not None else [])]
    booking = [_instant(slot.starts_at), _instant(slot.ends_at), reference, _instant(at)]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(TAKE_AND_BOOK.replace("{take}", take), [*place, *booking])
            return cursor.rowcount == 1
        cursor.execute(take, place)
        taken = cursor.rowcount == 1
        if taken:
            cursor.execute(BOOK + " VALUES (%s, %s, %s, %s, %s, %s)", [*place[:2], *booking])
        return taken


def _instant(moment: datetime) -> Any:
    """As the database takes it."""
    return connection.ops.adapt_datetimefield_value(moment)


# The row is made, or raised while it is below the capacity, in one statement that rivals wait for.
TAKE = """INSERT INTO "stores_slotload" AS load (store_id, starts_at, booked) VALUES (%s, %s, 1)
ON CONFLICT (store_id, starts_at) DO UPDATE SET booked = load.booked + 1"""
BOOK = 'INSERT INTO "stores_slotbooking" (store_id, slot_starts_at, starts_at, ends_at, reference, at)'
TAKE_AND_BOOK = "WITH taken AS ({take} RETURNING store_id, starts_at) {book} SELECT store_id, starts_at, %s, %s, %s, %s FROM taken".replace("{book}", BOOK)

RELEASE = 'UPDATE "stores_slotbooking" SET released_at = %s WHERE reference = %s AND released_at IS NULL RETURNING store_id, slot_starts_at'
GIVE_BACK = 'UPDATE "stores_slotload" SET booked = booked - 1 WHERE store_id = %s AND starts_at = %s'


def _give_back(booking: SlotBooking) -> None:
    SlotLoad.objects.filter(store_id=booking.store_id, starts_at=booking.slot_starts_at).update(booked=F("booked") - 1)
