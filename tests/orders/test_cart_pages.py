"""The cart in the browser."""

import pytest
from django.urls import reverse

from orders.models import Cart, CartLine
from stores.models import Product, Variant
from tests import factories
from tests.unchanged import unchanged

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    return factories.store("harbour")


def add(client, goods, quantity="1", **fields):
    return client.post(reverse("add_to_cart"), {"sku": goods.sku, "quantity": quantity, **fields})


def change(client, goods, quantity):
    return client.post(reverse("set_quantity", args=[goods.sku]), {"quantity": quantity})


def cart_page(client):
    return client.get(reverse("cart")).content.decode()


def be_in(client, store):
    client.post(reverse("enter_store", args=[store.code]))


def test_an_empty_cart_says_what_will_be_here(client):
    page = cart_page(client)
    assert "Your cart is empty" in page
    assert "Go to the shop" in page
    assert not Cart.objects.exists()


def test_goods_added_twice_are_one_line_and_the_badge_counts_them(client, store):
    mug = factories.stocked(store, 10, price=1250)
    add(client, mug, "2")
    answer = add(client, mug, "1")
    assert answer["Location"] == f"/products/{mug.product.slug}/?variant={mug.sku}"
    assert CartLine.objects.values_list("quantity", flat=True).get() == 3
    assert (client.session["cart_count"], client.session["cart_total"]) == (3, 3750)
    page = client.get(answer["Location"]).content.decode()
    assert "In your cart:" in page
    assert "3 items" in page


def test_adding_more_than_there_is_says_so_at_once(client, store):
    mug = factories.stocked(store, 2)
    page = client.get(add(client, mug, "5")["Location"]).content.decode()
    assert "No store has 5. Take fewer, or remove it." in page
    assert 'class="note warning"' in page
    be_in(client, store)
    page = client.get(add(client, mug, "1")["Location"]).content.decode()
    assert "Not enough left: 2 at Harbour." in page


@pytest.mark.parametrize("quantity", ["0", "-1", "1.5", "1e1", "0x10", "1_0", "", "two", "100", "9" * 5000])
def test_a_quantity_that_is_none_is_refused_beside_the_field(client, store, quantity):
    mug = factories.stocked(store, 10)
    with unchanged():
        answer = add(client, mug, quantity)
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.content.decode()


@pytest.mark.parametrize(("typed", "meant"), [("1.0", 1), ("１２", 12), ("٣", 3), ("  7 ", 7)])
def test_digits_of_any_script_are_understood(client, store, typed, meant):
    mug = factories.stocked(store, 10)
    assert add(client, mug, typed).status_code == 302
    assert CartLine.objects.get().quantity == meant


@pytest.mark.django_db(transaction=True)
def test_more_than_99_of_one_item_are_refused_and_the_cart_stays(client, store):
    mug = factories.stocked(store, 10)
    add(client, mug, "98")
    with unchanged():
        answer = add(client, mug, "2")
    assert answer.status_code == 409
    assert "There are 98 in your cart, and 99 is the most of one item." in answer.content.decode()


def test_a_quantity_sent_twice_is_refused_as_a_whole(client, store):
    mug = factories.stocked(store, 10)
    answer = client.post(reverse("add_to_cart"), f"sku={mug.sku}&quantity=1&quantity=5", content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 400
    assert not CartLine.objects.exists()


def test_what_is_no_longer_sold_is_not_added(client, store):
    mug = factories.stocked(store, 10)
    Product.objects.update(active=False)
    answer = add(client, mug)
    assert answer.status_code == 409
    assert "no longer sold" in answer.content.decode()
    assert not CartLine.objects.exists()


def test_unknown_goods_do_not_exist(client):
    assert client.post(reverse("add_to_cart"), {"sku": "NOTHING", "quantity": "1"}).status_code == 404
    assert not Cart.objects.exists()


def test_a_price_that_the_browser_sends_is_ignored(client, store):
    mug = factories.stocked(store, 10, price=1250)
    add(client, mug, price="1", total="1")
    assert client.session["cart_total"] == 1250


def test_a_quantity_is_changed_in_place(client, store):
    mug = factories.stocked(store, 10, price=1250)
    add(client, mug)
    assert change(client, mug, "4")["Location"] == "/cart/"
    assert CartLine.objects.get().quantity == 4
    assert "€50.00" in cart_page(client)


def test_a_wrong_quantity_is_shown_beside_its_line_and_nothing_is_changed(client, store):
    mug = factories.stocked(store, 10)
    add(client, mug)
    with unchanged():
        answer = change(client, mug, "100")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Choose from 0 to 99." in page
    assert 'value="100"' in page


def test_removing_can_be_undone(client, store):
    mug = factories.stocked(store, 10)
    add(client, mug, "3")
    change(client, mug, "0")
    assert not CartLine.objects.exists()
    page = cart_page(client)
    assert "<b>Removed:</b> Low tide mug" in page
    assert "Undo" in page
    assert "Removed:" not in cart_page(client)
    add(client, mug, "3", next="/cart/")
    assert CartLine.objects.get().quantity == 3


def test_a_line_that_is_not_there_does_not_exist(client, store):
    mug = factories.stocked(store, 10)
    assert change(client, mug, "1").status_code == 404
    add(client, mug)
    assert change(client, factories.variant(), "1").status_code == 404


def test_nobody_changes_the_cart_of_another_browser(client, store):
    mug = factories.stocked(store, 10)
    factories.cart((mug, 2))
    factories.cart((mug, 2), owner=factories.user())
    with unchanged():
        assert change(client, mug, "1").status_code == 404


def test_the_cart_says_what_the_store_has_and_where_the_rest_is(client, store):
    station = factories.store("station")
    mug = factories.stocked(store, 2)
    factories.stock.receive(station, {mug.pk: 5}, reference="d", by=None, at=factories.NOON)
    be_in(client, store)
    add(client, mug, "4")
    page = cart_page(client)
    assert "Not enough left: 2 at Harbour." in page
    assert "Take 2" in page
    assert "Everything is at Station." in page
    assert "disabled" in page
    assert f'action="{reverse("start_checkout")}"' not in page
    be_in(client, station)
    page = cart_page(client)
    assert "5 left at Station" in page
    assert f'action="{reverse("start_checkout")}"' in page


def test_what_was_taken_out_of_the_shop_must_be_removed_first(client, store):
    mug = factories.stocked(store, 10)
    add(client, mug)
    Variant.objects.update(active=False)
    page = cart_page(client)
    assert "No longer sold." in page
    assert f'action="{reverse("start_checkout")}"' not in page


def test_signing_in_takes_the_cart_of_the_browser_along(client, store):
    person = factories.user()
    mug, lamp = factories.stocked(store, 10, price=1000), factories.stocked(store, 10, price=500)
    factories.cart((mug, 1), owner=person)
    add(client, mug, "2")
    add(client, lamp)
    client.force_login(person)
    page = cart_page(client)
    assert dict(CartLine.objects.filter(cart__user=person).values_list("variant__sku", "quantity")) == {mug.sku: 3, lamp.sku: 1}
    assert (client.session["cart_count"], client.session["cart_total"]) == (4, 3500)
    assert "€35.00" in page
    assert Cart.objects.count() == 1


def test_the_badge_of_a_customer_is_right_after_signing_in(client, store):
    person = factories.user()
    factories.cart((factories.stocked(store, 10, price=1000), 2), owner=person)
    client.get(reverse("cart"))
    client.force_login(person)
    assert (client.session["cart_count"], client.session["cart_total"]) == (2, 2000)


def test_a_cart_of_a_customer_is_not_reached_by_its_number(client, store):
    cart = factories.cart((factories.stocked(store, 10), 2), owner=factories.user())
    session = client.session
    session["cart"] = cart.pk
    session.save()
    assert "Your cart is empty" in cart_page(client)


@pytest.mark.parametrize("many", [1, 30])
def test_the_cart_costs_the_same_for_one_and_for_thirty_lines(client, store, django_assert_num_queries, many):
    be_in(client, store)
    for _ in range(many):
        add(client, factories.stocked(store, 5))
    cart_page(client)  # the stores and the earn rule are remembered from here on
    with django_assert_num_queries(4):
        cart_page(client)


@pytest.mark.parametrize("url", ["add_to_cart", "set_quantity"])
def test_the_cart_changes_by_post_only(client, url):
    assert client.get(reverse(url, args=["A1"] if url == "set_quantity" else [])).status_code == 405


def test_a_cart_that_no_store_can_fill_does_not_lead_to_the_checkout(client, store):
    mug = factories.stocked(store, 2)
    add(client, mug, "5")
    page = client.get(reverse("cart")).content.decode()
    assert "No store has as many of something as you want. Take fewer, or remove it." in page
    assert f'action="{reverse("start_checkout")}"' not in page
    client.post(reverse("set_quantity", args=[mug.sku]), {"quantity": "2"})
    assert f'action="{reverse("start_checkout")}"' in client.get(reverse("cart")).content.decode()
