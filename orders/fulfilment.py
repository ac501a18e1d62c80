"""Completing a fulfilment: the one path by which goods leave, and by which a purchase earns points, on every channel."""

from collections import Counter
from datetime import datetime

from django.db.models import F

from loyalty import ledger
from omo import events
from omo.acts import act
from omo.models import User
from orders import promises, queue
from orders.models import Fulfilment, FulfilmentLine, HandOver
from stores import slots, stock

COMPLETES_FROM = {Fulfilment.Kind.PICKUP: Fulfilment.State.READY, Fulfilment.Kind.CARRY_OUT: Fulfilment.State.PLACED}


class NotCompletable(Exception):
    """The fulfilment is in another state than the one from which its kind is completed."""


@act
def complete(fulfilment: Fulfilment, *, method: str, note: str = "", by: User | None, at: datetime) -> None:
    """The goods are in the customer's hands: stock leaves on hand now, points are credited now, once.

    `method` says how the collector was checked (HandOver.Method). Raises NotCompletable and changes nothing.
    """
    legal = Fulfilment.objects.filter(pk=fulfilment.pk, state=COMPLETES_FROM[Fulfilment.Kind(fulfilment.kind)])
    if not legal.update(state=Fulfilment.State.COLLECTED, collected_at=at):
        raise NotCompletable(fulfilment.pk)
    fulfilment.state, fulfilment.collected_at = Fulfilment.State.COLLECTED, at
    lines = list(FulfilmentLine.objects.filter(fulfilment=fulfilment).select_related("order_line"))
    FulfilmentLine.objects.filter(fulfilment=fulfilment).update(collected=F("quantity") - F("short") - F("cancelled"))
    HandOver.objects.create(fulfilment=fulfilment, method=method, note=note, at=at, by=by)
    _record(fulfilment, method, by, at)
    _accrue(fulfilment, lines, by, at)
    if fulfilment.kind == Fulfilment.Kind.PICKUP:
        promises.settle(fulfilment, lines=lines, at=at)
    _take_from_stock(fulfilment, lines, by, at)
    if fulfilment.window_ends and fulfilment.window_ends > at:
        slots.release(f"fulfilment:{fulfilment.pk}", at=at)  # who comes early leaves the place to somebody else
    if fulfilment.kind == Fulfilment.Kind.PICKUP:
        queue.raise_version(fulfilment.store_id)


def _record(fulfilment: Fulfilment, method: str, by: User | None, at: datetime) -> None:
    order = fulfilment.order
    events.record(
        f"{fulfilment.kind}.collected",
        at=at,
        by=by,
        channel=order.channel,
        store_id=fulfilment.store_id,
        member_id=order.member_id,
        order_id=order.pk,
        subject=f"fulfilment:{fulfilment.pk}",
        data={"method": method},
    )


def _accrue(fulfilment: Fulfilment, lines: list[FulfilmentLine], by: User | None, at: datetime) -> None:
    order = fulfilment.order
    if order.member is None:
        return
    ledger.accrue(
        order.member,
        sum(worth(line) for line in lines),
        source=f"fulfilment:{fulfilment.pk}",
        order_id=order.pk,
        store_id=fulfilment.store_id,
        channel=order.channel,
        bought_at=order.placed_at,
        by=by,
        at=at,
    )


def worth(line: FulfilmentLine) -> int:
    """What the collected units of a line cost: all of the line's total when all of it is collected."""
    going = line.quantity - line.short - line.cancelled
    sold = line.order_line
    return sold.total if going == sold.quantity else sold.total * going // sold.quantity


def _take_from_stock(fulfilment: Fulfilment, lines: list[FulfilmentLine], by: User | None, at: datetime) -> None:
    demand: Counter[int] = Counter()
    for line in lines:
        demand[line.variant_id] += line.quantity - line.short - line.cancelled
    leave = stock.sell if fulfilment.kind == Fulfilment.Kind.CARRY_OUT else stock.hand_out
    leave(fulfilment.store_id, +demand, reference=f"fulfilment:{fulfilment.pk}", by=by, at=at)
