"""Changing what was ordered: another window, store, name or address. The customer may until picking begins, the store moves windows later, too.

Who is faster is decided by one conditional UPDATE, which either finds the state in which the change is allowed, or changes nothing.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from omo.acts import act, drawing
from omo.models import User
from orders import addresses, cancellation, delivery_quotes, keeping, log, payments, pickup_codes, promises, queue
from orders.addresses import Parts
from orders.cancellation import PROMISE_ENDS, Cause
from orders.models import Delivery, Fulfilment, Order
from stores import counters, hours, slots, stock
from stores.models import Store
from stores.slots import Slot

State = Fulfilment.State
PICKUP = Fulfilment.Kind.PICKUP


class NotChangeable(Exception):
    """It cannot be changed any more, by this person at least; `fulfilment` is as it is now."""

    def __init__(self, fulfilment: Fulfilment) -> None:
        super().__init__(fulfilment.state)
        self.fulfilment = fulfilment


class NothingChanged(Exception):
    """It is that way already."""


class OtherTerms(Exception):
    """The shop delivers there on other terms than were agreed, or not at all."""


class NotCollectedThere(Exception):
    """The store hands over no orders, or none that are paid for there, as this one is to be, or another part of the same order."""


@act
def move_window(pickup: Fulfilment, *, slot: str, reason: str = "", cause: str, by: User | None, at: datetime) -> Slot:
    """Let a pickup be collected in another window of its store, named as `slots.Slot.value` does. What is ready waits longer, too.

    `cause` is a cancellation.Cause: CUSTOMER until picking begins, STORE with a `reason` as long as the goods are there.
    Raises NotChangeable, NothingChanged, slots.SlotGone and slots.SlotFull; nothing is changed then.
    """
    store = Store.objects.with_calendar().get(pk=pickup.store_id)
    calendar = hours.calendar_of(store)
    chosen = slots.choose(store, calendar, slot, at=at)
    held = _allowed(pickup.pk, PICKUP, cancellation.MAY_CHANGE[Cause(cause)])
    if (held.due_at, held.window_ends) == (chosen.starts_at, chosen.ends_at):
        raise NothingChanged(held.pk)
    was, held.store = held.due_at, store
    until = hours.held_until(calendar, hold_days=store.hold_days, ready=chosen.starts_at) if held.held_until else None
    _write(held, due_at=chosen.starts_at, window_ends=chosen.ends_at, held_until=until)
    if until:
        keeping.queue_reminder(held, at=at)
    made_of = promises.inputs_of(store, calendar, ready_by=chosen.starts_at, at=at, slot={"soon": chosen.soon, "capacity": store.slot_capacity})
    promises.replace(held, cause=PROMISE_ENDS[Cause(cause)], inputs=made_of, at=at)
    _tell(held, "window_changed", by, at, cause=cause, reason=reason, was=was.isoformat(), now=chosen.starts_at.isoformat())
    slots.move(store, chosen, reference=cancellation.reference(held.pk), at=at)
    queue.raise_version(store.pk)
    return chosen


@act
def change_store(pickup: Fulfilment, *, store: Store, slot: str = slots.FIRST, by: User | None, at: datetime) -> Slot:
    """The customer collects all of a pickup in another store, at the price that was agreed. Its goods, window and code are the new store's then.

    Raises NotChangeable, NothingChanged, NotCollectedThere, slots.SlotGone, slots.SlotFull and stock.NotAvailable; nothing is changed then.
    """
    order = cancellation.hold_order(pickup.order_id)
    there = Store.objects.with_calendar().get(pk=store.pk)
    _check_store(there, order, pickup)
    calendar = hours.calendar_of(there)
    loads = slots.loads_of([there], at=at).get(there.pk) if slot == slots.FIRST else None
    chosen = slots.choose(there, calendar, slot, at=at, loads=loads)
    held = _allowed(pickup.pk, PICKUP, [State.PLACED])
    was = held.store
    if was.pk == there.pk:
        raise NothingChanged(held.pk)
    code = pickup_codes.draw(there.pk)
    held.order, held.store = order, there
    with drawing():
        fields = {"public_id": code.public_id, "code_digest": code.digest, "code_version": 1}
        _write(held, store_id=there.pk, due_at=chosen.starts_at, window_ends=chosen.ends_at, **fields)
    if order.store_id == was.pk:
        Order.objects.filter(pk=order.pk).update(store=there)
    made_of = promises.inputs_of(there, calendar, ready_by=chosen.starts_at, at=at, slot={"soon": chosen.soon, "capacity": there.slot_capacity})
    promises.replace(held, cause=PROMISE_ENDS[Cause.CUSTOMER], inputs=made_of, at=at)
    _tell(held, "store_changed", by, at, cause=Cause.CUSTOMER.value, was=was.code, now=there.code)
    _move_goods(held, was, there, by, at)
    slots.move(there, chosen, reference=cancellation.reference(held.pk), at=at)
    for store_id in sorted((was.pk, there.pk)):
        queue.raise_version(store_id)
    return chosen


@act
def rename_collector(pickup: Fulfilment, *, name: str, by: User | None, at: datetime) -> None:
    """Another name stands on the bag and is called at the counter; it is the order's. Raises NotChangeable and NothingChanged."""
    order = cancellation.hold_order(pickup.order_id)
    held = _allowed(pickup.pk, PICKUP, [State.PLACED])
    if order.name == name:
        raise NothingChanged(held.pk)
    was, order.name, held.order = order.name, name, order
    order.save(update_fields=["name"])
    _tell(held, "name_changed", by, at, cause=Cause.CUSTOMER.value, was=was, now=name)
    queue.raise_version(held.store_id)


@act
def change_address(parcel: Fulfilment, *, address: Parts, by: User | None, at: datetime) -> None:
    """Deliver to another address of the same zone, for the same price and by the same day; until the parcel is packed.

    Raises addresses.Wrong for what is no address of its country, OtherTerms, NotChangeable and NothingChanged; nothing is changed then.
    """
    checked = addresses.checked(address)
    held = _allowed(parcel.pk, Fulfilment.Kind.DELIVERY, [State.PLACED, State.PICKING])
    delivery = Delivery.objects.select_related("option").get(fulfilment=held)
    if addresses.same(delivery, checked) and delivery.phone == checked.phone:
        raise NothingChanged(held.pk)
    try:
        zone = delivery_quotes.zone_of(delivery_quotes.zones(), checked.country, checked.postcode)
    except delivery_quotes.NotDelivered as nowhere:
        raise OtherTerms(held.pk) from nowhere
    if delivery.option is None or delivery.option.zone_id != zone.pk:
        raise OtherTerms(held.pk)
    Delivery.objects.filter(pk=delivery.pk).update(**addresses.columns(checked))
    _tell(held, "address_changed", by, at, cause=Cause.CUSTOMER.value)
    queue.raise_version(held.store_id)


def pickup_stores(order: Order) -> QuerySet[Fulfilment, int]:
    """The ids of the stores in which something of an order is collected, or was to be: one pickup in each, for staff know it by the order's number."""
    return Fulfilment.objects.filter(order=order, kind=PICKUP).values_list("store_id", flat=True)


def _check_store(store: Store, order: Order, pickup: Fulfilment) -> None:
    taken = pickup_stores(order).exclude(pk=pickup.pk).filter(store=store)
    if not (store.active and store.pickup) or taken.exists():
        raise NotCollectedThere(store.code)
    pays_there = order.due and order.payment_method == payments.IN_STORE
    if pays_there and payments.IN_STORE not in payments.methods_for([store], delivery=False):
        raise NotCollectedThere(store.code)


def _allowed(pk: int, kind: Fulfilment.Kind, states: Collection[str]) -> Fulfilment:
    """The fulfilment, its row taken by the UPDATE that finds it in one of these states. Raises NotChangeable."""
    found = Fulfilment.objects.select_related("order", "store", "picker")
    # Writes what stands there: it waits for rivals, and then finds the state as they left it.
    if not Fulfilment.objects.filter(pk=pk, kind=kind, state__in=states).update(kind=kind):
        raise NotChangeable(found.get(pk=pk))
    return found.get(pk=pk)


def _write(held: Fulfilment, **fields: Any) -> None:
    Fulfilment.objects.filter(pk=held.pk).update(**fields)
    for name, value in fields.items():
        setattr(held, name, value)


def _move_goods(held: Fulfilment, was: Store, there: Store, by: User | None, at: datetime) -> None:
    """Promised here, free there; the levels of both stores are taken in the order of their ids."""
    demand, reference = cancellation.demand_of(held), cancellation.reference(held.pk)
    counters.lock_places({was.pk: demand, there.pk: demand})
    stock.allocate(there.pk, demand, reference=reference, by=by, at=at)
    stock.release(was.pk, demand, reference=reference, by=by, at=at)


def _tell(held: Fulfilment, what: str, by: User | None, at: datetime, **data: str) -> None:
    """The event, and the customer's message about it."""
    cancellation.tell_of_change(held, log.record(f"{held.kind}.{what}", held, by=by, at=at, **data), at=at)
