"""The list of orders: one over all channels, of the account, its card and this browser."""

import re

import pytest
import time_machine
from django.urls import reverse

from orders import payments, till
from orders.models import Fulfilment, Order
from tests import factories
from tests.factories import NOON
from tests.orders.own_orders import allow, placed

pytestmark = pytest.mark.django_db


def test_the_list_holds_own_orders_and_those_of_this_browser(client, harbour):
    person = factories.user()
    mine, guest, foreign = placed(harbour, owner=person), placed(harbour), placed(harbour)
    client.force_login(person)
    allow(client, guest)
    page = client.get(reverse("orders")).content.decode()
    assert mine.number in page
    assert guest.number in page
    assert foreign.number not in page


def test_without_orders_the_list_says_what_will_be_here(client):
    page = client.get(reverse("orders")).content.decode()
    assert "No orders yet" in page
    assert "Sign in" in page


@pytest.mark.parametrize(("query", "status"), [("customer__user__is_staff=1", 400), ("page=1", 404), ("page=abc", 404)])
def test_the_list_does_not_know_other_questions(client, query, status):
    assert client.get(f"{reverse('orders')}?{query}").status_code == status


def test_earlier_orders_are_a_page_away(client, harbour, django_assert_num_queries):
    person = factories.user()
    mug = factories.stocked(harbour, 99)
    numbers = [factories.order(harbour, (mug, 1), owner=person).number for _ in range(14)]
    client.force_login(person)
    first = client.get(reverse("orders"))
    with django_assert_num_queries(5):
        second = client.get(reverse("orders"), {"page": first.context["next_cursor"]})
    shown = [order.number for answer in (first, second) for order in answer.context["orders"]]
    assert shown == numbers[::-1]


def listed(client):
    """The list as it is read: text only, one purchase after the other."""
    page = client.get(reverse("orders")).text
    rows = page[page.index('<ul class="rows card">') : page.index("</main>")]
    return " ".join(re.sub(r"<[^>]+>", " ", rows).split())


@time_machine.travel(NOON, tick=False)
def test_the_list_says_the_channel_the_store_each_parts_state_and_the_total(client, harbour, ana):
    person = factories.user()
    mug, card = factories.stocked(harbour, 99, price=1250), factories.member(user=person)
    online = factories.order(harbour, (mug, 2), owner=person)
    scanned = factories.order(harbour, (mug, 1), owner=person)
    Order.objects.filter(pk=scanned.pk).update(channel="shelf")
    airport = factories.store("airport")
    Fulfilment.objects.create(order=scanned, store=airport, kind="delivery", state="shipped", public_id="P2", due_at=NOON, placed_at=NOON)
    paid = payments.Tendered("card", 1250)
    bought = till.ring_up(harbour, [till.SaleLine(mug, 1)], tendered=[paid], member=card, sale_reference="t1", by=ana, at=NOON)
    factories.ready(online, ana)
    client.force_login(person)
    assert listed(client) == (
        f"{bought.number} At the till, today 12:00 · 1 item €12.50 Harbour Bought "
        f"{scanned.number} Scanned at the shelf, today 12:00 · 1 item €12.50 Collect at Harbour Placed Delivery On its way "
        f"{online.number} Online, today 12:00 · 2 items €25.00 Collect at Harbour Ready"
    )


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("awaiting_customer", "Waiting for you"),
        ("picking", "Picking"),
        ("collected", "Collected"),
        ("delivered", "Delivered"),
        ("failed", "Delivery failed"),
        ("expired", "Expired"),
        ("cancelled", "Cancelled"),
    ],
)
def test_the_list_says_every_state_in_words(client, harbour, state, said):
    order = placed(harbour)
    Fulfilment.objects.update(state=state)
    allow(client, order)
    assert listed(client).endswith(f"Collect at Harbour {said} Ordered on another device? Sign in , or find your order with the address that you ordered with.")


def test_an_order_that_waits_for_its_payment_says_so_in_the_list(client, harbour):
    order = placed(harbour)
    Fulfilment.objects.update(awaits_payment=True)
    allow(client, order)
    assert "Collect at Harbour Waiting for payment" in listed(client)


def test_more_parts_and_lines_cost_the_list_no_more_statements(client, harbour, django_assert_num_queries):
    person = factories.user()
    order = factories.order(harbour, *[(factories.stocked(harbour, 9), 1) for _ in range(5)], owner=person)
    for number in range(4):
        place = factories.store(f"place-{number}")
        Fulfilment.objects.create(order=order, store=place, kind="pickup", public_id=f"P{number}", due_at=NOON, placed_at=NOON)
    client.force_login(person)
    client.get(reverse("orders"))
    with django_assert_num_queries(5):
        client.get(reverse("orders"))
