"""Head office reads purchases: an order with its money and its parts, found by what customers say, and sifted by how it is paid and received."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders import arrivals, cancellation, delivery, keeping, payments, proxies, refunds
from orders.models import Arrival, Delivery, Fulfilment, HandOver, Order, Payment, PaymentAttempt, ProxyPass
from tests import factories
from tests.factories import NOON
from tests.office import url
from tests.orders import delivering, mixed, paying

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(client):
    client.force_login(factories.head_office())
    return client


def listed(office, table, **asked) -> set:
    return set(office.get(url(table), asked).context["cl"].result_list)


def shown(office, row) -> dict[str, str]:
    """What a row's page says of it, by label."""
    fieldsets = office.get(url(type(row), "change", row.pk)).context["adminform"]
    return {str(field.field["label"]).lower(): str(field.contents()) for fieldset in fieldsets for line in fieldset for field in line}


def inlines(office, row) -> dict[type, int]:
    """The tables that a row's page has, and how many rows of each."""
    found = office.get(url(type(row), "change", row.pk)).context["inline_admin_formsets"]
    return {inline.formset.model: len(inline.formset.forms) for inline in found}


def test_an_order_says_what_of_it_is_paid_given_back_cancelled_and_due(office, harbour, ana):
    order = mixed.order(harbour)  # two mugs at 12.50, a lamp at 30.00, and 4.95 for its delivery
    pickup = mixed.parts(order)[0]
    cancellation.cancel_lines(pickup, {pickup.lines.get().pk: 1}, reason="It was damaged.", cause="store", by=ana, at=NOON)
    said = shown(office, order)
    amounts = {label: said[label] for label in ("total", "of it, delivery", "cancelled", "paid", "refunded", "still to pay")}
    assert [words.split(">")[1].split("<")[0] for words in amounts.values()] == ["€59.95", "€4.95", "€12.50", "€59.95", "€12.50", "€0.00"]
    assert (said["payment state"], said["payment method"], said["to be paid by"]) == ("Part refunded", "Sandbox", "–")
    assert inlines(office, order)[Fulfilment] == 2
    refund = order.payments.get().refunds.get()
    assert f'<a href="{url(type(refund), "change", refund.pk)}">€12.50</a> under way' in office.get(url(Order, "change", order.pk)).text


def test_an_order_that_waits_for_its_payment_says_until_when(office, harbour):
    order = paying.online(harbour)
    paying.begun(order)
    said = shown(office, order)
    assert "24 Nov 2026, 12:30:00 GMT" in said["to be paid by"]
    assert shown(office, order.fulfilments.get())["state"] == "Placed, waits for its payment"
    assert inlines(office, order)[PaymentAttempt] == 1


def test_the_page_of_an_order_costs_the_same_for_one_and_for_many_payments_and_refunds(office, harbour, ana):
    order = factories.order(harbour, (factories.stocked(harbour), 2))

    def pay_and_give_back(cause: str) -> int:
        payments.take_payment(order, [payments.Tendered("cash", 500)], store=harbour, by=ana, at=NOON)
        refunds.refund(order, 100, cause=cause, reason="It was scratched.", by=ana, at=NOON)
        with CaptureQueriesContext(connection) as queries:
            office.get(url(Order, "change", order.pk))
        return len(queries)

    pay_and_give_back("a:1")  # from here on this process remembers the shop's time zone
    assert pay_and_give_back("a:2") == pay_and_give_back("a:3")
    assert inlines(office, order)[Payment] == 3


def test_a_pickup_says_who_else_may_collect_it_and_that_its_customer_is_here(office, harbour, ana):
    pickup = factories.ready(factories.order(harbour, (factories.stocked(harbour), 1)), ana)
    proxies.name_proxy(pickup, name="Nils Lindqvist", by=None, at=NOON)
    arrivals.arrive(pickup, by=None, at=NOON)
    found = inlines(office, pickup)
    assert (found[ProxyPass], found[Arrival], found[HandOver], Delivery in found) == (1, 1, 0, False)
    assert listed(office, ProxyPass, q=pickup.order.number) == {pickup.passes.get()}
    assert listed(office, Arrival, q=pickup.order.number) == {pickup.arrival}
    assert pickup.passes.get().public_id not in office.get(url(Fulfilment, "change", pickup.pk)).text


def test_a_pickup_that_ended_says_when_and_why_and_that_it_was_put_back(office, harbour, ana):
    pickup = factories.ready(factories.order(harbour, (factories.stocked(harbour), 1)), ana)
    cancellation.cancel_fulfilment(pickup, reason="It was damaged.", cause="store", by=ana, at=NOON)
    keeping.put_back(pickup, by=ana, at=NOON + paying.MINUTE)
    said = shown(office, pickup)
    assert (said["cancel reason"], said["expired"]) == ("It was damaged.", "–")
    assert "12:00" in said["cancelled"]
    assert "12:01" in said["put back"]


def test_a_parcel_leads_to_its_carriers_page_and_is_found_by_its_number(office, ana):
    depot = delivering.sender("depot")
    goods = factories.stocked(depot, 10)
    parcel, other = (delivering.parcel_of(delivering.order((goods, 1))) for _ in range(2))
    delivering.shipped(parcel, ana, tracking="GV-17")
    delivering.shipped(other, ana, tracking="GV-18")
    delivery.fail(parcel, reason="Nobody was at home", by=ana, at=NOON)
    page = office.get(url(Fulfilment, "change", parcel.pk)).text
    assert '<a href="https://track.example/GV-17">GV-17</a>' in page
    assert "Nobody was at home" in page
    assert "7 Herring Lane, Flat 3" in page
    found = [listed(office, table, q=" gv-17 ") for table in (Fulfilment, Delivery, Order)]
    assert found == [{parcel}, {parcel.delivery}, {parcel.order}]


def test_what_belongs_to_a_customer_is_found_by_e_mail(office, harbour):
    goods = factories.stocked(harbour)
    mine, _theirs = (factories.order(harbour, (goods, 1), email=email) for email in ("marta@shop.test", "jonas@shop.test"))
    assert listed(office, Order, q="Marta@shop.test") == {mine}
    assert listed(office, Fulfilment, q="marta@shop.test") == {mine.fulfilments.get()}


def test_orders_are_sifted_by_how_they_are_paid_and_received(office, harbour):
    both, online = mixed.order(harbour), paying.online(harbour)
    here = factories.order(harbour, (factories.stocked(harbour), 1))
    assert listed(office, Order, payment_method="in_store") == {here}
    assert listed(office, Order, payment_method="sandbox") == {both, online}
    assert listed(office, Order, payment_state__exact="unpaid") == {online, here}
    assert listed(office, Order, way="delivery") == {both}
    assert listed(office, Order, way="pickup") == {both, online, here}
    assert listed(office, Fulfilment, order__payment_state__exact="paid", kind__exact="pickup") == {mixed.parts(both)[0]}
    assert listed(office, Fulfilment, awaits_payment__exact="1") == {online.fulfilments.get()}


@pytest.mark.parametrize("table", [Order, Fulfilment, Delivery, ProxyPass, Arrival])
def test_no_list_looks_through_the_table_for_what_it_can_be_sifted_by(office, harbour, table):
    mixed.order(harbour)
    with CaptureQueriesContext(connection) as queries:
        office.get(url(table))
    assert not [query["sql"] for query in queries if "DISTINCT" in query["sql"] and f"orders_{table._meta.model_name}" in query["sql"]]
