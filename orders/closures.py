"""Pickups that were promised for a day on which their store turns out to be closed: which they are, and moving them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from omo import events, outbox
from omo.acts import act
from omo.models import User
from orders import promises, queue
from orders.models import Fulfilment, PromiseOutcome
from stores import closed_days, hours, slots
from stores.models import Closure, Store
from stores.slots import Slot


class NotOnAClosedDay(Exception):
    """Nothing is to be moved: the pickup is over, or its window is on a day on which the store is open; `pickup` is as it is now."""

    def __init__(self, pickup: Fulfilment) -> None:
        super().__init__(pickup.pk)
        self.pickup = pickup


class NoWindow(Exception):
    """The store has no window later on: it is not known when it is open."""


@dataclass(frozen=True)
class Stranded:
    """A pickup whose window is on a closed day, and the window that it could have instead."""

    pickup: Fulfilment
    closure: Closure
    next: Slot | None = None


def stranded(stores: Iterable[Store], *, at: datetime) -> list[Stranded]:
    """The open pickups of these stores whose windows are on closed days, the next one first; two statements."""
    closures: dict[int, list[Closure]] = {}
    for closure in closed_days.ahead(stores, at=at):
        closures.setdefault(closure.store_id, []).append(closure)
    if not closures:
        return []
    begin = at - timedelta(days=2)
    waiting = Fulfilment.objects.filter(store__in=list(closures), kind=Fulfilment.Kind.PICKUP, state__in=Fulfilment.OPEN, due_at__gte=begin)
    found = []
    for pickup in waiting.select_related("order").order_by("due_at", "id"):
        shut = closed_days.falls_on(pickup.due_at, closures[pickup.store_id])
        if shut:
            found.append(Stranded(pickup, shut))
    return found


def with_next(store: Store, found: Iterable[Stranded], *, at: datetime) -> list[Stranded]:
    """The same, each with the window that moving it gives it now. `store` is best read with its calendar."""
    calendar, loads = hours.calendar_of(store), slots.loads_of([store], at=at).get(store.pk)
    return [Stranded(one.pickup, one.closure, slots.next_after(store, calendar, one.pickup.due_at, at=at, loads=loads)) for one in found]


@act
def move(pickup: Fulfilment, *, by: User | None, at: datetime) -> Slot:
    """Let a pickup that is stranded on a closed day be collected in the next window that has room, and tell the customer. What is ready waits longer, too.

    Raises NotOnAClosedDay, NoWindow, and slots.SlotFull if the window was taken meanwhile; then nothing is changed.
    """
    held = Fulfilment.objects.select_for_update(of=("self",), no_key=True).select_related("order").get(pk=pickup.pk)
    store = Store.objects.with_calendar().get(pk=held.store_id)
    open_pickup = held.kind == Fulfilment.Kind.PICKUP and held.state in Fulfilment.OPEN
    if not open_pickup or not closed_days.falls_on(held.due_at, closed_days.ahead([store], at=at)):
        raise NotOnAClosedDay(held)
    calendar, loads = hours.calendar_of(store), slots.loads_of([store], at=at).get(store.pk)
    slot = slots.next_after(store, calendar, held.due_at, at=at, loads=loads)
    if slot is None:
        raise NoWindow(held.pk)
    slots.move(store, slot, reference=f"fulfilment:{held.pk}", at=at)
    was, held.due_at, held.window_ends = held.due_at, slot.starts_at, slot.ends_at
    if held.held_until:
        held.held_until = hours.held_until(calendar, hold_days=store.hold_days, ready=slot.starts_at)
    held.save(update_fields=["due_at", "window_ends", "held_until"])
    promises.replace(held, cause=PromiseOutcome.Cause.CLOSED, inputs=promises.inputs_of(store, calendar, ready_by=slot.starts_at, at=at), at=at)
    _tell(held, was, by, at)
    queue.raise_version(held.store_id)
    return slot


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
