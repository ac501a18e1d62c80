"""Cancelling: some units, a fulfilment, or all of an order. Goods, window, promise and money are each given back, once.

The order's row is taken first, then the fulfilments', then stock, windows and queues, as in every act.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from django.db.models import Q

from omo import outbox
from omo.acts import act
from omo.models import Event, User
from orders import log, money_back, promises, queue
from orders.models import Fulfilment, FulfilmentLine, Order, PromiseOutcome
from stores import counters, slots, stock

State = Fulfilment.State


class Cause(StrEnum):
    """Who ends it: the customer, the store, or the time in which it was to be paid."""

    CUSTOMER = "customer"
    STORE = "store"
    UNPAID = "unpaid"


MAY_END = {
    Cause.CUSTOMER: Q(state=State.PLACED),
    Cause.STORE: Q(state__in=Fulfilment.OPEN),
    Cause.UNPAID: Q(state=State.PLACED, awaits_payment=True),
}
MAY_CHANGE = {Cause.CUSTOMER: (State.PLACED,), Cause.STORE: Fulfilment.OPEN}
PROMISE_ENDS = {
    Cause.CUSTOMER: PromiseOutcome.Cause.WITHDRAWN,
    Cause.STORE: PromiseOutcome.Cause.STAFF,
    Cause.UNPAID: PromiseOutcome.Cause.WITHDRAWN,
}


class NotCancellable(Exception):
    """It cannot be cancelled any more, by this person at least; `fulfilment` is as it is now (None: nothing of the order is open)."""

    def __init__(self, fulfilment: Fulfilment | None) -> None:
        super().__init__(fulfilment.state if fulfilment else "nothing is open")
        self.fulfilment = fulfilment


class NotSoMany(Exception):
    """Fewer units of a line are left than were to be cancelled, or it is no line of the fulfilment; `left` says how many."""

    def __init__(self, line_id: int, left: int) -> None:
        super().__init__(line_id, left)
        self.line_id, self.left = line_id, left


@act
def cancel_fulfilment(fulfilment: Fulfilment, *, reason: str, cause: str, by: User | None, at: datetime) -> None:
    """Nothing of this fulfilment goes to the customer any more. `cause` is a Cause; `reason` says it in words that the customer may read.

    The customer may until picking begins, the store as long as the goods are there, UNPAID only what still waits for its payment.
    Goods, window and promise are given back, and what was paid and is not owed any more is refunded, once; the customer is told.
    Raises NotCancellable and changes nothing: for instance the second time.
    """
    order = hold_order(fulfilment.order_id)
    _cancel(order, [fulfilment.pk], reason, Cause(cause), by, at)
    fulfilment.refresh_from_db()


@act
def cancel_order(order: Order, *, reason: str, cause: str, by: User | None, at: datetime) -> None:
    """All of an order that is open is cancelled, or nothing: as `cancel_fulfilment`, which says who may. Raises NotCancellable."""
    held = hold_order(order.pk)
    open_ones = list(Fulfilment.objects.filter(order=held, state__in=Fulfilment.OPEN).order_by("id").values_list("pk", flat=True))
    if not open_ones:
        raise NotCancellable(None)
    _cancel(held, open_ones, reason, Cause(cause), by, at)
    order.refresh_from_db()


@act
def cancel_lines(fulfilment: Fulfilment, units: Mapping[int, int], *, reason: str, cause: str, by: User | None, at: datetime) -> None:
    """Take units ({fulfilment line id: how many, above 0}) off a fulfilment: they are free for others and not owed any more. The rest goes on.

    The customer may until picking begins, the store as long as the goods are there. Picked units that are too many are in the bag no longer.
    When the last unit goes, the fulfilment is cancelled. Raises NotCancellable and NotSoMany and changes nothing.
    """
    order = hold_order(fulfilment.order_id)
    held = Fulfilment.objects.select_for_update(of=("self",), no_key=True).select_related("store").get(pk=fulfilment.pk)
    held.order = order
    if held.state not in MAY_CHANGE[Cause(cause)]:
        raise NotCancellable(held)
    lines = list(held.lines.all())
    _check(lines, units)
    if sum(going(line) for line in lines) == sum(units.values()):
        return _cancel(order, [held.pk], reason, Cause(cause), by, at)
    for line in lines:
        _take_off(line, units.get(line.pk, 0))
    _note_lines(held, lines, units, reason, Cause(cause), by, at)
    stock.release(held.store_id, _demand(lines, units), reference=reference(held.pk), by=by, at=at)
    queue.raise_version(held.store_id)
    return None


def going(line: FulfilmentLine) -> int:
    """How many units of a line are to reach the customer still."""
    return line.quantity - line.short - line.cancelled - line.collected


def demand_of(fulfilment: Fulfilment) -> Counter[int]:
    """{variant id: how many} of what a fulfilment is to give to the customer still."""
    demand = Counter[int]()
    for line in fulfilment.lines.all():
        demand[line.variant_id] += going(line)
    return +demand


def reference(fulfilment_id: int) -> str:
    """By what a fulfilment's stock movements and its place in a window are named."""
    return f"fulfilment:{fulfilment_id}"


def hold_order(order_id: int) -> Order:
    """Take the order's row, so that its money stands still until the act ends. First of all rows."""
    return Order.objects.select_for_update(of=("self",), no_key=True).select_related("member", "store").get(pk=order_id)


def give_back(ended: Sequence[Fulfilment], *, by: User | None, at: datetime) -> None:
    """The goods and windows of fulfilments that ended before the customer came are free for others, and staff see it; last in an act."""
    demands = {one.pk: demand_of(one) for one in ended}
    places: dict[int, set[int]] = {}
    for one in ended:
        places.setdefault(one.store_id, set()).update(demands[one.pk])
    counters.lock_places(places)
    for one in ended:
        if demands[one.pk]:
            stock.release(one.store_id, demands[one.pk], reference=reference(one.pk), by=by, at=at)
    for one in sorted(ended, key=lambda one: (one.store_id, one.due_at)):  # as whoever places an order takes them
        slots.release(reference(one.pk), at=at)
    for store_id in sorted({one.store_id for one in ended}):
        queue.raise_version(store_id)


def tell_of_change(fulfilment: Fulfilment, event: Event, *, at: datetime) -> None:
    """Write to the customer what of their order is another way now, as the event of the change says it."""
    payload = {"fulfilment": fulfilment.pk, "event": event.pk}
    outbox.queue("pickup_changed", dedup_key=f"pickup_changed:{event.pk}", payload=payload, at=at, order_id=fulfilment.order_id)


def _cancel(order: Order, ids: Sequence[int], reason: str, cause: Cause, by: User | None, at: datetime) -> None:
    """End these fulfilments of a held order, all or none. `reason` is kept as far as its column is long."""
    kept = reason[:100]
    for pk in ids:
        if not Fulfilment.objects.filter(MAY_END[cause], pk=pk).update(state=State.CANCELLED, cancelled_at=at, cancel_reason=kept):
            raise NotCancellable(Fulfilment.objects.select_related("order", "store", "picker").get(pk=pk))
    ended = list(Fulfilment.objects.filter(pk__in=ids).select_related("store").order_by("id"))
    for one in ended:
        one.order = order
        promises.settle(one, cause=PROMISE_ENDS[cause], at=at)
        log.record(f"{one.kind}.cancelled", one, by=by, at=at, cause=cause.value, reason=kept)
        key = f"fulfilment_cancelled:{one.pk}:{at.timestamp():.6f}"  # one that was paid late goes on, and may be cancelled again
        outbox.queue("fulfilment_cancelled", dedup_key=key, payload={"fulfilment": one.pk}, at=at, order_id=order.pk)
    money_back.settle(order, cause=f"cancel:{ids[0]}:{at.timestamp():.6f}", reason=kept, by=by, at=at)
    give_back(ended, by=by, at=at)


def _check(lines: Sequence[FulfilmentLine], units: Mapping[int, int]) -> None:
    left = {line.pk: going(line) for line in lines}
    for line_id, count in units.items():
        if not 0 < count <= left.get(line_id, 0):
            raise NotSoMany(line_id, left.get(line_id, 0))


def _take_off(line: FulfilmentLine, count: int) -> None:
    """Fewer units of a held fulfilment's line."""
    if count:
        line.cancelled += count
        line.picked = min(line.picked, line.quantity - line.short - line.cancelled)
        line.save(update_fields=["cancelled", "picked"])


def _note_lines(held: Fulfilment, lines: Sequence[FulfilmentLine], units: Mapping[int, int], reason: str, cause: Cause, by: User | None, at: datetime) -> None:
    """The event, the customer's message and the money of units that were taken off."""
    told = {str(line_id): count for line_id, count in units.items()}
    event = log.record(f"{held.kind}.lines_cancelled", held, by=by, at=at, cause=cause.value, reason=reason, units=told)
    tell_of_change(held, event, at=at)
    taken_off = sum(line.cancelled for line in lines)  # only grows, so each time has a name of its own
    money_back.settle(held.order, cause=f"cancel_lines:{held.pk}:{taken_off}", reason=reason[:100], by=by, at=at)


def _demand(lines: Sequence[FulfilmentLine], units: Mapping[int, int]) -> Counter[int]:
    demand = Counter[int]()
    for line in lines:
        demand[line.variant_id] += units.get(line.pk, 0)
    return +demand
