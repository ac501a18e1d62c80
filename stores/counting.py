"""Counting goods: blind, so that nobody counts what the books say. A count that agrees ends all doubt; one that differs needs a reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from omo import events, idempotency
from omo.acts import act
from omo.models import User
from stores import adjustments, confidence, counters, kept_back
from stores.adjustments import BelowPromised, Correction
from stores.models import StockLevel, StockMovement, StockReason, Store, Variant

__all__ = ["BelowPromised", "Counted", "Differs", "count", "reasons"]

SCOPE = "stock.count"
Effect = StockReason.Effect
Direction = StockReason.Direction


class Differs(Exception):
    """The count and the books disagree: `counted` and `booked` units, of which `promised` wait for customers and `held` are in live checkouts."""

    def __init__(self, counted: int, booked: int, promised: int, held: int) -> None:
        super().__init__(counted, booked, promised, held)
        self.counted, self.booked, self.promised, self.held = counted, booked, promised, held

    @property
    def change(self) -> int:
        """By how many units the books are wrong."""
        return self.counted - self.booked


@dataclass(frozen=True)
class Counted:
    """What came of a count: the books said `booked`; `waits` is the id of the adjustment that a second person decides, or None."""

    counted: int
    booked: int
    waits: int | None

    @property
    def change(self) -> int:
        """By how many units the books were wrong."""
        return self.counted - self.booked


def reasons(change: int = 0) -> QuerySet[StockReason]:
    """The reasons for a difference by `change` units, for any if it is 0: what is distrusted 'until counted' is none, for it has just been counted."""
    found = adjustments.reasons().exclude(effect=Effect.DISTRUST)
    wrong = Direction.FEWER if change > 0 else Direction.MORE
    return found.exclude(direction=wrong) if change else found


@act
def count(store: Store, variant: Variant, *, counted: int, reason: StockReason | None = None, note: str = "", key: str, by: User, at: datetime) -> Counted:
    """Somebody counted the goods of a store, bags for customers included; once per `key`.

    As many as the books say, or a small difference for a reason: the books say `counted` from now on and are trusted. A large difference waits for a second
    person; if fewer were counted, nothing is promised until then. Leaves 'stock.counted' or 'adjustment.asked'; a newer count supersedes what waits.
    Raises Differs (no reason was given), BelowPromised, adjustments.WrongWay and idempotency.KeyReused, and changes nothing then.
    """
    request = idempotency.fingerprint(store.pk, variant.pk, counted, reason.pk if reason else None, note)
    answer = idempotency.once(SCOPE, f"{by.pk}:{key}", request=request, at=at, act=lambda: _count(store, variant, counted, reason, note, by, at))
    return Counted(**answer)


def _count(store: Store, variant: Variant, counted: int, reason: StockReason | None, note: str, by: User, at: datetime) -> Mapping[str, Any]:
    level = adjustments.locked_level(store, variant, by=by, at=at)
    change = counted - level.on_hand
    if counted < level.allocated:
        raise adjustments.below_promised(level, counted)
    if change and reason is None:
        held = counters.figures([level], at=at)[variant.pk].held
        raise Differs(counted, level.on_hand, level.allocated, held)
    asked = adjustments.correct(level, Correction(StockMovement.Kind.COUNTED, change, reason, note), by=by, at=at) if change else None
    if asked and change < 0:
        kept_back.distrust(level, why=f"{counted} were counted, the books say {level.on_hand}; a second person is asked", by=by, at=at)
    if asked is None:
        adjustments.supersede(level, by=by, at=at)
        StockLevel.objects.filter(pk=level.pk).update(counted_at=at)
        confidence.counted([level.pk], by=by, at=at)
    if not change:
        data = {"variant": variant.pk, "change": 0, "reason": "", "note": note}
        events.record("stock.counted", at=at, by=by, store_id=store.pk, subject=f"level:{level.pk}", data=data)
    return {"counted": counted, "booked": level.on_hand, "waits": asked.pk if asked else None}
