"""Stock: the only writers of the counters, each with its movements.

Every act sums its demand per stock level and takes the levels in the order of their ids, so that rivals wait for each other and never deadlock.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, F, IntegerField, QuerySet, Value, When

from omo import events
from omo.acts import act
from omo.models import User
from stores import availability
from stores.models import StockLevel, StockMovement, Store

PORTION = 500
"""As many levels as every database takes in one statement."""
Demand = Mapping[int, int]
"""{variant id: how many}, each above 0."""


@dataclass(frozen=True)
class Shortage:
    """A variant of which too few are left."""

    variant_id: int
    wanted: int
    left: int


class NotAvailable(Exception):
    """The store cannot promise what is wanted; `shortages` says which variants and how many are left."""

    def __init__(self, shortages: list[Shortage]) -> None:
        super().__init__(shortages)
        self.shortages = shortages


class BelowAllocated(Exception):
    """A stock figure would be below what is promised to placed orders; `shortages` says where (`left` is what is promised)."""

    def __init__(self, shortages: list[Shortage]) -> None:
        super().__init__(shortages)
        self.shortages = shortages


@act
def allocate(store_id: int, demand: Demand) -> None:
    """Promise goods to a placed order. Raises NotAvailable if any variant has too little ATP; nothing is promised then."""
    left = _lock(store_id, demand)
    short = [Shortage(variant_id, count, left.get(variant_id, 0)) for variant_id, count in demand.items() if count > left.get(variant_id, 0)]
    if short:
        raise NotAvailable(short)
    _levels(store_id, demand).update(allocated=F("allocated") + _per_variant(demand))


@act
def release(store_id: int, demand: Demand, *, reference: str, by: User | None, at: datetime) -> None:
    """Take back a promise: the goods stay and are free for others.

    Whoever releases more than was promised is wrong about it; nothing is promised then, and the event 'stock.anomaly' says how many were too many.
    """
    _lock(store_id, demand)
    promised = dict(_levels(store_id, demand).values_list("variant_id", "allocated"))
    _levels(store_id, demand).update(
        allocated=F("allocated") - _per_variant({variant_id: min(demand[variant_id], promised[variant_id]) for variant_id in promised})
    )
    surplus = {variant_id: count - promised.get(variant_id, 0) for variant_id, count in demand.items() if count > promised.get(variant_id, 0)}
    if surplus:
        events.record("stock.anomaly", at=at, by=by, store_id=store_id, subject=reference, data={"released_too_many": surplus})


@act
def hand_out(store_id: int, demand: Demand, *, reference: str, by: User | None, at: datetime) -> None:
    """Promised goods leave the store: on hand and allocated fall together, now."""
    _lock(store_id, demand)
    taken = _per_variant(demand)
    _levels(store_id, demand).update(on_hand=F("on_hand") - taken, allocated=F("allocated") - taken)
    _move(store_id, {variant_id: -count for variant_id, count in demand.items()}, StockMovement.Kind.SOLD, reference, by, at)


@act
def sell(store_id: int, demand: Demand, *, reference: str, by: User | None, at: datetime) -> None:
    """Goods that the customer has in hand leave the store.

    A sale at the till is a fact. If the books say that there are fewer than that, or that the rest is promised, the books were wrong: what is missing is
    entered as found (an adjustment and an event 'stock.found'), so that on hand stays true and promises stay covered.
    """
    _ensure_levels(store_id, demand)
    _lock(store_id, demand)
    free = dict(_levels(store_id, demand).values_list("variant_id", F("on_hand") - F("allocated")))
    found = {variant_id: count - free[variant_id] for variant_id, count in demand.items() if count > free[variant_id]}
    if found:
        _enter(store_id, found, StockMovement.Kind.ADJUSTED, reference, by, at)
        events.record("stock.found", at=at, by=by, store_id=store_id, subject=reference, data={"found": found})
    _enter(store_id, {variant_id: -count for variant_id, count in demand.items()}, StockMovement.Kind.SOLD, reference, by, at)


@act
def receive(store: Store, goods: Demand, *, reference: str, by: User | None, at: datetime) -> None:
    """Goods arrived at the store; `reference` names the delivery."""
    _ensure_levels(store.pk, goods)
    _lock(store.pk, goods)
    _enter(store.pk, goods, StockMovement.Kind.RECEIVED, reference, by, at)
    events.record("stock.received", at=at, by=by, store_id=store.pk, subject=reference, data={"received": dict(goods)})


@act
def levels_of(store: Store, variants: Collection[int]) -> dict[int, int]:
    """{variant id: level id} at the store; levels are made where there are none. For whoever changes many levels in portions, to take them in id order."""
    levels: dict[int, int] = {}
    ordered = sorted(variants)
    for start in range(0, len(ordered), PORTION):
        portion = dict.fromkeys(ordered[start : start + PORTION], 0)
        _ensure_levels(store.pk, portion)
        levels.update(_levels(store.pk, portion).values_list("variant_id", "id"))
    return levels


@act
def set_on_hand(store: Store, counted: Mapping[int, int], *, reference: str, by: User | None, at: datetime) -> int:
    """Make on hand what was counted or imported, {variant id: how many, 0 or more}. Returns how many levels changed.

    Raises BelowAllocated, changing nothing, if placed orders were promised more than that.
    """
    _ensure_levels(store.pk, counted)
    _lock(store.pk, counted)
    levels = {
        variant_id: (on_hand, allocated) for variant_id, on_hand, allocated in _levels(store.pk, counted).values_list("variant_id", "on_hand", "allocated")
    }
    short = [Shortage(variant_id, count, levels[variant_id][1]) for variant_id, count in counted.items() if count < levels[variant_id][1]]
    if short:
        raise BelowAllocated(short)
    changes = {variant_id: count - levels[variant_id][0] for variant_id, count in counted.items() if count != levels[variant_id][0]}
    if changes:
        _enter(store.pk, changes, StockMovement.Kind.COUNTED, reference, by, at)
        events.record("stock.counted", at=at, by=by, store_id=store.pk, subject=reference, data={"levels": len(changes)})
    return len(changes)


def _levels(store_id: int, variants: Mapping[int, int]) -> QuerySet[StockLevel]:
    return StockLevel.objects.filter(store_id=store_id, variant_id__in=variants)


def _lock(store_id: int, variants: Mapping[int, int]) -> dict[int, int]:
    """Take the row locks in id order, before anything that decides is read; returns the ATP of each. On SQLite the transaction itself is the lock."""
    return dict(_levels(store_id, variants).order_by("id").select_for_update().values_list("variant_id", availability.ATP))


def _per_variant(counts: Mapping[int, int]) -> Case:
    return Case(*(When(variant_id=variant_id, then=Value(count)) for variant_id, count in counts.items()), output_field=IntegerField())


def _ensure_levels(store_id: int, variants: Mapping[int, int]) -> None:
    known = set(_levels(store_id, variants).values_list("variant_id", flat=True))
    missing = [StockLevel(store_id=store_id, variant_id=variant_id) for variant_id in sorted(variants) if variant_id not in known]
    StockLevel.objects.bulk_create(missing, ignore_conflicts=True)


def _enter(store_id: int, changes: Mapping[int, int], kind: str, reference: str, by: User | None, at: datetime) -> None:
    """Write movements and their sum together."""
    _levels(store_id, changes).update(on_hand=F("on_hand") + _per_variant(changes))
    _move(store_id, changes, kind, reference, by, at)


def _move(store_id: int, changes: Mapping[int, int], kind: str, reference: str, by: User | None, at: datetime) -> None:
    StockMovement.objects.bulk_create(
        StockMovement(store_id=store_id, variant_id=variant_id, kind=kind, quantity=change, reference=reference, at=at, by=by)
        for variant_id, change in sorted(changes.items())
    )
