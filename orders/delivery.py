"""The delivery from its store: packed, shipped or handed to a courier, delivered; or failed, sent again or taken back.

Goods leave on hand when the parcel leaves the store; points come when the customer has it.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F

from omo import acts, codes, events, outbox
from omo.acts import act
from omo.models import User
from orders import address_book, cancellation, capturing, log, money_back, promises, queue
from orders import fulfilment as fulfilments
from orders.models import Carrier, Delivery, Fulfilment, FulfilmentLine, HandOff, HandOver, Order, PromiseOutcome
from stores import counters, stock
from stores.models import Store

State = Fulfilment.State
UNPAID = "unpaid"


class NotLegal(Exception):
    """The parcel is not in a state from which this can be done; `parcel` is as it is now, so that the page can say who was faster."""

    def __init__(self, parcel: Fulfilment) -> None:
        super().__init__(parcel.state)
        self.parcel = parcel


class Unpaid(Exception):
    """The order is not paid yet, so its goods stay; `parcel` is as it is now."""

    reason = UNPAID

    def __init__(self, parcel: Fulfilment) -> None:
        super().__init__(UNPAID)
        self.parcel = parcel


class NotAllPicked(Exception):
    """Some goods are not in the parcel yet; `left` counts the units."""

    def __init__(self, left: int) -> None:
        super().__init__(left)
        self.left = left


class TrackingTaken(Exception):
    """Another parcel of this carrier has the tracking number."""

    def __init__(self, tracking: str) -> None:
        super().__init__(tracking)
        self.tracking = tracking


class NothingToHandOff(Exception):
    """The list of parcels is empty."""


@dataclass(frozen=True)
class Sent:
    """A parcel as it goes out, with the carrier's number for it; '' if there is none."""

    parcel: Fulfilment
    tracking: str = ""


# At the packing table


@act
def start_packing(parcel: Fulfilment, *, by: User, at: datetime) -> None:
    """Somebody begins to pick and pack. Raises Unpaid, and NotLegal, for instance when a colleague was faster."""
    _move(parcel, State.PLACED, State.PICKING, picker=by, picking_at=at)
    log.record("delivery.picking", parcel, by=by, at=at)
    queue.raise_version(parcel.store_id)


@act
def pick(line: FulfilmentLine, *, picked: int, by: User, at: datetime) -> None:
    """Say how many units of a line are in the parcel: all to tick it, 0 to untick it. Raises NotLegal unless it is being picked."""
    held = _hold(line.fulfilment_id)
    fits = FulfilmentLine.objects.filter(pk=line.pk, quantity__gte=picked + F("short") + F("cancelled"))
    if held.state != State.PICKING or not fits.update(picked=picked):
        raise NotLegal(held)
    line.picked = picked
    log.record("delivery.picked", held, by=by, at=at, line=line.pk, picked=picked)
    queue.raise_version(held.store_id)


@act
def mark_packed(parcel: Fulfilment, *, by: User, at: datetime) -> None:
    """All is in the parcel, and it waits for its carrier. Nobody is told, so it can be undone until it leaves. Raises NotAllPicked or NotLegal."""
    held = _hold(parcel.pk)
    left = sum(line.quantity - line.picked - line.short - line.cancelled for line in held.lines.all())
    if left and held.state == State.PICKING:
        raise NotAllPicked(left)
    _move(parcel, State.PICKING, State.PACKED, packed_at=at)
    log.record("delivery.packed", parcel, by=by, at=at)
    queue.raise_version(parcel.store_id)


@act
def undo_packed(parcel: Fulfilment, *, by: User, at: datetime) -> None:
    """Open the parcel again, as if it had not been packed. Raises NotLegal, for instance when it has left."""
    _move(parcel, State.PACKED, State.PICKING, packed_at=None)
    log.record("delivery.packed_undone", parcel, by=by, at=at)
    queue.raise_version(parcel.store_id)


# Out of the store


@act
def ship(parcel: Fulfilment, *, carrier: Carrier, tracking: str = "", by: User, at: datetime) -> None:
    """The parcel leaves with a carrier: its goods leave on hand now, and the customer is told where to follow it.

    Raises Unpaid, TrackingTaken and NotLegal and changes nothing.
    """
    _send([Sent(parcel, tracking)], carrier, None, by, at)


@act
def hand_off(store: Store, parcels: Sequence[Sent], *, carrier: Carrier, courier: str, by: User, at: datetime) -> HandOff:
    """A courier takes packed parcels of the store, all of them or none; the code stands on the store's list and on the courier's.

    Raises NothingToHandOff, and for the first parcel that stays Unpaid, TrackingTaken or NotLegal.
    """
    if not parcels:
        raise NothingToHandOff
    with acts.drawing():
        made = HandOff.objects.create(store=store, carrier=carrier, courier=courier, code=codes.random_id(8), at=at, by=by)
    _send(parcels, carrier, made, by, at)
    data = {"carrier": carrier.name, "courier": courier, "code": made.code, "parcels": len(parcels)}
    events.record("delivery.handed_off", at=at, by=by, store_id=store.pk, subject=f"handoff:{made.pk}", data=data)
    return made


# At the door


@act
def deliver(parcel: Fulfilment, *, note: str = "", by: User | None, at: datetime) -> None:
    """The customer has the parcel: points come now, the promise is settled, and the address is kept in the customer's book. Raises NotLegal."""
    held = _hold(parcel.pk)
    if held.kind != Fulfilment.Kind.DELIVERY or held.state != State.SHIPPED:
        raise NotLegal(held)
    _tell("delivery_delivered", held, at)
    address_book.keep_delivered(held.delivery, at=at)
    fulfilments.complete(held, method=HandOver.Method.DELIVERED, note=note, by=by, at=at)
    parcel.state, parcel.delivered_at = held.state, held.delivered_at


@act
def fail(parcel: Fulfilment, *, reason: str, by: User | None, at: datetime) -> None:
    """The parcel did not reach its customer and comes back; `reason` is in words that the customer may read. Raises NotLegal."""
    _move(parcel, State.SHIPPED, State.FAILED)
    Delivery.objects.filter(fulfilment=parcel).update(tries=F("tries") + 1, failed_at=at, failure=reason)
    log.record("delivery.failed", parcel, by=by, at=at, reason=reason)
    _tell("delivery_failed", parcel, at)
    queue.raise_version(parcel.store_id)


@act
def send_again(parcel: Fulfilment, *, carrier: Carrier, tracking: str = "", by: User, at: datetime) -> None:
    """What came back goes out once more, under a new tracking number. Raises TrackingTaken and NotLegal."""
    _move(parcel, State.FAILED, State.SHIPPED, shipped_at=at)
    _label(parcel, carrier, tracking, hand_off=None, failed_at=None, failure="")
    capturing.capture_later(parcel.order, at=at)
    log.record("delivery.sent_again", parcel, by=by, at=at, carrier=carrier.name, tracking=tracking)
    _tell("delivery_shipped", parcel, at)
    queue.raise_version(parcel.store_id)


@act
def take_back(parcel: Fulfilment, *, by: User, at: datetime) -> None:
    """The parcel is back at the store for good: its goods are on hand again, it is cancelled, and what was paid for it goes back, once. Raises NotLegal."""
    order = cancellation.hold_order(parcel.order_id)
    failure = Delivery.objects.values_list("failure", flat=True).get(fulfilment=parcel)
    _move(parcel, State.FAILED, State.CANCELLED, cancelled_at=at, cancel_reason=failure)
    parcel.order = order
    promises.settle(parcel, cause=PromiseOutcome.Cause.STAFF, at=at)
    log.record("delivery.taken_back", parcel, by=by, at=at, reason=failure)
    outbox.queue("fulfilment_cancelled", dedup_key=f"fulfilment_cancelled:{parcel.pk}", payload={"fulfilment": parcel.pk}, at=at, order_id=order.pk)
    money_back.settle(order, cause=f"take_back:{parcel.pk}", reason=failure, by=by, at=at)
    stock.take_back(parcel.store_id, cancellation.demand_of(parcel), reference=cancellation.reference(parcel.pk), by=by, at=at)
    queue.raise_version(parcel.store_id)


def _send(parcels: Sequence[Sent], carrier: Carrier, made: HandOff | None, by: User, at: datetime) -> None:
    """Parcels of one store leave it, and their goods leave its stock. Rows are taken in the order of their ids, stock last."""
    demands: dict[int, Counter[int]] = {}
    store_id = made.store_id if made else parcels[0].parcel.store_id
    for sent in sorted(parcels, key=lambda sent: sent.parcel.pk):
        held = _hold(sent.parcel.pk)
        if held.store_id != store_id:
            raise NotLegal(held)
        if held.state == State.PACKED and held.order.payment_state == Order.PaymentState.UNPAID:
            raise Unpaid(held)
        _move(sent.parcel, State.PACKED, State.SHIPPED, shipped_at=at)
        _label(sent.parcel, carrier, sent.tracking, hand_off=made)
        log.record("delivery.shipped", sent.parcel, by=by, at=at, carrier=carrier.name, tracking=sent.tracking)
        _tell("delivery_shipped", sent.parcel, at)
        capturing.capture_later(held.order, at=at)
        demands[held.pk] = cancellation.demand_of(held)
    counters.lock(store_id, {variant_id for demand in demands.values() for variant_id in demand})
    for pk, demand in demands.items():
        stock.hand_out(store_id, demand, reference=cancellation.reference(pk), by=by, at=at)
    queue.raise_version(store_id)


def _label(parcel: Fulfilment, carrier: Carrier, tracking: str, **fields: Any) -> None:
    """Who carries it, and under which number. Raises TrackingTaken."""
    try:
        with transaction.atomic():
            Delivery.objects.filter(fulfilment=parcel).update(carrier=carrier, tracking=tracking, **fields)
    except IntegrityError as taken:
        raise TrackingTaken(tracking) from taken


def _hold(parcel_id: int) -> Fulfilment:
    """Take the parcel's row, so that its state and its lines stand still until the act ends."""
    rows = Fulfilment.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("order__member", "order__user", "picker", "store").get(pk=parcel_id)


def _move(parcel: Fulfilment, source: str, target: str, **fields: Any) -> None:
    """One conditional UPDATE on a legal edge. Raises Unpaid while the order waits for its payment, and NotLegal."""
    legal = Fulfilment.objects.filter(pk=parcel.pk, kind=Fulfilment.Kind.DELIVERY, state=source, awaits_payment=False)
    if not legal.update(state=target, **fields):
        now = Fulfilment.objects.select_related("order", "picker", "store").get(pk=parcel.pk)
        raise Unpaid(now) if now.state == source and now.awaits_payment else NotLegal(now)
    for name, value in {"state": target, **fields}.items():
        setattr(parcel, name, value)


def _tell(kind: str, parcel: Fulfilment, at: datetime) -> None:
    """The customer's message, one for each time it happens."""
    tries = Delivery.objects.values_list("tries", flat=True).get(fulfilment=parcel)
    outbox.queue(kind, dedup_key=f"{kind}:{parcel.pk}:{tries}", payload={"fulfilment": parcel.pk, "tries": tries}, at=at, order_id=parcel.order_id)
