"""Deliveries: goods that a supplier brought come into the books under the delivery's number."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max, Sum

from omo import idempotency
from omo.acts import act
from omo.models import User
from stores import counters, stock
from stores.models import StockMovement, Store

SCOPE = "stock.receive"


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


def reference(number: str) -> str:
    """What movements of a delivery say that they belong to."""
    return f"delivery:{number}"


def received_before(store: Store, number: str) -> Before | None:
    """What the store received under this number before: a second part of the delivery, or the same paper twice."""
    moved = StockMovement.objects.filter(store=store, kind=StockMovement.Kind.RECEIVED, reference=reference(number))
    found = moved.aggregate(units=Sum("quantity"), at=Max("at"))
    return Before(found["units"], found["at"]) if found["units"] else None


@act
def receive_goods(store: Store, number: str, goods: Mapping[int, int], *, seen_units: int = 0, key: str, by: User, at: datetime) -> int:
    """Goods ({variant id: units}) of a delivery arrived at the store, once per `key`. Returns how many units. Leaves 'stock.received'.

    `seen_units` is how many units the person knows to have come in under this number before.
    Raises NothingReceived, ReceivedBefore and idempotency.KeyReused, and receives nothing then.
    """
    if not goods:
        raise NothingReceived

    def receive() -> int:
        counters.ensure_levels(store.pk, goods, by=by, at=at)
        counters.lock(store.pk, goods)  # a colleague with the same paper waits here, and then sees what came in
        before = received_before(store, number)
        if before and before.units != seen_units:
            raise ReceivedBefore(before)
        stock.receive(store, goods, reference=reference(number), by=by, at=at)
        return sum(goods.values())

    request = idempotency.fingerprint(store.pk, number, sorted(goods.items()), seen_units)
    return idempotency.once(SCOPE, f"{by.pk}:{key}", request=request, at=at, act=receive)
