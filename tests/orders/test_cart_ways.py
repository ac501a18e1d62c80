"""How the things in a cart are received, on the page of the cart."""

import pytest
from django.urls import reverse
from django.utils import timezone

from omo import memory
from orders import carts
from orders.models import Cart, CartLine
from stores.models import Store
from tests import factories
from tests.orders import delivering
from tests.orders.shopping import also_at, be_in, cart_page, fill, receive
from tests.unchanged import unchanged

pytestmark = pytest.mark.django_db
PICKUP, DELIVERY = CartLine.Way.PICKUP, CartLine.Way.DELIVERY


@pytest.fixture
def station():
    return factories.store("station")


@pytest.fixture
def delivers(harbour):
    """Harbour sends parcels: 4.95, free from 60.00."""
    Store.objects.filter(pk=harbour.pk).update(delivers=True)
    return delivering.option()


def received(goods):
    return CartLine.objects.values_list("way", "store__code").get(variant=goods)


def headings(page):
    return [part.partition("</h2>")[0] for part in page.split('<h2 id="way-')[1:]]


def menu(page, goods):
    """The ways that a line's menu offers, as {value: words}; disabled ones in brackets."""
    part = page.partition(f'id="how-{goods.sku}"')[2].partition("</select>")[0]
    found = {}
    for option in part.split('<option value="')[1:]:
        words = option.partition(">")[2].partition("<")[0]
        found[option.partition('"')[0]] = f"({words})" if "disabled" in option.partition(">")[0] else words
    return found


def test_a_line_is_collected_where_the_cart_is_unless_it_says_otherwise(client, harbour, station):
    mug, lamp = factories.stocked(harbour, 5), factories.stocked(harbour, 5)
    also_at(station, mug, 3)
    fill(client, (mug, 1), (lamp, 1), place=harbour)
    page = cart_page(client)
    assert [one.partition(">")[2] for one in headings(page)] == ["Collect at Harbour"]
    assert menu(page, mug) == {"here": "Collect at Harbour", "at-station": "Collect at Station, 3 left"}
    assert menu(page, lamp) == {}
    assert receive(client, mug, "at-station")["Location"] == "/cart/"
    assert received(mug) == (PICKUP, "station")
    page = cart_page(client)
    assert [one.partition(">")[2] for one in headings(page)] == ["Collect at Harbour", "Collect at Station"]
    assert "3 left at Station" in page
    assert "5 left at Harbour" in page
    assert page.count("<b>Ready ") == 2
    receive(client, mug, "here")
    assert received(mug) == (PICKUP, None)


def test_delivery_is_offered_by_who_delivers_and_not_by_others(client, harbour, delivers):
    mug = factories.stocked(harbour, 5, price=1000)
    fill(client, (mug, 2), place=harbour)
    assert menu(cart_page(client), mug) == {"here": "Collect at Harbour", "delivered": "Home delivery"}
    receive(client, mug, "delivered")
    page = cart_page(client)
    assert received(mug) == (DELIVERY, None)
    assert [one.partition(">")[2] for one in headings(page)] == ["Delivered to your door"]
    assert "Standard <b>by " in page
    assert "from €4.95" in page
    assert "Have €40.00 more delivered, and delivery is free." in page
    assert "Total before delivery" in page
    client.post(reverse("set_quantity", args=[mug.sku]), {"quantity": "5"})
    assert "Have €10.00 more delivered, and delivery is free." in cart_page(client)


def test_from_its_threshold_on_a_delivery_is_free(client, harbour, delivers):
    coat = factories.stocked(harbour, 5, price=6000)
    fill(client, (coat, 1), place=harbour)
    receive(client, coat, "delivered")
    page = cart_page(client)
    assert "<dt>Delivery</dt><dd>free</dd>" in page
    assert "<dt>Total</dt>" in page
    assert "and delivery is free" not in page


def test_where_nobody_delivers_no_word_is_said_of_it(client, harbour):
    mug = factories.stocked(harbour, 5)
    fill(client, (mug, 1), place=harbour)
    page = cart_page(client)
    assert "eliver" not in page.partition("<main")[2].partition("</main>")[0]
    with unchanged():
        answer = receive(client, mug, "delivered")
    assert answer.status_code == 422
    assert "This is not possible any more. Choose another way." in answer.content.decode()


def test_what_no_delivering_store_has_enough_of_says_so(client, harbour, station, delivers):
    mug = factories.stocked(harbour, 2)
    also_at(station, mug, 9)
    fill(client, (mug, 4), place=station)
    assert menu(cart_page(client), mug)["delivered"] == "(Home delivery: too few to send)"
    receive(client, mug, "delivered")
    page = cart_page(client)
    assert "Not enough left: 2 can be delivered." in page
    assert "Station has many." in page
    assert "Take 2" in page
    assert "Something cannot be had as you wish." in page
    assert f'action="{reverse("start_checkout")}"' not in page


def test_a_store_that_takes_no_orders_any_more_is_said_and_can_be_left(client, harbour, station):
    mug = factories.stocked(harbour, 5)
    also_at(station, mug, 5)
    fill(client, (mug, 1), place=harbour)
    receive(client, mug, "at-station")
    Store.objects.filter(pk=station.pk).update(pickup=False)
    memory.forget()
    page = cart_page(client)
    assert "This store takes no orders any more." in page
    assert f'action="{reverse("start_checkout")}"' not in page
    receive(client, mug, "here")
    assert f'action="{reverse("start_checkout")}"' in cart_page(client)


def test_everything_is_delivered_or_collected_in_one_tap(client, harbour, station, delivers):
    mug, lamp = factories.stocked(harbour, 5), factories.stocked(harbour, 5)
    also_at(station, mug, 5)
    fill(client, (mug, 1), (lamp, 1), place=harbour)
    receive(client, mug, "at-station")
    assert "Collect everything at Harbour" in cart_page(client)
    client.post(reverse("receive_all"), {"how": "delivered"})
    assert {received(mug), received(lamp)} == {(DELIVERY, None)}
    page = cart_page(client)
    assert "Have everything delivered" not in page
    client.post(reverse("receive_all"), {"how": "here"})
    assert {received(mug), received(lamp)} == {(PICKUP, None)}
    assert "Collect everything" not in cart_page(client)


@pytest.mark.parametrize("how", ["", "at-nowhere", "at-", "delivery", "x" * 100])
def test_a_way_that_is_none_changes_nothing(client, harbour, how):
    mug = factories.stocked(harbour, 5)
    fill(client, (mug, 1), place=harbour)
    with unchanged():
        assert receive(client, mug, how).status_code == 422
        client.post(reverse("receive_all"), {"how": how})


def test_adding_more_of_a_line_that_is_delivered_says_what_can_be_delivered(client, harbour, station, delivers):
    mug = factories.stocked(harbour, 2)
    also_at(station, mug, 50)
    fill(client, (mug, 1), place=station)
    receive(client, mug, "delivered")
    answer = client.post(reverse("add_to_cart"), {"sku": mug.sku, "quantity": "4"})
    assert "Only 2 can be delivered." in client.get(answer["Location"]).content.decode()


@pytest.mark.parametrize("url", ["receive_line", "save_for_later", "bring_back"])
def test_nobody_changes_how_another_cart_is_received(client, harbour, url):
    mug = factories.stocked(harbour, 5)
    factories.cart((mug, 1))
    with unchanged():
        assert client.post(reverse(url, args=[mug.sku]), {"how": "here"}).status_code == 404


@pytest.mark.parametrize("url", ["receive_line", "save_for_later", "bring_back", "set_quantity"])
def test_a_cart_that_was_ordered_meanwhile_stays_as_it_was(client, harbour, monkeypatch, url):
    mug = factories.stocked(harbour, 5)
    fill(client, (mug, 1), place=harbour)
    monkeypatch.setattr(carts, "hold", lambda cart, at: False)
    with unchanged():
        assert client.post(reverse(url, args=[mug.sku]), {"how": "here", "quantity": "2"})["Location"] == "/cart/"
    assert "This cart was ordered a moment ago. Nothing was changed." in cart_page(client)


@pytest.mark.parametrize("many", [1, 30])
def test_ways_and_saved_things_cost_no_more_statements(client, harbour, station, delivers, django_assert_num_queries, many):
    Store.objects.update(slot_capacity=8)
    be_in(client, harbour)
    client.post(reverse("add_to_cart"), {"sku": factories.stocked(harbour, 5).sku, "quantity": 1})
    cart = Cart.objects.get()
    for how in (PICKUP, DELIVERY):
        for _ in range(many):
            goods = factories.stocked(harbour, 5)
            also_at(station, goods, 5)
            carts.add(cart, goods, at=timezone.now())
            carts.receive(cart, goods, way=how, store=station, at=timezone.now())
            later = factories.stocked(harbour, 5)
            carts.add(cart, later, at=timezone.now())
            carts.save_for_later(cart, later, at=timezone.now())
    cart_page(client)  # stores, zones and the earn rule are remembered from here on
    with django_assert_num_queries(5):  # session, cart, lines, stock, and how full the windows are
        cart_page(client)
