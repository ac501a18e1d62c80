"""Stock of an import: what is on hand now, through the act that writes it."""

import hashlib
from collections import defaultdict
from datetime import datetime
from itertools import islice

from omo.models import User
from stores import stock
from stores.catalogue_import.columns import Row
from stores.catalogue_import.lookups import PORTION, variants_by_sku
from stores.catalogue_import.report import Counts, Problems
from stores.models import Store


def check(file: str, rows: list[Row], *, codes: set[str], skus: set[str], problems: Problems) -> None:
    """Every row is about a store and a SKU that exist, or will by this import (`codes`, `skus`)."""
    known_stores = codes | set(Store.objects.values_list("code", flat=True))
    known_skus = skus | set(variants_by_sku({row["sku"] for row in rows} - skus))
    for row in rows:
        if row["store"] not in known_stores:
            problems.add(file, row.line, "unknown_store", store=row["store"])
        if row["sku"] not in known_skus:
            problems.add(file, row.line, "unknown_sku", sku=row["sku"])


def write(file: str, rows: list[Row], *, by: User | None, at: datetime, problems: Problems) -> Counts:
    """Set what is on hand. A figure below what is promised to placed orders is a problem.

    Levels are taken in id order over all portions, as every act takes them: in another order an import and a sale could wait for each other.
    """
    variants = variants_by_sku({row["sku"] for row in rows})
    by_store: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_store[row["store"]].append(row)
    reference = "import:" + hashlib.sha256(repr([(row["store"], row["sku"], row["quantity"]) for row in rows]).encode()).hexdigest()[:16]
    changed = 0
    for store in Store.objects.filter(code__in=by_store).order_by("pk"):
        level_ids = stock.levels_of(store, {variants[row["sku"]].pk for row in by_store[store.code]}, by=by, at=at)
        rest = iter(sorted(by_store[store.code], key=lambda row: level_ids[variants[row["sku"]].pk]))
        while portion := {variants[row["sku"]].pk: row for row in islice(rest, PORTION)}:
            try:
                changed += stock.set_on_hand(store, {pk: row["quantity"] for pk, row in portion.items()}, reference=reference, by=by, at=at)
            except stock.BelowAllocated as refusal:
                _explain(file, store, refusal, portion, problems)
    return Counts(changed=changed, unchanged=len(rows) - changed)


def _explain(file: str, store: Store, refusal: stock.BelowAllocated, portion: dict[int, Row], problems: Problems) -> None:
    for shortage in refusal.shortages:
        row = portion[shortage.variant_id]
        problems.add(file, row.line, "below_allocated", sku=row["sku"], store=store.code, quantity=shortage.wanted, allocated=shortage.left)
