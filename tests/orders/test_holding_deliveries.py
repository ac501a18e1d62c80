"""What is delivered is kept during the checkout, too: the customer reads until when, and whether somebody was faster after that."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from orders import carts
from orders.models import Cart, CartLine
from stores import holds
from stores.models import Store, Variant
from tests import factories
from tests.factories import NOON
from tests.orders import delivering
from tests.orders.shopping import fill, page, words

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def depot() -> Store:
    """It delivers, and hands over nothing."""
    delivering.option()
    return delivering.sender("depot", pickup=False)


@pytest.fixture
def lamp(depot) -> Variant:
    """Five of it are there."""
    return factories.stocked(depot, 5, price=3000)


@pytest.fixture
def clock():
    """Noon, and moved on by the test."""
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def start(client) -> None:
    client.post(reverse("start_checkout"))


def test_what_is_delivered_is_kept_and_says_until_when(client, lamp, clock):
    fill(client, (lamp, 2))
    carts.receive_all(Cart.objects.get(), way=CartLine.Way.DELIVERY, at=NOON)
    assert "Kept for you" not in words(page(client))
    start(client)
    assert "Kept for you until <b><time" in words(page(client))
    clock.shift(timedelta(minutes=11))
    text = words(page(client))
    assert "No longer kept for you." in text
    assert "Everything is still there." in text


def test_who_was_too_late_for_a_delivery_reads_before_paying_that_somebody_was_faster(client, depot, lamp, clock):
    fill(client, (lamp, 2))
    carts.receive_all(Cart.objects.get(), way=CartLine.Way.DELIVERY, at=NOON)
    start(client)
    clock.shift(timedelta(minutes=11))
    holds.take({depot.pk: {lamp.pk: 4}}, holder="cart:999", at=NOON + timedelta(minutes=11))
    text = words(page(client))
    assert "Somebody else was faster." in text
    assert "We kept your goods until 12:10." in text


def test_what_lacks_of_the_delivered_part_is_not_said_to_be_there(client, harbour, depot, lamp, clock):
    mug = factories.stocked(harbour, 10)
    fill(client, (mug, 1), (lamp, 2), place=harbour)
    carts.receive(Cart.objects.get(), lamp, way=CartLine.Way.DELIVERY, at=NOON)
    start(client)
    assert "Kept for you until <b><time" in words(page(client))
    clock.shift(timedelta(minutes=11))
    holds.take({depot.pk: {lamp.pk: 4}}, holder="cart:999", at=NOON + timedelta(minutes=11))
    text = words(page(client))
    assert "Everything is still there." not in text
    assert "Somebody else was faster." in text
