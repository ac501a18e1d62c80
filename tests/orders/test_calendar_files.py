"""The file for the customer's calendar, read back as a calendar reads it."""

from datetime import UTC, datetime, timedelta

import icalendar
import pytest
from django.urls import reverse

from orders import calendar_files, changes
from orders.cancellation import Cause
from orders.models import Fulfilment
from stores.models import Store
from tests import factories
from tests.factories import NOON
from tests.orders.own_orders import allow

pytestmark = pytest.mark.django_db
URL = "http://127.0.0.1:8000/orders/HP-XXXXXX/"


def file_of(world) -> bytes:
    return calendar_files.of_pickup(world.pickup, url=URL, at=NOON)


def entry(world) -> icalendar.Event:
    (found,) = icalendar.Calendar.from_ical(file_of(world)).walk("VEVENT")
    return found


def test_the_entry_is_the_pickup_s_window_in_the_store_s_zone(world):
    found = entry(world)
    assert (found["DTSTART"].dt, found["DTEND"].dt) == (datetime(2026, 11, 24, 14, 0, tzinfo=UTC), datetime(2026, 11, 24, 14, 30, tzinfo=UTC))
    assert (found["DTSTART"].params["TZID"], found["DTEND"].params["TZID"]) == ("Europe/Dublin", "Europe/Dublin")
    assert found["DTSTAMP"].dt == NOON
    assert found["SUMMARY"] == f"Collect {world.order.number} at Harbour"
    assert found["LOCATION"] == "Harbour, Quay 4, D01 Dublin"
    assert (found["URL"], found["STATUS"], found["UID"]) == (URL, "CONFIRMED", f"fulfilment-{world.pickup.pk}@127.0.0.1")
    assert "GEO" not in found
    (zone,) = icalendar.Calendar.from_ical(file_of(world)).walk("VTIMEZONE")
    assert zone["TZID"] == "Europe/Dublin"


def test_one_alarm_rings_an_hour_before(world):
    (alarm,) = entry(world).walk("VALARM")
    assert (alarm["ACTION"], alarm["TRIGGER"].dt) == ("DISPLAY", timedelta(hours=-1))


def test_coordinates_are_told_where_they_are_known(world):
    Store.objects.update(latitude="53.349800", longitude="-6.260300")
    assert entry(world)["GEO"].to_ical() == "53.3498;-6.2603"


def test_a_pickup_that_is_moved_replaces_its_entry(world):
    before = entry(world)
    changes.move_window(world.pickup, slot="2026-11-24T16:00:00+00:00", cause=Cause.CUSTOMER, by=world.marta, at=NOON)
    after = entry(world)
    assert (before["SEQUENCE"], after["SEQUENCE"]) == (0, 1)
    assert before["UID"] == after["UID"]
    assert after["DTSTART"].dt == datetime(2026, 11, 24, 16, 0, tzinfo=UTC)


def test_a_cancelled_pickup_is_cancelled_in_the_calendar_too(world):
    Fulfilment.objects.update(state="cancelled")
    assert entry(world)["STATUS"] == "CANCELLED"


def test_names_are_escaped_and_lines_folded_at_75_octets(world):
    name = "Café; Quay, North\\South " + "é" * 36
    Store.objects.update(name=name)
    text = file_of(world)
    assert b"Caf\xc3\xa9\\; Quay\\, North\\\\South" in text.replace(b"\r\n ", b"")
    assert max(len(line) for line in text.split(b"\r\n")) <= 75
    assert entry(world)["LOCATION"] == f"{name}, Quay 4, D01 Dublin"


def test_the_file_has_no_code_and_no_secret_link(world):
    text = file_of(world).decode()
    assert world.pickup.public_id not in text
    assert "open/" not in text


def test_the_customer_gets_the_file_of_a_pickup_that_is_promised(client, world):
    address = reverse("pickup_calendar", args=[world.order.number, world.pickup.pk])
    assert client.get(address).status_code == 404
    allow(client, world.order)
    answer = client.get(address)
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    assert answer["Content-Disposition"] == f'attachment; filename="{world.order.number}.ics"'
    (found,) = icalendar.Calendar.from_ical(answer.content).walk("VEVENT")
    assert found["URL"] == f"http://127.0.0.1:8000{reverse('order', args=[world.order.number])}"
    Fulfilment.objects.update(awaits_payment=True)
    assert client.get(address).status_code == 404


def test_a_delivery_is_no_appointment(client, world):
    allow(client, world.order)
    Fulfilment.objects.update(kind="delivery")
    assert client.get(reverse("pickup_calendar", args=[world.order.number, world.pickup.pk])).status_code == 404


def test_a_window_without_an_end_lasts_as_long_as_the_store_s_windows(world):
    Fulfilment.objects.update(window_ends=None)
    found = entry(world)
    assert found["DTEND"].dt - found["DTSTART"].dt == timedelta(minutes=30)
    assert factories.pickup_of(world.order).window_ends is None
