"""What a delivery costs and when it arrives. NOON is Tuesday 24 November 2026, 12:00 in Dublin."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from orders import delivery_quotes, parcels
from orders.delivery_quotes import NotDelivered, OptionGone, Wish
from orders.models import DeliveryOption, DeliveryZone, Promise
from stores import stock
from stores.models import Closure, OpeningHours, Store
from stores.stock import NotAvailable
from tests import factories
from tests.factories import NOON
from tests.orders import delivering
from tests.orders.delivering import HOME
from tests.unchanged import refused

pytestmark = pytest.mark.django_db
FRIDAY = NOON + timedelta(days=3)
TODAY = date(2026, 11, 24)


def moment(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


# The zone of an address


@pytest.mark.parametrize(
    ("country", "postcode", "name"),
    [
        ("IE", "D08 XY12", "Dublin 8"),
        ("ie", "d08xy12", "Dublin 8"),
        ("IE", "A65 F4E2", "Ireland"),
        ("IE", "", "Ireland"),
        ("GB", "EC1Y 8SY", "Britain and Europe"),
        ("DE", "20457", "Britain and Europe"),
    ],
)
def test_the_first_zone_that_an_address_is_in_counts(country, postcode, name):
    known = [
        DeliveryZone(name="Dublin 8", countries="IE", postcodes="D08\n D8 \n"),
        DeliveryZone(name="Ireland", countries="IE"),
        DeliveryZone(name="Britain and Europe", countries="GB, DE,FR  NL"),
    ]
    assert delivery_quotes.zone_of(known, country, postcode).name == name


def test_where_nobody_delivers_is_said_with_country_and_postcode():
    with pytest.raises(NotDelivered) as refusal:
        delivery_quotes.zone_of([DeliveryZone(countries="IE", postcodes="D08")], "IE", "A65 F4E2")
    assert (refusal.value.country, refusal.value.postcode) == ("IE", "A65 F4E2")


def test_a_zone_without_an_option_is_not_delivered_to():
    delivering.zone("Britain", "GB", position=2)
    delivering.option(active=False)
    with refused(NotDelivered):
        delivery_quotes.quote(Wish(HOME, 1), goods_total=1000, at=NOON)
    assert delivery_quotes.countries(delivery_quotes.zones()) == []
    delivering.option(name="Express")
    assert delivery_quotes.countries(delivery_quotes.zones()) == ["IE"]


# The price


@pytest.mark.parametrize(
    ("goods", "price", "gap", "words"),
    [
        (4800, 495, 1200, "Have €12.00 more delivered, and delivery is free"),
        (5999, 495, 1, "Have €0.01 more delivered, and delivery is free"),
        (6000, 0, 0, ""),
        (9900, 0, 0, ""),
    ],
)
def test_delivery_is_free_from_an_amount_of_goods(goods, price, gap, words):
    delivering.sender()
    quoted = delivery_quotes.quote(Wish(HOME, delivering.option().pk), goods_total=goods, at=NOON)
    assert (quoted.price, quoted.gap, quoted.gap_in_words) == (price, gap, words)


def test_a_quote_is_told_in_words():
    delivering.sender()
    quoted = delivery_quotes.quote(Wish(HOME, delivering.option().pk), goods_total=1000, at=NOON)
    assert quoted.in_words == "Standard, €4.95, by Thursday 26 November"
    free = delivery_quotes.quote(Wish(HOME, delivering.option(name="Bike", price=0, free_from=None).pk), goods_total=1, at=NOON)
    assert (free.in_words, free.gap_in_words) == ("Bike, Free, by Thursday 26 November", "")
    never = delivery_quotes.quote(Wish(HOME, delivering.option(name="Gold", price=1995, free_from=None).pk), goods_total=99999, at=NOON)
    assert (never.price, never.gap_in_words) == (1995, "")


# The day


@pytest.mark.parametrize(
    ("at", "cut_off", "days", "leaves", "arrives"),
    [
        (moment(24, 14, 59), time(15), 2, moment(24, 19), date(2026, 11, 26)),  # Tuesday, in time
        (moment(24, 15), time(15), 2, moment(25, 19), date(2026, 11, 27)),  # "before" the cut-off
        (moment(24, 9), None, 2, moment(25, 19), date(2026, 11, 27)),  # without one it leaves on the next working day
        (moment(27, 12), time(15), 1, moment(27, 19), date(2026, 11, 30)),  # Friday: arrives on Monday
        (moment(27, 16), time(15), 1, moment(30, 19), date(2026, 12, 1)),
        (moment(28, 9), time(15), 1, moment(30, 19), date(2026, 12, 1)),  # Saturday
        (moment(24, 9), time(15), 0, moment(24, 19), TODAY),
        (moment(24, 23, 30), time(23, 45), 1, moment(25, 19), date(2026, 11, 26)),  # before the cut-off, but the store has closed
    ],
)
def test_working_days_are_counted_from_the_one_on_which_it_leaves(at, cut_off, days, leaves, arrives):
    store = delivering.sender()
    quoted = delivery_quotes.quote(Wish(HOME, delivering.option(cut_off=cut_off, days=days).pk), goods_total=1000, store=store, at=at)
    assert (quoted.dispatch_by, quoted.promised_day) == (leaves, arrives)


def test_a_closure_of_the_store_puts_it_off():
    store = delivering.sender()
    Closure.objects.create(store=store, first_day=TODAY, last_day=date(2026, 11, 26), reason="Stocktaking")
    quoted = delivery_quotes.quote(Wish(HOME, delivering.option().pk), goods_total=1000, store=store, at=NOON)
    assert (quoted.dispatch_by, quoted.promised_day) == (moment(27, 19), date(2026, 12, 1))


def test_so_does_a_weekday_without_hours_and_a_pause():
    store = delivering.sender()
    OpeningHours.objects.filter(store=store, weekday=1).delete()
    wish = Wish(HOME, delivering.option().pk)
    assert delivery_quotes.quote(wish, goods_total=1000, store=store, at=NOON).dispatch_by == moment(25, 19)
    Store.objects.filter(pk=store.pk).update(paused_until=moment(26, 16))
    assert delivery_quotes.quote(wish, goods_total=1000, store=Store.objects.get(pk=store.pk), at=NOON).dispatch_by == moment(27, 19)


def test_the_cut_off_is_by_the_clock_of_the_store():
    tokyo = delivering.sender("ginza", time_zone="Asia/Tokyo")
    wish = Wish(HOME, delivering.option().pk)
    assert delivery_quotes.quote(wish, goods_total=1, store=tokyo, at=moment(24, 5, 59)).dispatch_by == moment(24, 10)  # 14:59 there, closes at 19:00
    assert delivery_quotes.quote(wish, goods_total=1, store=tokyo, at=moment(24, 6)).dispatch_by == moment(25, 10)


def test_a_store_without_known_hours_sends_until_six():
    store = delivering.sender()
    OpeningHours.objects.all().delete()
    assert delivery_quotes.quote(Wish(HOME, delivering.option().pk), goods_total=1, store=store, at=NOON).dispatch_by == moment(24, 18)


def test_a_store_that_is_never_open_delivers_nothing():
    store = delivering.sender()
    OpeningHours.objects.filter(weekday__lt=5).delete()
    with refused(NotDelivered):
        delivery_quotes.quote(Wish(HOME, delivering.option().pk), goods_total=1, store=store, at=NOON)


def test_before_it_is_known_who_sends_the_slowest_store_counts():
    delivering.sender("harbour")
    slow = delivering.sender("station")
    Closure.objects.create(store=slow, first_day=TODAY, last_day=TODAY, reason="Stocktaking")
    assert delivery_quotes.quote(Wish(HOME, delivering.option().pk), goods_total=1, at=NOON).promised_day == date(2026, 11, 27)


def test_where_no_store_sends_parcels_nothing_is_delivered():
    factories.store()
    with refused(NotDelivered):
        delivery_quotes.quote(Wish(HOME, delivering.option().pk), goods_total=1, at=NOON)


# What is wished


def test_an_option_that_is_not_offered_for_the_address_is_gone(django_assert_num_queries):
    delivering.sender()
    known, abroad = delivering.option(), delivering.option(delivering.zone("Britain", "GB"))
    with refused(OptionGone) as refusal:
        delivery_quotes.quote(Wish(HOME, abroad.pk), goods_total=1, at=NOON)
    assert refusal.value.option_id == abroad.pk
    DeliveryOption.objects.filter(pk=known.pk).update(active=False)
    delivering.option(name="Express")
    with refused(OptionGone):
        delivery_quotes.quote(Wish(HOME, known.pk), goods_total=1, at=NOON)


def test_pages_show_every_option_and_ask_once_a_minute(django_assert_num_queries):
    delivering.sender()
    delivering.option()
    delivering.option(name="Express", price=995, free_from=None, days=1, position=1)
    with django_assert_num_queries(3):
        offered = delivery_quotes.offers("IE", "D08 XY12", goods_total=4800, at=NOON)
    assert [quoted.in_words for quoted in offered] == ["Standard, €4.95, by Thursday 26 November", "Express, €9.95, by Wednesday 25 November"]
    with django_assert_num_queries(0):
        delivery_quotes.offers("IE", "D08 XY12", goods_total=100, at=NOON)
    with pytest.raises(NotDelivered):
        delivery_quotes.offers("GB", "EC1Y 8SY", goods_total=4800, at=NOON)


def test_a_quote_asks_as_much_however_many_zones_and_options_there_are(django_assert_num_queries):
    delivering.sender()
    wish = Wish(HOME, delivering.option().pk)
    for number in range(5):
        delivering.option(delivering.zone(f"Zone {number}", "FR", position=number), name="A")
    with django_assert_num_queries(3):
        delivery_quotes.quote(wish, goods_total=1, at=NOON)


# The parcels of an order


def test_the_first_parcel_bears_the_price_and_each_is_promised_by_its_own_store(django_assert_num_queries):
    harbour, station = delivering.sender("harbour"), delivering.sender("station")
    Closure.objects.create(store=station, first_day=TODAY, last_day=TODAY, reason="Stocktaking")
    mug, bowl = factories.stocked(harbour, 5), factories.stocked(station, 5)
    wish = Wish(HOME, delivering.option().pk)
    with django_assert_num_queries(4):
        made = parcels.plan({0: (mug.pk, 2), 2: (bowl.pk, 1)}, wish, goods_total=2000, at=NOON)
    assert [(parcel.store.code, parcel.goods, parcel.price, parcel.quoted.promised_day) for parcel in made] == [
        ("harbour", {0: 2}, 495, date(2026, 11, 26)),
        ("station", {2: 1}, 0, date(2026, 11, 27)),
    ]


def test_a_divided_line_is_promised_part_by_part():
    harbour, station = delivering.sender("harbour"), delivering.sender("station")
    mug = factories.stocked(harbour, 2, price=1001)
    stock.receive(station, {mug.pk: 1}, reference="more", by=None, at=NOON)
    delivering.option()
    placed = delivering.order((mug, 3))
    assert [(parcel.store.code, parcel.lines.get().quantity) for parcel in delivering.parcels_of(placed)] == [("harbour", 2), ("station", 1)]
    told = list(Promise.objects.order_by("pk").values_list("total", "goods"))
    assert [(total, goods[0]["quantity"]) for total, goods in told] == [(2002, 2), (1001, 1)]
    assert (placed.total, placed.delivery_total) == (3003 + 495, 495)


def test_more_than_there_is_makes_no_parcels():
    mug = factories.stocked(delivering.sender(), 2)
    with refused(NotAvailable):
        parcels.plan({0: (mug.pk, 3)}, Wish(HOME, delivering.option().pk), goods_total=1, at=NOON)


@pytest.mark.parametrize(("pattern", "url"), [("https://t.example/{tracking}/x", "https://t.example/A1/x"), ("", "")])
def test_a_parcel_is_followed_where_its_carrier_says(pattern, url):
    mug = factories.stocked(delivering.sender(), 2)
    van = delivering.carrier("Van", tracking_url=pattern)
    delivering.option(carrier=van)
    parcel = delivering.parcel_of(delivering.order((mug, 1)))
    parcel.delivery.tracking = "A1"
    assert (parcel.delivery.carrier, parcel.delivery.tracking_url) == (van, url)
