"""Mails of orders with several parts: each part is told once, with its own goods."""

import pytest

from omo import outbox
from omo.models import Message
from orders import pickup, pickup_codes
from tests import factories
from tests.factories import NOON
from tests.orders import mixed

pytestmark = pytest.mark.django_db


@pytest.fixture
def airport():
    return factories.store("airport")


def test_the_mail_of_a_mixed_order_tells_each_part_once(harbour, airport, mailoutbox):
    order = mixed.order(harbour, airport)
    outbox.deliver(Message.objects.get(order=order, kind="order_placed"))
    body, html = mailoutbox[0].body, mailoutbox[0].alternatives[0][0]
    assert "At Harbour: ready Tuesday 24 November, 14:00–14:30." in body
    assert "At Airport: ready Tuesday 24 November, 14:00–14:30." in body
    assert "A parcel arrives at your door by Thursday 26 November." in body
    assert "Delivery, €4.95" in body
    assert "€79.95, paid." in body
    assert (html.count("<b>Harbour</b><br>"), html.count("<b>Airport</b><br>"), "<b>Depot</b><br>" in html) == (1, 1, False)


def test_the_mails_of_one_part_are_about_its_goods_only(harbour, airport, mailoutbox):
    order, ana = mixed.order(harbour, airport), factories.staff(harbour)
    first = mixed.parts(order)[0]
    pickup.start_picking(first, by=ana, at=NOON)
    for line in first.lines.select_related("fulfilment__order"):
        pickup.pick(line, picked=line.quantity, by=ana, at=NOON)
    pickup.mark_ready(first, place="R-1", by=ana, at=NOON)
    outbox.deliver(Message.objects.get(order=order, kind="pickup_ready"))
    pickup.hand_over(first, proof=pickup_codes.six_digits(first), by=ana, at=NOON)
    outbox.deliver(Message.objects.get(order=order, kind="pickup_collected"))
    ready, collected = mailoutbox
    assert ready.subject == f"A part of order {order.number} is ready at Harbour"
    assert "It is paid." in ready.body
    assert collected.subject == f"A part of order {order.number} was collected"
    assert "Paid: €25.00" in collected.body
    assert "€30.00" not in collected.body
