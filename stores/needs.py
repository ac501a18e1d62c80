"""What of the place needs head office."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse

from omo.needs import Need
from stores.models import OpeningHours, Product, Store, Variant


def shop_zone() -> ZoneInfo:
    """The time zone of most stores: head office's own day. UTC before there is a store."""
    zones = Counter(Store.objects.filter(active=True).values_list("time_zone", flat=True))
    return ZoneInfo(zones.most_common(1)[0][0] if zones else "UTC")


def without_hours() -> QuerySet[Store]:
    """Open stores of which nobody knows when they are open: they count as always open, so their promises are wrong."""
    return Store.objects.filter(~Exists(OpeningHours.objects.filter(store=OuterRef("pk"))), active=True)


def without_variants() -> QuerySet[Product]:
    """Products on sale of which nothing can be bought."""
    return Product.objects.filter(~Exists(Variant.objects.filter(product=OuterRef("pk"), active=True)), active=True)


def for_nothing() -> QuerySet[Variant]:
    """Variants on sale at a price of 0."""
    return Variant.objects.filter(price=0, active=True, product__active=True)


def needs(*, at: datetime) -> Iterator[Need]:
    """Catalogue and stores that cannot sell as they are."""
    unpriced, empty, hourless = for_nothing().count(), without_variants().count(), without_hours().count()
    closed = Store.objects.filter(active=False).count()
    yield _need(unpriced, "variant on sale has no price", "variants on sale have no price", "variant", "lacks=price")
    yield _need(empty, "product on sale has nothing to buy", "products on sale have nothing to buy", "product", "lacks=variants")
    yield _need(hourless, "store has no opening hours", "stores have no opening hours", "store", "lacks=hours")
    yield _need(closed, "store is switched off", "stores are switched off", "store", "active__exact=0", tone="plain")


def _need(count: int, one: str, many: str, table: str, chosen: str, *, tone: str = "soon") -> Need:
    url = reverse(f"admin:stores_{table}_changelist")
    return Need(one if count == 1 else many, count, f"{url}?{chosen}", tone, f"stores.view_{table}")
