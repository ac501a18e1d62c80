"""Carts: the same acts for a phone and for a till."""

from datetime import timedelta

import pytest

from orders import carts, merging
from orders.carts import CartIsOrdered, NotOnSale, TooManyInCart
from orders.merging import Merged
from orders.models import Cart
from stores.models import Variant
from tests import factories
from tests.factories import NOON
from tests.unchanged import refused, unchanged

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)


def held(cart: Cart) -> dict[Variant, int]:
    """What is in the cart."""
    return {line.variant: line.quantity for line in cart.lines.all()}


def ordered(cart: Cart) -> Cart:
    """The cart, after it became an order."""
    Cart.objects.filter(pk=cart.pk).update(state=Cart.State.ORDERED)
    return cart


def test_a_browser_gets_a_new_cart_and_a_customer_the_open_one():
    marta = factories.user()
    assert carts.start(at=NOON) != carts.start(at=NOON)
    first = carts.start(user=marta, at=NOON)
    assert carts.start(user=marta, at=LATER) == first
    ordered(first)
    assert carts.start(user=marta, at=LATER) != first


def test_a_person_has_one_open_sale_per_till_beside_a_cart_of_ones_own():
    harbour, station = factories.store(), factories.store("station")
    ana = factories.staff(harbour)
    sale = carts.start_sale(store=harbour, by=ana, at=NOON)
    assert carts.start_sale(store=harbour, by=ana, at=LATER) == sale
    assert len({sale, carts.start_sale(store=station, by=ana, at=NOON), carts.start(user=ana, at=NOON)}) == 3


def test_the_same_variant_again_makes_its_line_longer():
    cart, mug, bowl = carts.start(at=NOON), factories.variant(), factories.variant()
    carts.add(cart, mug, at=NOON)
    carts.add(cart, bowl, quantity=3, at=NOON)
    line = carts.add(cart, mug, quantity=2, at=LATER)
    assert (line.quantity, held(cart)) == (3, {mug: 3, bowl: 3})
    assert [line.variant for line in carts.lines_of(cart)] == [mug, bowl]
    cart.refresh_from_db()
    assert cart.updated_at == LATER


def test_a_line_remembers_the_first_shelf_label_it_was_scanned_from():
    harbour, mug = factories.store(), factories.variant()
    first, second = factories.label(harbour, mug, shelf="A1"), factories.label(harbour, mug, shelf="B2")
    cart = carts.start(at=NOON)
    assert carts.add(cart, mug, at=NOON).label is None
    assert carts.add(cart, mug, label=first, at=NOON).label == first
    assert carts.add(cart, mug, label=second, at=NOON).label == first


def test_ninety_nine_of_a_variant_is_the_most():
    cart, mug = carts.start(at=NOON), factories.variant()
    carts.add(cart, mug, quantity=98, at=NOON)
    with refused(TooManyInCart) as refusal:
        carts.add(cart, mug, quantity=2, at=LATER)
    assert (refusal.value.variant, refusal.value.held) == (mug, 98)
    carts.add(cart, mug, at=LATER)
    assert held(cart) == {mug: 99}


@pytest.mark.parametrize("change", [carts.add, carts.set_quantity])
def test_a_hundred_at_once_are_too_many(change):
    cart, mug, bowl = carts.start(at=NOON), factories.variant(), factories.variant()
    carts.add(cart, bowl, at=NOON)
    for goods in (mug, bowl):
        with refused(TooManyInCart):
            change(cart, goods, quantity=100, at=NOON)


def test_what_is_no_longer_sold_is_not_added():
    cart, mug, bowl = carts.start(at=NOON), factories.variant(active=False), factories.variant()
    bowl.product.active = False
    for goods in (mug, bowl):
        with refused(NotOnSale):
            carts.add(cart, goods, at=NOON)


def test_a_quantity_is_set_and_none_removes_the_line():
    mug, bowl = factories.variant(), factories.variant()
    cart = factories.cart((mug, 2), (bowl, 1))
    carts.set_quantity(cart, mug, quantity=5, at=NOON)
    assert held(cart) == {mug: 5, bowl: 1}
    carts.set_quantity(cart, mug, quantity=0, at=NOON)
    assert held(cart) == {bowl: 1}
    carts.set_quantity(cart, mug, quantity=7, at=NOON)  # the line is gone, and stays away
    assert held(cart) == {bowl: 1}


def test_the_store_can_be_chosen_and_left_open_without_loss():
    harbour, mug = factories.store(), factories.variant()
    cart = factories.cart((mug, 2))
    carts.choose_store(cart, harbour, at=NOON)
    assert Cart.objects.get().store == harbour
    carts.choose_store(cart, None, at=NOON)
    assert Cart.objects.get().store is None
    assert held(cart) == {mug: 2}


def test_a_members_card_is_attached_to_a_sale():
    harbour = factories.store()
    sale, card = carts.start_sale(store=harbour, by=factories.staff(harbour), at=NOON), factories.member()
    carts.attach_member(sale, card, at=NOON)
    assert Cart.objects.get().member == card
    carts.attach_member(sale, None, at=NOON)
    assert Cart.objects.get().member is None


def test_a_browsers_cart_goes_with_the_customer_who_signs_in():
    harbour, marta = factories.store(), factories.user()
    mug, bowl, vase = factories.variant(), factories.variant(), factories.variant()
    shelf = factories.label(harbour, bowl)
    guest, own = factories.cart((mug, 98), place=harbour), factories.cart((mug, 3), (vase, 1), owner=marta)
    carts.add(guest, bowl, quantity=2, label=shelf, at=NOON)
    assert merging.merge(guest, own, at=NOON).cart == own
    assert held(own) == {mug: 99, vase: 1, bowl: 2}
    assert own.lines.get(variant=bowl).label == shelf
    assert list(Cart.objects.values_list("pk", "store")) == [(own.pk, harbour.pk)]


def test_a_cart_that_was_moved_or_ordered_meanwhile_is_not_moved_again():
    marta, mug = factories.user(), factories.variant()
    guest, own = factories.cart((mug, 2)), factories.cart(owner=marta)
    as_another_tab_sees_it = Cart.objects.get(pk=guest.pk)
    merging.merge(guest, own, at=NOON)
    with unchanged():
        assert merging.merge(as_another_tab_sees_it, own, at=NOON) == Merged(own)
    done = ordered(factories.cart((mug, 1)))
    with unchanged():
        merging.merge(done, own, at=NOON)
    assert held(own) == {mug: 2}


@pytest.mark.parametrize(
    "change",
    [
        lambda cart, mug: carts.add(cart, mug, at=LATER),
        lambda cart, mug: carts.set_quantity(cart, mug, quantity=3, at=LATER),
        lambda cart, mug: carts.set_quantity(cart, mug, quantity=0, at=LATER),
        lambda cart, mug: carts.choose_store(cart, None, at=LATER),
        lambda cart, mug: carts.attach_member(cart, None, at=LATER),
        lambda cart, mug: merging.merge(factories.cart((mug, 1)), cart, at=LATER),
    ],
    ids=["add", "set", "remove", "store", "member", "merge"],
)
def test_an_ordered_cart_changes_no_more(change):
    mug = factories.variant()
    cart = ordered(factories.cart((mug, 2), place=factories.store()))
    before = carts.lines_of(cart)
    with pytest.raises(CartIsOrdered):
        change(cart, mug)
    assert carts.lines_of(cart) == before
    assert Cart.objects.filter(pk=cart.pk, updated_at=NOON, store__isnull=False).exists()


def test_a_cart_is_read_with_one_statement_however_long_it_is(django_assert_num_queries):
    cart = factories.cart(*((factories.variant(), 1) for _ in range(12)))
    with django_assert_num_queries(1):
        assert carts.quote_of(carts.lines_of(cart)).total == 12 * 1250


def test_a_line_keeps_its_shelf_label_when_a_browsers_cart_without_one_is_merged_into_it():
    harbour, mug, bowl = factories.store(), factories.variant(), factories.variant()
    on_mug, on_bowl = factories.label(harbour, mug), factories.label(harbour, bowl)
    own, guest = carts.start(user=factories.user(), at=NOON), carts.start(at=NOON)
    carts.add(own, mug, label=on_mug, at=NOON)
    carts.add(own, bowl, at=NOON)
    carts.add(guest, mug, at=NOON)
    carts.add(guest, bowl, label=on_bowl, at=NOON)
    merging.merge(guest, own, at=NOON)
    assert {line.variant: (line.quantity, line.label) for line in own.lines.all()} == {mug: (2, on_mug), bowl: (2, on_bowl)}
