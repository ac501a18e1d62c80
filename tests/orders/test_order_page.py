"""The order page: every part of an order with its tracker, pass and next step, its money in words, live until all has ended."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from omo import memory
from orders import arrivals, cancellation, delivery, payments, pickup, pickup_codes, proxies
from orders.cancellation import Cause
from orders.models import Fulfilment, Order, Refund
from tests import factories
from tests.factories import NOON
from tests.orders import delivering, mixed, paying
from tests.orders.own_orders import allow, placed, url, words

pytestmark = pytest.mark.django_db
PLUS = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def airport():
    return factories.store("airport")


def live(client, order, version=""):
    return client.get(url(order, "order_live"), {"v": version})


def version(client, order) -> str:
    return client.get(url(order)).context["version"]


# Several parts


def test_every_part_has_its_own_tracker_place_goods_and_next_step(client, harbour, airport):
    order = mixed.order(harbour, airport)
    allow(client, order)
    page = words(client, order)
    assert client.get(url(order)).context["parts"][2].title == "Placed, to be delivered"
    assert page.count('<ol class="tracker"') == 3
    assert page.count('aria-label="Pickup pass for') == 2
    for title in ("Placed at Harbour", "Placed at Airport", "Placed, to be delivered"):
        assert f">{title}</h2>" in page
    assert "<b>It arrives by Thursday 26 November.</b> We write to you when it is on its way." in page
    assert "<bdi>Marta Lindqvist</bdi><br><bdi>7 Herring Lane</bdi>" in page
    assert "Sent by Depot" in page
    for one in mixed.parts(order)[:2]:
        digits = pickup_codes.six_digits(one)
        assert f"{digits[:3]} {digits[3:]}" in page


def test_the_money_of_several_parts_is_summed_once(client, harbour, airport):
    order = mixed.order(harbour, airport)
    allow(client, order)
    sums = client.get(url(order)).context["sums"]
    assert (sums.goods, sums.delivery, sums.cancelled, sums.owed) == (7500, 495, 0, 7995)
    page = words(client, order)
    assert '<dt>Delivery</dt><dd><bdi class="money">€4.95</bdi>' in page
    assert '<dt>Paid</dt><dd><bdi class="money">€79.95</bdi>' in page


def test_the_statements_do_not_grow_with_parts_and_lines(client, harbour, airport):
    small, large = placed(harbour), mixed.order(harbour, airport)
    counts = []
    for order in (small, large):
        allow(client, order)
        client.get(url(order))
        with CaptureQueriesContext(connection) as queries:
            client.get(url(order))
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert counts[1] <= 8
    seen = version(client, large)
    with CaptureQueriesContext(connection) as queries:
        assert live(client, large, seen).status_code == 204
    assert len(queries) <= 4


def test_an_order_line_that_comes_in_two_parcels_costs_what_it_costs(client):
    delivering.option(free_from=None)
    first, second = delivering.sender("depot"), delivering.sender("yard")
    lamp = factories.stocked(first, 1, price=999)
    factories.stock.receive(second, {lamp.pk: 2}, reference="delivery:9", by=None, at=NOON)
    order = delivering.order((lamp, 3))
    allow(client, order)
    parts = client.get(url(order)).context["parts"]
    assert sorted(part.count for part in parts) == [1, 2]
    assert [part.title for part in parts] == ["Placed, to be delivered, parcel 1 of 2", "Placed, to be delivered, parcel 2 of 2"]
    assert sum(part.total for part in parts) == 2997 == order.total - order.delivery_total


# Deliveries


@pytest.fixture
def depot():
    delivering.option()
    return delivering.sender("depot")


def steps(client, order):
    return [(step.name, step.done, step.current) for step in client.get(url(order)).context["alone"].steps]


def test_a_parcel_is_followed_from_the_order_to_the_door(client, depot):
    order, ana = delivering.order((factories.stocked(depot), 1)), factories.staff(depot)
    allow(client, order)
    assert steps(client, order) == [("Placed", True, True), ("Packing", False, False), ("Shipped", False, False), ("Delivered", False, False)]
    parcel = delivering.shipped(delivering.parcel_of(order), ana, tracking="GV/1?")
    page = words(client, order)
    assert "<b>It is on its way with Green Van.</b> It arrives by Thursday 26 November." in page
    assert 'href="https://track.example/GV/1?" rel="noreferrer"' in page
    assert "Follow it at Green Van" in page
    assert "Pickup pass" not in page
    delivery.deliver(parcel, note="Ms Byrne, number 9", by=ana, at=NOON)
    page = words(client, order)
    assert "Delivered today" in page
    assert "Taken in by: <bdi>Ms Byrne, number 9</bdi>." in page
    assert "data-poll=" not in page


def test_a_parcel_that_could_not_be_delivered_says_why_and_what_happens(client, depot):
    order, ana = delivering.order((factories.stocked(depot), 1)), factories.staff(depot)
    allow(client, order)
    delivering.failed(delivering.parcel_of(order), ana)
    page = words(client, order)
    assert "It could not be delivered: <bdi>Nobody was at home.</bdi>" in page
    assert "It comes back to Depot. We send it again, or give your money back." in page
    assert "data-poll=" in page


# Money


def test_an_order_that_waits_for_its_payment_promises_nothing_else(client, harbour):
    order = paying.online(harbour)
    allow(client, order)
    page = words(client, order)
    assert ">Waiting for payment</h1>" in page
    assert f'action="{reverse("pay", args=[order.number])}"' in page
    assert f"{order.payment_due_by:%H:%M}" in page
    for promise in ("Pickup pass", "We write to you when it is ready", 'class="tracker"', "Promised", "on my way", "calendar"):
        assert promise not in page
    seen = version(client, order)
    paying.hear(paying.begun(order))
    answer = live(client, order, seen)
    assert answer.status_code == 200
    assert "Pickup pass" in answer.content.decode()


def test_several_parts_that_wait_for_their_payment_are_paid_once(client, harbour, airport):
    order = mixed.order(harbour, airport, paid=False)
    allow(client, order)
    page = words(client, order)
    assert page.count(f'action="{reverse("pay", args=[order.number])}"') == 1
    assert "To collect at Harbour" in page
    assert "To be delivered" in page
    assert "Pickup pass" not in page


def test_what_was_cancelled_is_said_in_units_and_in_money(client, harbour):
    order = placed(harbour)
    allow(client, order)
    part = factories.pickup_of(order)
    payments.take_payment(order, [payments.Tendered("card", 2500)], store=harbour, by=factories.staff(harbour), at=NOON)
    cancellation.cancel_lines(part, {part.lines.get().pk: 1}, reason="", cause=Cause.CUSTOMER, by=None, at=NOON)
    page = words(client, order)
    sums = client.get(url(order)).context["sums"]
    assert (sums.goods, sums.cancelled, sums.owed) == (2500, 1250, 1250)
    assert "1 cancelled" in page
    assert "€12.50 waits for you at Harbour." in page


def test_a_cancelled_part_does_not_speak_for_the_others(client, harbour, airport):
    order = mixed.order(harbour, airport)
    allow(client, order)
    cancellation.cancel_fulfilment(mixed.parts(order)[1], reason="The bowl broke.", cause=Cause.STORE, by=factories.staff(airport), at=NOON)
    page = words(client, order)
    assert "<b>This pickup was cancelled.</b> The bowl broke." in page
    assert "This order was cancelled" not in page
    assert client.get(url(order)).context["sums"].cancelled == 2000
    assert "data-poll=" in page


def refund_of(order, state):
    payment = order.payments.create(tender="online", amount=order.total, at=NOON)
    Order.objects.filter(pk=order.pk).update(paid_total=order.total, refunded_total=order.total, cancelled_total=order.total, payment_state="refunded")
    Fulfilment.objects.filter(order=order).update(state="cancelled", cancelled_at=NOON)
    return Refund.objects.create(payment=payment, key="cancel:1", amount=order.total, reason="It was cancelled.", state=state, at=NOON)


def test_the_page_is_live_until_the_money_is_back(client, harbour):
    order = placed(harbour)
    allow(client, order)
    refund = refund_of(order, Refund.State.REQUESTED)
    assert "€25.00 is on its way back the way you paid it; a bank may take some days." in words(client, order)
    seen = version(client, order)
    assert live(client, order, seen).status_code == 204
    refund.state = Refund.State.DONE
    refund.save()
    answer = live(client, order, seen)
    assert answer.status_code == 286
    assert "€25.00 went back the way you paid it." in answer.content.decode()
    assert "data-poll=" not in answer.content.decode()


def test_polling_goes_on_until_the_last_part_has_ended(client, harbour, airport):
    order, ana = mixed.order(harbour, airport), factories.staff(harbour)
    allow(client, order)
    first, second, parcel = mixed.parts(order)
    Fulfilment.objects.filter(pk__in=[second.pk, parcel.pk]).update(state="cancelled")
    assert live(client, order, "old").status_code == 200
    pickup.start_picking(first, by=ana, at=NOON)
    for line in first.lines.select_related("fulfilment__order"):
        pickup.pick(line, picked=line.quantity, by=ana, at=NOON)
    pickup.mark_ready(first, place="R-1", by=ana, at=NOON)
    pickup.hand_over(first, proof=pickup_codes.six_digits(first), by=ana, at=NOON)
    assert live(client, order, "old").status_code == 286


@pytest.mark.parametrize("what", ["arrival", "pass", "extension", "tracking", "name"])
def test_everything_that_the_page_shows_makes_a_new_version(client, harbour, depot, what):
    ana = factories.staff(harbour)
    order = delivering.order((factories.stocked(depot), 1)) if what == "tracking" else placed(harbour)
    allow(client, order)
    if what != "tracking":
        factories.ready(order, ana)
    seen = version(client, order)
    assert live(client, order, seen).status_code == 204
    {
        "arrival": lambda: arrivals.set_out(factories.pickup_of(order), by=None, at=NOON),
        "pass": lambda: proxies.name_proxy(factories.pickup_of(order), name="Ben", by=None, at=NOON),
        "extension": lambda: client.post(reverse("hold_longer", args=[order.number, order.fulfilments.get().pk])),
        "tracking": lambda: order.fulfilments.get().delivery.__class__.objects.update(tracking="GV-7"),
        "name": lambda: Order.objects.update(name="Cleo"),
    }[what]()
    assert live(client, order, seen).status_code == 200


# Held for longer


def test_a_ready_pickup_is_kept_longer_once(client, harbour):
    order = placed(harbour)
    allow(client, order)
    factories.ready(order, factories.staff(harbour))
    assert "Keep it until Mon 30 Nov, <time" in words(client, order)
    client.post(reverse("hold_longer", args=[order.number, order.fulfilments.get().pk]))
    page = words(client, order)
    assert "Keep it until" not in page
    assert "Until Mon 30 Nov, <time" in page


def test_the_way_to_the_store_is_an_address_of_another_site(client, harbour):
    order = placed(harbour)
    allow(client, order)
    assert "openstreetmap" not in words(client, order)
    harbour.__class__.objects.update(latitude="53.349800", longitude="-6.260300")
    memory.forget()  # a minute later
    assert 'href="https://www.openstreetmap.org/directions?to=53.349800%2C-6.260300" rel="noreferrer"' in words(client, order)
