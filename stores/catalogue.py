"""The catalogue as shoppers read it."""

import json
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import BooleanField, Exists, F, Func, Model, OuterRef, Q, QuerySet, Value
from django.db.models.lookups import Contains

from omo import memory
from stores import atp
from stores.models import Category, Picture, Product, StockLevel, Variant
from stores.models.catalogue import searchable


@dataclass(frozen=True)
class Kind:
    """What a variant must be for its product to be shown: all at once, so that 'M' and 'Pine' means one that is both. `store_id`: to be had there now."""

    size: str = ""
    colour: str = ""
    least: int | None = None
    most: int | None = None
    store_id: int | None = None


ANY = Kind()
MOST_WORDS = 8


def on_shelf(*, words: str = "", categories: Iterable[int] | None = None, kind: Kind = ANY, at: datetime | None = None, holder: str = "") -> QuerySet[Product]:
    """Products on sale that have a variant on sale which is of a kind (at a store: at the moment `at`, the holder's own holds not counted against him).

    Each of `words` must occur in the product's text or its category's name; a SKU or GTIN finds its product. `categories` are ids.
    """
    products = Product.objects.on_sale().filter(Exists(_of_kind(kind, at, holder)))
    if words:
        products = products.filter(_saying(words) | _coded(words))
    return products if categories is None else products.filter(category_id__in=categories)


def _of_kind(kind: Kind, at: datetime | None, holder: str) -> QuerySet[Variant]:
    asked = {"size": kind.size, "colour": kind.colour, "price__gte": kind.least, "price__lte": kind.most}
    variants = _on_sale().filter(**{name: Literally(value) for name, value in asked.items() if value not in ("", None)})
    if kind.store_id is None or at is None:
        return variants
    levels = StockLevel.objects.filter(variant=OuterRef("pk"), store_id=kind.store_id, on_hand__gt=F("allocated"))
    return variants.filter(Exists(levels.annotate(left=atp.expression(at=at, holder=holder)).filter(left__gt=0)))


class Written:
    """Mixin: on PostgreSQL the values are written into the statement. A plan that is kept for all of them takes the wrong way for the rare ones."""

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        """The condition or value."""
        sql, params = super().as_sql(compiler, connection)  # type: ignore[misc]
        return (connection.ops.compose_sql(sql, params).replace("%", "%%"), ()) if connection.vendor == "postgresql" else (sql, params)


class Says(Written, Contains):
    """`contains`, planned for this word."""


class Literally(Written, Value):
    """A value that the statement is planned for."""


def _saying(words: str) -> Q:
    """Every word, in the text or in the name of the category or of one that it lies in; % and _ are plain characters. Without words: nothing."""
    said, every = Q(), categories()
    for word in searchable(words).split()[:MOST_WORDS]:
        named = {pk for one in every if word in searchable(one.name) for pk in within(one, every)}
        said &= Q(Says(F("search_text"), word)) | (Q(category_id__in=sorted(named)) if named else Q())
    return said or Q(pk__in=[])


def _coded(words: str) -> Q:
    """The product of a SKU or GTIN, typed in any width."""
    code = unicodedata.normalize("NFKC", words).strip()
    if " " in code:
        return Q(pk__in=[])
    coded = Variant.objects.filter(Q(sku=code) | Q(sku=code.upper()) | Q(gtin=code), active=True).order_by().values("product_id")
    if connection.vendor != "postgresql":
        return Q(pk__in=coded)
    # As an array the few ids are known before the products are looked at, so that one index serves each side of the OR.
    return Q(Func(F("pk"), ArraySubquery(coded), template="%(expressions)s)", arg_joiner=" = ANY(", output_field=BooleanField()))


def with_cheapest(products: QuerySet[Product]) -> QuerySet[Product]:
    """The products with `cheapest` (minor units), to be ordered by it: each joined to its cheapest variant on sale, so that an index gives the order."""
    joined = products.filter(variants__active=True).annotate(cheapest=F("variants__price"), cheapest_id=F("variants__id"))
    cheaper = Q(price__lt=OuterRef("cheapest")) | Q(price=OuterRef("cheapest"), pk__lt=OuterRef("cheapest_id"))
    return joined.filter(~Exists(_on_sale().filter(cheaper)))


def price(products: Iterable[Product]) -> None:
    """Give each product its `cheapest` and `dearest` price (minor units), the `tint` of its first variant and its first `picture` or None, in one statement."""
    found = {product.pk: product for product in products}
    variants: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for product in found.values():
        vars(product).update(picture=None)
    for product_id, _, pk, amount, *facts in _rows(PRICES.replace("{ids}", ", ".join(["%s"] * len(found))), [*found, *found]) if found else []:
        if amount is not None:
            variants[product_id].append((amount, facts[0]))
        elif vars(found[product_id])["picture"] is None:
            vars(found[product_id])["picture"] = _picture(product_id, pk, *facts)
    for product_id, offers in variants.items():
        prices = [amount for amount, _ in offers]
        vars(found[product_id]).update(cheapest=min(prices), dearest=max(prices), tint=offers[0][1])


def variants_of(slug: str) -> list[Variant]:
    """All variants of a product in their order, each with the product, its category and its `photos` in order; [] if there is no such product."""
    rows = _rows(OF_PRODUCT, [slug])
    variants = [_variant(row[:-1]) for row in rows]
    if rows:
        product = variants[0].product
        vars(product)["photos"] = [_picture(product.pk, *facts) for _, *facts in sorted(json.loads(rows[0][-1] or "[]"))]
        for variant in variants:
            variant.product = product
    return variants


# In SQL of our own, because every page of a product asks this, and making the statements took longer than running them.
PARTS: dict[str, type[Model]] = {"variant": Variant, "product": Product, "category": Category}
NAMES = {alias: [field.attname for field in model._meta.concrete_fields] for alias, model in PARTS.items()}
PHOTO = ("colour", "words", "digest", "width", "height")
POSTGRESQL = connection.vendor == "postgresql"
ROWS = "jsonb_agg(jsonb_build_array({}))::text" if POSTGRESQL else "json_group_array(json_array({}))"
PHOTOS = ROWS.format(f"photo.position, photo.id, {', '.join(f'photo.{name}' for name in PHOTO)}")
OF_PRODUCT = f"""
SELECT {", ".join(f"{alias}.{field.column}" for alias, model in PARTS.items() for field in model._meta.concrete_fields)},
    (SELECT {PHOTOS} FROM stores_picture photo WHERE photo.product_id = product.id)
FROM stores_variant variant JOIN stores_product product ON product.id = variant.product_id JOIN stores_category category ON category.id = product.category_id
WHERE product.slug = %s ORDER BY variant.position, variant.id
"""  # noqa: S608 - names of our own columns
PRICES = f"""
SELECT product_id, position, id, price, tint, '' AS words, '' AS digest, 0 AS width, 0 AS height
FROM stores_variant WHERE product_id IN ({{ids}}) AND active
UNION ALL SELECT product_id, position, id, NULL, {", ".join(PHOTO)} FROM stores_picture WHERE product_id IN ({{ids}})
ORDER BY 2, 3
"""  # noqa: S608 - names of our own columns


def _rows(statement: str, values: list[Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


def _picture(product_id: int, pk: int, *facts: Any) -> Picture:
    return Picture(pk=pk, product_id=product_id, **dict(zip(PHOTO, facts, strict=True)))


def _variant(row: tuple[Any, ...]) -> Variant:
    """The row as rows of the three tables."""
    read: dict[str, Any] = {}
    begin = 0
    for alias, model in PARTS.items():
        end = begin + len(NAMES[alias])
        read[alias] = model.from_db(connection.alias, NAMES[alias], row[begin:end])
        begin = end
    read["product"].category, read["variant"].product = read["category"], read["product"]
    return read["variant"]


def categories() -> list[Category]:
    """Every category, in order, as it was at most a minute ago."""
    return memory.remembered("stores.categories", lambda: list(Category.objects.all()))


def _on_sale() -> QuerySet[Variant]:
    return Variant.objects.filter(product=OuterRef("pk"), active=True)


def within(category: Category, categories: Iterable[Category]) -> set[int]:
    """The ids of a category and of all that lie in it."""
    found = {category.pk}
    rest = [one for one in categories if one.parent_id]
    grown = True
    while grown:
        more = {one.pk for one in rest if one.parent_id in found} - found
        found |= more
        grown = bool(more)
    return found
