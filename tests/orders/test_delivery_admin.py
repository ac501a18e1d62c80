"""Where the shop delivers and for how much, as head office writes it down."""

from html import unescape

import pytest
from django.urls import reverse

from orders import delivery_quotes
from orders.models import Carrier, DeliveryOption, DeliveryZone
from tests import factories
from tests.orders import delivering
from tests.unchanged import unchanged

pytestmark = pytest.mark.django_db
ZONE = {"name": "Ireland", "countries": "ie, IE", "postcodes": " d08 \n\nd8", "position": "1", "active": "on"}
STANDARD = {"name": "Standard", "price": "4.95", "free_from": "60.00", "days": "2", "cut_off": "15:00", "position": "1", "active": "on"}


@pytest.fixture
def office(client):
    client.force_login(factories.head_office())
    return client


def save(office, *options: dict[str, str], **zone: str):
    rows = {f"options-{place}-{name}": value for place, option in enumerate(options) for name, value in option.items()}
    counts = {"options-TOTAL_FORMS": str(len(options)), "options-INITIAL_FORMS": "0"}
    return office.post(reverse("admin:orders_deliveryzone_add"), {**ZONE, **zone, **counts, **rows})


def said(answer) -> str:
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def test_a_zone_is_written_down_with_its_options(office):
    van = delivering.carrier()
    assert save(office, STANDARD | {"carrier": str(van.pk)}).status_code == 302
    zone, option = DeliveryZone.objects.get(), DeliveryOption.objects.get()
    assert (zone.countries, zone.postcodes, option.price, option.free_from, option.carrier) == ("IE", "D08\nD8", 495, 6000, van)
    assert delivery_quotes.zone_of(delivery_quotes.zones(), "IE", "D08 XY12") == zone


@pytest.mark.parametrize(
    ("zone", "option", "words"),
    [
        ({"countries": "Ireland"}, {}, "'IRELAND' is no country. Write two letters each, such as IE, GB."),
        ({"countries": "IE, XX, GB"}, {}, "'XX' is no country."),
        ({"countries": ","}, {}, "is no country."),
        ({}, {"price": "-1"}, "Use an amount such as"),
        ({}, {"free_from": "0"}, "greater than or equal to 1"),
        ({}, {"days": "61"}, "less than or equal to 60"),
        ({}, {"cut_off": "25:00"}, "Enter a valid time."),
    ],
)
def test_a_zone_with_a_fault_is_refused_in_words(office, zone, option, words):
    with unchanged():
        assert words in said(save(office, STANDARD | option, **zone))


def test_an_option_stands_once_in_a_zone_and_a_zone_once(office):
    with unchanged():
        assert "Please correct the duplicate data for name" in said(save(office, STANDARD, STANDARD | {"price": "9.95"}))
    save(office, STANDARD)
    with unchanged():
        assert "Delivery zone with this Name already exists." in said(save(office, STANDARD))


@pytest.mark.parametrize("pattern", ["http://track.example/{tracking}", "https://track.example/", "javascript:{tracking}"])
def test_a_tracking_page_is_https_and_has_a_place_for_the_number(office, pattern):
    with unchanged():
        answer = office.post(reverse("admin:orders_carrier_add"), {"name": "Van", "tracking_url": pattern, "active": "on"})
        assert "Write an https address with {tracking} where the number goes." in said(answer)
    office.post(reverse("admin:orders_carrier_add"), {"name": "Van", "tracking_url": "https://track.example/{tracking}", "active": "on"})
    assert Carrier.objects.get().name == "Van"
