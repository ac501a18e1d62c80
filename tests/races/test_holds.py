"""Holds in a crowd: the last units are held once, a hold that runs out while its customer orders sells nothing twice, and none is left behind."""

import random
import time
from collections import Counter
from datetime import datetime, timedelta

import pytest
from django.db.models import Sum
from django.utils import timezone

from orders import carts, checkout, payments
from orders.models import Cart, Order
from stores import availability, counters, holds, stock
from stores.counters import Places
from stores.models import Hold, StockLevel, Store, Variant
from tests import factories
from tests.factories import NOON
from tests.orders.doubled import twice_in_each_cart
from tests.races.crowd import at_once, constraints_off, kinds, sound
from tests.races.expiry import contests, order, without_locks

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True), pytest.mark.slow]

# The last units


def everybody_holds(store: Store, goods: Variant) -> dict[str, int]:
    """Thirty-two checkouts want two units each at the same moment."""
    tasks = [lambda number=number: holds.take({store.pk: {goods.pk: 2}}, holder=f"cart:{number}", at=NOON) for number in range(32)]
    return kinds(at_once(*tasks))


def test_thirty_two_checkouts_hold_exactly_what_is_there(harbour, rivalries):
    mug = factories.stocked(harbour, 20)
    assert everybody_holds(harbour, mug) == {"Held": 10, "NotAvailable": 22}
    assert availability.at_store(harbour.pk, [mug.pk], at=NOON) == {mug.pk: 0}
    assert rivalries == []
    assert sound()


def test_without_the_lock_they_hold_more_than_there_is(harbour, monkeypatch):
    without_locks(monkeypatch)
    assert everybody_holds(harbour, factories.stocked(harbour, 20))["Held"] > 10


def test_the_same_checkout_in_many_tabs_holds_once(harbour, rivalries):
    mug = factories.stocked(harbour, 20)
    assert kinds(at_once(*[lambda: holds.take({harbour.pk: {mug.pk: 3}}, holder="cart:1", at=NOON)] * 16)) == {"Held": 16}
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
        holds.take({place.pk: {line.variant_id: line.quantity for line in cart.lines.all()}}, holder=carts.holder(cart.pk), origin=origin, at=at)

    monkeypatch.setattr("orders.checkout.hold", read_first)
    monkeypatch.setattr("stores.counters.refuse_short", lambda *_, **__: time.sleep(0.03))
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


# Several stores at once


def crosswise(stores: list[Store], goods: Variant) -> list[object]:
    """Sixteen checkouts want goods of two stores, each in the other order than the one before."""
    ways = [{place.pk: {goods.pk: 1} for place in order} for order in (stores, stores[::-1])]
    return at_once(*[lambda number=number: holds.take(ways[number % 2], holder=f"cart:{number}", at=NOON) for number in range(16)])


@pytest.fixture
def both(harbour) -> tuple[list[Store], Variant]:
    """Two stores, and ten of some goods in each."""
    station, mug = factories.store("station"), factories.stocked(harbour, 10)
    stock.receive(station, {mug.pk: 10}, reference="delivery:1", by=None, at=NOON)
    return [harbour, station], mug


def test_goods_of_two_stores_are_held_together_and_nobody_blocks_another(both, rivalries):
    stores, mug = both
    assert kinds(crosswise(stores, mug)) == {"Held": 10, "NotAvailable": 6}
    assert [availability.at_store(place.pk, [mug.pk], at=NOON)[mug.pk] for place in stores] == [0, 0]
    assert rivalries == []
    assert sound()


def test_store_after_store_in_the_order_asked_for_they_block_each_other(both, rivalries, monkeypatch):
    """The negative control: the levels are locked one store at a time."""

    def one_by_one(places: Places) -> list[StockLevel]:
        locked = []
        for store_id, variants in places.items():
            locked += counters.lock(store_id, variants)
            time.sleep(0.05)
        return locked

    monkeypatch.setattr("stores.counters.lock_places", one_by_one)
    crosswise(*both)
    assert "40P01" in rivalries


# One address with many carts


def many_carts(store: Store) -> int:
    """Sixteen checkouts at one address, each for two units of goods of its own at the same moment. How many units the address holds then."""
    goods = [factories.stocked(store, 2) for _ in range(16)]
    tasks = [lambda one=one: holds.take({store.pk: {one.pk: 2}}, holder=f"cart:{one.pk}", origin="one address", at=NOON) for one in goods]
    assert set(kinds(at_once(*tasks))) <= {"Held", "TooMuchHeld"}
    return Hold.objects.live(NOON).aggregate(units=Sum("quantity"))["units"]


def test_an_address_holds_no_more_than_its_share_however_many_carts_it_has_at_once(harbour, settings, rivalries):
    settings.HOLD_UNITS_PER_ADDRESS = 10
    assert many_carts(harbour) == 10
    assert rivalries == []
    assert sound()


def test_without_waiting_for_each_other_its_carts_hold_more(harbour, settings, monkeypatch):
    """The negative control: each counts what the others hold before they do."""
    settings.HOLD_UNITS_PER_ADDRESS = 10
    refuse = holds._refuse_too_much
    monkeypatch.setattr("stores.holds._one_at_a_time", lambda _: None)
    monkeypatch.setattr("stores.holds._refuse_too_much", lambda *about: (refuse(*about), time.sleep(0.06)))
    assert many_carts(harbour) > 10


# A hold that runs out while its customer orders, give or take 50 ms


def rounds(store: Store, count: int) -> Counter:
    """How often which pair of outcomes came, over `count` fresh units."""
    goods = [factories.stocked(store, 1) for _ in range(count)]
    return Counter((contest.hers, contest.his) for contest in contests(store, goods, random.Random(11)))


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
    without_locks(monkeypatch)
    with constraints_off("stores_stocklevel"):
        assert rounds(harbour, 25)[("Order", "Order")] > 0


# Two lines of one SKU


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
    monkeypatch.setattr("orders.parts.demand_of", lambda goods, lines: {lines[place].variant_id: units for place, units in goods.items()})
    mug = factories.stocked(harbour, 14)
    baskets = [factories.cart((mug, 3)) for _ in range(10)]
    assert kinds(at_once(*[lambda cart=cart: order(harbour, cart) for cart in baskets]))["Order"] == 4
    promised = sum(line.quantity for placed in Order.objects.all() for line in placed.lines.all())
    assert promised == 24, "of 14"
    with pytest.raises(AssertionError, match="allocated is the sum of open fulfilment lines"):
        sound()
