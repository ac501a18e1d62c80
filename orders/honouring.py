"""Money that comes after an order was cancelled for want of it: the order is honoured again, if its goods and a window are still to be had."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from omo.acts import act, drawing
from omo.models import Event
from orders import cancellation, log, money_back, pickup_codes, promises
from orders.models import Fulfilment, Order
from stores import hours, slots, stock
from stores.models import SlotBooking, Store
from stores.slots import Slot

State = Fulfilment.State
UNPAID = cancellation.Cause.UNPAID


class NotHonoured(Exception):
    """The order was not cancelled for want of payment, or it cannot be promised any more; `words` say why."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


@act
def honour(order: Order, *, at: datetime) -> None:
    """Take back the cancelling of everything in a held order that was not paid in time: its goods and windows are promised anew, and it waits for release.

    A window that is over or full is replaced by the first with room. Raises NotHonoured; the caller's savepoint takes back what was done until then.
    """
    lapsed = list(_lapsed(order))
    if not lapsed:
        raise NotHonoured("It was cancelled.")
    stores = Store.objects.with_calendar().in_bulk({one.store_id for one in lapsed})
    chosen = {one.pk: _window(one, stores[one.store_id], at) for one in lapsed if one.kind == Fulfilment.Kind.PICKUP}
    for one in lapsed:
        one.order = order
        _open_again(one, stores[one.store_id], chosen.get(one.pk), at)
    money_back.settle(order, cause=f"honour:{order.pk}", reason="", by=None, at=at)
    if order.due:
        raise NotHonoured("A part of it is not paid.")
    Order.objects.filter(pk=order.pk).update(payment_due_by=at)  # it waits for release, as before
    _claim(lapsed, stores, chosen, at)


def _lapsed(order: Order) -> QuerySet[Fulfilment]:
    """What of the order was cancelled because it was not paid in time, held. All of it was, for nothing of an order is released before."""
    cancelled = Event.objects.filter(order=order, kind__endswith=".cancelled", data__cause=UNPAID.value).values_list("subject", flat=True)
    ids = [int(subject.partition(":")[2]) for subject in cancelled]
    waiting = Fulfilment.objects.filter(order=order, pk__in=ids, state=State.CANCELLED, awaits_payment=True)
    return waiting.select_for_update(of=("self",), no_key=True).select_related("store").order_by("id")


def _window(one: Fulfilment, store: Store, at: datetime) -> Slot:
    """The window that it had, if that is to come and has room, else the first that has. Raises NotHonoured."""
    loads = slots.loads_of([store], at=at).get(store.pk)
    booked = SlotBooking.objects.filter(reference=cancellation.reference(one.pk)).order_by("-id").first()
    full = booked and store.slot_capacity is not None and (loads or {}).get(booked.slot_starts_at, 0) >= store.slot_capacity
    if booked and booked.starts_at > at and not full:
        return Slot(booked.starts_at, booked.ends_at, booked.slot_starts_at)
    try:
        return slots.choose(store, hours.calendar_of(store), slots.FIRST, at=at, loads=loads)
    except slots.SlotGone as gone:
        raise NotHonoured("There is no window to collect it in.") from gone


def _open_again(one: Fulfilment, store: Store, slot: Slot | None, at: datetime) -> None:
    """It goes on where it was, with a code of its own: the one before may be another pickup's by now. Raises NotHonoured for a parcel that is too late."""
    fields: dict[str, Any] = {"state": State.PLACED, "cancelled_at": None, "cancel_reason": ""}
    if slot is None and one.due_at <= at:
        raise NotHonoured("It cannot arrive on the promised day any more.")
    if slot:
        code = pickup_codes.draw(one.store_id)
        fields |= {"due_at": slot.starts_at, "window_ends": slot.ends_at, "public_id": code.public_id, "code_digest": code.digest, "code_version": 1}
    with drawing():
        Fulfilment.objects.filter(pk=one.pk).update(**fields)
    for name, value in fields.items():
        setattr(one, name, value)
    promises.renew(one, inputs=promises.inputs_of(store, hours.calendar_of(store), ready_by=one.due_at, at=at), at=at)
    log.record(f"{one.kind}.honoured", one, by=None, at=at)


def _claim(lapsed: Sequence[Fulfilment], stores: dict[int, Store], chosen: dict[int, Slot], at: datetime) -> None:
    """Goods and places, last and in the order of the stores, as whoever places an order takes them. Raises NotHonoured."""
    try:
        claims = [stock.Claim(one.store_id, cancellation.demand_of(one), cancellation.reference(one.pk)) for one in lapsed]
        stock.allocate_all(claims, by=None, at=at)
        for one in sorted(lapsed, key=lambda one: (one.store_id, one.due_at)):
            if one.pk in chosen:
                slots.book(stores[one.store_id], chosen[one.pk], reference=cancellation.reference(one.pk), at=at)
    except stock.NotAvailable as short:
        raise NotHonoured("The goods were sold meanwhile.") from short
    except slots.SlotFull as full:
        raise NotHonoured("There is no window to collect it in.") from full
