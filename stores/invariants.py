"""The promises of stock: on hand is the sum of the movements, and what is allocated is on hand."""

from collections.abc import Iterator

from django.db.models import F, Q, Sum

from omo.invariants import Violation
from stores.models import StockLevel, StockMovement


def violations() -> Iterator[Violation]:
    """Every stock level that disagrees with its movements, or with itself."""
    moved = {
        (store_id, variant_id): total
        for store_id, variant_id, total in StockMovement.objects.order_by().values_list("store_id", "variant_id").annotate(total=Sum("quantity"))
    }
    for store_id, variant_id, on_hand in StockLevel.objects.values_list("store_id", "variant_id", "on_hand").iterator():
        total = moved.pop((store_id, variant_id), 0)
        if total != on_hand:
            yield Violation("on hand is the sum of the movements", f"store {store_id}, variant {variant_id}", on_hand, total)
    for (store_id, variant_id), total in moved.items():
        yield Violation("movements have a stock level", f"store {store_id}, variant {variant_id}", None, total)
    wrong = Q(on_hand__lt=0) | Q(allocated__lt=0) | Q(allocated__gt=F("on_hand"))
    for level in StockLevel.objects.filter(wrong):
        yield Violation("0 ≤ allocated ≤ on hand", f"level {level.pk}", level.allocated, level.on_hand)
