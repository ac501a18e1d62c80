"""A hold that runs out while its customer orders, give or take 50 ms, with somebody else who wants the same goods in the same moments."""

import random
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from itertools import chain
from typing import Any, NamedTuple

import pytest
from django.utils import timezone
from django.utils.module_loading import import_string

from omo import codes
from orders import carts, checkout
from orders.checkout import Contact
from orders.models import Cart, Order
from stores import counters
from stores.models import Hold, StockLevel, Store, Variant
from tests import factories
from tests.factories import NOON
from tests.races.crowd import at_once

TTL = timedelta(milliseconds=150)
APART = timedelta(milliseconds=50)
Buy = Callable[[Store, Cart, datetime], Order]


class Contest(NamedTuple):
    """What came of one unit: what she who held it was told, what he was told who came then, and how long after the end of her hold she ordered."""

    hers: str
    his: str
    late: timedelta


def order(store: Store, cart: Cart, at: datetime = NOON) -> Order:
    """Marta's order, or whose the cart is."""
    return checkout.place_order(
        cart, channel="web", contact=Contact("Marta", "marta@shop.test"), store=store, idempotency_key=codes.random_id(20), by=None, at=at
    )


def contests(store: Store, goods: Sequence[Variant], chance: random.Random, *, together: int = 1, buy: Buy = order) -> list[Contest]:
    """One contest for each of these goods, of which there is one unit each; `together` of them at the same time."""
    return list(chain.from_iterable(_contests(store, goods[start : start + together], chance, buy) for start in range(0, len(goods), together)))


def _contests(store: Store, goods: Sequence[Variant], chance: random.Random, buy: Buy) -> list[Contest]:
    """Marta holds a unit and orders within 50 ms of her hold's end; Jonas holds and orders in the same moments."""
    pairs = [(factories.cart((one, 1)), factories.cart((one, 1))) for one in goods]
    for hers, _ in pairs:
        checkout.hold(hers, store, origin="", at=timezone.now())
    ends = timezone.now() + TTL
    Hold.objects.filter(holder__in=[carts.holder(hers.pk) for hers, _ in pairs]).update(expires_at=ends)
    StockLevel.objects.filter(variant__in=goods).update(held_until=ends)
    late: list[timedelta] = [timedelta()] * len(goods)

    def marta(number: int, cart: Cart, moment: datetime) -> Order:
        wait_for(moment)
        late[number] = timezone.now() - ends
        return buy(store, cart, ends + late[number])

    def jonas(cart: Cart, moment: datetime) -> Order:
        wait_for(moment)
        checkout.hold(cart, store, origin="", at=timezone.now())
        return buy(store, cart, timezone.now())

    tasks: list[Callable[[], Order]] = []
    for number, (hers, his) in enumerate(pairs):
        moments = [ends + APART * chance.uniform(-1, 1) for _ in range(2)]
        tasks += [lambda n=number, cart=hers, at=moments[0]: marta(n, cart, at), lambda cart=his, at=moments[1]: jonas(cart, at)]
    told = [type(outcome).__name__ for outcome in at_once(*tasks)]
    return [Contest(*words) for words in zip(told[::2], told[1::2], late, strict=True)]


def wait_for(moment: datetime) -> None:
    """Until a moment of the clock."""
    time.sleep(max((moment - timezone.now()).total_seconds(), 0))


def without_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """For negative controls: the decision is read before the rows are held, as in many a shop."""

    def read(levels: Iterable[StockLevel]) -> list[StockLevel]:
        found = list(levels)
        time.sleep(0.06)  # longer than rivals are apart
        return found

    monkeypatch.setattr("stores.counters.lock", lambda store_id, variants: read(counters.levels(store_id, variants)))
    monkeypatch.setattr("stores.counters.lock_places", lambda places: read(chain.from_iterable(counters.levels(*place) for place in places.items())))


def slowly(changed: pytest.MonkeyPatch, name: str, *, seconds: float) -> None:
    """For negative controls: this function begins late, as on a busy machine, so that others get between the decision and what is done about it."""
    function = import_string(name)

    def late(*about: Any, **more: Any) -> Any:
        time.sleep(seconds)
        return function(*about, **more)

    changed.setattr(name, late)
