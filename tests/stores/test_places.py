"""Stores: where they are, when they are open, and being in one."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.urls import reverse

from tests import factories

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
NIGHT = datetime(2026, 11, 24, 23, 0, tzinfo=UTC)


def enter(client, store, **data):
    return client.post(reverse("enter_store", args=[store.code]), data)


@time_machine.travel(NOON, tick=False)
def test_the_list_names_every_open_store_and_until_when_it_is_open(client):
    factories.store("harbour")
    factories.store("closed-down", active=False)
    page = client.get(reverse("stores")).content.decode()
    assert "Harbour" in page
    assert "Quay 4" in page
    assert "Open until <time>19:00</time>" in page
    assert "Closed Down" not in page


@time_machine.travel(NIGHT, tick=False)
def test_at_night_the_list_says_when_a_store_opens_next(client):
    factories.store("harbour")
    assert "Closed, opens tomorrow <time" in client.get(reverse("stores")).content.decode()


def test_the_list_costs_the_same_for_one_store_and_for_ten(client, django_assert_num_queries):
    factories.store("harbour")
    client.get(reverse("stores"))  # the services are remembered from here on
    with django_assert_num_queries(2):
        client.get(reverse("stores"))
    for number in range(9):
        factories.store(f"store-{number}")
    with django_assert_num_queries(2):
        client.get(reverse("stores"))


@time_machine.travel(NOON, tick=False)
def test_a_store_page_has_hours_address_directions_and_how_to_collect(client):
    store = factories.store("harbour", directions="Counter 2 on the left")
    page = client.get(reverse("store", args=[store.code])).content.decode()
    assert "Counter 2 on the left" in page
    assert '<div aria-current="date"><dt>Tuesday</dt><dd><time>09:00–19:00</time></dd></div>' in page
    assert "ready after 2 hours of opening time, and wait 3 days" in page
    assert 'href="tel:+35315550142"' in page


def test_a_store_that_closed_down_is_not_there(client):
    factories.store("harbour", active=False)
    assert client.get(reverse("store", args=["harbour"])).status_code == 404
    assert client.post(reverse("enter_store", args=["harbour"])).status_code == 404
    assert "here" not in client.session


@time_machine.travel(NOON, tick=False)
def test_entering_a_store_is_seen_on_every_page_until_it_is_left(client):
    store = factories.store("harbour")
    enter(client, store)
    assert client.session["here"]["code"] == "harbour"
    page = client.get(reverse("stores")).content.decode()
    assert "You are in <b>Harbour</b> · open until <time>19:00</time>" in page
    assert "You are here" in page
    client.post(reverse("leave_store"))
    assert client.session["here"] is None
    assert "No store chosen" in client.get(reverse("stores")).content.decode()


def test_the_closing_time_is_not_shown_after_it_has_passed(client):
    with time_machine.travel(NOON, tick=False):
        enter(client, factories.store("harbour"))
    with time_machine.travel(NIGHT, tick=False):
        page = client.get(reverse("cart")).content.decode()
    assert "You are in <b>Harbour</b>" in page
    assert "open until" not in page


def test_looking_at_a_store_does_not_enter_it(client):
    store = factories.store("harbour")
    client.get(reverse("store", args=[store.code]))
    assert client.get(reverse("enter_store", args=[store.code])).status_code == 405
    assert "here" not in client.session


@pytest.mark.parametrize(
    "target", ["//evil.example/", "/\\evil.example", "javascript:alert(1)", "https://testserver@evil.example/", "http:///evil.example", ""]
)
def test_after_entering_a_store_nobody_is_sent_to_another_site(client, target):
    assert enter(client, factories.store("harbour"), next=target)["Location"] == "/"


def test_after_entering_a_store_the_customer_is_back_on_the_page(client):
    assert enter(client, factories.store("harbour"), next="/products/mug/?variant=A1")["Location"] == "/products/mug/?variant=A1"


def test_entering_a_store_makes_the_cart_be_collected_there(client):
    harbour, station = factories.store("harbour"), factories.store("station")
    mug = factories.stocked(station, 3)
    enter(client, harbour)
    client.post(reverse("add_to_cart"), {"sku": mug.sku, "quantity": "1"})
    assert "Collect at Harbour" in client.get(reverse("cart")).content.decode()
    enter(client, station)
    page = client.get(reverse("cart")).content.decode()
    assert "Collect at Station" in page
    assert "3 left at Station" in page
