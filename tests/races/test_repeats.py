"""Double clicks and retries: the same request many times at once has one effect and one answer."""

import pytest

from loyalty import members
from loyalty.models import Member
from orders import carts, checkout, merging, till
from orders.checkout import Contact
from orders.models import Cart, CartLine, Order
from orders.payments import Tendered
from stores.models import Store, Variant
from tests import factories
from tests.factories import NOON
from tests.races.crowd import at_once, constraints_off, in_step, kinds, sound, unguarded

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True), pytest.mark.slow]
POSTS, KEYS = 8, 200


def post(store: Store, cart: Cart, key: str) -> Order:
    contact = Contact("Marta", "marta@shop.test")
    return checkout.place_order(cart, channel="web", contact=contact, store=store, idempotency_key=key, by=None, at=NOON)


def post_each_key(store: Store, carts_by_key: dict[str, Cart]) -> dict[str, list]:
    """Every key is posted by eight clients at the same moment, key after key; what each of them was answered."""
    posts = [lambda key=key, cart=cart: post(store, cart, key).number for key, cart in carts_by_key.items()]
    return dict(zip(carts_by_key, in_step(POSTS, posts), strict=True))


def carts_for(goods: Variant, keys: int) -> dict[str, Cart]:
    return {f"key-{number}": factories.cart((goods, 1)) for number in range(keys)}


def test_eight_posts_of_each_of_two_hundred_keys_make_two_hundred_orders(harbour, rivalries):
    answers = post_each_key(harbour, carts_for(factories.stocked(harbour, 1000), KEYS))
    assert Order.objects.count() == KEYS
    assert [key for key, told in answers.items() if len(set(told)) > 1] == []
    assert {told[0] for told in answers.values()} == set(Order.objects.values_list("number", flat=True))
    assert rivalries == []
    assert sound()


def test_without_keys_the_cart_still_makes_one_order_but_the_answers_differ(harbour, monkeypatch):
    """The first negative control: the closed cart holds the promise, and seven of eight clients are told that it is empty."""
    monkeypatch.setattr("orders.checkout.idempotency.once", unguarded)
    answers = post_each_key(harbour, carts_for(factories.stocked(harbour, 1000), 5))
    assert Order.objects.count() == 5
    assert all(kinds(told) == {"str": 1, "EmptyCart": 7} for told in answers.values())


def test_without_any_guard_each_post_makes_an_order(harbour, monkeypatch):
    """The second negative control: neither the key nor the cart says that the order was placed before."""
    monkeypatch.setattr("orders.checkout.idempotency.once", unguarded)
    monkeypatch.setattr("orders.checkout._close", lambda cart, at: carts.lines_of(cart))
    post_each_key(harbour, carts_for(factories.stocked(harbour, 1000), 5))
    assert Order.objects.count() == 5 * POSTS


def sell(store: Store, goods: Variant, number: str, card: Member):
    lines, tendered = [till.SaleLine(goods, 1)], [Tendered("cash", 1250)]
    return lambda: till.ring_up(store, lines, tendered=tendered, member=card, sale_reference=number, by=None, at=NOON).number


def test_a_sale_that_is_sent_eight_times_at_once_is_one_order(harbour, card, rivalries):
    mug = factories.stocked(harbour, 1000)
    for number in range(15):
        assert len(set(at_once(*[sell(harbour, mug, f"T-{number}", card)] * POSTS))) == 1
    assert Order.objects.count() == 15
    card.refresh_from_db()
    assert (card.balance, card.entries.count()) == (15 * 12, 15)
    assert rivalries == []
    assert sound()


def test_without_any_guard_a_sale_is_booked_each_time(harbour, monkeypatch):
    """The negative control: neither the key nor the unique number of the sale is there."""
    monkeypatch.setattr("orders.till.idempotency.once", unguarded)
    mug, card = factories.stocked(harbour, 1000), factories.member()
    with constraints_off("orders_order"):
        at_once(*[sell(harbour, mug, "T-1", card)] * POSTS)
        assert Order.objects.count() == POSTS


def test_a_number_that_was_never_kept_is_still_unique(harbour, monkeypatch):
    """The last line: the sale's number in the order itself, which is never pruned."""
    monkeypatch.setattr("orders.till.idempotency.once", unguarded)
    outcomes = at_once(*[sell(harbour, factories.stocked(harbour, 100), "T-1", factories.member())] * POSTS)
    assert kinds(outcomes) == {"str": 1, "Busy": 7}
    assert Order.objects.count() == 1
    assert sound()


def test_who_joins_eight_times_at_once_is_one_member(harbour):
    outcomes = at_once(*[lambda: members.join(email="marta@shop.test", channel="till", store=harbour, by=None, at=NOON)] * POSTS)
    assert kinds(outcomes) == {"Member": 1, "AlreadyMember": 7}
    assert Member.objects.count() == 1


def test_eight_taps_on_add_are_eight_units(harbour):
    mug = factories.stocked(harbour)
    cart = factories.cart()
    assert kinds(at_once(*[lambda: carts.add(cart, mug, at=NOON)] * POSTS)) == {"CartLine": 8}
    assert CartLine.objects.values_list("quantity").get() == (8,)


def test_a_cart_is_moved_once_by_eight_tabs_that_sign_in(harbour):
    marta, mug = factories.user(), factories.stocked(harbour)
    guest, own = factories.cart((mug, 2)), factories.cart((mug, 1), owner=marta)
    tabs = [Cart.objects.get(pk=guest.pk) for _ in range(POSTS)]
    assert kinds(at_once(*(lambda tab=tab: merging.merge(tab, own, at=NOON) for tab in tabs))) == {"Merged": 8}
    assert own.lines.get().quantity == 3


def test_what_is_added_while_the_order_is_placed_is_in_it_or_refused(harbour):
    """A line is never lost between the cart and the order."""
    mug, bowl = factories.stocked(harbour, 100), factories.stocked(harbour, 100)
    for number in range(15):
        cart = factories.cart((mug, 1))
        order, added = at_once(
            lambda cart=cart, number=number: post(harbour, cart, f"key-{number}"),
            lambda cart=cart: carts.add(cart, bowl, at=NOON),
        )
        assert isinstance(added, CartLine | carts.CartIsOrdered)
        assert order.lines.count() == cart.lines.count() == (2 if isinstance(added, CartLine) else 1)
