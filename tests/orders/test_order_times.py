"""The order's page when time has run out, and what it says of money and hours then."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse

from orders.models import Fulfilment, Order
from tests import factories
from tests.orders.own_orders import allow, placed, url, words

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.fixture
def store():
    return factories.store("harbour", directions="Counter 2 on the left")


@pytest.fixture
def staff(store):
    return factories.staff(store)


# When time runs out


def page_at(client, order, hours):
    with time_machine.travel(order.placed_at + timedelta(hours=hours), tick=False):
        return words(client, order)


@pytest.mark.parametrize("picking", [False, True])
def test_an_order_that_is_late_promises_no_time_that_is_over(client, store, staff, picking):
    order = placed(store)
    allow(client, order)
    if picking:
        factories.pickup.start_picking(factories.pickup_of(order), by=staff, at=NOON)
    assert "today by <time>14:00</time>" in page_at(client, order, 1)
    page = page_at(client, order, 3)
    assert "It takes longer than we said." in page
    assert "We write to you as soon as it is ready." in page
    assert "14:00</time>" not in page


def test_a_ready_order_does_not_wait_until_a_moment_that_is_over(client, store, staff):
    order = placed(store)
    allow(client, order)
    factories.ready(order, staff)
    assert "It waits for you at the counter until Fri 27 Nov" in page_at(client, order, 1)
    page = page_at(client, order, 24 * 5)
    assert "We held it until Fri 27 Nov, <time" in page
    assert ">19:00</time>.</b> Call Harbour" in page
    assert "before you come." in page
    assert "It waits for you" not in page


def test_a_page_that_polls_hears_that_time_ran_out(client, store):
    order = placed(store)
    allow(client, order)
    version = client.get(url(order)).context["version"]
    with time_machine.travel(NOON + timedelta(hours=1), tick=False):
        assert client.get(url(order, "order_live"), {"v": version}).status_code in (200, 204)
        version = client.get(url(order)).context["version"]
    with time_machine.travel(NOON + timedelta(hours=3), tick=False):
        assert "It takes longer than we said." in client.get(url(order, "order_live"), {"v": version}).content.decode()


@pytest.mark.parametrize("state", ["expired", "cancelled"])
@pytest.mark.parametrize(("money", "said"), [("unpaid", "nothing"), ("paid", "You have paid for it. Call Harbour"), ("refunded", "You have your money back.")])
def test_what_becomes_of_the_money_of_an_order_that_is_over(client, store, state, money, said):
    order = placed(store)
    allow(client, order)
    Fulfilment.objects.update(state=state)
    Order.objects.update(payment_state=money)
    page = words(client, order)
    assert said in page
    assert ("You have paid nothing for it." in page or "There is nothing to pay." in page) == (money == "unpaid")


def test_who_must_answer_is_not_told_to_do_nothing(client, store):
    order = placed(store)
    allow(client, order)
    Fulfilment.objects.update(state="awaiting_customer")
    page = page_at(client, order, 3)
    assert "we need your answer" in page
    assert "It takes longer than we said." not in page
    client.get(reverse("orders"))
    assert "Waiting for you" in client.get(reverse("orders")).content.decode()


@time_machine.travel(NOON, tick=False)
def test_an_open_order_shows_the_hours_of_the_week(client, store, staff):
    order = placed(store)
    allow(client, order)
    page = words(client, order)
    assert "Opening hours" in page
    assert "<dt>Monday</dt><dd><time>09:00–19:00</time>" in page
    assert 'aria-current="date"><dt>Tuesday</dt>' in page
