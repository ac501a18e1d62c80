"""Stock: the only writers of on hand and allocated, each with its movements.

Every act sums its demand per stock level and takes the levels in the order of their ids, so that rivals wait for each other and never deadlock.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import groupby

from omo import events
from omo.acts import act
from omo.models import User
from stores import counters, holds
from stores.counters import Cause, NotAvailable, Shortage
from stores.models import StockMovement, Store

__all__ = [
    "BelowAllocated",
    "Claim",
    "NotAvailable",
    "Shortage",
    "allocate",
    "allocate_all",
    "hand_out",
    "levels_of",
    "note_refusal",
    "receive",
    "release",
    "sell",
    "set_on_hand",
    "take_back",
]

PORTION = 500
"""As many levels as every database takes in one statement."""
Demand = Mapping[int, int]
"""{variant id: how many}, each above 0."""
Kind = StockMovement.Kind


class BelowAllocated(Exception):
    """A stock figure would be below what is promised to placed orders; `shortages` says where (`left` is what is promised)."""

    def __init__(self, shortages: list[Shortage]) -> None:
        super().__init__(shortages)
        self.shortages = shortages


@dataclass(frozen=True)
class Claim:
    """What is promised from one store, and what for (`reference`)."""

    store_id: int
    demand: Demand
    reference: str


@act
def allocate(store_id: int, demand: Demand, *, holder: str = "", reference: str, by: User | None, at: datetime) -> None:
    """Promise goods to a placed order; what its checkout (`holder`) held ends with it, at whatever store.

    Raises NotAvailable if any variant has too little ATP; nothing is promised then.
    """
    allocate_all([Claim(store_id, demand, reference)], holder=holder, by=by, at=at)


@act
def allocate_all(claims: Sequence[Claim], *, holder: str = "", by: User | None, at: datetime) -> None:
    """`allocate` for all parts of an order at once, from as many stores as it takes: all of them or none."""
    wanted: dict[int, Counter[int]] = {}
    for claim in claims:
        wanted.setdefault(claim.store_id, Counter()).update(claim.demand)
    locked = counters.lock_places(wanted)
    counters.refuse_short(wanted, locked, at=at, holder=holder)
    for claim in claims:
        counters.change(claim.store_id, Cause(Kind.ALLOCATED, claim.reference, by, at), allocated=claim.demand)
    if holder:
        holds.end(holder, at=at)


@act
def note_refusal(refusal: NotAvailable, *, reference: str, by: User | None, at: datetime) -> None:
    """Keep the numbers by which somebody was refused, as an event 'stock.refused' for each store. For who caught it, after everything was rolled back.

    What all stores together have too little of is kept without a store.
    """
    for store_id, short in groupby(sorted(refusal.shortages, key=lambda one: one.store_id), key=lambda one: one.store_id):
        data = {str(one.variant_id): {"wanted": one.wanted, "left": one.left, **asdict(one.figures)} for one in short}
        events.record("stock.refused", at=at, by=by, store_id=store_id or None, subject=reference, data=data)


@act
def release(store_id: int, demand: Demand, *, reference: str, by: User | None, at: datetime) -> None:
    """Take back a promise: the goods stay and are free for others.

    Whoever releases more than was promised is wrong about it; nothing is promised then, and the event 'stock.anomaly' says how many were too many.
    """
    promised = {level.variant_id: level.allocated for level in counters.lock(store_id, demand)}
    released = {variant_id: min(demand[variant_id], allocated) for variant_id, allocated in promised.items() if allocated}
    counters.change(store_id, Cause(Kind.RELEASED, reference, by, at), allocated=counters.minus(released))
    surplus = {variant_id: count - promised.get(variant_id, 0) for variant_id, count in demand.items() if count > promised.get(variant_id, 0)}
    if surplus:
        events.record("stock.anomaly", at=at, by=by, store_id=store_id, subject=reference, data={"released_too_many": surplus})


@act
def hand_out(store_id: int, demand: Demand, *, reference: str, by: User | None, at: datetime) -> None:
    """Promised goods leave the store: on hand and allocated fall together, now."""
    counters.lock(store_id, demand)
    taken = counters.minus(demand)
    counters.change(store_id, Cause(Kind.SOLD, reference, by, at), on_hand=taken, allocated=taken)


@act
def take_back(store_id: int, goods: Demand, *, reference: str, by: User | None, at: datetime) -> None:
    """Goods that had left for a customer are at the store again, free for others; `reference` is the one they left by."""
    counters.ensure_levels(store_id, goods, by=by, at=at)
    counters.lock(store_id, goods)
    counters.change(store_id, Cause(Kind.RETURNED, reference, by, at), on_hand=goods)


@act
def sell(store_id: int, demand: Demand, *, reference: str, by: User | None, at: datetime) -> None:
    """Goods that the customer has in hand leave the store.

    A sale at the till is a fact. If the books say that there are fewer than that, or that the rest is promised, the books were wrong: what is missing is
    entered as found (an adjustment and an event 'stock.found'), so that on hand stays true and promises stay covered.
    """
    counters.ensure_levels(store_id, demand, by=by, at=at)
    free = {level.variant_id: level.on_hand - level.allocated for level in counters.lock(store_id, demand)}
    found = {variant_id: count - free[variant_id] for variant_id, count in demand.items() if count > free[variant_id]}
    if found:
        counters.change(store_id, Cause(Kind.ADJUSTED, reference, by, at), on_hand=found)
        events.record("stock.found", at=at, by=by, store_id=store_id, subject=reference, data={"found": found})
    counters.change(store_id, Cause(Kind.SOLD, reference, by, at), on_hand=counters.minus(demand))


@act
def receive(store: Store, goods: Demand, *, reference: str, by: User | None, at: datetime) -> None:
    """Goods arrived at the store; `reference` names the delivery."""
    counters.ensure_levels(store.pk, goods, by=by, at=at)
    counters.lock(store.pk, goods)
    counters.change(store.pk, Cause(Kind.RECEIVED, reference, by, at), on_hand=goods)
    events.record("stock.received", at=at, by=by, store_id=store.pk, subject=reference, data={"received": dict(goods)})


@act
def levels_of(store: Store, variants: Collection[int], *, by: User | None, at: datetime) -> dict[int, int]:
    """{variant id: level id} at the store; levels are made where there are none. For whoever changes many levels in portions, to take them in id order."""
    levels: dict[int, int] = {}
    ordered = sorted(variants)
    for start in range(0, len(ordered), PORTION):
        portion = dict.fromkeys(ordered[start : start + PORTION], 0)
        counters.ensure_levels(store.pk, portion, by=by, at=at)
        levels.update(counters.levels(store.pk, portion).values_list("variant_id", "id"))
    return levels


@act
def set_on_hand(store: Store, counted: Mapping[int, int], *, reference: str, by: User | None, at: datetime) -> int:
    """Make on hand what was counted or imported, {variant id: how many, 0 or more}. Returns how many levels changed.

    Raises BelowAllocated, changing nothing, if placed orders were promised more than that.
    """
    counters.ensure_levels(store.pk, counted, by=by, at=at)
    levels = {level.variant_id: (level.on_hand, level.allocated) for level in counters.lock(store.pk, counted)}
    short = [Shortage(variant_id, count, levels[variant_id][1], store.pk) for variant_id, count in counted.items() if count < levels[variant_id][1]]
    if short:
        raise BelowAllocated(short)
    changes = {variant_id: count - levels[variant_id][0] for variant_id, count in counted.items() if count != levels[variant_id][0]}
    if changes:
        counters.change(store.pk, Cause(Kind.COUNTED, reference, by, at), on_hand=changes)
        events.record("stock.counted", at=at, by=by, store_id=store.pk, subject=reference, data={"levels": len(changes)})
    return len(changes)
