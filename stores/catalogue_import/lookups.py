"""Looking many rows up by their keys, in portions that every database takes."""

from collections.abc import Iterable, Iterator
from itertools import islice

from stores.models import Product, Variant

PORTION = 500


def portions(keys: Iterable[str]) -> Iterator[list[str]]:
    """The keys in lists of at most PORTION."""
    rest = iter(keys)
    while portion := list(islice(rest, PORTION)):
        yield portion


def variants_by_sku(skus: Iterable[str]) -> dict[str, Variant]:
    """The variants of these SKUs with their products; rows of one product share it. SKUs that do not exist are not in the answer."""
    products: dict[int, Product] = {}
    found = {}
    for portion in portions(skus):
        for variant in Variant.objects.filter(sku__in=portion).select_related("product"):
            variant.product = products.setdefault(variant.product_id, variant.product)
            found[variant.sku] = variant
    return found


def owners_of_gtins(gtins: Iterable[str]) -> dict[str, str]:
    """{GTIN: SKU} of those GTINs that a variant has."""
    owners: dict[str, str] = {}
    for portion in portions(gtins):
        owners.update(Variant.objects.filter(gtin__in=portion).values_list("gtin", "sku"))
    return owners


def taken_slugs(slugs: Iterable[str]) -> set[str]:
    """Those slugs that a product has."""
    taken: set[str] = set()
    for portion in portions(slugs):
        taken.update(Product.objects.filter(slug__in=portion).values_list("slug", flat=True))
    return taken
