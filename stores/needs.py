"""What of the place needs head office."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse

from omo import memory
from omo.needs import Need
from stores import atp, kept_back
from stores.models import Adjustment, OpeningHours, Product, StockLevel, Store, Variant

MOST = 1_000
"""Nobody needs to know by how many more than these the shelves are low."""


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


def low(levels: QuerySet[StockLevel], *, at: datetime) -> QuerySet[StockLevel]:
    """Of the levels, those of goods on sale of which so few may still be promised as the policy calls low. The distrusted ones have a list of their own."""
    few = kept_back.policy_shown().low_stock
    on_sale = levels.filter(distrusted_at=None, variant__active=True, variant__product__active=True, store__active=True)
    return on_sale.alias(unpromised=atp.expression(at=at)).filter(unpromised__lte=few)


def distrusted(levels: QuerySet[StockLevel]) -> QuerySet[StockLevel]:
    """Of the levels, those that promise nothing until they are counted."""
    return levels.exclude(distrusted_at=None)


def uncertain(levels: QuerySet[StockLevel]) -> QuerySet[StockLevel]:
    """Of the levels, those that keep units back because their count is not certain."""
    return levels.filter(buffer__gt=0)


def needs(*, at: datetime) -> Iterator[Need]:
    """Catalogue and stores that cannot sell as they are, and stock that somebody should look at."""
    unpriced, empty, hourless = for_nothing().count(), without_variants().count(), without_hours().count()
    closed = Store.objects.filter(active=False).count()
    yield _need(unpriced, "variant on sale has no price", "variants on sale have no price", "variant", "lacks=price")
    yield _need(empty, "product on sale has nothing to buy", "products on sale have nothing to buy", "product", "lacks=variants")
    yield _need(hourless, "store has no opening hours", "stores have no opening hours", "store", "lacks=hours")
    yield from _stock_needs(at)
    yield _need(closed, "store is switched off", "stores are switched off", "store", "active__exact=0", tone="plain")


def _stock_needs(at: datetime) -> Iterator[Need]:
    doubted = distrusted(StockLevel.objects.all())[: MOST + 1].count()
    asked = Adjustment.objects.filter(state=Adjustment.State.WAITING).count()
    # Nothing has an index for this, and it is no news: it may be a minute old.
    few = memory.remembered("stores.low_levels", lambda: low(StockLevel.objects.all(), at=at)[: MOST + 1].count())
    yield _need(*_capped(doubted, "stock level is distrusted", "stock levels are distrusted"), "stocklevel", "wants=distrusted")
    yield _need(asked, "adjustment waits for a second person", "adjustments wait for a second person", "adjustment", "state__exact=waiting")
    yield _need(*_capped(few, "stock level is low", "stock levels are low"), "stocklevel", "wants=low", tone="plain")


def _capped(count: int, one: str, many: str) -> tuple[int, str, str]:
    return (MOST, one, f"and more {many}") if count > MOST else (count, one, many)


def _need(count: int, one: str, many: str, table: str, chosen: str, *, tone: str = "soon") -> Need:
    url = reverse(f"admin:stores_{table}_changelist")
    return Need(one if count == 1 else many, count, f"{url}?{chosen}", tone, f"stores.view_{table}")
