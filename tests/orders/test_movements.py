"""Stock movements as staff read them: what they belong to, in words, with the way there."""

import pytest
from django.urls import reverse

from orders import till
from orders.payments import Tendered
from stores import adjustments, deliveries, stock, transfers
from stores.models import Adjustment
from tests import factories
from tests.factories import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def shown(client, harbour, ana):
    """The page of some goods, in one line."""
    client.force_login(ana)

    def look(goods, page="stock_goods") -> str:
        return " ".join(client.get(reverse(page, args=["harbour", goods.sku])).content.decode().split())

    return look


@pytest.mark.parametrize("page", ["stock_goods", "explain"])
def test_an_order_is_named_by_its_number_and_linked(harbour, ana, shown, page):
    mug = factories.stocked(harbour, 10)
    placed = factories.order(harbour, (mug, 2))
    factories.collected(placed, ana)
    text = shown(mug, page)
    assert f'<a href="{reverse("pickup", args=["harbour", placed.number])}">Order <bdi>{placed.number}</bdi></a>' in text
    assert "fulfilment:" not in text


def test_a_sale_at_the_till_leads_to_its_receipt(harbour, ana, shown):
    mug = factories.stocked(harbour, 10)
    sold = [till.SaleLine(mug, 2)]
    sale = till.ring_up(harbour, sold, tendered=[Tendered("cash", 2500)], sale_reference="T-1", by=ana, at=NOON)
    assert f'<a href="{reverse("receipt", args=["harbour", sale.number])}">Order <bdi>{sale.number}</bdi></a>' in shown(mug)


def test_deliveries_transfers_imports_and_what_two_people_agreed_to_are_words(harbour, ana, shown):
    mug, ben = factories.stocked(harbour, 40), factories.staff(harbour, name="Ben Ito")
    deliveries.receive_goods(harbour, "D-7", {mug.pk: 6}, key="key-1", by=ana, at=NOON)
    deliveries.receive_goods(harbour, "", {mug.pk: 3}, key="key-2", by=ana, at=NOON)
    sent = transfers.send(harbour, factories.store("station"), {mug.pk: 1}, key="key-3", by=ana, at=NOON)
    adjustments.adjust(harbour, mug, change=-12, reason=factories.reason(), key="key-4", by=ana, at=NOON)
    adjustments.approve(Adjustment.objects.get(), by=ben, at=NOON)
    adjustments.adjust(harbour, mug, change=-1, reason=factories.reason(), key="key-5", by=ben, at=NOON)
    stock.set_on_hand(harbour, {mug.pk: 50}, reference="import:3f9a", by=None, at=NOON)
    text = shown(mug)
    link = f'<a href="{reverse("transfer", args=["harbour", sent.number])}">'
    for words in ("Delivery <bdi>D-7</bdi>", "Without a paper", link, "Agreed to by two people", "From an imported file"):
        assert words in text
    for machine in ("delivery:", "adjustment:", "level:", "import:"):
        assert machine not in text


@pytest.mark.parametrize("count", [1, 6])
def test_the_page_takes_as_many_statements_for_one_order_as_for_many(client, harbour, ana, count, django_assert_num_queries):
    mug = factories.stocked(harbour, 40)
    for _ in range(count):
        factories.order(harbour, (mug, 1))
    client.force_login(ana)
    address = reverse("stock_goods", args=["harbour", mug.sku])
    client.get(address)
    with django_assert_num_queries(16):
        client.get(address)
