"""Narrowing lists of products: category, size, colour, price, and what the customer's store has, in any combination."""

import pytest
import time_machine
from django.utils import timezone

from omo import kept
from stores.models import Picture, StockLevel
from tests import factories
from tests.orders.shopping import be_in, product, text

pytestmark = pytest.mark.django_db
PRODUCTS = "/products/"


def names(client, query):
    kept.forget()  # a page that was drawn before has no context
    return [card.product.name for card in client.get(PRODUCTS + query).context["shelf"].cards]


@pytest.fixture
def goods():
    """A coat that is Pine M for 100 and Sand L for 200, a hat that is Pine L for 30."""
    coat, hat = product("Coat"), product("Hat")
    return {
        "coat": factories.variant(product=coat, size="M", colour="Pine", price=10_000),
        "large coat": factories.variant(product=coat, size="L", colour="Sand", price=20_000),
        "hat": factories.variant(product=hat, size="L", colour="Pine", price=3_000),
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?size=L", ["Coat", "Hat"]),
        ("?size=M", ["Coat"]),
        ("?size=XXL", []),
        ("?colour=Pine", ["Coat", "Hat"]),
        ("?colour=Sand", ["Coat"]),
        ("?size=L&colour=Pine", ["Hat"]),
        ("?size=M&colour=Sand", []),
        ("?least=100", ["Coat"]),
        ("?most=99.99", ["Hat"]),
        ("?least=30&most=30", ["Hat"]),
        ("?size=L&most=100", ["Hat"]),
        ("?least=150&size=M", []),
        ("?q=coat&size=L", ["Coat"]),
        ("?q=hat&size=M", []),
        ("?least=999999999999", []),
        ("?most=0", []),
    ],
)
def test_one_variant_must_be_all_that_is_asked_for(client, goods, query, found):
    assert names(client, query) == found
    assert names(client, query + "&order=price") == sorted(found, reverse=True)


def test_only_what_my_store_has_now(client, goods):
    here, there = factories.store("harbour"), factories.store("station")
    factories.stock.receive(here, {goods["coat"].pk: 1}, reference="d:1", by=None, at=factories.NOON)
    factories.stock.receive(there, {goods["hat"].pk: 5}, reference="d:2", by=None, at=factories.NOON)
    be_in(client, here)
    assert names(client, "?here=yes") == ["Coat"]
    assert names(client, "?here=yes&size=M") == ["Coat"]
    assert names(client, "?here=yes&size=L") == []
    StockLevel.objects.filter(variant=goods["coat"]).update(safety_stock=1)
    assert names(client, "?here=yes") == []
    StockLevel.objects.filter(variant=goods["coat"]).update(safety_stock=0, distrusted_at=timezone.now())
    assert names(client, "?here=yes") == []


def test_without_a_store_here_says_that_none_is_chosen(client, goods):
    assert names(client, "?here=yes") == ["Coat", "Hat"]
    assert "You have chosen no store" in text(client, PRODUCTS + "?here=yes")


def test_what_narrows_the_list_stands_as_chips_that_take_it_away(client, goods):
    be_in(client, factories.store())
    page = client.get(PRODUCTS + "?size=L&colour=Pine&least=10&most=50&here=yes&q=hat")
    chips = {chip.words: chip.without for chip in page.context["narrowed"]}
    assert list(chips) == ["Size L", "Pine", "€10.00 to €50.00", "At Harbour now"]
    assert chips["Pine"] == "?q=hat&size=L&least=10&most=50&here=yes"
    assert chips["€10.00 to €50.00"] == "?q=hat&size=L&colour=Pine&here=yes"
    assert page.context["wide"] == "?q=hat"
    assert "<option selected>Pine</option>" in page.content.decode()


@pytest.mark.parametrize(("query", "words"), [("least=10", "From €10.00"), ("most=20", "Up to €20.00")])
def test_half_a_range_in_words(client, goods, query, words):
    assert words in text(client, f"{PRODUCTS}?{query}")


def test_links_keep_what_was_asked(client):
    for number in range(30):
        factories.variant(product=product(f"Mug {number:02}"), size="L", price=1000 + number)
    page = client.get(PRODUCTS + "?size=L&most=50&order=price")
    second = client.get(PRODUCTS + page.context["next_url"])
    assert len(second.context["shelf"].cards) == 6
    assert second.context["first_url"] == "?size=L&most=50&order=price"
    assert page.context["by_name"] == "?size=L&most=50&order=name"


def test_an_amount_that_cannot_be_read_narrows_nothing_and_is_said(client, goods):
    page = text(client, PRODUCTS + "?least=12,50&most=abc")
    assert "“12,50” is no amount." in page
    assert names(client, "?least=12,50") == ["Coat", "Hat"]


def test_a_lowest_price_above_the_highest_is_said(client, goods):
    page = text(client, PRODUCTS + "?least=100&most=30")
    assert "No price is from €100.00 up to €30.00. The lower one goes first." in page
    assert names(client, "?least=100&most=30") == []
    assert "The lower one goes first." not in text(client, PRODUCTS + "?least=30&most=30")


@pytest.mark.parametrize("query", ["here=no", "here=1", "size=a&size=b", "order=found", "order=cheapest", "store=harbour", "least=" + "1" * 201, "size=%00"])
def test_questions_that_the_list_does_not_know_are_refused(client, query):
    text(client, f"{PRODUCTS}?{query}", 400)


@pytest.mark.parametrize("value", ["<script>", "'", "%", "\\", "🙂", "x" * 200])
def test_a_size_that_nobody_sells_finds_nothing(client, goods, value):
    assert list(client.get(PRODUCTS, {"size": value}).context["shelf"].cards) == []
    assert list(client.get(PRODUCTS, {"colour": value}).context["shelf"].cards) == []


def test_sizes_stand_in_the_order_of_a_shelf(client):
    for size in ("XL", "10", "S", "9.5", "One size", "M", "42"):
        factories.variant(product=product(f"Thing {size}"), size=size)
    page = client.get(PRODUCTS)
    assert page.context["sizes"] == [("Letters", ["S", "M", "XL"]), ("Numbers", ["9.5", "10", "42"]), ("Other sizes", ["One size"])]
    assert '<optgroup label="Letters"><option>S</option>' in page.content.decode()


def test_sizes_of_one_kind_need_no_groups(client, goods):
    page = client.get(PRODUCTS)
    assert page.context["sizes"] == [("Letters", ["M", "L"])]
    assert "optgroup" not in page.content.decode()


@pytest.mark.parametrize("many", [1, 30])
def test_a_narrowed_list_costs_four_statements(client, django_assert_num_queries, many):
    store = factories.store()
    for number in range(many):
        factories.stocked(store, 2, product=product(f"Mug {number}"), size="L")
    be_in(client, store)
    query = PRODUCTS + "?size=L&colour=Blue&least=1&most=99&here=yes&q=mug&order=price"
    text(client, query)  # categories, sizes and colours are remembered from here on
    with django_assert_num_queries(4):
        text(client, query)


# Where a variant is that is not here, and how far


@time_machine.travel(factories.NOON, tick=False)
def test_a_variant_that_is_not_here_says_where_it_is_and_how_far(client):
    here = factories.store("harbour", latitude="53.348", longitude="-6.248")
    near, far = factories.store("station", latitude="53.356", longitude="-6.260"), factories.store("airport", latitude="53.42", longitude="-6.27")
    mug = factories.stocked(here, 3, size="S")
    large = factories.variant(product=mug.product, size="L")
    gone = factories.variant(product=mug.product, size="XL")
    for store, count in ((near, 2), (far, 5)):
        factories.stock.receive(store, {large.pk: count}, reference="d:1", by=None, at=factories.NOON)
    be_in(client, here)
    address = f"/products/{mug.product.slug}/"
    tiles = {tile.words: tile.elsewhere for tile in client.get(address).context["sizes"]}
    assert (tiles["S"], tiles["XL"]) == (None, None)
    assert "none here, 5 at Airport" in text(client, address)
    client.post("/near-me/", {"latitude": "53.348", "longitude": "-6.248"})
    page = text(client, address)
    assert "none here, 2 at Station, 1.2 km" in page
    assert "sold out" in page
    chosen = client.get(f"{address}?variant={large.sku}")
    assert [(there.name, there.far) for there in chosen.context["others"]] == [("Station", "1.2 km"), ("Airport", "8.1 km")]
    assert f'/stores/?sku={large.sku}"' in chosen.content.decode()
    assert gone.sku in page


@pytest.mark.parametrize("many", [1, 9])
def test_a_product_page_with_pictures_and_a_position_costs_three_statements(client, django_assert_num_queries, many):
    here = factories.store("harbour", latitude="53.348", longitude="-6.248")
    mug = factories.stocked(here, 3, size="S0")
    for number in range(many):
        factories.variant(product=mug.product, size=f"S{number + 1}")
        Picture.objects.create(product=mug.product, words=f"View {number}", digest=f"{number:064}", width=900, height=600)
    client.post("/near-me/", {"latitude": "53.348", "longitude": "-6.248"})
    be_in(client, here)
    text(client, f"/products/{mug.product.slug}/")
    with django_assert_num_queries(3):
        page = text(client, f"/products/{mug.product.slug}/")
    assert 'alt="View 0"' in page


def test_the_picture_of_the_chosen_colour_is_shown_and_never_another_colours(client):
    blue = factories.variant(colour="Blue")
    red = factories.variant(product=blue.product, colour="Red", size="S")
    for place, colour in enumerate(("Red", "")):
        Picture.objects.create(product=blue.product, colour=colour, words=f"In {colour or 'all'}", digest=f"{place:064}", width=900, height=600, position=place)
    address = f"/products/{blue.product.slug}/?variant="
    assert 'alt="In Red"' in text(client, address + red.sku)
    assert 'alt="In all"' in text(client, address + blue.sku)
    Picture.objects.filter(colour="").delete()
    page = text(client, address + blue.sku)
    assert 'alt="In Red"' not in page
    assert "#p-mug" in page


def test_cards_show_the_first_picture_in_the_widths_there_are(client):
    goods = factories.variant()
    for position in (2, 1):
        Picture.objects.create(product=goods.product, words="A mug", digest=f"{position:064}", width=700, height=500, position=position)
    page = text(client, PRODUCTS)
    one = f"/pictures/{1:064}"
    assert f'<img src="{one}-320.webp" srcset="{one}-320.webp 320w, {one}-640.webp 640w, {one}-700.webp 700w"' not in page
    assert f'<img src="{one}-640.webp" srcset="{one}-320.webp 320w, {one}-640.webp 640w, {one}-700.webp 700w"' in page
    assert 'width="700" height="500" alt="" decoding="async" loading="lazy">' in page
    assert f"{2:064}" not in page
