"""Holds: a live checkout's claim on goods, so that nobody else is promised them while a customer types an address.

A hold counts until it ends or expires. Whoever asks ignores expired ones by the clock, so nothing depends on a worker that tidies up.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import F, Sum
from django.db.models.functions import Greatest, Least

from omo.acts import act
from stores import counters
from stores.counters import Places
from stores.models import Hold, StockLevel

TOLD_FOR = timedelta(days=1)
"""As long as this after a hold has lapsed, `of` knows it, so that who comes back is told."""


class TooMuchHeld(Exception):
    """The checkout, or the address it comes from, would hold more units than settings allow; nothing more is held for it."""


class HeldTooOften(Exception):
    """The checkout's goods were kept as often as settings allow and have lapsed; it holds nothing until it has held nothing for TOLD_FOR."""


@dataclass(frozen=True)
class Held:
    """What a checkout holds or held last: until when, how often that was extended, and {store id: {variant id: units}}. One time counts for all of it."""

    until: datetime
    extensions: int
    goods: Mapping[int, Mapping[int, int]]

    @property
    def can_extend(self) -> bool:
        """Whether it may be kept for longer, or again when it has lapsed."""
        return self.extensions < settings.HOLD_EXTENSIONS


@act
def take(demand: Places, *, holder: str, origin: str = "", at: datetime) -> Held:
    """Hold exactly `demand` ({store id: {variant id: units}}) for the checkout `holder` (as 'cart:<id>'), and nothing else.

    Idempotent: while anything is held, that time counts for whatever is asked for, at any store. What has lapsed is taken anew for settings.HOLD_MINUTES if
    it is still there, which is an extension. `origin` is a digest of the address that it comes from.
    Raises counters.NotAvailable (what is left of what, and where), TooMuchHeld or HeldTooOften, and holds what it did.
    """
    _one_at_a_time(origin)
    levels = counters.lock_places(demand)
    own = list(Hold.objects.filter(holder=holder, ended_at=None))
    counters.refuse_short(demand, levels, at=at, holder=holder)
    _refuse_too_much(demand, holder, origin, at)
    until, extensions = _time_of(own, at)
    wanted = {level.pk: demand[level.store_id][level.variant_id] for level in levels}
    kept = {hold.level_id for hold in own if hold.expires_at > at and wanted.get(hold.level_id) == hold.quantity}
    _end([hold.pk for hold in own if hold.level_id not in kept], at)
    begun = [level for level in levels if level.pk not in kept]
    Hold.objects.bulk_create(
        Hold(level=level, quantity=wanted[level.pk], holder=holder, origin=origin, extensions=extensions, at=at, expires_at=until) for level in begun
    )
    _live_until(begun, until)
    return Held(until, extensions, {store_id: dict(goods) for store_id, goods in demand.items()})


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
    """What one checkout holds is held by another from now on, for as long as it would have been; what that one held before is free.

    The other one's extensions count on.
    """
    held = Hold.objects.live(at).filter(holder=holder)
    if held.exists():
        used = _extensions_of(Hold.objects.filter(holder=to, ended_at=None), at)
        end(to, at=at)
        held.update(holder=to, extensions=Greatest(F("extensions"), used))


def of(holder: str) -> Held | None:
    """What the checkout holds, or held until it lapsed (see TOLD_FOR); None if it holds nothing. One statement."""
    rows = list(Hold.objects.filter(holder=holder, ended_at=None).values_list("level__store_id", "expires_at", "extensions", "level__variant_id", "quantity"))
    if not rows:
        return None
    goods: dict[int, dict[int, int]] = defaultdict(dict)
    for store_id, *_, variant_id, quantity in rows:
        goods[store_id][variant_id] = quantity
    return Held(min(row[1] for row in rows), max(row[2] for row in rows), dict(goods))


@act
def tidy(*, at: datetime, most: int = 5000) -> int:
    """Mark holds that lapsed TOLD_FOR ago as ended, at most `most` of them; returns how many. Nothing depends on it but the size of the index of live ones."""
    stale = Hold.objects.filter(ended_at=None, expires_at__lte=at - TOLD_FOR).order_by("id").select_for_update(skip_locked=True)
    return Hold.objects.filter(pk__in=list(stale.values_list("pk", flat=True)[:most])).update(ended_at=F("expires_at"))


def _one_at_a_time(origin: str) -> None:
    """Whoever takes holds from this address waits until the one before has committed, and so counts what that one holds.

    Before the level locks, because rivals from one address may want other goods. On SQLite the transaction itself is the lock.
    """
    if origin and connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"stores.holds:{origin}"])


def _refuse_too_much(demand: Places, holder: str, origin: str, at: datetime) -> None:
    wanted = sum(sum(goods.values()) for goods in demand.values())
    others = Hold.objects.live(at).filter(origin=origin).exclude(holder=holder).aggregate(units=Sum("quantity", default=0))["units"] if origin else 0
    if wanted > settings.HOLD_UNITS_PER_CHECKOUT or wanted + others > settings.HOLD_UNITS_PER_ADDRESS:
        raise TooMuchHeld(wanted)


def _time_of(own: list[Hold], at: datetime) -> tuple[datetime, int]:
    """Until when a checkout with these holds may hold, and how many extensions that is. Raises HeldTooOften."""
    used = _extensions_of(own, at)
    live = [hold.expires_at for hold in own if hold.expires_at > at]
    if live:
        return min(live), used
    lapsed = any(_known(hold, at) for hold in own)
    if lapsed and used >= settings.HOLD_EXTENSIONS:
        raise HeldTooOften
    return at + timedelta(minutes=settings.HOLD_MINUTES), used + lapsed


def _extensions_of(own: Iterable[Hold], at: datetime) -> int:
    """How often these holds were extended. Those that ended are not asked: what took their place has their number."""
    return max((hold.extensions for hold in own if _known(hold, at)), default=0)


def _known(hold: Hold, at: datetime) -> bool:
    """Whether it is live or lapsed less than TOLD_FOR ago, tidied up or not."""
    return hold.expires_at > at - TOLD_FOR


def _end(hold_ids: list[int], at: datetime) -> None:
    if hold_ids:
        Hold.objects.filter(pk__in=hold_ids).update(ended_at=Least(F("expires_at"), at))


def _live_until(levels: list[StockLevel], until: datetime) -> None:
    """Let locked levels know how long holds on them may live."""
    sooner = [level.pk for level in levels if level.held_until is None or level.held_until < until]
    if sooner:
        StockLevel.objects.filter(pk__in=sooner).update(held_until=until)
