"""What may be promised: the one availability function, for every page, channel and act. The formula is `stores.atp`'s; here it is asked.

Every question takes the moment (`at`) and whose own holds do not count against him (`holder`, a checkout as 'cart:<id>').
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from django.db import connection

from stores import atp
from stores.distance import Point
from stores.time_machine import explain

__all__ = ["MANY", "NOWHERE", "Found", "Left", "at", "at_store", "explain", "find_products", "find_variants", "of_deliveries", "of_variants", "of_ways"]

MANY = 5
"""Above this, people are told 'many'."""


def at_store(store_id: int, variant_ids: Iterable[int], *, at: datetime, holder: str = "") -> dict[int, int]:
    """ATP of each variant at one store. A variant without a stock level has 0."""
    ids = list(variant_ids)
    found = dict(_ask(AT_STORE, ids, {"at": at, "holder": holder, "store": store_id}))
    return {variant_id: max(found.get(variant_id, 0), 0) for variant_id in ids}


class Left(NamedTuple):
    """How many may still be promised at a store; always above 0."""

    store_id: int
    code: str
    name: str
    count: int  # type: ignore[assignment]  # nobody counts in this tuple, which is made faster than a dataclass


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


def find_products(product_ids: Iterable[int], *, store_id: int | None, at: datetime, holder: str = "") -> dict[int, Found]:
    """Where products can be had, all variants together: at the store asked for, else in the other stores. One statement.

    Of products that are there, the other stores are not read, and `stores` is 1.
    """
    return _found(PRODUCTS if store_id is None else HERE_OR_ELSEWHERE, product_ids, store_id, {"at": at, "holder": holder})


def find_variants(variant_ids: Iterable[int], *, store_id: int | None, at: datetime, holder: str = "", near: Point | None = None) -> dict[int, Found]:
    """Where variants can be had; with `near` the other stores are those that are nearest to it. One statement, and at most six rows for each variant however
    many stores there are.
    """
    about = {"at": at, "holder": holder}
    if near is None:
        return _found(VARIANTS, variant_ids, store_id, about)
    return _found(NEAREST, variant_ids, store_id, {**about, "latitude": near.latitude, "longitude": near.longitude, "shrink": near.shrink})


# SQL of our own: nearly every page asks one of these, and making the statement took longer than running it.
BEST = """
SELECT key, place, store_id, code, name, pickup, atp, stores FROM (
    SELECT counted.key, counted.store_id, store.code, store.name, store.pickup, counted.atp, COUNT(*) OVER (PARTITION BY counted.key) AS stores,
           ROW_NUMBER() OVER (
               PARTITION BY counted.key ORDER BY CASE WHEN counted.store_id = %(store)s THEN 0 ELSE 1 END,{nearness} counted.atp DESC, store.name
           ) AS place
    FROM (
        SELECT key, store_id, CASE WHEN {sum} > %(many)s THEN %(many)s + 1 ELSE {sum} END AS atp FROM (
            SELECT {key} AS key, level.store_id, {free} AS free
            FROM stores_stocklevel level JOIN stores_variant variant ON variant.id = level.variant_id
            WHERE {key} IN ({ids}) AND variant.active AND level.on_hand > level.allocated
        ) levels WHERE free > 0 {grouped}
    ) counted JOIN stores_store store ON store.id = counted.store_id AND store.active AND (store.pickup OR store.id = %(store)s)
) ranked WHERE place <= %(most)s ORDER BY key, place
""".replace("{free}", atp.FREE)
# Compared, never shown, so the square of a distance on a flat map around the place will do. Stores whose place is not known come last.
NORTH, EAST = "(store.latitude - %(latitude)s)", "(store.longitude - %(longitude)s) * %(shrink)s"
NEARNESS = f" COALESCE({NORTH} * {NORTH} + {EAST} * {EAST}, 999999),"
NEAREST = BEST.replace("{nearness}", NEARNESS)
BEST = BEST.replace("{nearness}", "")
PRODUCTS = BEST.replace("{key}", "variant.product_id").replace("{sum}", "SUM(free)").replace("{grouped}", "GROUP BY key, store_id")
# What is here is added up first, and only for what is not here are the levels of all stores looked at.
HERE_OR_ELSEWHERE = """
WITH here AS MATERIALIZED (
    SELECT key, store_id, CASE WHEN SUM(free) > %(many)s THEN %(many)s + 1 ELSE SUM(free) END AS atp FROM (
        SELECT variant.product_id AS key, level.store_id, {free} AS free
        FROM stores_stocklevel level JOIN stores_variant variant ON variant.id = level.variant_id JOIN stores_store store ON store.id = level.store_id
        WHERE variant.product_id IN ({ids}) AND variant.active AND store.active AND level.store_id = %(store)s AND level.on_hand > level.allocated
    ) levels WHERE free > 0 GROUP BY key, store_id
)
SELECT key, 1 AS place, store_id, '' AS code, '' AS name, true AS pickup, atp, 1 AS stores FROM here
UNION ALL SELECT * FROM ({elsewhere}) elsewhere ORDER BY key, place
""".replace("{free}", atp.FREE).replace("{elsewhere}", PRODUCTS.replace("IN ({ids})", "IN ({ids}) AND variant.product_id NOT IN (SELECT key FROM here)"))
AT_STORE = "SELECT level.variant_id, {free} FROM stores_stocklevel level WHERE level.store_id = %(store)s AND level.variant_id IN ({ids})".replace(
    "{free}", atp.FREE
)
EVERYWHERE = """
SELECT variant_id, store_id, code, name, free, pickup, delivers FROM (
    SELECT level.variant_id, level.store_id, store.code, store.name, store.pickup, store.delivers, {free} AS free
    FROM stores_stocklevel level JOIN stores_store store ON store.id = level.store_id
    WHERE store.active AND {way} AND level.on_hand > level.allocated AND level.variant_id IN ({ids})
) levels WHERE free > 0
""".replace("{free}", atp.FREE)
COLLECTED, DELIVERED, EITHER = (EVERYWHERE.replace("{way}", way) for way in ("store.pickup", "store.delivers", "(store.pickup OR store.delivers)"))
# A variant has one level in a store.
VARIANTS, NEAREST = (one.replace("{key}", "variant.id").replace("{sum}", "free").replace("{grouped}", "") for one in (BEST, NEAREST))


def _found(statement: str, ids: Iterable[int], store_id: int | None, about: Mapping[str, Any]) -> dict[int, Found]:
    rows = _ask(statement, ids, {**about, "store": store_id or 0, "many": MANY, "most": OTHERS + 1})
    return {key: _read(list(part), store_id) for key, part in groupby(rows, key=itemgetter(0))}


def _ask(statement: str, ids: Iterable[int], about: Mapping[str, Any]) -> list[Any]:
    """The rows of a statement with `{ids}` in it; none for no ids."""
    wanted = {f"id{number}": value for number, value in enumerate(ids)}
    if not wanted:
        return []
    names = ", ".join(f"%({name})s" for name in wanted)
    with connection.cursor() as cursor:
        at = connection.ops.adapt_datetimefield_value(about["at"])
        cursor.execute(statement.replace("{ids}", names), {**about, **wanted, "at": at})
        return cursor.fetchall()


def _read(rows: list[tuple[int, int, int, str, str, bool, int, int]], store_id: int | None) -> Found:
    lefts = [Left(place, code, name, int(count)) for _, _, place, code, name, _, count, _ in rows]
    here = lefts[0].count if lefts[0].store_id == store_id else 0
    others = tuple(left for left in lefts if left.store_id != store_id)[:OTHERS]
    return Found(here, rows[0][7], others, pickup=bool(rows[0][5]))


def of_variants(variant_ids: Iterable[int], *, at: datetime, holder: str = "") -> dict[int, list[Left]]:
    """Where variants can be collected, the most first: {variant id: [Left, ...]}. One statement."""
    return _grouped(_ask(COLLECTED, variant_ids, {"at": at, "holder": holder}))


def of_deliveries(variant_ids: Iterable[int], *, at: datetime, holder: str = "") -> dict[int, list[Left]]:
    """From where variants can be delivered, the most first: {variant id: [Left, ...]}. One statement."""
    return _grouped(_ask(DELIVERED, variant_ids, {"at": at, "holder": holder}))


def of_ways(variant_ids: Iterable[int], *, at: datetime, holder: str = "") -> tuple[dict[int, list[Left]], dict[int, list[Left]]]:
    """Where variants can be collected, and from where they can be delivered, each as above. One statement for both."""
    rows = _ask(EITHER, variant_ids, {"at": at, "holder": holder})
    return _grouped(row for row in rows if row[5]), _grouped(row for row in rows if row[6])


def at(store_id: int | None, found: Iterable[Left]) -> int:
    """Of what was found, how many at one store."""
    return next((left.count for left in found if left.store_id == store_id), 0)


def _grouped(rows: Iterable[tuple[int, int, str, str, int, bool, bool]]) -> dict[int, list[Left]]:
    found: dict[int, list[Left]] = defaultdict(list)
    for key, store_id, code, name, count, *_ in rows:
        found[key].append(Left(store_id, code, name, count))
    for lefts in found.values():
        lefts.sort(key=lambda left: (-left.count, left.name))
    return found
