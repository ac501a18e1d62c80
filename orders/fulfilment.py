"""Completing a fulfilment: the one path by which goods leave, and by which a purchase earns points, on every channel."""

from collections import Counter
from datetime import datetime

from django.db.models import F

from loyalty import ledger
from loyalty.models import Member
from omo.acts import act
from omo.models import User
from orders import log, promises, queue
from orders.models import Fulfilment, FulfilmentLine, HandOver, ProxyPass
from stores import slots, stock

Kind, State = Fulfilment.Kind, Fulfilment.State
EDGES = {
    Kind.PICKUP: (State.READY, State.COLLECTED),
    Kind.CARRY_OUT: (State.PLACED, State.COLLECTED),
    Kind.DELIVERY: (State.SHIPPED, State.DELIVERED),
}
"""From which state each kind is completed, and the state that it has then; its moment is in the column '<state>_at'."""


class NotCompletable(Exception):
    """The fulfilment is in another state than the one from which its kind is completed."""


@act
def complete(fulfilment: Fulfilment, *, method: str, note: str = "", proxy: ProxyPass | None = None, by: User | None, at: datetime) -> None:
    """The goods are in the customer's hands: stock leaves on hand now (a parcel's left when it was shipped), points are credited now, once.

    `method` says how the collector was checked (HandOver.Method), `proxy` is the pass that was shown, if one was. Raises NotCompletable and changes nothing.
    """
    before, after = EDGES[Kind(fulfilment.kind)]
    moment = {"state": after, f"{after}_at": at}
    if not Fulfilment.objects.filter(pk=fulfilment.pk, state=before).update(**moment):
        raise NotCompletable(fulfilment.pk)
    for name, value in moment.items():
        setattr(fulfilment, name, value)
    _read_member(fulfilment)
    lines = list(FulfilmentLine.objects.filter(fulfilment=fulfilment).select_related("order_line"))
    FulfilmentLine.objects.filter(fulfilment=fulfilment).update(collected=F("quantity") - F("short") - F("cancelled"))
    HandOver.objects.create(fulfilment=fulfilment, method=method, note=note, proxy=proxy, at=at, by=by)
    log.record(f"{fulfilment.kind}.{after}", fulfilment, by=by, at=at, method=method)
    _accrue(fulfilment, lines, by, at)
    if fulfilment.kind != Kind.CARRY_OUT:
        promises.settle(fulfilment, lines=lines, at=at)
    if fulfilment.kind != Kind.DELIVERY:
        _take_from_stock(fulfilment, lines, by, at)
    if fulfilment.window_ends and fulfilment.window_ends > at:
        slots.release(f"fulfilment:{fulfilment.pk}", at=at)  # who comes early leaves the place to somebody else
    if fulfilment.kind != Kind.CARRY_OUT:
        queue.raise_version(fulfilment.store_id)


def credit(fulfilment: Fulfilment, *, by: User | None, at: datetime) -> None:
    """Credit what was received before its order had a member. The caller has locked the fulfilment, so that it is not completed meanwhile.

    Raises ledger.AlreadyBooked if it has earned.
    """
    _read_member(fulfilment)
    _accrue(fulfilment, list(FulfilmentLine.objects.filter(fulfilment=fulfilment).select_related("order_line")), by, at)


def _read_member(fulfilment: Fulfilment) -> None:
    """Whose the order is now: its guest may have become a member since it was read."""
    fulfilment.order.member = Member.objects.filter(orders=fulfilment.order_id).first()


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
    leave = stock.sell if fulfilment.kind == Kind.CARRY_OUT else stock.hand_out
    leave(fulfilment.store_id, +demand, reference=f"fulfilment:{fulfilment.pk}", by=by, at=at)
