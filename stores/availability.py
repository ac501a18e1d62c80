"""What may be promised: the one availability function, for every page, channel and act.

ATP = on hand − allocated − safety stock, at least 0, per store and variant.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db import connection
from django.db.models import F, IntegerField, QuerySet
from django.db.models.functions import Greatest

from stores.models import StockLevel

# The formula, for every query that reads stock levels.
ATP = Greatest(F("on_hand") - F("allocated") - F("safety_stock"), 0, output_field=IntegerField())

MANY = 5
"""Above this, people are told 'many'."""


def at_store(store_id: int, variant_ids: Iterable[int]) -> dict[int, int]:
    """ATP of each variant at one store. A variant without a stock level has 0."""
    ids = list(variant_ids)
    found = dict(StockLevel.objects.filter(store_id=store_id, variant_id__in=ids).values_list("variant_id", ATP))
    return {variant_id: found.get(variant_id, 0) for variant_id in ids}


@dataclass(frozen=True)
class Left:
    """How many may still be promised at a store; always above 0."""

    store_id: int
    code: str
    name: str
    count: int


@dataclass(frozen=True)
class Found:
    """Where something can be had, as people are told: how many at the store asked for, in how many stores at all, and the other stores that have most.

    Whatever is above MANY counts as MANY + 1, so that a page stays the same while nobody would see a difference. The other stores are ones that hand over
    orders; what the store asked for has is to be seen on its shelves even if it hands over none (`pickup`).
    """

    here: int = 0
    stores: int = 0
    others: tuple[Left, ...] = ()
    pickup: bool = True

    @property
    def elsewhere(self) -> int:
        """How many other stores have it."""
        return self.stores - (self.here > 0)

    @property
    def only_on_the_shelf(self) -> bool:
        """Whether it is at the store asked for, which hands over no orders."""
        return self.here > 0 and not self.pickup


NOWHERE = Found()
OTHERS = 5


def find_products(product_ids: Iterable[int], *, store_id: int | None) -> dict[int, Found]:
    """Where products can be had, all variants together: at the store asked for, else in the other stores. One statement, a second for what is not there.

    Of products that are there, the other stores are not read.
    """
    wanted = set(product_ids)
    if store_id is None:
        return _found("variant.product_id", wanted, None)
    here = {product_id: Found(here=min(int(left), MANY + 1), stores=1) for product_id, left in _ask(HERE, wanted, store_id)}
    return here | _found("variant.product_id", wanted - here.keys(), store_id)


def find_variants(variant_ids: Iterable[int], *, store_id: int | None) -> dict[int, Found]:
    """Where variants can be had. One statement, and at most six rows for each variant however many stores there are."""
    return _found("variant.id", variant_ids, store_id)


# The same formula once more in SQL of our own: lists ask this for every page, and making the statement took longer than running it.
HERE = """
SELECT variant.product_id, SUM(level.on_hand - level.allocated - level.safety_stock)
FROM stores_stocklevel level JOIN stores_variant variant ON variant.id = level.variant_id JOIN stores_store store ON store.id = level.store_id
WHERE variant.product_id IN ({ids}) AND variant.active AND store.active AND level.on_hand - level.allocated - level.safety_stock > 0 AND level.store_id = %s
GROUP BY variant.product_id
"""
BEST = """
SELECT key, store_id, code, name, pickup, atp, stores FROM (
    SELECT summed.key, summed.store_id, store.code, store.name, store.pickup, summed.atp, COUNT(*) OVER (PARTITION BY summed.key) AS stores,
           ROW_NUMBER() OVER (PARTITION BY summed.key ORDER BY CASE WHEN summed.store_id = %s THEN 0 ELSE 1 END, summed.atp DESC, store.name) AS place
    FROM (
        SELECT key, store_id, CASE WHEN exact > {many} THEN {many} + 1 ELSE exact END AS atp FROM (
            SELECT {key} AS key, level.store_id, SUM(level.on_hand - level.allocated - level.safety_stock) AS exact
            FROM stores_stocklevel level JOIN stores_variant variant ON variant.id = level.variant_id
            WHERE {key} IN ({ids}) AND variant.active AND level.on_hand - level.allocated - level.safety_stock > 0
            GROUP BY {key}, level.store_id
        ) counted
    ) summed JOIN stores_store store ON store.id = summed.store_id AND store.active AND (store.pickup OR store.id = %s)
) ranked WHERE place <= %s ORDER BY key, place
"""


def _found(key: str, ids: Iterable[int], store_id: int | None) -> dict[int, Found]:
    rows = _ask(BEST.replace("{key}", key).replace("{many}", str(MANY)), ids, store_id or 0, OTHERS + 1, first=[store_id or 0])
    return {value: _read(list(part), store_id) for value, part in groupby(rows, key=itemgetter(0))}


def _ask(statement: str, ids: Iterable[int], *last: Any, first: Sequence[Any] = ()) -> list[Any]:
    """The rows of a statement with `{ids}` in it; none for no ids."""
    wanted = list(ids)
    if not wanted:
        return []
    with connection.cursor() as cursor:
        cursor.execute(statement.replace("{ids}", ", ".join(["%s"] * len(wanted))), [*first, *wanted, *last])
        return cursor.fetchall()


def _read(rows: list[tuple[int, int, str, str, bool, int, int]], store_id: int | None) -> Found:
    lefts = [Left(place, code, name, int(count)) for _, place, code, name, _, count, _ in rows]
    here = lefts[0].count if lefts[0].store_id == store_id else 0
    others = tuple(left for left in lefts if left.store_id != store_id)[:OTHERS]
    return Found(here, rows[0][6], others, pickup=bool(rows[0][4]))


def of_variants(variant_ids: Iterable[int]) -> dict[int, list[Left]]:
    """Where variants can be collected, the most first: {variant id: [Left, ...]}. One statement."""
    levels = _promisable().filter(variant_id__in=list(variant_ids))
    return _grouped(levels.values_list("variant_id", "store_id", "store__code", "store__name", ATP))


def at(store_id: int | None, found: Iterable[Left]) -> int:
    """Of what was found, how many at one store."""
    return next((left.count for left in found if left.store_id == store_id), 0)


def _promisable() -> QuerySet[StockLevel]:
    return StockLevel.objects.filter(store__active=True, store__pickup=True, on_hand__gt=F("allocated") + F("safety_stock"))


def _grouped(rows: Iterable[tuple[int, int, str, str, int]]) -> dict[int, list[Left]]:
    found: dict[int, list[Left]] = defaultdict(list)
    for key, store_id, code, name, count in rows:
        found[key].append(Left(store_id, code, name, count))
    for lefts in found.values():
        lefts.sort(key=lambda left: (-left.count, left.name))
    return found
