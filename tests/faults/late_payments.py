"""R21, its second half: the time to pay runs out within 50 ms of the payment, and somebody else wants the goods in the same moments."""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import pytest
from django.db.models import F, OuterRef, Q, Subquery
from django.utils import timezone

from omo import codes, invariants
from omo.models import Event
from orders import cancellation, checkout, lapsing, payments, provider_events
from orders.models import Cart, Fulfilment, Order, Payment, PaymentAttempt
from orders.providers import Found
from stores.counters import NotAvailable
from stores.models import StockLevel, Store, Variant
from tests import factories
from tests.faults import world
from tests.races.crowd import at_once
from tests.races.expiry import APART, TTL, slowly, wait_for


class Count(NamedTuple):
    """What came of so many payments."""

    payments: int
    booked: int
    honoured: int
    given_back: int
    without_stock: int
    paid_first: int
    oversold: int
    failed: Counter[str]
    broken: int

    @property
    def kept(self) -> bool:
        """Whether all money was booked and led to goods or went back."""
        whole = (self.without_stock, self.paid_first, self.oversold, self.broken) == (0, 0, 0, 0) and not self.failed
        return whole and self.booked == self.payments == self.honoured + self.given_back

    @property
    def words(self) -> str:
        """For the table."""
        failed = "".join(f", {name} × {count}" for name, count in self.failed.items())
        return (
            f"{self.payments} payments within ±50 ms of the end of their time: booked {self.booked}, order goes on {self.honoured}, money given back "
            f"{self.given_back}, paid without stock {self.without_stock}, cancelled after they were paid {self.paid_first}, "
            f"oversold {self.oversold}, broken invariants {self.broken}{failed}"
        )


def order_online(store: Store, cart: Cart, *, email: str) -> Order:
    """An order that waits for its payment."""
    contact = checkout.Contact("Marta", email)
    key, now = codes.random_id(20), timezone.now()
    return checkout.place_order(cart, channel="web", contact=contact, store=store, method="sandbox", idempotency_key=key, by=None, at=now)


def pay(attempt: PaymentAttempt) -> str:
    """The provider tells us that the money is taken."""
    told = Found(attempt.reference, PaymentAttempt.State.CAPTURED, attempt.amount, attempt.currency, "")
    return provider_events.learn(attempt, told, at=timezone.now())


def count(units: int, seed: int, *, together: int) -> Count:
    """So many orders of one unit each, `together` of them at the same time."""
    store, chance = factories.store(), random.Random(seed)
    goods = [factories.stocked(store, 1) for _ in range(units)]
    told = [outcome for start in range(0, units, together) for outcome in _at_the_end(store, goods[start : start + together], chance)]
    return _counted(goods, told)


def _at_the_end(store: Store, goods: Sequence[Variant], chance: random.Random) -> list[Any]:
    """Each of these goods is ordered; then the money comes, the time is over and another customer wants it, all around the same moment."""
    orders = [order_online(store, factories.cart((one, 1)), email=f"marta@{world.DOMAIN}") for one in goods]
    attempts = [payments.begin(order, at=timezone.now()) for order in orders]
    others = [factories.cart((one, 1)) for one in goods]
    ends = timezone.now() + TTL
    Order.objects.filter(pk__in=[order.pk for order in orders]).update(payment_due_by=ends)

    def at(moment: float, task: Callable[[], Any]) -> Callable[[], Any]:
        def wait_and_do() -> Any:
            wait_for(ends + APART * moment)
            return task()

        return wait_and_do

    tasks: list[Callable[[], Any]] = []
    for order, attempt, other in zip(orders, attempts, others, strict=True):
        tasks += [
            at(chance.uniform(-1, 1), lambda attempt=attempt: pay(attempt)),
            at(chance.uniform(0, 0.4), lambda order=order: lapsing.lapse(order, at=timezone.now())),
            at(chance.uniform(0, 1), lambda other=other: order_online(store, other, email="jonas@shop.test")),
        ]
    return at_once(*tasks)


def _counted(goods: Sequence[Variant], told: list[Any]) -> Count:
    hers = Order.objects.filter(email=f"marta@{world.DOMAIN}")
    kept = hers.filter(paid_total__gt=F("refunded_total"))
    open_now = Fulfilment.objects.filter(state__in=Fulfilment.OPEN)
    over = StockLevel.objects.filter(variant__in=goods, allocated__gt=F("on_hand"))
    return Count(
        payments=len(goods),
        booked=Payment.objects.filter(order__in=hers).count(),
        honoured=kept.filter(fulfilments__in=open_now).count(),
        given_back=hers.filter(paid_total__gt=0, paid_total=F("refunded_total")).exclude(fulfilments__in=open_now).count(),
        without_stock=kept.exclude(fulfilments__in=open_now).count(),
        paid_first=hers.annotate(paid=_last("payment.taken"), cancelled=_last("pickup.cancelled")).filter(paid__lt=F("cancelled")).count(),
        oversold=over.count(),
        failed=Counter(type(outcome).__name__ for outcome in told if isinstance(outcome, Exception) and not isinstance(outcome, NotAvailable)),
        broken=len(list(invariants.violations())),
    )


def _last(kind: str) -> Subquery:
    """The id of an order's last event of this kind. They are written with the order's row in hand, so their ids say what came first."""
    return Subquery(Event.objects.filter(order=OuterRef("pk"), kind=kind).order_by("-pk").values("pk")[:1])


def without_guards(changed: pytest.MonkeyPatch) -> None:
    """For the control: the order is read and not held before it is decided what becomes of it, and cancelled without asking again whether it waits."""

    changed.setattr("orders.paid.hold", lambda order_id: Order.objects.get(pk=order_id))
    slowly(changed, "orders.cancellation.cancel_order", seconds=0.15)
    changed.setitem(cancellation.MAY_END, cancellation.Cause.UNPAID, Q(state=Fulfilment.State.PLACED))
