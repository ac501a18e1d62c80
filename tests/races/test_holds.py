"""Holds in a crowd: the last units are held once, a hold that runs out while its customer orders sells nothing twice, and none is left behind."""

import random
import time
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from omo import codes
from orders import carts, checkout, payments
from orders.checkout import Contact
from orders.models import Cart, Order
from stores import availability, counters, holds, stock
from stores.models import Hold, StockLevel, Store, Variant
from tests import factories
from tests.factories import NOON
from tests.races.crowd import at_once, constraints_off, kinds, sound

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True), pytest.mark.slow]
TTL = timedelta(milliseconds=150)


def order(store: Store, cart: Cart, at: datetime = NOON) -> Order:
    return checkout.place_order(
        cart, channel="web", contact=Contact("Marta", "marta@shop.test"), store=store, idempotency_key=codes.random_id(20), by=None, at=at
    )


def without_lock(store_id: int, variants: Mapping[int, int]) -> list[StockLevel]:
    """For negative controls: the decision is read before the rows are held, as in many a shop."""
    levels = list(counters.levels(store_id, variants))
    time.sleep(0.06)  # longer than rivals are apart
    return levels


# The last units


def everybody_holds(store: Store, goods: Variant) -> dict[str, int]:
    """Thirty-two checkouts want two units each at the same moment."""
    tasks = [lambda number=number: holds.take(store.pk, {goods.pk: 2}, holder=f"cart:{number}", at=NOON) for number in range(32)]
    return kinds(at_once(*tasks))


def test_thirty_two_checkouts_hold_exactly_what_is_there(harbour, rivalries):
    mug = factories.stocked(harbour, 20)
    assert everybody_holds(harbour, mug) == {"Held": 10, "NotAvailable": 22}
    assert availability.at_store(harbour.pk, [mug.pk], at=NOON) == {mug.pk: 0}
    assert rivalries == []
    assert sound()


def test_without_the_lock_they_hold_more_than_there_is(harbour, monkeypatch):
    monkeypatch.setattr("stores.counters.lock", without_lock)
    assert everybody_holds(harbour, factories.stocked(harbour, 20))["Held"] > 10


def test_the_same_checkout_in_many_tabs_holds_once(harbour, rivalries):
    mug = factories.stocked(harbour, 20)
    assert kinds(at_once(*[lambda: holds.take(harbour.pk, {mug.pk: 3}, holder="cart:1", at=NOON)] * 16)) == {"Held": 16}
    assert Hold.objects.values_list("quantity", "ended_at").get() == (3, None)
    assert rivalries == []


def two_windows(stores: list[Store], goods: Variant) -> list[str]:
    """Ten times: one cart, and in each of two windows its checkout starts at a store of its own at the same moment. The holders of what is held then."""
    for _ in range(10):
        cart = factories.cart((goods, 1))
        tasks = [lambda place=place, cart=cart: checkout.hold(cart, place, origin="", at=NOON) for place in stores]
        assert kinds(at_once(*tasks)) == {"NoneType": 2}
    return list(Hold.objects.live(NOON).values_list("holder", flat=True))


def test_a_checkout_in_two_windows_holds_at_one_store(harbour, rivalries):
    station, mug = factories.store("station"), factories.stocked(harbour, 40)
    stock.receive(station, {mug.pk: 40}, reference="delivery:1", by=None, at=NOON)
    holders = two_windows([harbour, station], mug)
    assert (len(holders), len(set(holders))) == (10, 10)
    assert rivalries == []


def test_without_the_cart_in_hand_it_holds_at_both(harbour, monkeypatch):
    """The negative control: what the other window holds is read, and the cart is not."""

    def read_first(cart: Cart, place: Store, *, origin: str, at: datetime) -> None:
        holds.take(place.pk, {line.variant_id: line.quantity for line in cart.lines.all()}, holder=carts.holder(cart.pk), origin=origin, at=at)

    monkeypatch.setattr("orders.checkout.hold", read_first)
    monkeypatch.setattr("stores.counters.refuse_short", lambda *_: time.sleep(0.03))
    station, mug = factories.store("station"), factories.stocked(harbour, 40)
    stock.receive(station, {mug.pk: 40}, reference="delivery:1", by=None, at=NOON)
    assert len(two_windows([harbour, station], mug)) > 10


def test_a_cart_that_is_ordered_in_one_window_and_held_in_the_other_leaves_nothing_held(harbour, rivalries):
    mug = factories.stocked(harbour, 20)
    for _ in range(20):
        cart = factories.cart((mug, 1))
        held, placed = at_once(lambda cart=cart: checkout.hold(cart, harbour, origin="", at=NOON), lambda cart=cart: order(harbour, cart))
        assert isinstance(placed, Order)
        assert held is None or isinstance(held, checkout.EmptyCart)
    assert not Hold.objects.live(NOON).exists()
    assert rivalries == []
    assert sound()


# A hold that runs out while its customer orders, give or take 50 ms


def run_out(store: Store, goods: Variant, chance: random.Random) -> Callable[[], list[str]]:
    """One unit, held by Marta; she orders within 50 ms of its end, and Jonas holds and orders in the same moments. What came of each."""
    hers, his = factories.cart((goods, 1)), factories.cart((goods, 1))
    holds.take(store.pk, {goods.pk: 1}, holder=carts.holder(hers.pk), at=timezone.now())
    ends = timezone.now() + TTL
    Hold.objects.filter(holder=carts.holder(hers.pk)).update(expires_at=ends)
    StockLevel.objects.filter(variant=goods).update(held_until=ends)
    late = timedelta(milliseconds=chance.uniform(-50, 50)), timedelta(milliseconds=chance.uniform(-50, 50))

    def marta() -> Order:
        _wait_for(ends + late[0])
        return order(store, hers, timezone.now())

    def jonas() -> Order:
        _wait_for(ends + late[1])
        holds.take(store.pk, {goods.pk: 1}, holder=carts.holder(his.pk), at=timezone.now())
        return order(store, his, timezone.now())

    return lambda: [type(outcome).__name__ for outcome in at_once(marta, jonas)]


def _wait_for(moment: datetime) -> None:
    time.sleep(max((moment - timezone.now()).total_seconds(), 0))


def rounds(store: Store, count: int) -> Counter:
    """How often which pair of outcomes came, over `count` fresh units."""
    chance = random.Random(11)
    return Counter(tuple(run_out(store, factories.stocked(store, 1), chance)()) for _ in range(count))


def test_a_hold_that_runs_out_around_the_order_sells_each_unit_once_and_leaves_nothing_held(harbour):
    outcomes = rounds(harbour, 25)
    assert set(outcomes) <= {("Order", "NotAvailable"), ("NotAvailable", "Order")}, outcomes
    assert Order.objects.count() == 25
    ana = factories.staff(harbour)
    for placed in Order.objects.all():
        payments.take_payment(placed, [payments.Tendered("card", placed.total)], store=harbour, by=ana, at=timezone.now())
    paid = Order.objects.filter(payment_state="paid")
    assert paid.count() == 25
    assert StockLevel.objects.filter(on_hand=1, allocated=1).count() == 25, "no paid order without stock"
    later = timezone.now() + 2 * timedelta(minutes=10)
    assert not Hold.objects.live(later).exists()
    assert sound()


def test_without_the_lock_a_unit_is_sold_twice(harbour, monkeypatch):
    monkeypatch.setattr("stores.counters.lock", without_lock)
    with constraints_off("stores_stocklevel"):
        assert rounds(harbour, 25)[("Order", "Order")] > 0


# Two lines of one SKU


def twice_in_each_cart(monkeypatch) -> None:
    """As if a cart had two lines of the same goods."""
    lines_of = carts.lines_of
    monkeypatch.setattr("orders.carts.lines_of", lambda cart: lines_of(cart) * 2)


def test_two_lines_of_one_sku_are_promised_together(harbour, monkeypatch, rivalries):
    """P-07 in a crowd: 14 are there, ten orders of 3 and 3; two get all of it, and nobody gets half."""
    twice_in_each_cart(monkeypatch)
    mug = factories.stocked(harbour, 14)
    baskets = [factories.cart((mug, 3)) for _ in range(10)]
    assert kinds(at_once(*[lambda cart=cart: order(harbour, cart) for cart in baskets])) == {"Order": 2, "NotAvailable": 8}
    assert StockLevel.objects.values_list("on_hand", "allocated").get() == (14, 12)
    assert rivalries == []
    assert sound()


def test_without_the_sum_of_the_lines_more_is_promised_than_there_is(harbour, monkeypatch):
    twice_in_each_cart(monkeypatch)
    monkeypatch.setattr("orders.checkout.demand_of", lambda sold: {line.variant.pk: line.priced.quantity for line in sold})
    mug = factories.stocked(harbour, 14)
    baskets = [factories.cart((mug, 3)) for _ in range(10)]
    assert kinds(at_once(*[lambda cart=cart: order(harbour, cart) for cart in baskets]))["Order"] == 4
    promised = sum(line.quantity for placed in Order.objects.all() for line in placed.lines.all())
    assert promised == 24, "of 14"
    with pytest.raises(AssertionError, match="allocated is the sum of open fulfilment lines"):
        sound()
