"""A customer's cart that is wanted in two places at once is sold once."""

import pytest

from omo import codes
from orders import cart_codes, cart_ends, carts, checkout, till
from orders.models import Cart, Order
from orders.payments import Tendered
from tests import factories
from tests.factories import NOON
from tests.races.crowd import at_once, kinds

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
ROUNDS = 5


def rivals(tills: int):
    """A cart of one mug that so many tills have in their sales, as calls that ring it up, and one that orders it online."""
    harbour = factories.store()
    mug = factories.stocked(harbour, 100, price=1000)
    cart = factories.cart((mug, 1), place=harbour)
    calls = []
    for _ in range(tills):
        ana = factories.staff(harbour)
        sale = carts.start_sale(store=harbour, by=ana, at=NOON)
        till.continue_cart(sale, cart, at=NOON)
        key = codes.random_id(20)
        calls.append(lambda sale=sale, ana=ana, key=key: till.ring_up_sale(sale, tendered=[Tendered("card", 1000)], sale_reference=key, by=ana, at=NOON))
    contact, key = checkout.Contact("Marta", "marta@shop.test"), codes.random_id(20)
    calls.append(lambda: checkout.place_order(cart, channel="web", contact=contact, store=harbour, idempotency_key=key, by=None, at=NOON))
    return cart, calls


def sold() -> int:
    return Order.objects.count()


def test_ringing_up_and_ordering_the_same_cart_at_once_makes_one_order():
    for number in range(1, ROUNDS + 1):
        _, calls = rivals(3)
        results = kinds(at_once(*calls))
        assert results.pop("Order") == 1
        assert set(results) <= {"CustomersCartIsGone", "EmptyCart"}
        assert sold() == number


def test_without_the_conditional_close_it_would_be_sold_more_than_once(monkeypatch):
    monkeypatch.setattr(cart_ends, "ring_up", lambda cart_id, *, bought, at: None)
    _, calls = rivals(3)
    at_once(*calls)
    assert sold() > 1


def test_a_code_that_two_phones_use_at_once_moves_the_cart_once():
    for _ in range(ROUNDS):
        mug = factories.variant()
        code = cart_codes.draw(factories.cart((mug, 2)), at=NOON)
        phones = [factories.cart() for _ in range(4)]
        at_once(*(lambda phone=phone, code=code: cart_codes.take_over(code, into=phone, user=None, at=NOON) for phone in phones))
        assert sum(line.quantity for phone in phones for line in phone.lines.all()) == 2
        assert not Cart.objects.filter(code=code).exists()
