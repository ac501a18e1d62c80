"""The promise ledger: what a customer is promised is written with the order, with what it was made of, and settled when the order ends.

Nothing of it is ever computed anew: hours, closures and prices may change as they like, what was promised and how it ended stays as it was written.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, F, Q
from django.db.models.functions import TruncMinute

from loyalty import ledger
from omo import money
from omo.acts import act
from orders import promise_causes
from orders.models import Fulfilment, FulfilmentLine, Order, OrderLine, Promise, PromiseOutcome
from stores.hours import Calendar, Closed, instant
from stores.models import Closure, Store

Cause = PromiseOutcome.Cause
AGAINST = [cause for cause in Cause.values if cause not in (Cause.NONE, Cause.WITHDRAWN)]
"""The causes that count against a store."""
END_OF_DAY = time(23, 59)


# What is promised


@act
def make(fulfilment: Fulfilment, *, lines: Sequence[OrderLine], units: Sequence[int] = (), total: int, inputs: dict[str, Any], at: datetime) -> Promise:
    """Write down what was promised with a fulfilment: its goods, at its store, by its due time, for `total`, with the points that pages said it earns.

    A delivery is promised by the end of its day. `units` says how many of each line go this way, if not all of them do.

    `inputs` is what the promise was made of, for whoever asks later why (see `inputs_of`). One statement, in the transaction of the order.
    """
    points = ledger.points_for(total, ledger.rule_shown(at)) if fulfilment.order.member_id else 0
    going = units or [line.quantity for line in lines]
    goods = [_goods(line, count) for line, count in zip(lines, going, strict=True)]
    return _write(fulfilment, goods=goods, total=total, points=points, inputs=inputs, at=at)


def _write(fulfilment: Fulfilment, *, goods: list[dict[str, Any]], total: int, points: int, inputs: dict[str, Any], at: datetime) -> Promise:
    return Promise.objects.create(
        fulfilment=fulfilment,
        store_id=fulfilment.store_id,
        goods=goods,
        ready_by=_due(fulfilment),
        window_ends=fulfilment.window_ends,
        total=total,
        points=points,
        inputs=inputs,
        at=at,
    )


def _due(fulfilment: Fulfilment) -> datetime:
    """By when the customer has it: at the counter, or at the door."""
    return end_of_day(fulfilment) if fulfilment.kind == Fulfilment.Kind.DELIVERY else fulfilment.due_at


def end_of_day(parcel: Fulfilment) -> datetime:
    """The last minute of a parcel's promised day, by its store's clock."""
    return instant(parcel.delivery.promised_day, END_OF_DAY, parcel.store.zone)


def _goods(line: OrderLine, going: int) -> dict[str, Any]:
    name = f"{line.name}, {line.words}" if line.words else line.name
    return {"sku": line.sku, "name": name, "quantity": going, "unit_price": line.unit_price}


def inputs_of(store: Store, calendar: Calendar, *, ready_by: datetime, at: datetime, **more: Any) -> dict[str, Any]:
    """What a promise of a store was made of, as plain data: lead time, pace, the hours of the days it spans, the closures known then.

    `more` is added as it is; pages know `slot` ({soon, capacity, booked}) and `stock` ({sku: {on_hand, allocated, held, kept_back}}) by name.
    """
    first, last = calendar.day_of(at), calendar.day_of(ready_by)
    weekdays = {(first + timedelta(days=away)).weekday() for away in range(min((last - first).days, 6) + 1)}
    return {
        "lead_minutes": store.lead_minutes,
        "cut_off": _clock(store.cut_off) if store.cut_off else None,
        "hours": [{"weekday": row.weekday, "opens": _clock(row.opens), "closes": _clock(row.closes)} for row in calendar.weekly if row.weekday in weekdays],
        "special": [
            {"day": f"{row.day}", "opens": _clock(row.opens), "closes": _clock(row.closes), "reason": row.reason}
            for row in calendar.specials
            if first <= row.day <= last
        ],
        "closures": [_closure(row) for row in calendar.closures if row.last_day >= first],
        **_pace(store, at),
        **more,
    }


def _pace(store: Store, at: datetime) -> dict[str, Any]:
    """How fast the store was going, if not as always."""
    found: dict[str, Any] = {}
    if store.busy_until and store.busy_until > at:
        found["busy"] = {"minutes": store.busy_minutes, "until": store.busy_until.isoformat(), "reason": store.busy_reason}
    if store.paused_until and store.paused_until > at:
        found["paused"] = {"until": store.paused_until.isoformat(), "reason": store.paused_reason}
    return found


def _clock(moment: time) -> str:
    return f"{moment:%H:%M}"


def _closure(row: Closure | Closed) -> dict[str, str]:
    return {"first_day": f"{row.first_day}", "last_day": f"{row.last_day}", "reason": row.reason}


def of_pickup(pickup: Fulfilment) -> Promise | None:
    """The promise that counts for a pickup, the last one, with its outcome if it has ended; None for a pickup from before the ledger."""
    return Promise.objects.filter(fulfilment=pickup).select_related("outcome").order_by("id").last()


# How it ended


def moved_from(order: Order) -> dict[int, Promise]:
    """{fulfilment id: the promise that a closure of the store broke last}, for the parts of an order that were promised anew since. One statement."""
    return {broken.fulfilment_id: broken for broken in Promise.objects.filter(fulfilment__order=order, outcome__cause=Cause.CLOSED).order_by("id")}


@act
def settle(fulfilment: Fulfilment, *, lines: Sequence[FulfilmentLine] | None = None, cause: Cause | None = None, at: datetime) -> PromiseOutcome | None:
    """Write down how the promise of a fulfilment that ends now was kept, or what broke it. None if nothing was promised, or it is settled.

    `cause` says why it ends before its time (STAFF: the store cancels, WITHDRAWN: the customer does, CLOSED: the store closes). What had broken the promise
    before goes on record too, and comes first if it explains the rest. `lines` are the fulfilment's with their order lines, if the caller has them.
    The caller holds the fulfilment's row.
    """
    promise = Promise.objects.filter(fulfilment=fulfilment, outcome=None).order_by("id").last()
    if promise is None:
        return None
    known = list(fulfilment.lines.select_related("order_line")) if lines is None else lines
    return _settle(promise, fulfilment, _facts(promise, fulfilment, known, cause, at))


@act
def replace(fulfilment: Fulfilment, *, cause: Cause, inputs: dict[str, Any], at: datetime) -> Promise | None:
    """Promise another moment for the same goods at the same price: the fulfilment's new due time and window, which the caller has set.

    The former promise ends as broken by `cause` (CLOSED: a closure was added, STAFF: the store moved it, WITHDRAWN: the customer did).
    None if nothing was promised before.
    """
    former = settle(fulfilment, cause=cause, at=at)
    if former is None:
        return None
    told = former.promise
    return _write(fulfilment, goods=told.goods, total=told.total, points=told.points, inputs=inputs, at=at)


@act
def renew(fulfilment: Fulfilment, *, inputs: dict[str, Any], at: datetime) -> Promise | None:
    """Promise the same goods at the same price again, for a fulfilment that had ended and goes on. None if nothing was promised before."""
    former = of_pickup(fulfilment)
    if former is None:
        return None
    return _write(fulfilment, goods=former.goods, total=former.total, points=former.points, inputs=inputs, at=at)


def _settle(promise: Promise, fulfilment: Fulfilment, facts: promise_causes.Facts) -> PromiseOutcome:
    cause = next(iter(promise_causes.causes(facts)), Cause.NONE)
    return PromiseOutcome.objects.create(promise=promise, kept=cause == Cause.NONE, cause=cause, data=promise_causes.on_record(facts), at=facts.at)


def _facts(promise: Promise, fulfilment: Fulfilment, lines: Sequence[FulfilmentLine], cause: Cause | None, at: datetime) -> promise_causes.Facts:
    done_at = fulfilment.delivered_at if fulfilment.kind == Fulfilment.Kind.DELIVERY else fulfilment.ready_at
    late = promise_causes.minutes_late(promise.ready_by, done_at or at)
    return promise_causes.Facts(
        ready_by=promise.ready_by,
        ready_at=done_at,
        at=at,
        promised=promise.total,
        taken=sum(line.order_line.total * line.quantity // line.order_line.quantity for line in lines),
        short=[{"sku": line.order_line.sku, "name": line.order_line.name, "quantity": line.short} for line in lines if line.short],
        closure=_closed_since(promise, promise.store) if late or cause == Cause.CLOSED else None,
        ended=cause,
    )


def _closed_since(promise: Promise, store: Store) -> dict[str, str] | None:
    """The closure that took the promised day away, if nobody knew of it when the promise was made."""
    day = promise.ready_by.astimezone(store.zone).date()
    closures = map(_closure, Closure.objects.filter(store=store, first_day__lte=day, last_day__gte=day))
    return next((closure for closure in closures if closure not in promise.inputs.get("closures", [])), None)


# How many are kept


@dataclass(frozen=True)
class Rate:
    """How a store (None: several together) keeps its promises: those kept, those broken by cause, and what is not decided yet.

    `late` counts the open ones that are late so far. What customers withdrew is neither kept nor broken.
    """

    store: Store | None
    kept: int
    broken: dict[str, int]
    withdrawn: int
    open: int
    late: int

    @property
    def failed(self) -> int:
        """How many were broken."""
        return sum(self.broken.values())

    @property
    def percent(self) -> int | None:
        """How many of a hundred were kept; None before the first. 100 only if all of them were, 0 only if none was."""
        decided = self.kept + self.failed
        if not decided:
            return None
        rounded = money.rounded(Decimal(100 * self.kept) / decided)
        return min(max(rounded, 1), 99) if self.kept and self.failed else rounded


def beginning(days: int, *, at: datetime, zone: ZoneInfo) -> datetime:
    """The midnight with which the last `days` days begin, that of `at` counted with them."""
    first = at.astimezone(zone).date() - timedelta(days=days - 1)
    return datetime(first.year, first.month, first.day, tzinfo=zone)


def rate(stores: Sequence[Store], *, since: datetime, until: datetime | None = None, at: datetime) -> list[Rate]:
    """How these stores keep what was promised for `since` until before `until` (None: all after), and what of all promises is open at `at`; two statements."""
    of_period = Promise.objects.filter(store__in=stores, ready_by__gte=since, outcome__isnull=False)
    if until:
        of_period = of_period.filter(ready_by__lt=until)
    counted = of_period.order_by().values_list("store_id", "outcome__cause").annotate(Count("id"))
    ended = {(store_id, cause): count for store_id, cause, count in counted}
    waiting = {store_id: (count, late) for store_id, count, late in _open(stores, at)}
    return [_rate(store, {cause: ended.get((store.pk, cause), 0) for cause in Cause.values}, *waiting.get(store.pk, (0, 0))) for store in stores]


def together(rates: Iterable[Rate]) -> Rate:
    """Several stores' rates as one."""
    found = list(rates)
    broken = {cause: sum(one.broken[cause] for one in found) for cause in AGAINST}
    kept, withdrawn, waiting, late = (sum(getattr(one, name) for one in found) for name in ("kept", "withdrawn", "open", "late"))
    return Rate(None, kept, broken, withdrawn, waiting, late)


def _rate(store: Store, ended: dict[str, int], waiting: int, late: int) -> Rate:
    return Rate(store, ended[Cause.NONE], {cause: ended[cause] for cause in AGAINST}, ended[Cause.WITHDRAWN], waiting, late)


def _open(stores: Sequence[Store], at: datetime) -> Iterable[tuple[int, int, int]]:
    """(store, promises without an outcome, those of them that are late so far). Read from what is open, which is little however long the ledger is."""
    under_way = [*Fulfilment.OPEN, *Fulfilment.ON_THE_WAY]
    rows = Promise.objects.filter(fulfilment__store__in=stores, fulfilment__state__in=under_way, outcome=None)
    not_yet = Q(fulfilment__ready_at=None, ready_by__lt=promise_causes.whole_minute(at))
    too_late = Q(ready_by__lt=TruncMinute(F("fulfilment__ready_at"), tzinfo=UTC))
    return rows.order_by().values_list("fulfilment__store_id").annotate(Count("id"), late=Count("id", filter=not_yet | too_late))
