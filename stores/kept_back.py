"""What a level keeps back from being promised: the only writer of safety stock, buffer and distrust, each change with its row of the ledger.

Rules set the safety stock (`stores.safety_rules`), confidence sets the buffer (`stores.confidence`), people distrust a level until it is counted.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, F, QuerySet, Value, When

from omo import events
from omo.acts import act
from omo.models import User
from stores import safety_rules
from stores.models import KeptBack, StockLevel, StockPolicy
from stores.safety_rules import opening_values, policy, policy_shown, safety_of

__all__ = ["Change", "apply_rules", "begin", "change", "distrust", "opening_values", "policy", "policy_shown", "safety_of", "set_buffer", "trust"]

PORTION = 500
"""As many levels as every database takes in one statement."""
COLUMNS = ("safety_stock", "buffer", "distrusted_at")
LONGEST = 200
"""As long as a reason is kept."""


@dataclass(frozen=True)
class Change:
    """What a level is to keep back from now on, and why in words. None leaves as it is."""

    why: str
    safety_stock: int | None = None
    buffer: int | None = None
    distrusted: bool | None = None


@act
def change(changes: Mapping[int, Change], *, by: User | None, at: datetime) -> list[StockLevel]:
    """Let levels ({level id: Change}) keep back what is wanted; returns those that did not already, in id order, each with its new row of the ledger.

    At most PORTION levels; the statements are as many for one as for all. Locks them in id order.
    """
    levels = StockLevel.objects.filter(pk__in=changes).order_by("pk").select_for_update()
    moved = [level for level in levels if _turned(level, changes[level.pk], at)]
    if moved:
        StockLevel.objects.filter(pk__in=[level.pk for level in moved]).update(**{column: _values(moved, column) for column in COLUMNS})
        KeptBack.objects.bulk_create([_row(level, changes[level.pk].why, by, at) for level in moved])
    return moved


@act
def distrust(level: StockLevel, *, why: str, by: User | None, at: datetime) -> bool:
    """Promise nothing of a level until it is counted. Once: a level that is distrusted stays so, without another row. Whether it is new."""
    moved = change({level.pk: Change(why, distrusted=True)}, by=by, at=at)
    if moved:
        events.record("stock.distrusted", at=at, by=by, store_id=level.store_id, subject=f"level:{level.pk}", data={"variant": level.variant_id, "why": why})
    return bool(moved)


@act
def trust(level: StockLevel, *, why: str, by: User | None, at: datetime) -> bool:
    """Promise from a level again, as after a count. Whether it was distrusted."""
    return bool(change({level.pk: Change(why, distrusted=False)}, by=by, at=at))


@act
def set_buffer(level: StockLevel, units: int, *, why: str, by: User | None = None, at: datetime) -> bool:
    """Keep `units` back because the count is not certain. Whether that is another buffer than before."""
    return bool(change({level.pk: Change(why, buffer=units)}, by=by, at=at))


def apply_rules(*, levels: QuerySet[StockLevel] | None = None, most: int | None = None, by: User | None, at: datetime) -> int:
    """Give the levels (all of them if not told) the safety stock that the rules say now; returns how many changed.

    Portion by portion, each a transaction if the caller has none. It ends after `most` changed levels: then there may be more of them.
    """
    chosen = StockLevel.objects.all() if levels is None else levels
    last, changed = 0, 0
    while most is None or changed < most:
        size = PORTION if most is None else min(PORTION, most - changed)
        seen, moved = _apply_portion(chosen, last, size, by, at)
        if not seen:
            break
        last, changed = seen, changed + moved
    return changed


@act
def begin(store_id: int, variant_ids: Collection[int], *, by: User | None, at: datetime) -> None:
    """Write the first row of the ledger for new levels that were made with `opening_values` above 0."""
    begun = StockLevel.objects.filter(store=store_id, variant__in=variant_ids, safety_stock__gt=0, kept_back=None).order_by("pk")
    KeptBack.objects.bulk_create([_row(level, f"Safety stock {level.safety_stock}: in force when the level was made", by, at) for level in begun])


@act
def _apply_portion(levels: QuerySet[StockLevel], after: int, size: int, by: User | None, at: datetime) -> tuple[int, int]:
    """The next levels by id that have another safety stock than the rules say: the last id, 0 if there is none, and how many changed.

    One who applies rules waits for the other at the policy's row, so that the last one sees all rules.
    """
    limits, _ = StockPolicy.objects.select_for_update().get_or_create(pk=1)
    rules = safety_rules.of_all(limits)
    wrong = safety_rules.with_goods_rule(levels.filter(pk__gt=after).annotate(due=rules.due()).exclude(safety_stock=F("due")))
    rows = list(wrong.order_by("pk").values_list("pk", "store_id", "variant__product__category_id", "of_goods")[:size])
    due = {pk: rules.of(store_id, category_id, of_goods) for pk, store_id, category_id, of_goods in rows}
    changes = {pk: Change(f"Safety stock {units}: {why}", safety_stock=units) for pk, (units, why) in due.items()}
    return (rows[-1][0], len(change(changes, by=by, at=at))) if rows else (0, 0)


def in_portions(ids: Iterable[int]) -> Iterable[list[int]]:
    """The ids in order, PORTION at a time."""
    ordered = sorted(set(ids))
    return (ordered[start : start + PORTION] for start in range(0, len(ordered), PORTION))


def _turned(level: StockLevel, wanted: Change, at: datetime) -> bool:
    """Give the row in hand what is wanted; whether that is new."""
    before = (level.safety_stock, level.buffer, level.distrusted_at)
    level.safety_stock = level.safety_stock if wanted.safety_stock is None else wanted.safety_stock
    level.buffer = level.buffer if wanted.buffer is None else wanted.buffer
    if wanted.distrusted is not None and wanted.distrusted != (level.distrusted_at is not None):
        level.distrusted_at = at if wanted.distrusted else None
    return before != (level.safety_stock, level.buffer, level.distrusted_at)


def _values(levels: Collection[StockLevel], column: str) -> Case:
    """A column of each level; few values are shared by many, so that this is far shorter than a value for each."""
    ids: dict[Any, list[int]] = defaultdict(list)
    for level in levels:
        ids[getattr(level, column)].append(level.pk)
    field: Any = StockLevel._meta.get_field(column)
    return Case(*(When(pk__in=found, then=Value(value, output_field=field)) for value, found in ids.items()), default=F(column))


def _row(level: StockLevel, why: str, by: User | None, at: datetime) -> KeptBack:
    distrusted = level.distrusted_at is not None
    return KeptBack(level=level, safety_stock=level.safety_stock, buffer=level.buffer, distrusted=distrusted, why=why[:LONGEST], at=at, by=by)
