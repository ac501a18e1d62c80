"""Label sheets: where each label lies on A4 sheets of 3 × 7, and what is chosen to be printed. Pure but for the queries of `goods`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from django.db.models import Exists, F, OuterRef, Prefetch, Q, QuerySet

from stores.models import Product, ShelfLabel, StockLevel, Store, Variant

PER_SHEET = 21
MOST_LABELS = 50 * PER_SHEET

T = TypeVar("T")


@dataclass(frozen=True)
class Sheet:
    """One sheet: its number from 1, how many places at its start are used already, and its labels."""

    number: int
    skipped: range
    labels: Sequence[object]


def sheets(labels: Sequence[T], *, start: int = 1) -> list[Sheet]:
    """Lay the labels out, the first at place `start` (1 to 21) of the first sheet."""
    skipped = start - 1
    first = PER_SHEET - skipped
    made = [Sheet(1, range(skipped), labels[:first])] if labels else []
    for number, at in enumerate(range(first, len(labels), PER_SHEET), start=2):
        made.append(Sheet(number, range(0), labels[at : at + PER_SHEET]))
    return made


def goods(store: Store, *, words: str = "", category: str = "", stocked: bool = True) -> QuerySet[Variant]:
    """Variants on sale that match, by name, with this store's labels as `here`; only what the store has on hand if `stocked`."""
    found = Variant.objects.filter(active=True, product__active=True).select_related("product")
    if words:
        found = found.filter(Q(product__in=Product.objects.matching(words)) | Q(sku=words.strip()))
    if category:
        found = found.filter(product__category__slug=category)
    if stocked:
        found = found.filter(Exists(StockLevel.objects.filter(store=store, variant=OuterRef("pk"), on_hand__gt=0)))
    here = ShelfLabel.objects.filter(store=store, active=True).order_by("shelf", "id")
    return found.annotate(name=F("product__name")).prefetch_related(Prefetch("labels", here, to_attr="here")).order_by("name", "id")
