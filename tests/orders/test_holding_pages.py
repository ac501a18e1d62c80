"""Going to the checkout holds the goods; the customer reads until when, and whether somebody was faster after that."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from omo.models import Event
from orders import checkout
from stores import availability, holds
from stores.models import Hold, Store, Variant
from tests import factories
from tests.orders.shopping import fill, page, place, words
from tests.unchanged import refused, unchanged

pytestmark = pytest.mark.django_db(transaction=True)  # a refused act rolls its own transaction back
NOON = factories.NOON


@pytest.fixture
def store() -> Store:
    """The store."""
    return factories.store("harbour")


@pytest.fixture
def mug(store) -> Variant:
    """Ten of it are there."""
    return factories.stocked(store, 10, price=1250)


@pytest.fixture
def clock():
    """Noon, and moved on by the test."""
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def start(client, **fields):
    return client.post(reverse("start_checkout"), fields)


def left(store: Store, mug: Variant, minutes: float = 0) -> int:
    return availability.at_store(store.pk, [mug.pk], at=NOON + timedelta(minutes=minutes))[mug.pk]


def test_the_checkout_holds_the_goods_and_says_until_when(client, store, mug, clock):
    fill(client, (mug, 3), place=store)
    answer = start(client)
    assert (answer.status_code, answer["Location"]) == (302, reverse("checkout"))
    assert left(store, mug) == 7
    assert "Kept for you until <b><time" in words(page(client))
    assert "12:10</time>" in words(page(client))
    assert left(store, mug, 10) == 10


def test_looking_at_the_page_again_makes_no_hold_longer_but_asking_for_time_does(client, store, mug, clock):
    fill(client, (mug, 3), place=store)
    start(client)
    clock.shift(timedelta(minutes=8))
    with unchanged():
        page(client)
    start(client)
    assert Hold.objects.values_list("expires_at", "extensions").get() == (NOON + timedelta(minutes=18), 1)


def test_a_page_that_was_only_looked_at_holds_nothing(client, store, mug):
    fill(client, (mug, 3), place=store)
    with unchanged():
        assert "Kept for you" not in words(page(client))


def test_another_store_is_held_at_instead_and_what_was_typed_is_kept(client, store, mug, clock):
    station = factories.store("station")
    factories.stock.receive(station, {mug.pk: 3}, reference="d", by=None, at=NOON)
    fill(client, (mug, 3), place=store)
    start(client)
    answer = start(client, store="station", name="Marta Lindqvist", email="marta@shop.test")
    assert answer["Location"] == "/checkout/?store=station"
    assert (left(store, mug), left(station, mug)) == (10, 0)
    text = words(page(client, store="station"))
    assert 'value="Marta Lindqvist"' in text
    assert "Kept for you until" in text
    assert "Kept for you until" not in words(page(client, store="harbour"))


def test_the_holder_sees_the_last_ones_as_there_and_others_do_not(client, store, mug, clock):
    fill(client, (mug, 10), place=store)
    start(client)
    address = reverse("product", args=[mug.product.slug])
    assert "Many here" in words(client.get(address))
    other = type(client)()
    other.post(reverse("enter_store", args=["harbour"]))
    assert "Many here" not in words(other.get(address))
    assert place(client).status_code == 302
    assert not Hold.objects.filter(ended_at=None).exists()


def test_who_was_too_late_reads_before_paying_that_somebody_was_faster(client, store, mug, clock):
    fill(client, (mug, 8), place=store)
    start(client)
    clock.shift(timedelta(minutes=11))
    holds.tidy(at=NOON + timedelta(minutes=11))
    text = words(page(client))
    assert "No longer kept for you." in text
    assert "Everything is still there." in text
    holds.take({store.pk: {mug.pk: 5}}, holder="cart:999", at=NOON + timedelta(minutes=11))
    text = words(page(client))
    assert "Somebody else was faster." in text
    assert "We kept your goods until 12:10." in text
    with unchanged(noting="stock.refused"):
        assert place(client).status_code == 409


def test_a_lapsed_hold_can_be_taken_again(client, store, mug, clock):
    fill(client, (mug, 8), place=store)
    start(client)
    clock.shift(timedelta(minutes=11))
    assert "Keep it for me again" in words(page(client))
    start(client)
    assert left(store, mug, 20) == 2
    assert "12:21</time>" in words(page(client))


def test_what_others_hold_is_refused_and_the_numbers_are_kept(client, store, mug, clock):
    holds.take({store.pk: {mug.pk: 9}}, holder="cart:999", at=NOON)
    fill(client, (mug, 3), place=store)
    with unchanged(noting="stock.refused"):
        assert start(client).status_code == 302
    event = Event.objects.get(kind="stock.refused")
    assert (event.store, event.by, event.data[str(mug.pk)]["wanted"], event.data[str(mug.pk)]["left"]) == (store, None, 3, 1)
    assert "<b>Not everything is there.</b>" in words(page(client))


def test_more_than_an_address_may_hold_is_not_held_but_can_be_ordered(client, store, mug, clock, settings):
    settings.HOLD_UNITS_PER_ADDRESS = 2
    fill(client, (mug, 3), place=store)
    with unchanged():
        start(client)
    assert "more than we can keep for you" in words(page(client))
    assert place(client).status_code == 302


def test_goods_that_were_kept_as_often_as_we_can_are_kept_no_more_but_can_be_ordered(client, store, mug, clock):
    fill(client, (mug, 3), place=store)
    start(client)
    Hold.objects.update(extensions=11)
    assert "I need more time" not in words(page(client))
    clock.shift(timedelta(minutes=10))
    text = words(page(client))
    assert "No longer kept for you." in text
    assert "Keep it for me again" not in text
    with unchanged():
        start(client)
    assert "We have kept these goods for you as often as we can. You can order them as long as they are there." in words(page(client))
    assert left(store, mug, 10) == 10
    assert place(client).status_code == 302


def test_who_signs_in_during_the_checkout_still_holds_the_last_ones_and_can_order_them(client, store, mug, clock):
    fill(client, (mug, 10), place=store)
    start(client)
    client.force_login(factories.user(email="marta@shop.test"))
    clock.shift(timedelta(minutes=1))
    assert "Kept for you until <b><time" in words(page(client))
    assert place(client).status_code == 302
    assert not Hold.objects.filter(ended_at=None).exists()


def test_a_cart_that_was_ordered_in_another_window_holds_nothing(store, mug):
    cart = factories.cart((mug, 3))
    contact = checkout.Contact("Marta", "marta@shop.test")
    checkout.place_order(cart, channel="web", contact=contact, store=store, idempotency_key="k" * 22, by=None, at=NOON)
    with refused(checkout.EmptyCart):
        checkout.hold(cart, store, origin="", at=NOON)


def test_a_cart_that_was_emptied_in_another_window_is_no_checkout(client, store, mug):
    fill(client, (mug, 3), place=store)
    client.post(reverse("set_quantity", args=[mug.sku]), {"quantity": "0"})
    with unchanged():
        answer = client.post(reverse("start_checkout"), {}, follow=True)
    assert answer.redirect_chain[-1][0] == reverse("cart")


@pytest.mark.parametrize("store_code", ["nowhere", "harb\x00our", "h" * 400])
def test_a_store_that_is_none_holds_nothing(client, mug, store_code):
    fill(client, (mug, 3))
    with unchanged():
        assert start(client, store=store_code).status_code == 302


def test_an_empty_cart_is_no_checkout(client):
    answer = start(client)
    assert (answer.status_code, answer["Location"]) == (302, reverse("cart"))


def test_a_store_that_takes_no_orders_for_a_while_holds_nothing(client, store, mug, clock):
    fill(client, (mug, 3), place=store)
    Store.objects.update(paused_until=NOON + timedelta(hours=1))
    with unchanged():
        assert start(client).status_code == 302
