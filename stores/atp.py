"""ATP, what may still be promised: the formula, once for figures in hand, once in SQL and once for querysets.

ATP = on hand − allocated − live holds − safety stock − buffer, at least 0, per store and variant; 0 while the level is distrusted.
A checkout's own hold (`holder`) does not count against itself.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, F, IntegerField, OuterRef, Q, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce, Greatest

from stores.models import Hold


@dataclass(frozen=True)
class Figures:
    """What a stock level amounts to at a moment, in units."""

    on_hand: int = 0
    allocated: int = 0
    held: int = 0
    safety_stock: int = 0
    buffer: int = 0
    distrusted: bool = False

    @property
    def free(self) -> int:
        """What the sum comes to, below 0 if more is promised and kept back than there is."""
        return self.on_hand - self.allocated - self.held - self.safety_stock - self.buffer

    @property
    def atp(self) -> int:
        """What may still be promised."""
        return 0 if self.distrusted else max(self.free, 0)


# What is free at a stock level named `level`; it may be below 0. Takes the parameters `at` and `holder`. Holds are only looked for where one may live.
FREE = """CASE WHEN level.distrusted_at IS NOT NULL THEN 0 ELSE level.on_hand - level.allocated - level.safety_stock - level.buffer -
    CASE WHEN level.held_until > %(at)s THEN COALESCE((SELECT SUM(hold.quantity) FROM stores_hold hold WHERE hold.level_id = level.id
        AND hold.ended_at IS NULL AND hold.expires_at > %(at)s AND hold.holder <> %(holder)s), 0) ELSE 0 END END"""


def expression(*, at: datetime, holder: str = "") -> Case:
    """The formula for querysets of StockLevel. Holds are only added up where one may live."""
    holds = Hold.objects.live(at).filter(level=OuterRef("pk")).exclude(holder=holder).order_by().values("level")
    held = Subquery(holds.annotate(units=Sum("quantity")).values("units"), output_field=IntegerField())
    claimed = Case(When(held_until__gt=at, then=Coalesce(held, 0)), default=0, output_field=IntegerField())
    free = F("on_hand") - F("allocated") - F("safety_stock") - F("buffer") - claimed
    return Case(When(Q(distrusted_at__isnull=False), then=Value(0)), default=Greatest(free, 0), output_field=IntegerField())
