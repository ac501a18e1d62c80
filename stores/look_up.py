"""What a store has of what somebody asks for by name."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from stores import availability, catalogue
from stores.models import Product, Store, Variant

MOST = 6


@dataclass(frozen=True)
class Have:
    """A product and its variants on sale, each with how many may still be promised here."""

    product: Product
    variants: list[tuple[Variant, int]]


def at_store(store: Store, words: str, *, at: datetime) -> list[Have]:
    """The first MOST products that the words lead to, in three statements; [] without words."""
    products = list(catalogue.on_shelf(words=words).order_by("name", "id")[:MOST]) if words else []
    variants: dict[int, list[Variant]] = defaultdict(list)
    for variant in Variant.objects.filter(product__in=products, active=True) if products else []:
        variants[variant.product_id].append(variant)
    left = availability.at_store(store.pk, [variant.pk for some in variants.values() for variant in some], at=at)
    return [Have(product, [(variant, left[variant.pk]) for variant in variants[product.pk]]) for product in products]
