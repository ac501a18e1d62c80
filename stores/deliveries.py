"""Deliveries: goods that a supplier brought come into the books under the delivery's number."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max, Sum

from omo import idempotency
from omo.acts import act
from omo.models import User
from stores import adjustments, by_hand, counters, kept_back, stock
from stores.adjustments import Correction
from stores.models import Adjustment, StockMovement, Store

SCOPE = "stock.receive"
Kind = StockMovement.Kind


class NothingReceived(Exception):
    """A delivery without goods is none."""


@dataclass(frozen=True)
class Before:
    """What came in under a delivery's number before."""

    units: int
    at: datetime


class ReceivedBefore(Exception):
    """Goods came in under this number before (`before`), and whoever receives did not know: a second part of the delivery, or the same paper twice."""

    def __init__(self, before: Before) -> None:
        super().__init__(before)
        self.before = before


@dataclass(frozen=True)
class Received:
    """What came of a delivery: `units` are in the books, and `waiting` more come in once a second person agrees."""

    units: int
    waiting: int


def reference(number: str) -> str:
    """What movements of a delivery say that they belong to; `number` is '' if there is no paper."""
    return f"{by_hand.DELIVERY}{number}"


def received_before(store: Store, number: str) -> Before | None:
    """What the store received under this number before, or is asked to: a second part of the delivery, or the same paper twice."""
    if not number:
        return None
    moved = StockMovement.objects.filter(store=store, kind=Kind.RECEIVED, reference=reference(number))
    asked = Adjustment.objects.filter(level__store=store, reference=reference(number)).exclude(state=Adjustment.State.REFUSED)
    found = [moved.aggregate(units=Sum("quantity"), last=Max("at")), asked.aggregate(units=Sum("change"), last=Max("asked_at"))]
    known = [one for one in found if one["units"]]
    return Before(sum(one["units"] for one in known), max(one["last"] for one in known)) if known else None


@act
def receive_goods(store: Store, number: str, goods: Mapping[int, int], *, seen_units: int = 0, key: str, by: User, at: datetime) -> Received:
    """Goods ({variant id: units}) of a delivery arrived at the store, once per `key`. Leaves 'stock.received'.

    Of policy.large_receipt units or more of one thing a second person decides first ('adjustment.asked'); what the same person received of it that day
    counts with it. Goods without a paper (`number` is '') are judged as corrections are. `seen_units` is how many units the person knows to have come in
    under this number before.
    Raises NothingReceived, ReceivedBefore, adjustments.AlreadyWaits and idempotency.KeyReused, and receives nothing then.
    """
    if not goods:
        raise NothingReceived
    request = idempotency.fingerprint(store.pk, number, sorted(goods.items()), seen_units)
    answer = idempotency.once(SCOPE, f"{by.pk}:{key}", request=request, at=at, act=lambda: _receive(store, number, goods, seen_units, by, at))
    return Received(**answer)


def _receive(store: Store, number: str, goods: Mapping[int, int], seen_units: int, by: User, at: datetime) -> dict[str, int]:
    counters.ensure_levels(store.pk, goods, by=by, at=at)
    levels = counters.lock(store.pk, goods)  # a colleague with the same paper waits here, and then sees what came in
    before = received_before(store, number)
    if before and before.units != seen_units:
        raise ReceivedBefore(before)
    large = _for_a_second_person(store, number, goods, by, at)
    note = f"Delivery {number}" if number else "Without a paper"
    for level in levels:
        if level.variant_id in large:
            correction = Correction(Kind.RECEIVED, goods[level.variant_id], None, note, reference(number))
            adjustments.ask(level, correction, before=large[level.variant_id], by=by, at=at)
    plain = {variant_id: units for variant_id, units in goods.items() if variant_id not in large}
    if plain:
        stock.receive(store, plain, reference=reference(number), by=by, at=at)
    received = sum(plain.values())
    return {"units": received, "waiting": sum(goods.values()) - received}


def _for_a_second_person(store: Store, number: str, goods: Mapping[int, int], by: User, at: datetime) -> dict[int, int]:
    """The goods of which so many come that a second person decides: {variant id: units that the same person entered before that day}."""
    limits, today = kept_back.policy(), by_hand.received(store, goods, by=by, at=at)
    large = {variant_id: today.get(variant_id, 0) for variant_id, units in goods.items() if today.get(variant_id, 0) + units >= limits.large_receipt}
    if number:
        return large
    changed = by_hand.corrected(store, goods, by=by, at=at)
    by_word = {variant_id: changed.get(variant_id, 0) for variant_id, units in goods.items() if changed.get(variant_id, 0) + units >= limits.large_adjustment}
    return {**large, **by_word}
