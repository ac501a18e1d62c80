"""The customer's orders: who may see them, and what the page says in each state."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from loyalty.models import EarnRule
from omo import outbox
from omo.models import Message
from orders import messages, payments, pickup_codes, till
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


# Who may see it


def test_an_order_of_somebody_else_is_the_same_404_as_none(client, store):
    order = placed(store, owner=factories.user())
    client.force_login(factories.user())
    answers = [client.get(url(order)), client.get(reverse("order", args=["HP-NOTHING"])), client.get(reverse("order", args=["-1"]))]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert client.get(url(order, "order_live")).status_code == 404


def test_the_number_alone_does_not_open_a_guests_order(client, store):
    assert client.get(url(placed(store))).status_code == 404


def test_customers_see_their_own_order_on_every_device(client, store):
    person = factories.user()
    order = placed(store, owner=person)
    client.force_login(person)
    assert order.number in words(client, order)


def test_what_was_ordered_as_a_guest_is_theirs_who_proved_the_address(client, store):
    ordered, elsewhere = placed(store), placed(store, owner=factories.user())
    Order.objects.filter(pk=elsewhere.pk).update(email="marta@shop.test")
    other = factories.user()
    person = factories.user("marta@shop.test")
    address = person.emailaddress_set.get()
    for email, verified, sees in (("marta@shop.test", False, []), ("marta@shop.test", True, [ordered]), ("Marta@Shop.test", True, [ordered])):
        person.emailaddress_set.filter(pk=address.pk).update(email=email, verified=verified)
        client.force_login(person)
        assert list(client.get(reverse("orders")).context["orders"]) == sees
        assert client.get(url(ordered)).status_code == (200 if sees else 404)
        assert client.get(url(elsewhere)).status_code == 404
    client.force_login(other)
    assert list(client.get(reverse("orders")).context["orders"]) == []
    assert client.get(url(ordered)).status_code == 404


def test_the_list_costs_as_many_statements_with_many_addresses_and_orders(client, store, django_assert_max_num_queries):
    person = factories.user("marta@shop.test")
    client.force_login(person)
    placed(store)
    with CaptureQueriesContext(connection) as before:
        client.get(reverse("orders"))
    for number in range(3):
        person.emailaddress_set.create(email=f"marta{number}@shop.test", verified=True)
        placed(store)
    with django_assert_max_num_queries(len(before)):
        assert len(client.get(reverse("orders")).context["orders"]) == 4


def test_the_link_in_the_mail_opens_a_guests_order_and_leaves_the_address_bar(client, store):
    order = placed(store)
    link = messages.order_link(order).removeprefix("http://127.0.0.1:8000")
    answer = client.get(link)
    assert answer["Location"] == url(order)
    assert order.number in words(client, order)


def test_wrong_revoked_and_foreign_links_open_nothing(client, store):
    order, other = placed(store), placed(store)
    link = messages.order_link(order).removeprefix("http://127.0.0.1:8000")
    token = link.split("/")[-2]
    assert client.get(reverse("open_order", args=[order.number, token[:-1] + "x"])).status_code == 404
    assert client.get(reverse("open_order", args=[other.number, token])).status_code == 404
    assert client.get(reverse("open_order", args=["HP-NOTHING", token])).status_code == 404
    Order.objects.filter(pk=order.pk).update(access_version=2)
    assert client.get(link).status_code == 404
    assert "orders" not in client.session


def test_guessing_links_is_slowed_down(client, store, monkeypatch):
    monkeypatch.setattr("omo.limits.time", SimpleNamespace(time=lambda: 1_000_000))  # all within one minute, however slow the machine
    order = placed(store)
    answers = [client.get(reverse("open_order", args=[order.number, "x" * 22])).status_code for _ in range(32)]
    assert answers[0] == 404
    assert answers[-1] == 429


def test_a_purchase_at_the_till_is_seen_by_its_member_only(client, store, staff):
    person = factories.user()
    mug = factories.stocked(store, 10, price=1000)
    line, paid = till.SaleLine(mug, 1), payments.Tendered("card", 1000)
    order = till.ring_up(store, [line], tendered=[paid], member=factories.member(user=person), sale_reference="t1", by=staff, at=NOON)
    assert client.get(url(order)).status_code == 404
    client.force_login(person)
    page = words(client, order)
    assert "Bought at Harbour" in page
    assert "Pickup pass" not in page


# What it says


@time_machine.travel(NOON, tick=False)
def test_a_placed_order_shows_number_code_store_and_what_happens_next(client, store):
    order = placed(store)
    allow(client, order)
    page = words(client, order)
    digits = pickup_codes.six_digits(factories.pickup_of(order))
    assert f'<span class="number">{order.number}</span>' in page
    assert f"{digits[:3]} {digits[3:]}" in page
    assert f"Pickup code for order {order.number}" in page
    assert "We write to you when it is ready</b>, today by <time>14:00</time>" in page
    assert "Counter 2 on the left" in page
    assert "Open today until <time>19:00</time>" in page
    assert 'Pay <bdi class="money">€25.00</bdi> in store' in page
    assert "Become a member" in page


def steps(client, order):
    return [(step.name, step.done, step.current) for step in client.get(url(order)).context["alone"].steps]


def test_the_tracker_follows_the_order_with_times_of_the_store(client, staff):
    dublin_summer = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
    store = factories.store("harbour")
    order = placed(store, at=dublin_summer)
    allow(client, order)
    assert steps(client, order) == [("Placed", True, True), ("Picking", False, False), ("Ready", False, False), ("Collected", False, False)]
    with time_machine.travel(dublin_summer, tick=False):
        assert ">13:00</time>" in words(client, order)
    with time_machine.travel(dublin_summer + timedelta(days=1), tick=False):
        assert ">Wed 1 Jul, 13:00</time>" in words(client, order)
    factories.ready(order, staff, at=dublin_summer)
    assert steps(client, order) == [("Placed", True, False), ("Picking", True, False), ("Ready", True, True), ("Collected", False, False)]


@time_machine.travel(NOON, tick=False)
def test_a_ready_order_says_until_when_it_waits(client, store, staff):
    order = placed(store)
    allow(client, order)
    factories.ready(order, staff)
    page = words(client, order)
    assert "Ready at Harbour" in page
    assert "It waits for you at the counter until Fri 27 Nov, <time" in page


def test_a_collected_order_has_no_code_any_more_and_says_what_was_earned(client, store, staff):
    EarnRule.objects.create(points=1, amount=100, valid_from=NOON - timedelta(days=1))
    person = factories.user()
    factories.member(user=person)
    order = placed(store, owner=person)
    client.force_login(person)
    assert "<b>25 points</b> are yours once you collect" in words(client, order)
    factories.collected(order, staff)
    page = words(client, order)
    assert "You earned <b>25 points</b>" in page
    assert 'Paid <bdi class="money">€25.00</bdi>' in page
    assert "Pickup pass" not in page
    assert "data-poll=" not in page


@pytest.mark.parametrize(
    ("state", "said"), [("expired", "It was not collected in time"), ("cancelled", "This order was cancelled."), ("awaiting_customer", "we need your answer")]
)
def test_other_states_are_said_in_words(client, store, state, said):
    order = placed(store)
    allow(client, order)
    Fulfilment.objects.update(state=state)
    assert said in words(client, order)


def test_an_order_that_is_late_says_so(client, store):
    order = placed(store)
    allow(client, order)
    with time_machine.travel(NOON + timedelta(hours=3), tick=False):
        assert "It takes longer than we said." in words(client, order)


# Live


def test_the_page_asks_whether_something_moved_and_stops_when_nothing_will(client, store, staff):
    order = placed(store)
    allow(client, order)
    version = client.get(url(order)).context["version"]
    assert client.get(url(order, "order_live"), {"v": version}).status_code == 204
    factories.ready(order, staff)
    answer = client.get(url(order, "order_live"), {"v": version})
    assert answer.status_code == 200
    assert answer.content.decode().strip().startswith('<main id="main"')
    assert "Ready at Harbour" in answer.content.decode()
    payments.take_payment(order, [payments.Tendered("card", order.total)], store=store, by=staff, at=NOON)
    factories.pickup.hand_over(factories.pickup_of(order), proof=pickup_codes.six_digits(factories.pickup_of(order)), by=staff, at=NOON)
    assert client.get(url(order, "order_live"), {"v": version}).status_code == 286


def test_the_live_answer_knows_its_question_only(client, store):
    order = placed(store)
    allow(client, order)
    assert client.get(url(order, "order_live"), {"x": "1"}).status_code == 400


# Messages


def deliver(order, kind):
    outbox.deliver(Message.objects.get(order=order, kind=kind))


def test_the_mails_say_what_to_do(store, staff, mailoutbox, settings):
    order = placed(store)
    deliver(order, "order_placed")
    factories.collected(order, staff)
    deliver(order, "pickup_collected")
    first, last = mailoutbox
    digits = pickup_codes.six_digits(factories.pickup_of(order))
    assert first.subject == f"Order {order.number}: we have it, collect at Harbour"
    assert messages.order_link(order) in first.body
    assert f"{digits[:3]} {digits[3:]}" in first.body
    assert "It is ready Tuesday 24 November, 14:00–14:30, at Harbour." in first.body
    assert "Tuesday 09:00–19:00" in first.body
    assert "€25.00, to pay in the store." in first.body
    assert last.subject == f"Order {order.number} was collected"
    assert "Paid: €25.00" in last.body


def test_the_mail_that_it_is_ready_says_until_when_and_what_to_pay(store, staff, mailoutbox):
    order = placed(store)
    factories.ready(order, staff)
    deliver(order, "pickup_ready")
    body = mailoutbox[0].body
    assert mailoutbox[0].subject == f"Order {order.number} is ready at Harbour"
    assert "waits for you at Harbour until Friday 27 November, 19:00." in body
    assert "You pay €25.00 there" in body
    html = mailoutbox[0].alternatives[0][0]
    assert "€25.00" in html
    assert "src=" not in html


def test_a_name_is_plain_text_in_mails_and_escaped_in_their_html(store, mailoutbox):
    order = placed(store, name="<img src=x> {{ settings }}")
    deliver(order, "order_placed")
    assert "Thank you, <img src=x> {{ settings }}." in mailoutbox[0].body
    assert "&lt;img src=x&gt; {{ settings }}" in mailoutbox[0].alternatives[0][0]
