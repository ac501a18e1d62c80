"""Finding a store: distances, order, radius, filters, and places by name or postcode. P-22 of the acceptance scenarios."""

from datetime import time, timedelta
from decimal import Decimal

import pytest

from stores import distance, finder, gazetteer
from stores.distance import Point
from stores.finder import Wish
from stores.models import Closure, OpeningHours, Place, Service
from stores.models.catalogue import searchable
from tests import factories

pytestmark = pytest.mark.django_db
NOON = factories.NOON
DUBLIN = Point(53.3498, -6.2603)


def at(code, latitude, longitude, **fields):
    return factories.store(code, latitude=Decimal(str(latitude)), longitude=Decimal(str(longitude)), **fields)


def place(name, latitude, longitude, **fields):
    return Place.objects.create(name=name, latitude=Decimal(str(latitude)), longitude=Decimal(str(longitude)), **fields)


def codes(wish, **options):
    return [near.store.code for near in finder.find(wish, at=NOON, **options).rows]


# P-22


@pytest.fixture
def three():
    """Stores in Berlin, Munich and Madrid, and one in Potsdam that hands over no orders; searched from Leipzig."""
    at("berlin", 52.5200, 13.4050)
    at("munich", 48.1372, 11.5755)
    at("madrid", 40.4168, -3.7038)
    at("potsdam", 52.3906, 13.0645, pickup=False)
    place("Warsaw", 52.2297, 21.0122, postcode="00-001", country="PL")
    return gazetteer.spots("00 001")[0].point


def test_two_stores_within_the_radius_come_nearest_first(three):
    found = finder.find(Wish(near=three, radius_km=950, pickup=True), at=NOON)
    assert [near.store.code for near in found.rows] == ["berlin", "munich"]
    assert [round(near.km) for near in found.rows] == [517, 811]


def test_p_22_with_its_own_numbers():
    """Within 750 km lie two of three; a page of one still says two; within 350 km lies none; without pickup a store is never in a pickup search."""
    at("two", 50.0, 10.0)
    at("one", 46.0, 12.0)
    at("far", 40.0, 0.0)
    at("shelf-only", 48.1, 16.3, pickup=False)
    place("Wien", 48.2082, 16.3738, postcode="1010", country="AT")
    near = gazetteer.spots("1010")[0].point
    found = finder.find(Wish(near=near, radius_km=750, pickup=True), at=NOON)
    assert [row.store.code for row in found.rows] == ["one", "two"]
    assert 350 < found.rows[0].km < found.rows[1].km < 750
    paged = finder.find(Wish(near=near, radius_km=750, pickup=True), at=NOON, size=1)
    assert ([row.store.code for row in paged.rows], paged.total) == (["one"], 2)
    assert codes(Wish(near=near, radius_km=750, pickup=True), size=1, page=2) == ["two"]
    assert codes(Wish(near=near, radius_km=350, pickup=True)) == []
    assert "shelf-only" in codes(Wish(near=near, radius_km=350))


# Distance


@pytest.mark.parametrize(
    ("there", "km"),
    [(Point(48.8566, 2.3522), 781), (Point(40.7128, -74.0060), 5114), (Point(-33.8688, 151.2093), 17215), (DUBLIN, 0), (Point(-53.3498, 173.7397), 20015)],
)
def test_the_way_is_the_great_circle(there, km):
    assert DUBLIN.to(there) == pytest.approx(km, rel=0.005, abs=0.001)
    assert there.to(DUBLIN) == pytest.approx(DUBLIN.to(there))


def test_the_date_line_is_no_wall():
    assert Point(0, 179.9).to(Point(0, -179.9)) == pytest.approx(22.2, abs=0.1)


@pytest.mark.parametrize(("latitude", "longitude"), [(91, 0), (0, 181), (-90.001, 0), (float("nan"), 0), (0, float("nan")), (float("inf"), 0)])
def test_what_is_not_on_the_earth_is_no_point(latitude, longitude):
    with pytest.raises(ValueError, match="not on the earth"):
        Point(latitude, longitude)


@pytest.mark.parametrize(
    ("km", "unit", "words"),
    [
        (0.0, "km", "here"), (0.34, "km", "340 m"), (0.999, "km", "1.0 km"), (1.24, "km", "1.2 km"), (9.96, "km", "10 km"), (1234.5, "km", "1,234 km"),
        (0.6, "mi", "0.4 miles"), (1.609344, "mi", "1.0 mile"), (100, "mi", "62 miles"),
    ],
)  # fmt: skip
def test_distances_in_words(km, unit, words):
    assert distance.words(km, unit) == words


@pytest.mark.parametrize(("locale", "unit"), [("en_IE", "km"), ("en_GB", "mi"), ("en_US", "mi"), ("ja_JP", "km"), ("de", "km")])
def test_a_country_has_its_unit(locale, unit):
    assert distance.unit_of(locale) == unit


# Order and filters


def test_without_a_place_stores_come_by_name():
    at("zoo", 53.3, -6.2)
    factories.store("airport")
    assert codes(Wish()) == ["airport", "zoo"]


def test_a_store_whose_place_is_not_known_comes_last_and_is_within_no_radius():
    factories.store("airport")
    at("zoo", 53.3, -6.2)
    assert codes(Wish(near=DUBLIN)) == ["zoo", "airport"]
    assert codes(Wish(near=DUBLIN, radius_km=20_000)) == ["zoo"]


def test_a_store_that_closed_down_is_never_found():
    at("gone", 53.3, -6.2, active=False)
    assert codes(Wish(near=DUBLIN)) == []


def test_open_now_heeds_hours_and_closures():
    factories.store("open")
    closed, late = factories.store("closed"), factories.store("late")
    Closure.objects.create(store=closed, first_day=NOON.date(), last_day=NOON.date(), reason="Stocktaking")
    OpeningHours.objects.filter(store=late).update(opens=time(14))
    assert codes(Wish(open_now=True)) == ["open"]
    assert [near.store.code for near in finder.find(Wish(open_now=True), at=NOON + timedelta(hours=12)).rows] == []


def test_services_narrow_the_list():
    gift = Service.objects.create(name="Gift wrapping", slug="gift-wrapping")
    factories.store("plain")
    factories.store("kind").services.add(gift)
    assert codes(Wish(service="gift-wrapping")) == ["kind"]
    assert codes(Wish(service="no-such-thing")) == []


def test_what_is_wanted_leads_to_the_nearest_store_that_has_all_of_it():
    near, far, shelf = at("near", 53.35, -6.26), at("far", 53.40, -6.30), at("shelf", 53.3499, -6.2603, pickup=False)
    mug, vase = factories.variant(), factories.variant()
    for store, counts in [(near, (2, 0)), (far, (3, 1)), (shelf, (9, 9))]:
        factories.stock.receive(store, {mug.pk: counts[0], vase.pk: counts[1]} if counts[1] else {mug.pk: counts[0]}, reference="d:1", by=None, at=NOON)
    found = finder.find(Wish(near=DUBLIN, demand={mug.pk: 2, vase.pk: 1}), at=NOON)
    assert [row.store.code for row in found.rows] == ["shelf", "near", "far"]
    assert [(row.things, row.has_all) for row in found.rows] == [(0, False), (1, False), (2, True)]
    assert found.lead == found.rows[2]
    assert codes(Wish(near=DUBLIN, demand={mug.pk: 2, vase.pk: 1}, has_all=True)) == ["far"]
    assert codes(Wish(near=DUBLIN, demand={mug.pk: 4}, has_all=True)) == []
    assert codes(Wish(near=DUBLIN, demand={}, has_all=True)) == ["shelf", "near", "far"]


def test_a_store_that_is_paused_leads_only_where_no_other_has_it():
    near, far = at("near", 53.35, -6.26), at("far", 53.40, -6.30)
    mug = factories.variant()
    for store in (near, far):
        factories.stock.receive(store, {mug.pk: 1}, reference="d:1", by=None, at=NOON)
    for store, leading in ((near, "far"), (far, "near")):
        type(store).objects.filter(pk=store.pk).update(paused_until=NOON + timedelta(hours=1))
        assert finder.find(Wish(near=DUBLIN, demand={mug.pk: 1}), at=NOON).lead.store.code == leading


def test_any_number_of_stores_takes_three_statements(django_assert_num_queries):
    mug = factories.variant()
    for number in range(12):
        factories.stock.receive(at(f"s{number}", 53 + number / 10, -6), {mug.pk: 1}, reference="d:1", by=None, at=NOON)
    with django_assert_num_queries(3):
        assert finder.find(Wish(near=DUBLIN, demand={mug.pk: 1}, open_now=True), at=NOON).total == 12


# Where somebody means


def test_a_postcode_is_found_in_any_spelling():
    place("Oranmore", 53.27, -8.93, postcode="H91 AB12")
    for typed in ("H91 AB12", "h91ab12", "h91-ab12", "  Ｈ９１ ＡＢ１２ "):
        assert [spot.words for spot in gazetteer.spots(typed)] == ["Oranmore H91 AB12"]


def test_a_whole_postcode_is_found_by_the_smallest_district_that_holds_it():
    place("Galway", 53.27, -9.05, postcode="H91")
    place("County", 53.30, -8.90, postcode="H9")
    assert [spot.words for spot in gazetteer.spots("H91 XY99")] == ["Galway H91"]
    assert gazetteer.spots("HXY") == []


def test_a_name_of_several_places_offers_each_with_its_region():
    place("Blackrock", 53.3015, -6.1778, region="Dublin", postcode="A94")
    place("Blackrock", 53.9639, -6.3666, region="Louth", postcode="A91")
    assert {spot.words for spot in gazetteer.spots("blackrock")} == {"Blackrock, Dublin A94", "Blackrock, Louth A91"}
    assert [spot.words for spot in gazetteer.spots("Blackrock, Louth")] == ["Blackrock, Louth A91"]


def test_a_whole_name_is_meant_before_one_that_begins_so():
    place("Newbridge", 53.18, -6.79)
    place("New", 54.0, -7.0)
    assert [spot.words for spot in gazetteer.spots("new")] == ["New"]
    assert [spot.words for spot in gazetteer.spots("newb")] == ["Newbridge"]


def test_accents_and_kana_do_not_matter():
    place("Dún Laoghaire", 53.29, -6.13)
    place("ラインベルク", 51.54, 6.60)
    assert len(gazetteer.spots("dun laoghaire")) == len(gazetteer.spots("らいんべるく")) == len(gazetteer.spots("ﾗｲﾝﾍﾞﾙｸ")) == 1


def test_places_side_by_side_are_one_answer():
    place("Mitte", 52.5200, 13.4050, postcode="10115")
    place("Mitte Nord", 52.5300, 13.4060, postcode="10115")
    assert len(gazetteer.spots("10115")) == 1


def test_the_stores_own_addresses_are_places_too():
    at("harbour", 53.30, -6.20, postcode="D01 HP04")
    at("station", 53.40, -6.40)
    assert gazetteer.spots("D01HP04")[0].point == Point(53.30, -6.20)
    city = gazetteer.spots("dublin")
    assert [(spot.words, round(spot.point.latitude, 3)) for spot in city] == [("Dublin", 53.35)]


@pytest.mark.parametrize("where", ["", "   ", "Atlantis", "%", "_", "'; DROP TABLE", "１", "x" * 80, "́"])
def test_an_unknown_place_is_no_place(where):
    place("Galway", 53.27, -9.05, postcode="H91", country="IE")
    assert gazetteer.spots(where) == []


def test_a_name_costs_two_statements_however_many_places_there_are(django_assert_num_queries):
    many = [
        Place(name=f"Blackrock {n}", postcode=f"X{n}", latitude=Decimal("53") + n % 7, longitude=Decimal("-6"), search_text=f"blackrock {n}")
        for n in range(500)
    ]
    Place.objects.bulk_create(many)
    with django_assert_num_queries(2):
        assert len(gazetteer.spots("blackrock")) <= gazetteer.MOST_SPOTS


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("カフェ", "かふぇ"),
        ("ｶﾌｪ", "カフェ"),
        ("ＡＢＣ", "abc"),
        ("ガラス", "がらす"),
        ("ﾊﾟﾝ", "ぱん"),
        ("Café", "cafe"),
        ("℃", "°c"),
        ("ヽ", "ゝ"),
        ("コーヒー", "こーひー"),
    ],
)
def test_searching_meets_every_way_of_writing(one, other):
    assert searchable(one) == searchable(other)


def test_marks_that_tell_kana_apart_stay():
    assert searchable("は") != searchable("ば") != searchable("ぱ")
    assert searchable("東京 タワー") == "東京 たわー"
