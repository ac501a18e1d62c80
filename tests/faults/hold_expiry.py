"""R21: a hold runs out, or the time to pay, within 50 ms of the order and its payment."""

import random
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import pytest
from django.conf import settings
from django.db.models import F
from django.utils import timezone

from omo import invariants
from orders import payments
from orders.models import Cart, Fulfilment, Order
from stores.models import Hold, StockLevel, Store, Variant
from tests import factories
from tests.faults import late_payments, world
from tests.faults.fault import Fault, Outcome
from tests.races.crowd import constraints_off
from tests.races.expiry import APART, Contest, contests, slowly, without_locks
from tests.services import Cluster

TOGETHER = 4
CONTROL = 24


class Count(NamedTuple):
    """What came of so many units."""

    contests: list[Contest]
    sold_twice: int
    unsold: int
    paid: int
    without_stock: int
    leaked: int
    left_to_the_clock: int
    broken: int

    @property
    def kept(self) -> bool:
        """Whether nobody paid for what is not there, and nothing is held for ever."""
        whole = (self.sold_twice, self.unsold, self.without_stock, self.leaked, self.broken) == (0, 0, 0, 0, 0)
        return whole and self.paid == len(self.contests)

    @property
    def words(self) -> str:
        """For the table."""
        close = sum(abs(contest.late) <= APART for contest in self.contests)
        pairs = Counter("hers" if contest.hers == "Order" else "his" for contest in self.contests)
        return (
            f"{len(self.contests)} holds, {close} ordered and paid within ±50 ms of their end ({pairs['hers']} sold to who held, {pairs['his']} to who came): "
            f"sold twice {self.sold_twice}, to nobody {self.unsold}, paid orders {self.paid}, of these without stock {self.without_stock}, "
            f"holds alive after twice their time {self.leaked}, broken invariants {self.broken}"
        )


def pay_online(store: Store, cart: Cart, at: datetime) -> Order:
    """Order, and pay at once."""
    order = late_payments.order_online(store, cart, email=f"marta@{world.DOMAIN}")
    late_payments.pay(payments.begin(order, at=at))
    return order


def count(units: int, seed: int) -> Count:
    """So many units, each held by one and wanted by another."""
    store = factories.store()
    goods = [factories.stocked(store, 1) for _ in range(units)]
    return _counted(contests(store, goods, random.Random(seed), together=TOGETHER, buy=pay_online), goods)


def _counted(told: list[Contest], goods: Sequence[Variant]) -> Count:
    later = timezone.now() + 2 * timedelta(minutes=settings.HOLD_MINUTES)
    paid = Order.objects.filter(paid_total__gt=F("refunded_total"), email__endswith=world.DOMAIN)
    short = StockLevel.objects.filter(variant__in=goods, allocated__gt=F("on_hand")).values("variant")
    without = paid.exclude(fulfilments__state__in=Fulfilment.OPEN) | paid.filter(lines__variant__in=short)
    return Count(
        contests=told,
        sold_twice=sum(contest.hers == contest.his == "Order" for contest in told),
        unsold=sum("Order" not in contest[:2] for contest in told),
        paid=paid.count(),
        without_stock=without.distinct().count(),
        leaked=Hold.objects.live(later).count(),
        left_to_the_clock=Hold.objects.filter(ended_at=None).count(),
        broken=len(list(invariants.violations())),
    )


def run(place: Cluster, times: int, seed: int) -> Outcome:
    """`times` holds, and a quarter as many payments of orders whose time is over."""
    few = min(CONTROL, times)
    with world.shop(place):
        shop = count(times, seed)
    with world.shop(place):
        late = late_payments.count(times // 4, seed, together=TOGETHER)
    with world.shop(place), pytest.MonkeyPatch.context() as changed, constraints_off("stores_stocklevel"):
        without_locks(changed)
        slowly(changed, "stores.counters.change", seconds=0.15)
        unlocked = count(few, seed)
    with world.shop(place), pytest.MonkeyPatch.context() as changed:
        late_payments.without_guards(changed)
        unheld = late_payments.count(few, seed, together=TOGETHER)
    fails = unlocked.sold_twice > 0 and unlocked.without_stock > 0 and shop.left_to_the_clock > 0 and unheld.paid_first > 0
    words = (
        f"without the locks: {unlocked.words}. If expired holds were not ignored by the clock, {shop.left_to_the_clock} would live for ever. "
        f"With orders that are read, not held, and cancelled unasked: {unheld.words}"
    )
    return Outcome(f"{shop.words}. {late.words}", words, shop.kept and late.kept and fails)


FAULT = Fault(
    "R21",
    "A hold runs out while its customer orders and pays",
    "0 paid orders without stock; 0 holds alive after twice their time; every unit is sold once; money that comes too late is given back or honoured",
    2000,
    24,
    run,
)
