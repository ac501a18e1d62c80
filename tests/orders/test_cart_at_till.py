"""A customer's cart at the counter: opened by its code, rung up at the till."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from loyalty.models import Member
from orders import cart_codes, cart_ends, carts, checkout, merging, till
from orders.models import Cart, CartLine, Order
from orders.payments import Tendered
from stores import holds
from stores.models import Hold
from tests import factories
from tests.factories import NOON
from tests.orders.shopping import fill, text
from tests.unchanged import refused, unchanged

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(minutes=5)


@pytest.fixture
def mug(harbour):
    return factories.stocked(harbour, 10, price=1000)


@pytest.fixture
def bowl(harbour):
    return factories.stocked(harbour, 10, price=500)


@pytest.fixture
def sale(harbour, ana):
    return carts.start_sale(store=harbour, by=ana, at=NOON)


def ring_up(sale, total, *, by, reference="harbour:sale-0001", at=LATER):
    return till.ring_up_sale(sale, tendered=[Tendered("card", total)], sale_reference=reference, by=by, at=at)


def held(cart):
    return {line.variant: line.quantity for line in cart.lines.all()}


# The acts


def test_a_cart_is_put_into_the_sale_and_stays_as_it_is(mug, bowl, sale):
    marta = factories.user()
    card, cart = factories.member(user=marta), factories.cart((mug, 2), (bowl, 1), owner=marta)
    carts.add(sale, mug, at=NOON)
    assert till.continue_cart(sale, cart, at=LATER) == []
    sale.refresh_from_db()
    assert held(sale) == {mug: 3, bowl: 1}
    assert (sale.continues, sale.member) == (cart, card)
    assert held(cart) == {mug: 2, bowl: 1}
    with unchanged():
        Cart.objects.filter(pk=sale.pk).update(updated_at=LATER)
        till.continue_cart(sale, cart, at=LATER)
    assert Cart.objects.get(pk=cart.pk).state == Cart.State.OPEN


def test_a_card_that_was_scanned_counts_more_than_the_carts_member(mug, sale):
    marta, scanned = factories.user(), factories.member()
    factories.member(user=marta, email=marta.email)
    carts.attach_member(sale, scanned, at=NOON)
    till.continue_cart(sale, factories.cart((mug, 1), owner=marta), at=LATER)
    assert Cart.objects.get(pk=sale.pk).member == scanned


def test_what_is_not_sold_or_too_many_is_left_out_and_said(mug, bowl, sale):
    old = factories.variant()
    cart = factories.cart((mug, 50), (bowl, 1), (old, 1))
    old.active = False
    old.save()
    carts.add(sale, mug, quantity=50, at=NOON)
    left_out = till.continue_cart(sale, cart, at=LATER)
    assert [line.variant for line in left_out] == [mug, old]
    assert held(sale) == {mug: 50, bowl: 1}


def test_a_label_of_another_store_earns_it_nothing_here(mug, bowl, harbour, sale):
    here, there = factories.label(harbour, mug), factories.label(factories.store("station"), bowl)
    cart = factories.cart()
    carts.add(cart, mug, label=here, at=NOON)
    carts.add(cart, bowl, label=there, at=NOON)
    till.continue_cart(sale, cart, at=LATER)
    assert {line.variant: line.label for line in sale.lines.all()} == {mug: here, bowl: None}


def test_a_sale_rings_up_one_cart_and_no_empty_or_closed_one(mug, sale):
    till.continue_cart(sale, factories.cart((mug, 1)), at=NOON)
    with refused(till.OtherCart):
        till.continue_cart(sale, factories.cart((mug, 1)), at=LATER)
    till.leave_cart(sale, at=NOON)
    with refused(till.EmptySale):
        till.continue_cart(sale, factories.cart(), at=LATER)
    gone = factories.cart((mug, 1))
    Cart.objects.filter(pk=gone.pk).update(state=Cart.State.ORDERED)
    with refused(till.CustomersCartIsGone):
        till.continue_cart(sale, gone, at=LATER)


def test_letting_go_takes_the_carts_goods_and_member_out_again(mug, bowl, sale):
    marta = factories.user()
    factories.member(user=marta, email=marta.email)
    cart = factories.cart((mug, 2), (bowl, 1), owner=marta)
    carts.add(sale, mug, at=NOON)
    till.continue_cart(sale, cart, at=LATER)
    till.leave_cart(sale, at=LATER)
    sale.refresh_from_db()
    assert held(sale) == {mug: 1}
    assert (sale.continues, sale.member) == (None, None)
    assert held(cart) == {mug: 2, bowl: 1}
    till.leave_cart(sale, at=LATER)  # there is nothing to let go of
    assert held(sale) == {mug: 1}


def test_ringing_up_closes_the_customers_cart_and_ends_what_it_held(harbour, ana, mug, bowl, sale):
    marta = factories.user()
    card, cart = factories.member(user=marta, email=marta.email), factories.cart((mug, 2), (bowl, 1), owner=marta)
    carts.save_for_later(cart, bowl, at=NOON)
    cart_codes.draw(cart, at=NOON)
    holds.take({harbour.pk: {mug.pk: 2}}, holder=carts.holder(cart.pk), at=NOON)
    till.continue_cart(sale, cart, at=NOON)
    order = ring_up(sale, 2000, by=ana)
    assert (order.total, order.member) == (2000, card)
    cart.refresh_from_db()
    assert (cart.state, cart.code, held(cart)) == (Cart.State.ORDERED, None, {mug: 2})
    assert not Hold.objects.filter(ended_at=None).exists()
    now = carts.open_of(marta)
    assert now
    assert (held(now), now.continues_id) == ({bowl: 1}, cart.pk)
    assert now.lines.get().saved_at == NOON
    assert ring_up(sale, 2000, by=ana) == order  # a repeat is the same sale
    assert Order.objects.count() == 1


def test_what_was_taken_out_of_the_sale_or_added_on_the_phone_stays_in_the_cart(ana, mug, bowl, sale, harbour):
    lamp, cart = factories.stocked(harbour, 5), factories.cart((mug, 2), (bowl, 1))
    till.continue_cart(sale, cart, at=NOON)
    carts.set_quantity(sale, bowl, quantity=0, at=NOON)
    carts.add(cart, lamp, at=NOON)
    ring_up(sale, 2000, by=ana)
    now = cart_ends.following(cart.pk)
    assert now
    assert held(now) == {bowl: 1, lamp: 1}


def test_nothing_is_left_of_a_cart_that_was_rung_up_whole(ana, mug, sale):
    cart = factories.cart((mug, 2))
    till.continue_cart(sale, cart, at=NOON)
    ring_up(sale, 2000, by=ana)
    assert cart_ends.following(cart.pk) is None
    assert cart_ends.last_sale([cart.pk], user_id=None, at=LATER) == sale
    assert cart_ends.last_sale([cart.pk], user_id=None, at=LATER + timedelta(days=1)) is None
    assert cart_ends.last_sale([], user_id=None, at=LATER) is None


def test_a_cart_that_was_ordered_online_meanwhile_is_not_sold_again(harbour, ana, mug, sale):
    cart = factories.cart((mug, 2), place=harbour)
    till.continue_cart(sale, cart, at=NOON)
    contact = checkout.Contact("Marta", "marta@shop.test")
    checkout.place_order(cart, channel="web", contact=contact, store=harbour, idempotency_key="k" * 20, by=None, at=LATER)
    with refused(till.CustomersCartIsGone):
        ring_up(sale, 2000, by=ana)
    till.leave_cart(sale, at=LATER)
    assert held(sale) == {}


def test_too_little_money_leaves_both_carts_open(ana, mug, sale):
    cart = factories.cart((mug, 2))
    till.continue_cart(sale, cart, at=NOON)
    with refused(till.NotPaidInFull):
        ring_up(sale, 1999, by=ana)


def test_a_sale_follows_a_cart_whose_customer_signs_in_meanwhile(ana, mug, sale):
    marta = factories.user()
    guest, own = factories.cart((mug, 2)), factories.cart(owner=marta)
    till.continue_cart(sale, guest, at=NOON)
    merging.merge(guest, own, at=NOON)
    ring_up(sale, 2000, by=ana)
    own.refresh_from_db()
    assert (own.state, carts.open_of(marta)) == (Cart.State.ORDERED, None)


# The pages


@pytest.fixture
def shared(mug, bowl):
    """A browser's cart of two mugs and a bowl that is saved for later, with its code."""
    cart = factories.cart((mug, 2), (bowl, 1))
    carts.save_for_later(cart, bowl, at=NOON)
    cart_codes.draw(cart, at=NOON)
    cart.refresh_from_db()
    return cart


@pytest.fixture
def at_work(client, ana):
    client.force_login(ana)
    return client


@pytest.mark.parametrize("typed", ["{code}", " {lower} ", "{half}", "http://testserver/cart/continue/{code}/", "testserver/cart/continue/{lower}"])
@pytest.mark.parametrize("box", ["counter", "till"])
def test_a_code_that_is_scanned_or_typed_opens_the_cart(at_work, shared, typed, box):
    code = shared.code
    text_ = typed.format(code=code, lower=code.lower(), half=f"{code[:5]} {code[5:]}")
    url, data = (reverse("scan_code", args=["harbour"]), {"code": text_}) if box == "counter" else (reverse("scan_goods", args=["harbour"]), {"code": text_})
    with unchanged():
        answer = at_work.get(url, data) if box == "counter" else at_work.post(url, data)
    assert answer["Location"] == reverse("customer_cart", args=["harbour", code])
    page = text(at_work, answer["Location"])
    assert "Cart of a customer, 2 items" in page
    assert "10 here" in page
    assert "1 more saved for later" in page


def test_a_code_of_nobody_is_an_unknown_word(at_work, shared):
    assert "Nothing found" in text(at_work, f"{reverse('scan_code', args=['harbour'])}?code=ZZZZZZZZZZ")
    assert "Nothing found" in text(at_work, f"{reverse('scan_code', args=['harbour'])}?code=http://testserver/cart/continue/ZZZZZZZZZZ/")
    answer = at_work.post(reverse("scan_goods", args=["harbour"]), {"code": "http://testserver/cart/continue/ZZZZZZZZZZ/"})
    assert answer.status_code == 422


def test_the_phone_says_that_its_cart_was_rung_up(client, ana, harbour, mug, bowl):
    phone = Client()
    fill(phone, (mug, 2), (bowl, 1), place=harbour)
    phone.post(reverse("save_for_later", args=[bowl.sku]))
    phone.post(reverse("draw_cart_code"))
    client.force_login(ana)
    code = Cart.objects.get().code
    client.post(reverse("ring_up_here", args=["harbour", code]))
    assert "Rings up the cart of a customer." in text(client, reverse("till", args=["harbour"]))
    assert "rung up" not in text(phone, reverse("cart"))
    order = _rung_up(harbour, ana)
    assert order.total == 2000
    page = text(phone, reverse("cart"))
    assert "Your cart was rung up at Harbour" in page
    assert "What you did not take is still here." in page
    assert "Move to cart" in page
    assert phone.session["cart_count"] == 0
    fill(phone, (mug, 1))
    assert CartLine.objects.filter(cart__state=Cart.State.OPEN).count() == 2


def test_a_cart_that_is_gone_is_said_at_the_till_and_can_be_taken_out(at_work, harbour, ana, shared):
    at_work.post(reverse("ring_up_here", args=["harbour", shared.code]))
    Cart.objects.filter(pk=shared.pk).update(state=Cart.State.ORDERED)
    page = text(at_work, reverse("till", args=["harbour"]))
    assert "ordered or rung up meanwhile" in page
    at_work.post(reverse("leave_cart", args=["harbour"]))
    assert "Scan the first thing" in text(at_work, reverse("till", args=["harbour"]))


@pytest.mark.django_db(transaction=True)
def test_a_second_customers_cart_waits_until_the_first_is_done(at_work, shared, mug):
    at_work.post(reverse("ring_up_here", args=["harbour", shared.code]))
    other = cart_codes.draw(factories.cart((mug, 1)), at=NOON)
    with unchanged():
        answer = at_work.post(reverse("ring_up_here", args=["harbour", other]))
    assert answer.status_code == 409
    assert "rings up another customer’s cart" in answer.content.decode()


def test_an_empty_cart_has_nothing_to_ring_up(at_work, harbour):
    code = cart_codes.draw(factories.cart(), at=NOON)
    answer = at_work.post(reverse("ring_up_here", args=["harbour", code]))
    assert answer.status_code == 409
    assert "There is nothing to ring up." in answer.content.decode()


def test_a_members_cart_shows_the_member(at_work, mug):
    marta = factories.user()
    factories.member(user=marta, email=marta.email)
    code = cart_codes.draw(factories.cart((mug, 1), owner=marta), at=NOON)
    page = text(at_work, reverse("customer_cart", args=["harbour", code]))
    assert "Cart of <bdi>Marta</bdi>" in page
    assert Member.objects.get().number_words in page


@pytest.mark.parametrize("many", [1, 30])
def test_a_customers_cart_costs_the_same_for_one_and_for_thirty_lines(at_work, harbour, django_assert_num_queries, many):
    code = cart_codes.draw(factories.cart(*((factories.stocked(harbour, 5), 1) for _ in range(many))), at=NOON)
    with django_assert_num_queries(6):
        text(at_work, reverse("customer_cart", args=["harbour", code]))


def _rung_up(harbour, ana):
    """The order of the open sale, paid by card at this moment."""
    sale = Cart.objects.get(channel="till", state=Cart.State.OPEN)
    return ring_up(sale, carts.quote_of(carts.lines_of(sale)).total, by=ana, at=timezone.now())
