"""The catalogue as shoppers read it."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db import connection
from django.db.models import Exists, Model, OuterRef, Q, QuerySet, Subquery

from omo import memory
from stores.models import Category, Product, Variant


def on_shelf(*, words: str = "", categories: Iterable[int] | None = None) -> QuerySet[Product]:
    """Products on sale that have a variant on sale.

    `words` must all occur; a SKU or GTIN finds its product. `categories` are ids.
    """
    products = Product.objects.on_sale().filter(Exists(_on_sale()))
    if words:
        coded = Variant.objects.filter(Q(sku=words) | Q(sku=words.upper()) | Q(gtin=words), active=True).values("product_id")
        products = products.matching(words) | products.filter(pk__in=coded)
    return products if categories is None else products.filter(category_id__in=categories)


def with_cheapest(products: QuerySet[Product]) -> QuerySet[Product]:
    """The products with `cheapest` (minor units), to be ordered by it."""
    return products.annotate(cheapest=Subquery(_on_sale().order_by("price").values("price")[:1]))


def price(products: Iterable[Product]) -> None:
    """Give each product its `cheapest` and `dearest` price (minor units) and the `tint` of its first variant, in one statement."""
    found = {product.pk: product for product in products}
    variants: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for product_id, amount, tint in _rows(PRICES.replace("{ids}", ", ".join(["%s"] * len(found))), list(found)) if found else []:
        variants[product_id].append((amount, tint))
    for product_id, facts in variants.items():
        prices = [amount for amount, _ in facts]
        vars(found[product_id]).update(cheapest=min(prices), dearest=max(prices), tint=facts[0][1])


def variants_of(slug: str) -> list[Variant]:
    """All variants of a product in their order, each with the product and its category; [] if there is no such product."""
    return [_variant(row) for row in _rows(OF_PRODUCT, [slug])]


# In SQL of our own, because every page of a product asks this, and making the statements took longer than running them.
PARTS: dict[str, type[Model]] = {"variant": Variant, "product": Product, "category": Category}
NAMES = {alias: [field.attname for field in model._meta.concrete_fields] for alias, model in PARTS.items()}
OF_PRODUCT = f"""
SELECT {", ".join(f"{alias}.{field.column}" for alias, model in PARTS.items() for field in model._meta.concrete_fields)}
FROM stores_variant variant JOIN stores_product product ON product.id = variant.product_id JOIN stores_category category ON category.id = product.category_id
WHERE product.slug = %s ORDER BY variant.position, variant.id
"""  # noqa: S608 - names of our own columns
PRICES = "SELECT product_id, price, tint FROM stores_variant WHERE product_id IN ({ids}) AND active ORDER BY position, id"


def _rows(statement: str, values: list[Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


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
