"""Orders of the same goods in opposite order: rivals wait for each other and never deadlock."""

import contextlib
import random
import threading

import pytest

from omo import codes
from orders import checkout, till
from orders.checkout import Contact
from orders.models import Cart, Order
from orders.payments import Tendered
from stores import availability, counters, stock
from stores.counters import Places
from stores.models import StockLevel, Store
from tests import factories
from tests.factories import NOON
from tests.races.crowd import at_once, kinds, sound

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True), pytest.mark.slow]


def order(store: Store, cart: Cart) -> Order:
    contact = Contact("Marta", "marta@shop.test")
    return checkout.place_order(cart, channel="web", contact=contact, store=store, idempotency_key=codes.random_id(20), by=None, at=NOON)


def orders(store: Store, carts: list[Cart]):
    """A client that orders one cart after the other."""
    return lambda: [order(store, cart) for cart in carts]


def test_two_clients_who_want_the_same_two_things_the_other_way_round(harbour, rivalries):
    mug, bowl = factories.stocked(harbour, 500), factories.stocked(harbour, 500)
    here = [factories.cart((mug, 1), (bowl, 1)) for _ in range(40)]
    there = [factories.cart((bowl, 1), (mug, 1)) for _ in range(40)]
    at_once(orders(harbour, here), orders(harbour, there))
    assert Order.objects.count() == 80
    assert rivalries == []
    assert sound()


def test_twelve_clients_with_three_of_six_things_in_any_order_and_four_tills(harbour, rivalries):
    chance = random.Random(7)
    goods = [factories.stocked(harbour, 1000) for _ in range(6)]
    baskets = [[factories.cart(*((one, 1) for one in chance.sample(goods, 3))) for _ in range(14)] for _ in range(12)]

    def sales(client: int):
        lines = [[till.SaleLine(one, 1) for one in chance.sample(goods, 3)] for _ in range(14)]
        return lambda: [
            till.ring_up(harbour, sale, tendered=[Tendered("cash", 3750)], sale_reference=f"T-{client}-{number}", by=None, at=NOON)
            for number, sale in enumerate(lines)
        ]

    outcomes = at_once(*(orders(harbour, carts) for carts in baskets), *(sales(client) for client in range(4)))
    assert kinds(outcomes) == {"list": 16}
    assert Order.objects.count() == 16 * 14
    assert rivalries == []
    assert sound()


def test_deliveries_and_counts_of_new_goods_in_any_order(harbour, rivalries):
    chance = random.Random(7)
    goods = [factories.variant().pk for _ in range(12)]

    def receive():
        wanted = [dict.fromkeys(chance.sample(goods, 6), 1) for _ in range(10)]
        return lambda: [stock.receive(harbour, some, reference="delivery:1", by=None, at=NOON) for some in wanted]

    assert kinds(at_once(*(receive() for _ in range(8)))) == {"list": 8}
    assert sum(availability.at_store(harbour.pk, goods, at=NOON).values()) == 8 * 10 * 6
    assert rivalries == []
    assert sound()


def test_without_the_order_of_locks_the_same_two_clients_deadlock(harbour, rivalries, monkeypatch):
    """The negative control: the rows are taken in the order of the cart. The act is tried again, so customers only wait for it."""
    mug, bowl = factories.stocked(harbour, 500), factories.stocked(harbour, 500)
    here, there = factories.cart((mug, 1), (bowl, 1)), factories.cart((bowl, 1), (mug, 1))
    both_hold_one, met = threading.Barrier(2), set()

    def meet() -> None:
        """Each waits for the other once, with its first row in hand; who tries again after the deadlock has nobody to wait for."""
        if threading.get_ident() not in met:
            met.add(threading.get_ident())
            with contextlib.suppress(threading.BrokenBarrierError):
                both_hold_one.wait(timeout=10)

    def as_in_the_cart(places: Places) -> list[StockLevel]:
        locked = []
        for store_id, variants in places.items():
            for variant_id in variants:
                locked += counters.levels(store_id, [variant_id]).select_for_update()
                meet()
        return locked

    monkeypatch.setattr("stores.counters.lock_places", as_in_the_cart)
    assert kinds(at_once(orders(harbour, [here]), orders(harbour, [there]))) == {"list": 2}
    assert rivalries == ["40P01"]
    assert Order.objects.count() == 2
    assert sound()
