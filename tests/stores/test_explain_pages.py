"""The staff's page 'why was it 3 at 14:05': the sum with its rows, in the store's own time."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from stores import holds, stock
from tests import factories
from tests.factories import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    return factories.store("harbour")


@pytest.fixture
def ana(store, client):
    person = factories.staff(store)
    client.force_login(person)
    return person


@pytest.fixture
def mug(store):
    return factories.stocked(store, 10, sku="MUG-BLUE")


def url(name, *more):
    return reverse(name, args=["harbour", *more])


def text(answer):
    """What a page says, in one line."""
    return " ".join(answer.content.decode().split())


def test_why_it_was_two_at_five_past_two_in_the_stores_own_time(client, store, ana, mug):
    """Dublin, summer: 13:05 UTC is 14:05 there."""
    at = NOON.replace(month=7, day=1, hour=13, minute=5)
    vase = factories.variant(sku="VASE")
    stock.receive(store, {vase.pk: 5}, reference="delivery:5", by=ana, at=at - timedelta(hours=2))
    stock.allocate(store.pk, {vase.pk: 2}, reference="fulfilment:8", by=None, at=at - timedelta(minutes=1))
    holds.take({store.pk: {vase.pk: 1}}, holder="cart:77", at=at - timedelta(minutes=5))
    stock.sell(store.pk, {vase.pk: 1}, reference="fulfilment:9", by=None, at=at + timedelta(seconds=1))
    answer = client.get(url("explain", "VASE"), {"at": "2026-07-01T14:05"})
    assert (answer.status_code, answer.context["found"].atp, answer.context["moment"].isoformat()) == (200, 2, "2026-07-01T14:05:00+01:00")
    page = text(answer)
    found = (
        "On Wed 1 Jul 2026 at",
        "(IST), <b>2</b> could still be promised",
        "<dd>5</dd>",
        "<dd>− 2</dd>",
        "<dd>− 1</dd>",
        "Checkout <bdi>77</bdi>",
        "Delivery <bdi>5</bdi>",
    )
    for words in found:
        assert words in page
    assert "fulfilment:9" not in page
    assert client.get(url("explain", "VASE"), {"at": "2026-07-01T11:00"}).context["found"].atp == 0


def test_a_refusal_leads_to_its_very_instant(client, store, ana, mug):
    now = timezone.now() - timedelta(minutes=5)
    with pytest.raises(stock.NotAvailable) as refusal:
        stock.allocate(store.pk, {mug.pk: 11}, reference="fulfilment:1", by=None, at=now)
    stock.note_refusal(refusal.value, reference="cart:2", by=None, at=now)
    stock.sell(store.pk, {mug.pk: 9}, reference="fulfilment:2", by=None, at=now + timedelta(milliseconds=1))
    page = client.get(url("stock_goods", mug.sku))
    assert "11 wanted, 10 left" in text(page)
    (one,) = page.context["story"].refusals
    answer = client.get(url("explain", mug.sku), {"at": one.at.isoformat()})
    assert (answer.context["found"].at, answer.context["found"].atp) == (now, 10)


@pytest.mark.parametrize("typed", ["yesterday", "2026-13-01T10:00", "9999-12-31T23:59", "2026"])
def test_what_is_no_past_moment_says_so_and_shows_now(client, store, ana, mug, typed):
    answer = client.get(url("explain", mug.sku), {"at": typed})
    assert (answer.status_code, "This is how it is now." in text(answer), answer.context["found"].atp) == (422, True, 10)


def test_before_there_was_anything_it_was_none(client, store, ana, mug):
    answer = client.get(url("explain", mug.sku), {"at": "0001-01-01T00:00"})
    assert (answer.status_code, answer.context["found"].atp) == (200, 0)


def test_a_moment_that_no_clock_of_the_store_ever_showed_is_none(client, ana, mug):
    """West of Greenwich the first hours of the calendar lie before it."""
    place = factories.store("new-york", time_zone="America/New_York")
    client.force_login(factories.staff(place))
    answer = client.get(reverse("explain", args=["new-york", mug.sku]), {"at": "0001-01-01T00:30:00+00:00"})
    assert (answer.status_code, "Write a day and a time." in text(answer)) == (422, True)


def test_without_a_moment_it_explains_now(client, store, ana, mug):
    answer = client.get(url("explain", mug.sku))
    assert (answer.status_code, answer.context["found"].atp) == (200, 10)


def test_an_hour_that_comes_twice_is_its_first_and_a_link_can_mean_the_second(client, store, ana):
    """Dublin, 25 October 2026: 01:30 is 00:30 UTC in summer time, and 01:30 UTC an hour later."""
    vase, summer = factories.variant(sku="VASE"), NOON.replace(month=10, day=25, hour=0, minute=30)
    stock.receive(store, {vase.pk: 5}, reference="delivery:5", by=ana, at=summer - timedelta(hours=5))
    stock.sell(store.pk, {vase.pk: 3}, reference="fulfilment:9", by=None, at=summer + timedelta(minutes=30))
    for asked, left in (("2026-10-25T01:30", 5), ("2026-10-25T01:30:00+01:00", 5), ("2026-10-25T01:30:00+00:00", 2)):
        assert client.get(url("explain", "VASE"), {"at": asked}).context["found"].atp == left
