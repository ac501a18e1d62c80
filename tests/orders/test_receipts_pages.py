"""The receipt of an order: what was bought, cancelled, paid and given back, to the minor unit; for its customer only."""

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from orders import cancellation, payments, till
from orders.cancellation import Cause
from orders.models import Order
from tests import factories
from tests.factories import NOON
from tests.orders import mixed
from tests.orders.own_orders import allow, placed, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


def receipt(client, order, **query):
    return client.get(reverse("order_receipt", args=[order.number]), query)


def rows(client, order) -> list[tuple[str, int, int]]:
    """(name, units that were cancelled, what they were worth)."""
    return [(row.line.name, row.gone, row.gone_total) for row in receipt(client, order).context["rows"]]


def test_goods_delivery_and_total(client, harbour):
    order = mixed.order(harbour, factories.store("airport"))
    allow(client, order)
    page = text_of(receipt(client, order))
    sums = receipt(client, order).context["sums"]
    assert (sums.goods, sums.delivery, sums.owed) == (7500, 495, 7995)
    assert '<td>Delivery</td><td class="end"><bdi class="money">€4.95</bdi>' in page
    assert "Delivery from Depot: placed." in page
    assert "Pickup at Airport: placed." in page
    assert 'aria-label="Receipt number"' in page
    assert order.number in page


def test_payments_by_tender_and_what_is_to_pay(client, harbour, ana):
    order = placed(harbour)
    allow(client, order)
    payments.take_payment(order, [payments.Tendered("cash", 1000), payments.Tendered("card", 500, "T-17")], store=harbour, by=ana, at=NOON)
    page = text_of(receipt(client, order))
    assert '<dt>Cash, 24 Nov 2026</dt><dd><bdi class="money">€10.00</bdi>' in page
    assert '<dt>Card, 24 Nov 2026, slip <bdi>T-17</bdi></dt><dd><bdi class="money">€5.00</bdi>' in page
    assert '<dt><b>Still to pay</b></dt><dd><b><bdi class="money">€10.00</bdi>' in page


def test_cancelled_units_and_refunds_are_lines_of_their_own(client, harbour, ana):
    order = placed(harbour)
    allow(client, order)
    payments.take_payment(order, [payments.Tendered("card", 2500)], store=harbour, by=ana, at=NOON)
    part = factories.pickup_of(order)
    cancellation.cancel_lines(part, {part.lines.get().pk: 1}, reason="", cause=Cause.CUSTOMER, by=None, at=NOON)
    page = text_of(receipt(client, order))
    assert [(gone, worth) for _, gone, worth in rows(client, order)] == [(1, 1250)]
    assert "Cancelled: 1 ×" in page
    assert '<dt><b>Total</b></dt><dd><b><bdi class="money">€12.50</bdi>' in page
    assert "To be given back, card, 24 Nov 2026</dt><dd>−" in page


def test_a_cancelled_delivery_is_not_owed(client, harbour):
    order = mixed.order(harbour)
    allow(client, order)
    cancellation.cancel_fulfilment(mixed.parts(order)[1], reason="No van.", cause=Cause.STORE, by=factories.staff(harbour), at=NOON)
    sums = receipt(client, order).context["sums"]
    assert (sums.cancelled_goods, sums.cancelled_delivery, sums.owed) == (3000, 495, 2500)
    order.refresh_from_db()
    assert order.total - order.cancelled_total == sums.owed
    assert "Cancelled: delivery" in text_of(receipt(client, order))


def test_points_that_were_earned(client, ready):
    ready.pay()
    ready.hand_over()
    client.force_login(ready.marta)
    page = text_of(receipt(client, ready.order))
    assert "34 points earned." in page
    assert "Pickup at Harbour: collected 24 Nov 2026, 12:00." in page


def test_a_purchase_at_the_till_has_its_receipt_too(client, harbour, ana):
    person = factories.user()
    sold, paid = till.SaleLine(factories.stocked(harbour, 10, price=1000), 1), payments.Tendered("card", 1000)
    order = till.ring_up(harbour, [sold], tendered=[paid], member=factories.member(user=person), sale_reference="t1", by=ana, at=NOON)
    client.force_login(person)
    assert "Carried out of Harbour." in text_of(receipt(client, order))


def test_a_sheet_or_a_roll(client, harbour):
    order = placed(harbour)
    allow(client, order)
    assert 'class="paper whole"' in text_of(receipt(client, order))
    assert 'class="paper receipt"' in text_of(receipt(client, order, paper="roll"))
    assert receipt(client, order, paper="stone").status_code == 400


def test_the_statements_do_not_grow_with_the_order(client, harbour):
    counts = []
    for order in (placed(harbour), mixed.order(harbour, factories.store("airport"))):
        allow(client, order)
        with CaptureQueriesContext(connection) as queries:
            receipt(client, order)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_other_people_get_no_receipt(client, harbour):
    order = placed(harbour)
    assert receipt(client, order).status_code == 404
    client.force_login(factories.user())
    assert receipt(client, order).status_code == 404
    assert Order.objects.count() == 1
