"""Stock as staff look it up: one level with all that is known of it, and the store's levels that want somebody."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from omo.models import Event
from stores import atp, confidence, counters, needs, transfers
from stores.atp import Figures
from stores.confidence import Confidence
from stores.models import Adjustment, KeptBack, ShelfLabel, StockLevel, StockMovement, Store, TransferLine, Variant

REFUSED = "stock.refused"
SHOWN = 10
REFUSALS_SHOWN = 5
REFUSALS_FOR = timedelta(days=30)
COUNTED_FOR = timedelta(hours=8)


@dataclass(frozen=True)
class Refusal:
    """Somebody wanted more than was left."""

    at: datetime
    wanted: int
    left: int
    subject: str


@dataclass(frozen=True)
class Story:
    """A variant at a store as it is now, and how it came to be so. Without a level the store never had any."""

    figures: Figures
    level: StockLevel | None
    kept_back: KeptBack | None
    confidence: Confidence | None
    movements: list[StockMovement]
    in_transit: list[TransferLine]
    waiting: Adjustment | None
    refusals: list[Refusal]
    shelves: str


def story(store: Store, variant: Variant, *, at: datetime) -> Story:
    """All that the goods' page shows, in a constant number of statements. Reads only."""
    level = StockLevel.objects.filter(store=store, variant=variant).first()
    moved = StockMovement.objects.filter(store=store, variant=variant).select_related("by", "reason").order_by("-id")
    waiting = Adjustment.objects.filter(level=level, state=Adjustment.State.WAITING).select_related("asked_by", "reason").first() if level else None
    shelves = ShelfLabel.objects.filter(store=store, variant=variant, active=True).exclude(shelf="").order_by("shelf").values_list("shelf", flat=True)
    return Story(
        figures=counters.figures([level], at=at)[variant.pk] if level else Figures(),
        level=level,
        kept_back=KeptBack.objects.filter(level=level).select_related("by").order_by("id").last() if level else None,
        confidence=confidence.of([level.pk], at=at).get(level.pk) if level else None,
        movements=list(moved[:SHOWN]),
        in_transit=transfers.in_transit(store, variant.pk),
        waiting=waiting,
        refusals=refusals(store, variant, at=at),
        shelves=", ".join(shelves),
    )


def refusals(store: Store, variant: Variant, *, at: datetime) -> list[Refusal]:
    """The last times that somebody was refused these goods here, the newest first, each with its numbers."""
    key = str(variant.pk)
    rows = Event.objects.filter(kind=REFUSED, store=store, at__gt=at - REFUSALS_FOR, at__lte=at, data__has_key=key).order_by("-id")
    return [Refusal(row.at, row.data[key]["wanted"], row.data[key]["left"], row.subject) for row in rows[:REFUSALS_SHOWN]]


def low(store: Store, *, at: datetime) -> QuerySet[StockLevel]:
    """The store's levels that are low (`needs.low`), each with what is `left`. Those that are distrusted have a list of their own."""
    return needs.low(_levels(store), at=at).annotate(left=atp.expression(at=at))


def distrusted(store: Store) -> QuerySet[StockLevel]:
    """The store's levels that promise nothing until they are counted."""
    return needs.distrusted(_levels(store))


def why_distrusted(levels: Iterable[StockLevel]) -> dict[int, str]:
    """{level id: why it is distrusted}, in one statement."""
    rows = KeptBack.objects.filter(level__in=[level.pk for level in levels], distrusted=True).order_by("id")
    return dict(rows.values_list("level_id", "why"))


def counted_lately(store: Store, by: Any, *, at: datetime) -> list[tuple[Event, Variant]]:
    """What a person counted here in the last hours, the newest first."""
    counts = Q(kind="stock.counted", data__has_key="variant") | Q(kind="adjustment.asked", data__kind=StockMovement.Kind.COUNTED)
    found = list(Event.objects.filter(counts, store=store, by=by, at__gt=at - COUNTED_FOR).order_by("-id")[:SHOWN])
    goods = Variant.objects.select_related("product").in_bulk([row.data["variant"] for row in found])
    return [(row, goods[row.data["variant"]]) for row in found if row.data["variant"] in goods]


def _levels(store: Store) -> QuerySet[StockLevel]:
    return StockLevel.objects.filter(store=store).select_related("variant__product")
