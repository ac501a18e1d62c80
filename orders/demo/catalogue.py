"""The goods of the demo: goods.csv (one row a product) spelled out for the importer, their stock, and labels at their shelves."""

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from random import Random

from omo.models import User
from stores import catalogue_import, labels, stock
from stores.models import Category, Store, Variant

GOODS = Path(__file__).with_name("goods.csv")
COLOURS = {
    "Berry": ("BER", "#8e3b4a"),
    "Camel": ("CAM", "#b98d5a"),
    "Chalk": ("CHK", "#f4efe6"),
    "Charcoal": ("CHR", "#3a3d40"),
    "Clay": ("CLA", "#a9604a"),
    "Fog": ("FOG", "#b9c2c4"),
    "Moss": ("MOS", "#7c8559"),
    "Mustard": ("MUS", "#c9962f"),
    "Navy": ("NAV", "#34496b"),
    "Oat": ("OAT", "#c9ab7d"),
    "Pine": ("PIN", "#3f5f4c"),
    "Plum": ("PLU", "#6d4456"),
    "Rust": ("RUS", "#b4552f"),
    "Sand": ("SAN", "#d8c8ab"),
    "Sea": ("SEA", "#4f7794"),
    "Slate": ("SLA", "#5d6770"),
}
COLUMNS = ["sku", "product", "name", "brand", "category", "drawing", "price", "colour", "tint", "size", "summary", "description"]
# What a store has no room for.
LEAVES_OUT = {"station": {"Living", "Dresses", "Coats & jackets"}, "riverside": {"Shoes", "Trousers"}}
# How many of a variant come with the first delivery: none, the last ones, some, many.
AMOUNTS = [range(1), range(1, 4), range(4, 9), range(9, 19)]
WEIGHTS = [12, 22, 38, 28]


def goods() -> list[dict[str, str]]:
    """The rows of goods.csv."""
    with GOODS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def bring_in(rows: Iterable[Mapping[str, str]], *, by: User, at: datetime) -> None:
    """Import every variant, by the importer that a shop uses for its own file."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, extrasaction="ignore")
    writer.writeheader()
    for row in rows:
        writer.writerows(_variants(row))
    report = catalogue_import.run(products=catalogue_import.Source(GOODS.name, text.getvalue().encode()), by=by, at=at)
    if report.problems:
        raise ValueError("\n".join(map(str, report.problems)))
    for position, name in enumerate(dict.fromkeys(row["category"] for row in rows)):
        Category.objects.filter(name=name).update(position=position)


def deliver(store: Store, chance: Random, *, by: User, at: datetime) -> Counter[int]:
    """The first delivery of a store: honest, so of some goods only the last ones, and of some none. Returns {variant id: how many}."""
    left_out = LEAVES_OUT.get(store.code, set())
    carried = [variant for variant in _everything() if variant.product.category.name not in left_out]
    counts = {variant.pk: chance.choice(chance.choices(AMOUNTS, WEIGHTS)[0]) for variant in carried}
    delivery = Counter({pk: count for pk, count in counts.items() if count})
    stock.receive(store, delivery, reference=f"delivery:{store.code}-1", by=by, at=at)
    return delivery


def label_shelves(store: Store, rows: Iterable[Mapping[str, str]], carried: Iterable[int], *, by: User, at: datetime) -> None:
    """A label for every variant that the store has, at its product's shelf."""
    shelves = {row["name"]: row["shelf"] for row in rows}
    by_shelf: dict[str, list[Variant]] = defaultdict(list)
    wanted = set(carried)
    for variant in _everything():
        if variant.pk in wanted:
            by_shelf[shelves[variant.product.name]].append(variant)
    for shelf, variants in sorted(by_shelf.items()):
        labels.make_labels(store, variants, shelf=shelf, by=by, at=at)


def _everything() -> list[Variant]:
    return list(Variant.objects.select_related("product__category").order_by("pk"))


def _variants(row: Mapping[str, str]) -> Iterable[dict[str, str]]:
    """The product's variants, colour by colour, size by size."""
    for colour in row["colours"].split("|"):
        code, tint = COLOURS[colour]
        for size in row["sizes"].split("|"):
            short = "".join(letter for letter in size if letter.isascii() and letter.isalnum())
            sku = "-".join(filter(None, [row["code"], code, short]))
            yield {**row, "sku": sku, "product": row["code"], "colour": colour, "tint": tint, "size": size}
