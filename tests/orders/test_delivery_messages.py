"""What the customer reads about a parcel: on its way, arrived, or not."""

from datetime import timedelta

import pytest
from django.core import mail

from omo import outbox
from omo.models import Message, User
from orders import delivery
from orders.models import Fulfilment, Order
from tests import factories
from tests.factories import NOON
from tests.orders import delivering

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(days=1)


@pytest.fixture
def ana() -> User:
    """Somebody who works in a store that delivers."""
    return factories.staff(delivering.sender())


@pytest.fixture
def parcel(ana) -> Fulfilment:
    """Two mugs on their way with Green Van."""
    harbour = ana.assignments.get().store
    return delivering.shipped(delivering.parcel_of(delivering.order((factories.stocked(harbour, 5), 2))), ana)


def told(kind: str) -> str:
    message = Message.objects.filter(kind=kind).latest("pk")
    outbox.sender(kind)(message)
    return mail.outbox[-1].subject + "\n" + mail.outbox[-1].body


def test_the_customer_reads_where_the_parcel_is(parcel):
    text = told("delivery_shipped")
    assert text.startswith(f"Order {parcel.order.number} is on its way\n")
    for words in ("with Green Van and arrives by Thursday 26 November", "https://track.example/GV-1", "7 Herring Lane\nFlat 3\nDUBLIN", "2 × Low tide mug"):
        assert words in text, words
    html = mail.outbox[-1].alternatives[0][0]
    assert 'href="https://track.example/GV-1"' in html
    assert "To pay in the store" not in html


def test_the_customer_reads_why_it_did_not_come_and_that_it_goes_out_again(parcel, ana):
    delivery.fail(parcel, reason="Nobody was at home", by=ana, at=LATER)
    assert "could not be delivered: Nobody was at home" in told("delivery_failed")
    old = Message.objects.get(kind="delivery_shipped")
    with pytest.raises(outbox.NoLongerTrue):
        outbox.sender(old.kind)(old)
    delivery.send_again(parcel, carrier=delivering.carrier(), tracking="GV-2", by=ana, at=LATER)
    assert "left Harbour with Green Van once more" in told("delivery_shipped")
    with pytest.raises(outbox.NoLongerTrue):
        told("delivery_failed")


def test_the_customer_reads_that_it_arrived(parcel, ana):
    delivery.deliver(parcel, by=ana, at=LATER)
    assert told("delivery_delivered").startswith(f"Order {parcel.order.number} was delivered\n")


def test_the_customer_reads_who_took_it_in(parcel, ana):
    delivery.deliver(parcel, note="Ms Byrne, number 9", by=ana, at=LATER)
    assert "your parcel was delivered. Taken in by: Ms Byrne, number 9. If you do not have it" in told("delivery_delivered")
    assert "<p>Taken in by: <b>Ms Byrne, number 9</b>.</p>" in mail.outbox[-1].alternatives[0][0]


def test_one_of_several_parcels_is_called_so(ana):
    harbour, station = ana.assignments.get().store, delivering.sender("station")
    placed = delivering.order((factories.stocked(harbour, 2), 1), (factories.stocked(station, 2), 1))
    delivering.shipped(delivering.parcel_of(placed), ana)
    assert told("delivery_shipped").startswith(f"A parcel of your order {placed.number} is on its way\n")


def test_who_left_no_address_is_not_written_to(parcel):
    Order.objects.update(email="")
    with pytest.raises(outbox.NoLongerTrue):
        told("delivery_shipped")
