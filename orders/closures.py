"""Pickups that were promised for a time at which their store turns out not to be open: which they are, and moving them.

Their day was closed, or the store's hours were edited and it opens later, closes earlier or not at all by now.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from omo import events, outbox
from omo.acts import act
from omo.models import User
from orders import keeping, promises, queue
from orders.models import Fulfilment, PromiseOutcome
from stores import closed_days, hours, slots
from stores.hours import Calendar, Closed
from stores.models import Store
from stores.slots import Slot


class NotStranded(Exception):
    """Nothing is to be moved: the pickup is over, or its store is open for all of its window; `pickup` is as it is now."""

    def __init__(self, pickup: Fulfilment) -> None:
        super().__init__(pickup.pk)
        self.pickup = pickup


class NoWindow(Exception):
    """The store has no window later on: it is not known when it is open."""


@dataclass(frozen=True)
class Stranded:
    """A pickup whose store is not open for all of its window, the closure that it falls on if it is that, and the window that it could have instead."""

    pickup: Fulfilment
    closure: Closed | None
    next: Slot | None = None


def stranded(stores: Iterable[Store], *, at: datetime) -> list[Stranded]:
    """The open pickups of these stores whose windows are not over and not within the hours that the store has now, the next one first; two statements."""
    calendars = {store.pk: hours.calendar_of(store) for store in Store.objects.with_calendar().filter(pk__in=[store.pk for store in stores])}
    ahead = Q(window_ends__gt=at) | Q(window_ends=None, due_at__gt=at)
    waiting = Fulfilment.objects.filter(ahead, store__in=list(calendars), kind=Fulfilment.Kind.PICKUP, state__in=Fulfilment.OPEN)
    known: dict[tuple[int, datetime, datetime], bool] = {}
    found = []
    for pickup in waiting.select_related("order").order_by("due_at", "id"):
        calendar, window = calendars[pickup.store_id], (pickup.store_id, pickup.due_at, pickup.window_ends or pickup.due_at)
        if window not in known:  # many have the same one
            known[window] = closed_days.is_open(calendar, *window[1:])
        if not known[window]:
            found.append(Stranded(pickup, calendar.closure_on(calendar.day_of(pickup.due_at))))
    return found


def with_next(store: Store, found: Iterable[Stranded], *, at: datetime) -> list[Stranded]:
    """The same, each with the window that moving it gives it now. `store` is best read with its calendar."""
    listed, calendar = list(found), hours.calendar_of(store)
    windows = _windows([one.pickup for one in listed], store, calendar, at)
    return [Stranded(one.pickup, one.closure, windows[one.pickup.pk]) for one in listed]


@act
def move(pickup: Fulfilment, *, by: User | None, at: datetime) -> Slot:
    """Let a pickup that is stranded be collected in the next window that has room, and tell the customer. What is ready waits longer, too.

    Raises NotStranded, NoWindow, and slots.SlotFull if the window was taken meanwhile; then nothing is changed.
    """
    held = Fulfilment.objects.select_for_update(of=("self",), no_key=True).select_related("order").get(pk=pickup.pk)
    store = Store.objects.with_calendar().get(pk=held.store_id)
    calendar = hours.calendar_of(store)
    if not _is_stranded(held, calendar, at):
        raise NotStranded(held)
    slot = _windows([held], store, calendar, at)[held.pk]
    if slot is None:
        raise NoWindow(held.pk)
    slots.move(store, slot, reference=_reference(held), at=at)
    was, held.due_at, held.window_ends = held.due_at, slot.starts_at, slot.ends_at
    if held.held_until:
        held.held_until = hours.held_until(calendar, hold_days=store.hold_days, ready=slot.starts_at)
    held.save(update_fields=["due_at", "window_ends", "held_until"])
    promises.replace(held, cause=PromiseOutcome.Cause.CLOSED, inputs=promises.inputs_of(store, calendar, ready_by=slot.starts_at, at=at), at=at)
    keeping.queue_reminder(held, at=at)
    _tell(held, was, by, at)
    queue.raise_version(held.store_id)
    return slot


def _windows(pickups: Collection[Fulfilment], store: Store, calendar: Calendar, at: datetime) -> dict[int, Slot | None]:
    """{pickup id: the next window that has room for it}. The place that it gives up is room for itself, as where a window only ends sooner."""
    loads = slots.loads_of([store], at=at).get(store.pk)
    places = slots.places_of(_reference(one) for one in pickups) if loads else {}
    return {one.pk: slots.next_after(store, calendar, one.due_at, at=at, loads=slots.without(loads, places.get(_reference(one)))) for one in pickups}


def _reference(pickup: Fulfilment) -> str:
    return f"fulfilment:{pickup.pk}"


def _is_stranded(held: Fulfilment, calendar: Calendar, at: datetime) -> bool:
    ends = held.window_ends or held.due_at
    open_pickup = held.kind == Fulfilment.Kind.PICKUP and held.state in Fulfilment.OPEN
    return open_pickup and ends > at and not closed_days.is_open(calendar, held.due_at, ends)


def _tell(held: Fulfilment, was: datetime, by: User | None, at: datetime) -> None:
    """The event, and the customer's message."""
    order = held.order
    events.record(
        "pickup.moved",
        at=at,
        by=by,
        channel=order.channel,
        store_id=held.store_id,
        member_id=order.member_id,
        order_id=order.pk,
        subject=f"fulfilment:{held.pk}",
        data={"from": was.isoformat(), "to": held.due_at.isoformat()},
    )
    key = f"pickup_moved:{held.pk}:{held.due_at.timestamp():.0f}"
    outbox.queue("pickup_moved", dedup_key=key, payload={"fulfilment": held.pk, "due_at": held.due_at.isoformat()}, at=at, order_id=order.pk)
