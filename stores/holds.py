"""Holds: a live checkout's claim on goods, so that nobody else is promised them while a customer types an address.

A hold counts until it ends or expires. Whoever asks ignores expired ones by the clock, so nothing depends on a worker that tidies up.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F, Sum
from django.db.models.functions import Least

from omo.acts import act
from stores import counters
from stores.models import Hold, StockLevel

TOLD_FOR = timedelta(days=1)
"""As long as this after a hold has lapsed, `of` knows it, so that who comes back is told."""


class TooMuchHeld(Exception):
    """The checkout, or the address it comes from, would hold more units than settings allow; nothing more is held for it."""


@dataclass(frozen=True)
class Held:
    """What a checkout holds or held last: at which store, until when, how often that was extended, and {variant id: units}."""

    store_id: int
    until: datetime
    extensions: int
    goods: Mapping[int, int]


@act
def take(store_id: int, demand: Mapping[int, int], *, holder: str, origin: str = "", at: datetime) -> Held:
    """Hold exactly `demand` ({variant id: units}) at a store for the checkout `holder` (as 'cart:<id>'), and nothing else.

    Idempotent: what it holds already keeps its time, however often this is asked. What has lapsed is taken anew for settings.HOLD_MINUTES if it is still
    there. `origin` is a digest of the address that it comes from. Raises counters.NotAvailable (what is left of what) or TooMuchHeld, and holds what it did.
    """
    levels = counters.lock(store_id, demand)
    own = list(Hold.objects.filter(holder=holder, ended_at=None).select_related("level"))
    counters.refuse_short(demand, counters.figures(levels, at=at, holder=holder))
    _refuse_too_much(demand, holder, origin, at)
    live = [hold for hold in own if hold.expires_at > at and hold.level.store_id == store_id]
    until = min((hold.expires_at for hold in live), default=at + timedelta(minutes=settings.HOLD_MINUTES))
    extensions = max((hold.extensions for hold in live), default=0)
    kept = {hold.level.variant_id for hold in live if demand.get(hold.level.variant_id) == hold.quantity}
    _end([hold.pk for hold in own if hold not in live or hold.level.variant_id not in kept], at)
    begun = [level for level in levels if level.variant_id not in kept]
    Hold.objects.bulk_create(
        Hold(level=level, quantity=demand[level.variant_id], holder=holder, origin=origin, extensions=extensions, at=at, expires_at=until) for level in begun
    )
    _live_until(begun, until)
    return Held(store_id, until, extensions, dict(demand))


@act
def extend(holder: str, *, at: datetime) -> bool:
    """The customer does something: what is held lives for settings.HOLD_MINUTES from now, at most settings.HOLD_EXTENSIONS times. Whether it does.

    What has lapsed is not extended: it must be taken anew, for somebody else may have it.
    """
    until = at + timedelta(minutes=settings.HOLD_MINUTES)
    live = Hold.objects.live(at).filter(holder=holder, expires_at__lt=until, extensions__lt=settings.HOLD_EXTENSIONS)
    level_ids = sorted(live.values_list("level_id", flat=True))
    if not level_ids:
        return False
    levels = list(StockLevel.objects.filter(pk__in=level_ids).order_by("id").select_for_update())
    extended = live.filter(level__in=levels).update(expires_at=until, extensions=F("extensions") + 1)
    _live_until(levels, until)
    return bool(extended)


@act
def end(holder: str, *, at: datetime) -> None:
    """The checkout holds nothing any more."""
    Hold.objects.filter(holder=holder, ended_at=None).update(ended_at=Least(F("expires_at"), at))


@act
def hand_over(holder: str, *, to: str, at: datetime) -> None:
    """What one checkout holds is held by another from now on, for as long as it would have been; what that one held before is free."""
    held = Hold.objects.live(at).filter(holder=holder)
    if held.exists():
        end(to, at=at)
        held.update(holder=to)


def of(holder: str) -> Held | None:
    """What the checkout holds, or held until it lapsed (see TOLD_FOR); None if it holds nothing. One statement."""
    rows = list(Hold.objects.filter(holder=holder, ended_at=None).values_list("level__store_id", "expires_at", "extensions", "level__variant_id", "quantity"))
    if not rows:
        return None
    return Held(rows[0][0], min(row[1] for row in rows), max(row[2] for row in rows), {row[3]: row[4] for row in rows})


@act
def tidy(*, at: datetime, most: int = 5000) -> int:
    """Mark holds that lapsed TOLD_FOR ago as ended, at most `most` of them; returns how many. Nothing depends on it but the size of the index of live ones."""
    stale = Hold.objects.filter(ended_at=None, expires_at__lte=at - TOLD_FOR).order_by("id").select_for_update(skip_locked=True)
    return Hold.objects.filter(pk__in=list(stale.values_list("pk", flat=True)[:most])).update(ended_at=F("expires_at"))


def _refuse_too_much(demand: Mapping[int, int], holder: str, origin: str, at: datetime) -> None:
    wanted = sum(demand.values())
    others = Hold.objects.live(at).filter(origin=origin).exclude(holder=holder).aggregate(units=Sum("quantity", default=0))["units"] if origin else 0
    if wanted > settings.HOLD_UNITS_PER_CHECKOUT or wanted + others > settings.HOLD_UNITS_PER_ADDRESS:
        raise TooMuchHeld(wanted)


def _end(hold_ids: list[int], at: datetime) -> None:
    if hold_ids:
        Hold.objects.filter(pk__in=hold_ids).update(ended_at=Least(F("expires_at"), at))


def _live_until(levels: list[StockLevel], until: datetime) -> None:
    """Let locked levels know how long holds on them may live."""
    sooner = [level.pk for level in levels if level.held_until is None or level.held_until < until]
    if sooner:
        StockLevel.objects.filter(pk__in=sooner).update(held_until=until)
