"""Why ATP was what it was at any past instant, read off the ledgers: movements, holds, and what was kept back."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, Sum

from stores.atp import Figures
from stores.models import Hold, KeptBack, StockLevel, StockMovement, Store, Variant

SHOWN = 20


@dataclass(frozen=True)
class Explanation:
    """What a variant at a store amounted to at a past instant, and the rows that made it.

    `movements` are the last ones up to the instant, the newest first; `holds` the ones that counted then; `kept_back` is the ledger row that was in force.
    """

    at: datetime
    figures: Figures
    movements: list[StockMovement]
    holds: list[Hold]
    kept_back: KeptBack | None

    @property
    def atp(self) -> int:
        """What could still be promised then."""
        return self.figures.atp


def explain(store: Store, variant: Variant, at: datetime) -> Explanation:
    """ATP as it was at `at` (aware), from the rows that existed then: nothing is read that is ever overwritten."""
    moved = StockMovement.objects.filter(store=store, variant=variant, at__lte=at)
    sums = moved.aggregate(on_hand=Sum("quantity", default=0), allocated=Sum("allocated", default=0))
    level = StockLevel.objects.filter(store=store, variant=variant).first()
    kept = KeptBack.objects.filter(level=level, at__lte=at).select_related("by").order_by("id").last() if level else None
    holds = _held(level, at) if level else []
    back = (kept.safety_stock, kept.buffer, kept.distrusted) if kept else (0, 0, False)
    figures = Figures(sums["on_hand"], sums["allocated"], sum(hold.quantity for hold in holds), *back)
    return Explanation(at, figures, list(moved.select_related("by", "reason").order_by("-id")[:SHOWN]), holds, kept)


def _held(level: StockLevel, at: datetime) -> list[Hold]:
    begun = Hold.objects.filter(level=level, at__lte=at, expires_at__gt=at)
    return list(begun.filter(Q(ended_at=None) | Q(ended_at__gt=at)).order_by("at", "id"))
