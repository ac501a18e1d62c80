"""The shop window: lists of products."""

from datetime import UTC, datetime

import pytest

from omo import memory
from stores.models import Category
from tests import factories
from tests.orders import delivering
from tests.orders.shopping import be_in, product, text

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
PRODUCTS = "/products/"


def names(client, url):
    return [card.product.name for card in client.get(url).context["shelf"].cards]


# Lists


def test_the_start_page_shows_what_is_on_sale_with_its_price(client):
    store = factories.store()
    factories.stocked(store, 3, product=product("Low tide mug"), price=1250)
    product("Old jug", active=False)
    page = text(client, "/")
    assert "Low tide mug" in page
    assert "€12.50" in page
    assert "in 1 store" in page
    assert "Old jug" not in page


def test_the_shop_says_that_it_delivers_where_it_does(client):
    goods = factories.stocked(delivering.sender())
    pages = ("/", f"/products/{goods.product.slug}/")
    words = ("Order online and collect in a store, or have it delivered.", "Can be delivered: you choose it in the cart")
    assert [word in client.get(page).content.decode() for page, word in zip(pages, words, strict=True)] == [False, False]
    delivering.option()
    memory.forget()
    assert [word in client.get(page).content.decode() for page, word in zip(pages, words, strict=True)] == [True, True]


def test_a_price_says_from_when_variants_differ(client):
    mug = product("Low tide mug")
    factories.variant(product=mug, price=1250)
    factories.variant(product=mug, price=1450)
    assert 'from <bdi class="money">€12.50</bdi>' in text(client, "/")


@pytest.mark.parametrize(("left", "words"), [(7, "many here"), (3, "3 left"), (1, "1 left")])
def test_in_a_store_a_card_says_how_many_are_left_here(client, left, words):
    store = factories.store()
    factories.stocked(store, left, product=product("Low tide mug"))
    be_in(client, store)
    assert f"<small>{words}</small>" in text(client, "/")


def test_in_a_store_without_it_a_card_says_where_it_is(client):
    here, there = factories.store("harbour"), factories.store("station")
    factories.stocked(there, 4, product=product("Low tide mug"))
    be_in(client, here)
    assert "none here – 4 at Station" in text(client, "/")


def test_what_no_store_has_is_sold_out(client):
    factories.variant(product=product("Low tide mug"))
    assert "sold out" in text(client, "/")


def test_search_finds_words_in_any_order_without_case_and_accents(client):
    for name in ("Café mug", "Wool blanket"):
        factories.variant(product=product(name, summary="Made to last"))
    assert names(client, PRODUCTS + "?q=MUG+cafe") == ["Café mug"]
    assert names(client, PRODUCTS + "?q=last") == ["Café mug", "Wool blanket"]


def test_search_finds_a_product_by_its_sku(client):
    factories.variant("BLUE-7", product=product("Low tide mug"))
    factories.variant("RED-1", product=product("Wool blanket"))
    assert names(client, PRODUCTS + "?q=blue-7") == ["Low tide mug"]


@pytest.mark.parametrize("wild", ["%25_%25", "%25", "_"])
def test_wildcards_are_plain_characters(client, wild):
    factories.variant(product=product("Low tide mug"))
    assert names(client, PRODUCTS + f"?q={wild}") == []


def test_a_search_without_a_hit_says_what_to_try(client):
    page = text(client, PRODUCTS + "?q=umbrela")
    assert "Nothing found for “umbrela”" in page
    assert "See all products" in page


def test_a_category_holds_what_lies_in_its_categories(client):
    clothes = Category.objects.create(slug="clothes", name="Clothes")
    Category.objects.create(slug="coats", name="Coats", parent=clothes)
    factories.variant(product=product("Waxed coat", category="coats"))
    factories.variant(product=product("Low tide mug"))
    assert names(client, PRODUCTS + "?category=clothes") == ["Waxed coat"]
    assert names(client, PRODUCTS + "?category=coats") == ["Waxed coat"]


@pytest.mark.parametrize("order", ["name", "price"])
def test_show_more_leads_through_every_product_once(client, order):
    for number in range(55):
        factories.variant(product=product(f"Mug {number % 7} no {number:02}"), price=1000 + number % 5)
    seen, url = [], f"{PRODUCTS}?order={order}"
    while url:
        answer = client.get(url)
        seen += [card.product for card in answer.context["shelf"].cards]
        url = PRODUCTS + answer.context["next_url"] if answer.context["next_url"] else ""
    assert len(seen) == 55
    key = {"name": lambda one: (one.name, one.pk), "price": lambda one: (one.cheapest, one.pk)}[order]
    assert seen == sorted(seen, key=key)
    assert len({one.pk for one in seen}) == 55


def test_the_cursor_of_one_order_is_not_a_page_of_another(client):
    for number in range(30):
        factories.variant(product=product(f"Mug {number:02}"))
    more = client.get(PRODUCTS).context["next_url"]
    assert client.get(PRODUCTS + more).status_code == 200
    assert client.get(PRODUCTS + more + "&order=price").status_code == 404


@pytest.mark.parametrize("page", ["0", "1000000000000000000000000000000", "abc", "WzFd:x:y"])
def test_a_page_that_we_did_not_make_does_not_exist(client, page):
    text(client, f"{PRODUCTS}?page={page}", 404)


@pytest.mark.parametrize("query", ["order=-user__password", "order=id", "foo=1", "category__slug=home", "q=a&q=b", "q=%00", "q=" + "a" * 201])
def test_questions_that_the_list_does_not_know_are_refused(client, query):
    text(client, f"{PRODUCTS}?{query}", 400)


def test_links_from_newsletters_work(client):
    text(client, PRODUCTS + "?utm_source=letter&utm_campaign=autumn")


def test_an_unknown_category_does_not_exist(client):
    text(client, PRODUCTS + "?category=nothing", 404)


@pytest.mark.parametrize("url", ["/", PRODUCTS, PRODUCTS + "?q=mug&order=price"])
@pytest.mark.parametrize("many", [1, 30])
def test_a_list_costs_four_statements_for_one_and_for_thirty_products(client, django_assert_num_queries, url, many):
    store = factories.store()
    for number in range(many):
        factories.stocked(store, 2, product=product(f"Mug {number}"))
    be_in(client, store)
    text(client, url)  # the categories are remembered from here on
    with django_assert_num_queries(4):
        text(client, url)
