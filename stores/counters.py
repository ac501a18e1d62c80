"""The counters of stock levels, as every act of stock uses them: locked, asked, and changed together with the movements that say why."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce
from operator import or_

from django.db.models import Case, F, IntegerField, Q, QuerySet, Value, When

from omo.models import User
from stores import kept_back
from stores.atp import Figures
from stores.models import Hold, StockLevel, StockMovement, StockReason

Counts = Mapping[int, int]
"""{variant id: how many}"""
Places = Mapping[int, Counts]
"""{store id: {variant id: how many}}"""
NOTHING = Figures()


@dataclass(frozen=True)
class Shortage:
    """A variant of which too few are left at a store, and what was there when that was decided."""

    variant_id: int
    wanted: int
    left: int
    store_id: int = field(default=0, compare=False)
    figures: Figures = field(default=NOTHING, compare=False)


class NotAvailable(Exception):
    """What is wanted cannot be promised; `shortages` says which variants at which store and how many are left."""

    def __init__(self, shortages: list[Shortage]) -> None:
        super().__init__(shortages)
        self.shortages = shortages


@dataclass(frozen=True)
class Cause:
    """Why counters change: the kind of movement, what it belongs to, who did it and when, and for corrections the reason."""

    kind: str
    reference: str
    by: User | None
    at: datetime
    reason: StockReason | None = None
    note: str = ""


def levels(store_id: int, variants: Collection[int]) -> QuerySet[StockLevel]:
    """The stock levels of these variants at a store."""
    return StockLevel.objects.filter(store_id=store_id, variant_id__in=variants)


def ensure_levels(store_id: int, variants: Collection[int], *, by: User | None, at: datetime) -> None:
    """Make the levels that are missing, each with the safety stock that the rules say."""
    missing = sorted(set(variants).difference(levels(store_id, variants).values_list("variant_id", flat=True)))
    if not missing:
        return
    due = kept_back.opening_values(store_id, missing)
    made = [StockLevel(store_id=store_id, variant_id=variant_id, safety_stock=due[variant_id]) for variant_id in missing]
    StockLevel.objects.bulk_create(made, ignore_conflicts=True)
    if any(due.values()):
        kept_back.begin(store_id, missing, by=by, at=at)


def lock(store_id: int, variants: Collection[int]) -> list[StockLevel]:
    """Take the row locks in id order, before anything that decides is read, and return the levels. On SQLite the transaction itself is the lock."""
    return list(levels(store_id, variants).order_by("id").select_for_update())


def lock_places(places: Mapping[int, Collection[int]]) -> list[StockLevel]:
    """As `lock`, for {store id: variants} of any number of stores in one statement, and in id order over all of them."""
    wanted = [Q(store_id=store_id, variant_id__in=variants) for store_id, variants in places.items()]
    return list(StockLevel.objects.filter(reduce(or_, wanted)).order_by("id").select_for_update()) if wanted else []


def figures(locked: Sequence[StockLevel], *, at: datetime, holder: str = "") -> dict[int, Figures]:
    """{variant id: what locked levels of one store amount to}."""
    return {variant_id: found for (_, variant_id), found in figures_of_places(locked, at=at, holder=holder).items()}


def figures_of_places(locked: Sequence[StockLevel], *, at: datetime, holder: str = "") -> dict[tuple[int, int], Figures]:
    """{(store id, variant id): what locked levels amount to}.

    Holds are read by a statement of their own, after the lock: one that a rival took meanwhile is seen.
    """
    held = Counter[int]()
    maybe_held = [level.pk for level in locked if level.held_until and level.held_until > at]
    if maybe_held:
        for level_id, quantity in Hold.objects.live(at).filter(level__in=maybe_held).exclude(holder=holder).values_list("level_id", "quantity"):
            held[level_id] += quantity
    return {
        (level.store_id, level.variant_id): Figures(
            level.on_hand, level.allocated, held[level.pk], level.safety_stock, level.buffer, level.distrusted_at is not None
        )
        for level in locked
    }


def refuse_short(places: Places, locked: Sequence[StockLevel], *, at: datetime, holder: str = "") -> None:
    """Raises NotAvailable if any variant has less ATP at a store than is wanted there; what the checkout `holder` holds itself is there for it."""
    there = figures_of_places(locked, at=at, holder=holder)
    wanted = [(store_id, variant_id, count) for store_id, demand in places.items() for variant_id, count in demand.items()]
    found = [(*one, there.get(one[:2], NOTHING)) for one in wanted]
    short = [Shortage(variant_id, count, now.atp, store_id, now) for store_id, variant_id, count, now in found if count > now.atp]
    if short:
        raise NotAvailable(short)


def change(store_id: int, cause: Cause, *, on_hand: Counts | None = None, allocated: Counts | None = None) -> None:
    """Add to the counters of locked levels and write the movements that say why; counts below 0 take away."""
    moved, promised = on_hand or {}, allocated or {}
    changed = {**moved, **promised}
    if not changed:
        return
    sums = {name: F(name) + _per_variant(counts) for name, counts in (("on_hand", moved), ("allocated", promised)) if counts}
    levels(store_id, changed).update(**sums)
    StockMovement.objects.bulk_create(
        StockMovement(
            store_id=store_id,
            variant_id=variant_id,
            kind=cause.kind,
            quantity=moved.get(variant_id, 0),
            allocated=promised.get(variant_id, 0),
            reference=cause.reference,
            reason=cause.reason,
            note=cause.note,
            at=cause.at,
            by=cause.by,
        )
        for variant_id in sorted(changed)
    )


def minus(counts: Counts) -> dict[int, int]:
    """The same counts, taken away."""
    return {variant_id: -count for variant_id, count in counts.items()}


def _per_variant(counts: Counts) -> Case:
    return Case(*(When(variant_id=variant_id, then=Value(count)) for variant_id, count in counts.items()), default=0, output_field=IntegerField())
