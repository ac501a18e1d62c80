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
        lambda cart, mug: carts.receive(cart, mug, way="delivery", at=LATER),
        lambda cart, mug: carts.receive_all(cart, way="delivery", at=LATER),
        lambda cart, mug: carts.save_for_later(cart, mug, at=LATER),
        lambda cart, mug: carts.bring_back(cart, mug, at=LATER),
        lambda cart, mug: carts.agree_to_prices(cart, at=LATER),
        lambda cart, mug: carts.restore(cart, mug, quantity=1, label=None, way="pickup", store=None, saved_at=None, at=LATER),
    ],
    ids=["add", "set", "remove", "store", "member", "merge", "receive", "receive all", "save", "bring back", "agree", "restore"],
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


def test_a_line_is_received_in_its_own_way_and_only_what_is_collected_has_a_store():
    harbour, mug, bowl = factories.store(), factories.variant(), factories.variant()
    cart = factories.cart((mug, 1), (bowl, 1))
    carts.receive(cart, mug, way="pickup", store=harbour, at=NOON)
    carts.receive(cart, bowl, way="delivery", store=harbour, at=NOON)
    assert list(cart.lines.values_list("way", "store")) == [("pickup", harbour.pk), ("delivery", None)]
    carts.save_for_later(cart, bowl, at=NOON)
    carts.receive_all(cart, way="pickup", at=NOON)
    assert list(cart.lines.values_list("way", "store")) == [("pickup", None), ("delivery", None)]  # what is saved for later keeps its way


def test_what_is_saved_for_later_is_read_apart_the_last_one_first():
    goods = [factories.variant() for _ in range(4)]
    cart = factories.cart(*((one, 1) for one in goods))
    carts.save_for_later(cart, goods[1], at=NOON)
    carts.save_for_later(cart, goods[2], at=LATER)
    carts.save_for_later(cart, goods[2], at=LATER + timedelta(hours=1))  # it is saved already
    lines, saved = carts.lines_and_saved(cart)
    assert [line.variant for line in lines] == [goods[0], goods[3]] == [line.variant for line in carts.lines_of(cart)]
    assert [(line.variant, line.saved_at) for line in saved] == [(goods[2], LATER), (goods[1], NOON)]


def test_what_comes_back_costs_what_it_costs_now_and_adding_it_brings_it_back_too():
    mug, bowl = factories.variant(price=1000), factories.variant(price=500)
    cart = factories.cart((mug, 2), (bowl, 1))
    for one in (mug, bowl):
        carts.save_for_later(cart, one, at=NOON)
        one.price += 100
        one.save()
    carts.bring_back(cart, mug, at=LATER)
    carts.add(cart, bowl, at=LATER)
    assert list(cart.lines.values_list("quantity", "seen_price", "saved_at")) == [(2, 1100, None), (2, 600, None)]
    mug.active = False
    carts.save_for_later(cart, mug, at=LATER)
    with refused(NotOnSale):
        carts.bring_back(cart, mug, at=LATER)


def test_agreeing_to_prices_is_about_every_line_of_this_cart_alone():
    mug, bowl = factories.variant(price=1000), factories.variant(price=500)
    cart, other = factories.cart((mug, 1), (bowl, 1)), factories.cart((mug, 1))
    mug.price = 1200
    mug.save()
    carts.agree_to_prices(cart, at=LATER)
    assert list(cart.lines.values_list("seen_price", flat=True)) == [1200, 500]
    assert other.lines.get().seen_price == 1000


def test_merging_keeps_ways_and_what_is_saved_and_tells_what_happened():
    harbour = factories.store()
    mug, bowl, vase, lamp = (factories.variant() for _ in range(4))
    guest, own = factories.cart((mug, 2), (bowl, 1), (vase, 50), (lamp, 1)), factories.cart((mug, 1), (vase, 60), owner=factories.user())
    carts.receive(guest, mug, way="pickup", store=harbour, at=NOON)
    carts.receive(guest, bowl, way="delivery", at=NOON)
    carts.save_for_later(guest, lamp, at=NOON)
    carts.save_for_later(own, vase, at=NOON)
    assert merging.merge(guest, own, at=LATER) == Merged(own, 4, (merging.Met(mug, 3, capped=False), merging.Met(vase, 99, capped=True)))
    found = {line.variant: (line.quantity, line.way, line.store, line.saved_at) for line in own.lines.all()}
    assert found == {mug: (3, "pickup", harbour, None), vase: (99, "pickup", None, None), bowl: (1, "delivery", None, None), lamp: (1, "pickup", None, NOON)}


def test_a_cart_does_not_merge_into_itself():
    cart = factories.cart((factories.variant(), 2))
    with unchanged():
        assert merging.merge(cart, cart, at=LATER) == Merged(cart)


def test_undoing_a_removal_of_what_was_added_again_meanwhile_buys_both():
    mug, cart = factories.variant(), factories.cart()
    carts.add(cart, mug, at=NOON)
    carts.restore(cart, mug, quantity=2, label=None, way="delivery", store=None, saved_at=NOON, at=LATER)
    assert list(cart.lines.values_list("quantity", "way", "saved_at")) == [(3, "delivery", None)]
