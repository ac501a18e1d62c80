"""The finder's pages: where somebody is, what the store should be like, and what the session keeps of it."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from stores.models import Place, Service
from tests import factories
from tests.orders.shopping import be_in, text

pytestmark = pytest.mark.django_db
STORES = "/stores/"


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(factories.NOON, tick=False):
        yield


def at(code, latitude, longitude, **fields):
    return factories.store(code, latitude=Decimal(str(latitude)), longitude=Decimal(str(longitude)), **fields)


def place(name, latitude, longitude, **fields):
    return Place.objects.create(name=name, latitude=Decimal(str(latitude)), longitude=Decimal(str(longitude)), **fields)


def found(client, query=""):
    return [near.store.code for near in client.get(STORES + query).context["found"].rows]


@pytest.fixture
def city():
    """Two stores, north and south."""
    place("Ranelagh", 53.3255, -6.2527, region="Dublin", postcode="D06")
    return at("north", 53.40, -6.25), at("south", 53.33, -6.25)


def test_a_place_sorts_stores_by_the_way_to_them(client, city):
    page = text(client, STORES + "?where=ranelagh")
    assert page.index("South</a>") < page.index("North</a>")
    assert "530 m" in page
    assert "8.3 km" in page
    assert "2 stores, nearest to Ranelagh, Dublin D06 first" in page
    assert found(client, "?where=ranelagh&radius=2") == ["south"]


def test_any_whole_radius_may_be_asked_for(client, city):
    assert found(client, "?where=ranelagh&radius=750") == ["south", "north"]
    assert '<option value="750" selected>750 km</option>' in text(client, STORES + "?where=ranelagh&radius=750")


def test_an_unknown_place_says_so_and_lists_by_name(client, city):
    page = text(client, STORES + "?where=Atlantis")
    assert "We do not know a place called “Atlantis”." in page
    assert found(client, "?where=Atlantis") == ["north", "south"]


def test_what_was_typed_is_shown_as_text(client, city):
    assert "<script>" not in text(client, STORES + "?where=%3Cscript%3Ealert(1)%3C/script%3E").partition("<main")[2]


def test_several_places_of_a_name_are_offered_and_one_of_them_can_be_chosen(client, city):
    place("Blackrock", 53.3015, -6.1778, region="Dublin", postcode="A94")
    place("Blackrock", 53.9639, -6.3666, region="Louth", postcode="A91")
    answer = client.get(STORES + "?where=Blackrock")
    assert "There are several places called “Blackrock”." in answer.content.decode()
    words, query = next(choice for choice in answer.context["choices"] if "Louth" in choice[0])
    assert found(client, query) == ["north", "south"]
    assert f"nearest to {words} first" in text(client, STORES + query)


def test_miles_are_remembered(client, city):
    assert "0.3 miles" in text(client, STORES + "?where=ranelagh&unit=mi")
    assert "0.3 miles" in text(client, STORES + "?where=ranelagh")
    assert "530 m" in text(client, STORES + "?where=ranelagh&unit=km")


@pytest.mark.parametrize(("locale", "words"), [("en_GB", "0.3 miles"), ("en_IE", "530 m")])
def test_a_shop_speaks_its_countrys_unit(client, city, settings, locale, words):
    settings.LOCALE = locale
    assert words in text(client, STORES + "?where=ranelagh")


# The phone's position


def test_the_phones_position_is_kept_coarsely_and_in_the_session_only(client, city):
    answer = client.post(reverse("near_me"), {"latitude": "53.3987654", "longitude": "-6.2512345"})
    assert answer["Location"] == STORES
    assert client.session["position"][:2] == [53.399, -6.251]
    assert found(client) == ["north", "south"]
    page = text(client, STORES)
    assert "nearest to your position first" in page
    assert "Forget my position" in page
    client.post(reverse("forget_position"))
    assert "position" not in client.session
    assert "Forget my position" not in text(client, STORES)


def test_a_position_of_an_earlier_visit_is_used_no_more_and_forgotten(client, city):
    with time_machine.travel(factories.NOON, tick=False) as clock:
        client.post(reverse("near_me"), {"latitude": "53.40", "longitude": "-6.25"})
        clock.shift(timedelta(hours=3, minutes=59))
        assert "nearest to your position first" in text(client, STORES)
        clock.shift(timedelta(minutes=2))
        page = text(client, STORES)
        assert "your position first" not in page
        assert "Forget my position" not in page
        assert "position" not in client.session


@pytest.mark.parametrize(
    ("latitude", "longitude"), [("", ""), ("91", "0"), ("nan", "0"), ("inf", "0"), ("53", ""), ("abc", "1"), ("1e400", "0"), ("53,3", "1"), ("9" * 400, "0")]
)
def test_what_is_no_position_is_refused_in_words(client, city, latitude, longitude):
    page = text_of(client.post(reverse("near_me"), {"latitude": latitude, "longitude": longitude}), 422)
    assert "Type a town or a postcode instead." in page
    assert "position" not in client.session


def text_of(answer, status):
    assert answer.status_code == status
    return answer.content.decode()


def test_a_place_that_is_typed_wins_over_the_position(client, city):
    client.post(reverse("near_me"), {"latitude": "53.40", "longitude": "-6.25"})
    assert found(client, "?where=ranelagh") == ["south", "north"]


def test_a_position_is_asked_for_by_post_only(client):
    assert client.get(reverse("near_me")).status_code == 405


# What it should be like


def test_filters_are_combined(client):
    gift = Service.objects.create(name="Gift wrapping", slug="gift-wrapping")
    at("good", 53.3, -6.2).services.add(gift)
    at("no-pickup", 53.3, -6.2, pickup=False).services.add(gift)
    at("no-service", 53.3, -6.2)
    assert found(client, "?service=gift-wrapping") == ["good", "no-pickup"]
    assert found(client, "?service=gift-wrapping&pickup=yes&open=yes") == ["good"]
    with time_machine.travel(factories.NOON.replace(hour=23), tick=False):
        assert "No store is like that" in text(client, STORES + "?open=yes")


def test_the_nearest_store_that_has_the_whole_cart_leads(client, city):
    north, south = city
    mug, vase = factories.stocked(north, 3), factories.stocked(north, 2)
    factories.stock.receive(south, {mug.pk: 3}, reference="d:1", by=None, at=factories.NOON)
    for goods in (mug, vase):
        client.post(reverse("add_to_cart"), {"sku": goods.sku, "quantity": 1})
    page = text(client, STORES + "?where=ranelagh")
    assert "Nearest with all that is in your cart:" in page
    assert page.index("Nearest with") < page.index("North</a>") < page.index("South</a>", page.index("<ul"))
    assert "Has 1 of the 2 things in your cart" in page
    assert found(client, "?where=ranelagh") == ["south", "north"]
    assert found(client, "?where=ranelagh&cart=yes") == ["north"]


def test_a_store_for_one_thing(client, city):
    mug = factories.stocked(city[0], 3)
    page = text(client, f"{STORES}?where=ranelagh&sku={mug.sku}")
    assert f"Where {mug} is" in page
    assert "Nearest with it:" in page
    assert "3 left" in page
    assert "None here" in page
    assert found(client, f"?sku={mug.sku}&cart=yes") == ["north"]


def test_a_store_for_something_that_does_not_exist(client):
    text(client, STORES + "?sku=NO-SUCH-SKU", 404)


def test_pages_are_numbered_and_the_last_one_ends(client):
    for number in range(25):
        at(f"s{number:02}", 53 + number / 100, -6)
    first, second = found(client), found(client, "?page=2")
    assert (len(first), len(second)) == (20, 5)
    assert not set(first) & set(second)
    text(client, STORES + "?page=3", 404)


@pytest.mark.parametrize(
    "query",
    ["page=0", "page=-1", "page=1e3", "page=999999", "unit=yards", "radius=0", "radius=-1", "radius=1.5", "radius=999999", "open=1", "cart=true"]
    + ["foo=1", "where=a&where=b", "where=" + "a" * 201, *(f"where=x&at={at}" for at in ("91,0", "0,181", "nan,0", "1", "1,2,3", "53.3%2C-6.2%2C", "5e1,0"))],
)  # fmt: skip
def test_questions_that_the_finder_does_not_know_are_refused(client, query):
    text(client, f"{STORES}?{query}", 400)


@pytest.mark.parametrize("many", [1, 12])
def test_the_finder_costs_the_same_for_one_store_and_for_many(client, django_assert_num_queries, many):
    place("Ranelagh", 53.3255, -6.2527)
    stores = [at(f"s{number}", 53 + number / 100, -6) for number in range(many)]
    mug = factories.stocked(stores[0], 3)
    be_in(client, stores[0])
    client.post(reverse("add_to_cart"), {"sku": mug.sku, "quantity": 1})
    text(client, STORES + "?where=ranelagh&open=yes")  # the services are remembered from here on
    with django_assert_num_queries(8):  # session, cart and its lines, two for the place, stores, services, stock
        text(client, STORES + "?where=ranelagh&open=yes")


# A store's page


def test_a_store_says_how_far_it_is_what_it_does_and_how_to_get_there(client, city):
    north, _ = city
    north.services.add(Service.objects.create(name="Gift wrapping", slug="gift-wrapping"))
    client.post(reverse("near_me"), {"latitude": "53.40", "longitude": "-6.30"})
    page = text(client, reverse("store", args=["north"]))
    assert "3.3 km from you" in page
    assert "Gift wrapping" in page
    assert 'href="geo:53.400000,-6.250000?' in page
    assert "openstreetmap.org/?mlat=53.400000" in page


def test_a_store_says_what_it_has_of_a_product(client, city):
    north, _ = city
    mug = factories.stocked(north, 3, colour="Blue", size="L")
    factories.variant(product=mug.product, colour="Red", size="S")
    page = text(client, reverse("store", args=["north"]) + "?q=tide+mug")
    assert "Blue, L: 3 left" in page
    assert "Red, S: none" in page
    assert "Blue, L: none" in text(client, reverse("store", args=["south"]) + "?q=tide+mug")
    assert "Nothing in the shop is called “<bdi>xyz</bdi>”" in text(client, reverse("store", args=["north"]) + "?q=xyz")
    text(client, reverse("store", args=["north"]) + "?x=1", 400)


def test_looking_with_a_unit_writes_the_session_only_if_it_is_another_one(client):
    assert "distance_unit" not in _session(client, "?unit=km"), "kilometres are this country's own"
    assert _session(client, "?unit=mi")["distance_unit"] == "mi"
    with CaptureQueriesContext(connection) as statements:
        client.get(STORES + "?unit=mi")
    assert [one["sql"] for one in statements if "django_session" in one["sql"] and not one["sql"].startswith("SELECT")] == []


def _session(client, query):
    client.get(STORES + query)
    return client.session
