"""The catalogue as shoppers read it."""

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

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
    rows = Variant.objects.filter(product_id__in=found, active=True).order_by("position", "id").values_list("product_id", "price", "tint")
    for product_id, amount, tint in rows:
        variants[product_id].append((amount, tint))
    for product_id, facts in variants.items():
        prices = [amount for amount, _ in facts]
        vars(found[product_id]).update(cheapest=min(prices), dearest=max(prices), tint=facts[0][1])


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
