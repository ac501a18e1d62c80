"""The shop window: the page of a product."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils.html import strip_tags

from loyalty.models import EarnRule
from orders.views import cart_groups
from stores import stock
from tests import factories
from tests.orders.shopping import be_in, product, text

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
PRODUCTS = "/products/"


def test_a_product_page_shows_price_stock_here_other_stores_and_points(client):
    EarnRule.objects.create(points=1, amount=100, valid_from=NOON - timedelta(days=900))
    here, there = factories.store("harbour"), factories.store("station")
    coat = product("Waxed coat", summary="Waxed cotton", description="For a wet quay.")
    pine = factories.stocked(here, 3, product=coat, price=14900, colour="Pine", size="M")
    factories.stocked(there, 7, product=coat, price=14900, colour="Navy", size="M")
    be_in(client, here)
    page = text(client, f"/products/{coat.slug}/?variant={pine.sku}")
    assert "€149.00" in page
    assert "3 left here" in page
    assert "in Pine, M" in page
    assert "Earns <b>149 points</b>" in page
    assert "For a wet quay." in page
    assert "No other store has Pine, M right now." in page


def test_a_variant_that_is_not_here_says_where_it_is_and_can_be_collected_there(client):
    here, there = factories.store("harbour"), factories.store("station")
    coat = product("Waxed coat")
    factories.stocked(here, 3, product=coat, colour="Pine")
    navy = factories.stocked(there, 4, product=coat, colour="Navy")
    be_in(client, here)
    page = text(client, f"/products/{coat.slug}/?variant={navy.sku}")
    assert "None here" in page
    assert "4 at Station" in page
    assert f'action="{reverse("enter_store", args=["station"])}"' in page


def test_of_what_there_is_much_a_page_says_many_not_how_many(client):
    here, there = factories.store("harbour"), factories.store("station")
    mug = factories.stocked(there, 6)
    be_in(client, here)
    assert "None here in Blue – many at Station" in " ".join(strip_tags(text(client, f"/products/{mug.product.slug}/")).split())


def test_without_a_choice_the_page_opens_with_what_can_be_had_here(client):
    here, there = factories.store("harbour"), factories.store("station")
    coat = product("Waxed coat")
    factories.variant(product=coat, colour="Sand", position=1)
    factories.stocked(there, 1, product=coat, colour="Navy", position=2)
    pine = factories.stocked(here, 1, product=coat, colour="Pine", position=3)
    be_in(client, here)
    assert client.get(f"/products/{coat.slug}/").context["variant"] == pine


def test_colours_lead_to_the_same_size_and_sizes_stay_in_the_colour(client):
    coat = product("Waxed coat")
    made = {(colour, size): factories.variant(product=coat, colour=colour, size=size) for colour in ("Pine", "Navy") for size in ("S", "M")}
    context = client.get(f"/products/{coat.slug}/?variant={made['Pine', 'M'].sku}").context
    assert [(tile.words, tile.variant, tile.chosen) for tile in context["colours"]] == [("Pine", made["Pine", "M"], True), ("Navy", made["Navy", "M"], False)]
    assert [(tile.words, tile.variant, tile.chosen) for tile in context["sizes"]] == [("S", made["Pine", "S"], False), ("M", made["Pine", "M"], True)]


def test_a_store_that_hands_over_no_orders_is_not_offered_for_collection(client):
    harbour, outlet = factories.store("harbour"), factories.store("outlet", pickup=False)
    coat, mug = product("Waxed coat"), product("Low tide mug")
    for goods, place in [(coat, harbour), (coat, outlet), (mug, outlet)]:
        factories.stocked(place, 4, product=goods)
    assert "Outlet" not in text(client, f"/products/{coat.slug}/")
    assert "Sold out in every store" in text(client, f"/products/{mug.slug}/")
    page = text(client, PRODUCTS)
    assert "in 1 store" in page
    assert "sold out" in page
    be_in(client, harbour)
    assert "None here" in text(client, f"/products/{mug.slug}/")
    assert "Outlet" not in text(client, f"/products/{mug.slug}/")


def test_a_store_that_hands_over_no_orders_shows_what_is_on_its_shelves(client):
    harbour, outlet = factories.store("harbour"), factories.store("outlet", pickup=False)
    mug = product("Low tide mug")
    goods = factories.stocked(outlet, 4, product=mug)
    be_in(client, outlet)
    assert "<small>4 left</small>" in text(client, PRODUCTS)
    page = text(client, f"/products/{mug.slug}/")
    assert "4 left here" in page
    assert "Buy it at the till: Outlet hands over no orders." in page
    assert "In this store only, not for pickup" in page
    assert "Add to cart" not in page
    stock.receive(harbour, {goods.pk: 2}, reference="delivery", by=None, at=NOON)
    page = text(client, f"/products/{mug.slug}/")
    assert "Not for pickup here. Collect at Harbour" in page
    assert "Collect at Outlet" not in page


def test_what_no_store_has_cannot_be_put_into_the_cart(client):
    coat = product("Waxed coat")
    factories.variant(product=coat)
    page = text(client, f"/products/{coat.slug}/")
    assert "Sold out in every store" in page
    assert "Add to cart" not in page


@time_machine.travel(NOON, tick=False)
def test_the_promise_of_the_store_stands_on_the_button(client):
    here = factories.store("harbour")
    coat = product("Waxed coat")
    factories.stocked(here, 3, product=coat)
    be_in(client, here)
    promise = 'Collect here today <time datetime="2026-11-24T14:00:00+00:00">14:00</time>–<time>14:30</time>, held until Fri <time'
    assert promise in text(client, f"/products/{coat.slug}/")


def test_a_delisted_product_has_a_page_with_others_of_its_category(client):
    store = factories.store()
    jug = product("Old jug", active=False)
    factories.stocked(store, 3, product=jug)
    factories.stocked(store, 3, product=product("Low tide mug"))
    page = text(client, f"/products/{jug.slug}/")
    assert "Old jug is no longer sold" in page
    assert "Low tide mug" in page
    assert reverse("add_to_cart") not in page


def test_a_product_whose_variants_are_all_gone_is_no_longer_sold(client):
    jug = product("Old jug")
    assert "no longer sold" in text(client, f"/products/{jug.slug}/")
    factories.variant(product=jug, active=False)
    assert "no longer sold" in text(client, f"/products/{jug.slug}/")


def test_unknown_products_and_variants_do_not_exist(client):
    coat = product("Waxed coat")
    factories.variant(product=coat)
    text(client, "/products/nothing/", 404)
    text(client, f"/products/{coat.slug}/?variant=OTHER", 404)
    text(client, f"/products/{coat.slug}/?colour=pine", 400)


def test_whatever_changes_of_a_product_is_on_its_page_the_next_time(client):
    """The page is kept between requests; it holds only what it is kept by."""
    here, there = factories.store("harbour"), factories.store("station")
    coat = product("Waxed coat", category="clothes")
    pine = factories.stocked(here, 3, product=coat, price=14900, colour="Pine", size="M")
    factories.stocked(there, 7, product=coat, price=14900, colour="Navy", size="M")
    stock.receive(there, {pine.pk: 4}, reference="delivery", by=None, at=NOON)
    be_in(client, here)
    url = f"/products/{coat.slug}/?variant={pine.sku}"
    changes = [
        (coat, "name", "Oiled coat", "<h1>Oiled coat</h1>"),
        (coat, "summary", "Oiled cotton", "Oiled cotton"),
        (coat, "description", "For a dry quay.", "<p>For a dry quay.</p>"),
        (coat, "brand", "Quayside", "<dd>Quayside</dd>"),
        (coat, "drawing", "blanket", "#p-blanket"),
        (coat.category, "name", "Coats and more", ">Coats and more</a>"),
        (coat.category, "slug", "coats", "?category=coats"),
        (pine, "price", 15900, "€159.00"),
        (pine, "tint", "#123456", "#123456"),
        (pine, "colour", "Moss", "<span>Moss</span>"),
        (pine, "size", "XL", "<dd>XL</dd>"),
        (there, "name", "Central Station", "<b>Central Station</b>"),
    ]
    for row, field, value, shown in changes:
        assert shown not in text(client, url), field
        setattr(row, field, value)
        row.save()
        assert shown in text(client, url), field
    assert "2 left here" not in text(client, url)
    stock.receive(here, {pine.pk: 5}, reference="delivery", by=None, at=NOON)
    assert "Many here" in text(client, url)


@pytest.mark.parametrize("many", [1, 30])
def test_a_product_page_costs_five_statements_for_one_and_for_thirty_variants_and_stores(client, django_assert_num_queries, many):
    stores = [factories.store(f"store-{number}") for number in range(min(many, 12))]
    coat = product("Waxed coat")
    for number in range(many):
        factories.stocked(stores[number % len(stores)], 2, product=coat, colour=f"Colour {number % 3}", size=f"{number}")
    be_in(client, stores[0])
    cart_groups.delivers()  # known for a minute
    with django_assert_num_queries(5):
        text(client, f"/products/{coat.slug}/")
