"""Corrections of on hand: small ones apply at once, large ones wait until a second person has looked. Counts that differ from the books end here too."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet, Sum

from omo import events, idempotency
from omo.acts import act
from omo.models import User
from stores import by_hand, confidence, counters, kept_back
from stores.counters import Cause
from stores.models import Adjustment, StockLevel, StockMovement, StockReason, Store, Variant

SCOPE = "stock.adjust"
Kind = StockMovement.Kind
State = Adjustment.State
Effect = StockReason.Effect


class NothingToChange(Exception):
    """A correction by 0 is none."""


class WrongWay(Exception):
    """The reason is one for more of the goods, and there are fewer, or the other way round: goods that were found are never fewer."""

    def __init__(self, reason: StockReason) -> None:
        super().__init__(reason)
        self.reason = reason


class BelowPromised(Exception):
    """Fewer would be left than are promised: `left` units for `promised` ones, which belong to `orders` orders."""

    def __init__(self, left: int, promised: int, orders: int) -> None:
        super().__init__(left, promised, orders)
        self.left, self.promised, self.orders = left, promised, orders


class AlreadyWaits(Exception):
    """A correction of the same goods waits for a second person (`adjustment`); it is decided before another large one is asked for."""

    def __init__(self, adjustment: Adjustment) -> None:
        super().__init__(adjustment)
        self.adjustment = adjustment


class OwnAdjustment(Exception):
    """Who asked for a correction does not decide it."""


class WorksElsewhere(Exception):
    """Only people of the store and head office decide its corrections."""


class Decided(Exception):
    """The correction was decided before; `adjustment` says how and by whom."""

    def __init__(self, adjustment: Adjustment) -> None:
        super().__init__(adjustment)
        self.adjustment = adjustment


@dataclass(frozen=True)
class Correction:
    """What is wrong with a level's on hand, by how many units, and why; `reference` names its document if there is one."""

    kind: str
    change: int
    reason: StockReason | None
    note: str = ""
    reference: str = ""


@dataclass(frozen=True)
class Adjusted:
    """What came of a correction: the books now say `on_hand`; `waits` is the id of the adjustment that a second person decides, or None."""

    change: int
    on_hand: int
    waits: int | None


def reasons() -> QuerySet[StockReason]:
    """Head office's reasons for a correction, in its order."""
    return StockReason.objects.filter(active=True)


def waiting(store: Store) -> QuerySet[Adjustment]:
    """The store's corrections that wait for a second person, the oldest first."""
    rows = Adjustment.objects.filter(level__store=store, state=State.WAITING)
    return rows.select_related("level__variant__product", "reason", "asked_by").order_by("id")


@act
def adjust(store: Store, variant: Variant, *, change: int, reason: StockReason, note: str = "", key: str, by: User, at: datetime) -> Adjusted:
    """Correct on hand by `change` units for a reason, once per `key`. Of policy.large_adjustment units or more a second person decides instead; what the
    same person changed by hand of these goods that day counts with it (`by_hand.corrected`).

    Leaves 'stock.adjusted' ('stock.damaged'), or 'adjustment.asked'; a reason may have effects of its own.
    Raises NothingToChange, WrongWay, BelowPromised, AlreadyWaits and idempotency.KeyReused, and changes nothing then.
    """
    kind = Kind.DAMAGED if reason.effect == Effect.DAMAGED else Kind.ADJUSTED
    correction = Correction(kind, change, reason, note)
    if not change:
        raise NothingToChange
    request = idempotency.fingerprint(store.pk, variant.pk, change, reason.pk, note)
    answer = idempotency.once(SCOPE, f"{by.pk}:{key}", request=request, at=at, act=lambda: _adjust(store, variant, correction, by, at))
    return Adjusted(**answer)


@act
def mark_damaged(store: Store, variant: Variant, *, units: int, note: str = "", key: str, by: User, at: datetime) -> Adjusted:
    """Take `units` damaged ones out of the books, under head office's first reason for that. Raises what `adjust` does, and StockReason.DoesNotExist."""
    reason = reasons().filter(effect=Effect.DAMAGED).first()
    if reason is None:
        raise StockReason.DoesNotExist
    return adjust(store, variant, change=-units, reason=reason, note=note, key=key, by=by, at=at)


@act
def approve(adjustment: Adjustment, *, by: User, at: datetime) -> None:
    """A second person agrees: the books are corrected now. A repeat by the same person changes nothing more.

    What is promised by now is looked at again. Raises OwnAdjustment, WorksElsewhere, Decided and BelowPromised, and changes nothing then.
    """
    level = _locked(adjustment.level.store_id, adjustment.level.variant_id)
    if not _decide(adjustment, State.APPROVED, by, at):
        return
    correction = Correction(adjustment.kind, adjustment.change, adjustment.reason, adjustment.note)
    _refuse_below_promised(level, correction.change)
    _apply(level, correction, reference=f"adjustment:{adjustment.pk}", by=by, at=at)
    data = {"variant": level.variant_id, "change": adjustment.change}
    events.record("adjustment.approved", at=at, by=by, store_id=level.store_id, subject=f"adjustment:{adjustment.pk}", data=data)
    if adjustment.kind == Kind.COUNTED:
        _was_counted(level, adjustment, by, at)
    else:
        _follow(level, correction, by, at)


@act
def refuse(adjustment: Adjustment, *, by: User, at: datetime) -> None:
    """A second person does not agree: the books stay as they are. A repeat by the same person changes nothing.

    Raises OwnAdjustment, WorksElsewhere and Decided.
    """
    level = _locked(adjustment.level.store_id, adjustment.level.variant_id)
    if _decide(adjustment, State.REFUSED, by, at):
        data = {"variant": level.variant_id, "change": adjustment.change}
        events.record("adjustment.refused", at=at, by=by, store_id=level.store_id, subject=f"adjustment:{adjustment.pk}", data=data)


@act
def distrust(store: Store, variant: Variant, *, why: str, by: User, at: datetime) -> bool:
    """Promise none of these goods here until they are counted, also where the store never had any. Whether that is new; leaves 'stock.distrusted' then.

    A count that waits for a second person is older than this, so it will not end it.
    """
    level = locked_level(store, variant, by=by, at=at)
    if kept_back.distrust(level, why=why, by=by, at=at):
        return True
    if Adjustment.objects.filter(level=level, state=State.WAITING).exists():
        StockLevel.objects.filter(pk=level.pk).update(distrusted_at=at)
    return False


@act
def correct(level: StockLevel, correction: Correction, *, by: User, at: datetime) -> Adjustment | None:
    """Correct a locked level, or if that is a large change ask a second person: then the adjustment that waits is returned. Leaves one event.

    Raises WrongWay, BelowPromised and AlreadyWaits.
    """
    reason = correction.reason
    if reason and not reason.fits(correction.change):
        raise WrongWay(reason)
    _refuse_below_promised(level, correction.change)
    before = by_hand.corrected(level.store, [level.variant_id], by=by, at=at).get(level.variant_id, 0)
    if before + abs(correction.change) >= kept_back.policy().large_adjustment:
        return ask(level, correction, before=before, by=by, at=at)
    _apply(level, correction, reference=_subject(level), by=by, at=at)
    data = {"variant": level.variant_id, "change": correction.change, "reason": reason.code if reason else "", "note": correction.note}
    events.record(f"stock.{correction.kind}", at=at, by=by, store_id=level.store_id, subject=_subject(level), data=data)
    return None


def ask(level: StockLevel, correction: Correction, *, before: int, by: User, at: datetime) -> Adjustment:
    """Let a second person decide a correction of a locked level; `before` is how many units the person changed that day without one.

    A count takes the place of what waits. Leaves 'adjustment.asked'. Raises AlreadyWaits.
    """
    if correction.kind == Kind.COUNTED:
        supersede(level, by=by, at=at)
    rival = Adjustment.objects.filter(level=level, state=State.WAITING).select_related("level__variant__product", "asked_by", "reason").first()
    if rival:
        raise AlreadyWaits(rival)
    asked = Adjustment.objects.create(
        level=level,
        kind=correction.kind,
        change=correction.change,
        reason=correction.reason,
        note=correction.note,
        reference=correction.reference,
        before=before,
        asked_by=by,
        asked_at=at,
    )
    why = {"reason": asked.reason.code if asked.reason else "", "note": asked.note}
    data = {"variant": level.variant_id, "kind": asked.kind, "change": asked.change, "before": before, **why}
    events.record("adjustment.asked", at=at, by=by, store_id=level.store_id, subject=f"adjustment:{asked.pk}", data=data)
    return asked


def supersede(level: StockLevel, *, by: User, at: datetime) -> None:
    """A newer count says how many there are: what waits for a second person about a locked level is out of date. Leaves 'adjustment.superseded'."""
    for old in Adjustment.objects.filter(level=level, state=State.WAITING):
        Adjustment.objects.filter(pk=old.pk).update(state=State.REFUSED, decided_at=at)
        data = {"variant": level.variant_id, "change": old.change}
        events.record("adjustment.superseded", at=at, by=by, store_id=level.store_id, subject=f"adjustment:{old.pk}", data=data)


def below_promised(level: StockLevel, left: int) -> BelowPromised:
    """Why `left` units are too few at a level, with the number of orders that wait for them."""
    moved = StockMovement.objects.filter(store=level.store_id, variant=level.variant_id).exclude(allocated=0).order_by()
    orders = moved.values("reference").annotate(open=Sum("allocated")).filter(open__gt=0).count()
    return BelowPromised(left, level.allocated, orders)


def locked_level(store: Store, variant: Variant, *, by: User, at: datetime) -> StockLevel:
    """The level of goods at a store, made if it is missing and locked: what decides is read after this."""
    counters.ensure_levels(store.pk, [variant.pk], by=by, at=at)
    level = _locked(store.pk, variant.pk)
    level.store = store
    return level


def _adjust(store: Store, variant: Variant, correction: Correction, by: User, at: datetime) -> Mapping[str, Any]:
    level = locked_level(store, variant, by=by, at=at)
    asked = correct(level, correction, by=by, at=at)
    if asked is None:
        _follow(level, correction, by, at)
    now = level.on_hand if asked else level.on_hand + correction.change
    return {"change": correction.change, "on_hand": now, "waits": asked.pk if asked else None}


def _apply(level: StockLevel, correction: Correction, *, reference: str, by: User, at: datetime) -> None:
    cause = Cause(correction.kind, reference, by, at, correction.reason, correction.note)
    counters.change(level.store_id, cause, on_hand={level.variant_id: correction.change})


def _follow(level: StockLevel, correction: Correction, by: User, at: datetime) -> None:
    """What a correction does beyond the books: its reason may distrust the level, and what lacks takes from the confidence in it."""
    if correction.reason and correction.reason.effect == Effect.DISTRUST:
        kept_back.distrust(level, why=correction.reason.words, by=by, at=at)
    if correction.change < 0:
        confidence.review([level.pk], by=by, at=at)


def _refuse_below_promised(level: StockLevel, change: int) -> None:
    if level.on_hand + change < level.allocated:
        raise below_promised(level, level.on_hand + change)


def _decide(adjustment: Adjustment, state: State, by: User, at: datetime) -> bool:
    """Whether the decision is new. Raises OwnAdjustment, WorksElsewhere and, if somebody decided otherwise, Decided."""
    if adjustment.asked_by_id == by.pk:
        raise OwnAdjustment
    if not Store.objects.for_actor(by).filter(pk=adjustment.level.store_id).exists():
        raise WorksElsewhere
    if Adjustment.objects.filter(pk=adjustment.pk, state=State.WAITING).update(state=state, decided_by=by, decided_at=at):
        return True
    found = Adjustment.objects.select_related("decided_by", "level").get(pk=adjustment.pk)
    if (found.state, found.decided_by_id) != (state, by.pk):
        raise Decided(found)
    return False


def _was_counted(level: StockLevel, adjustment: Adjustment, by: User, at: datetime) -> None:
    """The count was right when it was made; what was distrusted after that stays so until it is counted again."""
    counted_at = max(filter(None, [level.counted_at, adjustment.asked_at]))
    StockLevel.objects.filter(pk=level.pk).update(counted_at=counted_at)
    if level.distrusted_at is None or level.distrusted_at <= adjustment.asked_at:
        confidence.counted([level.pk], why="Counted, and agreed to by a second person", by=by, at=at)


def _locked(store_id: int, variant_id: int) -> StockLevel:
    return counters.lock(store_id, [variant_id])[0]


def _subject(level: StockLevel) -> str:
    return f"{by_hand.AT_LEVEL}{level.pk}"
