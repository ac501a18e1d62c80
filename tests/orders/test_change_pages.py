"""Pages on which customers change, cancel and keep what they ordered; what is refused says why and changes nothing."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse

from omo import outbox
from omo.models import Event, Message
from orders import addresses, cancellation, payments, pickup, refunds
from orders.addresses import Parts
from orders.models import Delivery, DeliveryOption, DeliveryZone, Fulfilment, Order, Refund
from stores import stock
from tests import factories
from tests.factories import NOON
from tests.unchanged import unchanged

pytestmark = pytest.mark.django_db
WEDNESDAY_TEN = datetime(2026, 11, 25, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def at_noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def marta(client, world):
    """Marta's browser."""
    client.force_login(world.marta)
    return client


def own(world, name: str) -> str:
    return reverse(name, args=[world.order.number, world.pickup.pk])


def text(answer) -> str:
    return " ".join(answer.content.decode().split())


# The customer


def test_the_orders_page_leads_to_changing_it_until_picking_begins(marta, world):
    page = reverse("order", args=[world.order.number])
    assert own(world, "change_order") in text(marta.get(page))
    pickup.start_picking(world.pickup, by=world.ana, at=NOON)
    assert own(world, "change_order") not in text(marta.get(page))
    assert "It is being picked, so it cannot be changed here any more. Call Harbour" in text(marta.get(own(world, "change_order")))


def test_another_window_is_chosen_among_those_of_the_checkout(marta, world):
    assert f'<option value="{WEDNESDAY_TEN.isoformat()}">Tomorrow, 10:00–10:30</option>' in text(marta.get(own(world, "change_order")))
    answer = marta.post(own(world, "change_window"), {"slot": WEDNESDAY_TEN.isoformat()}, follow=True)
    assert answer.redirect_chain[-1][0] == reverse("order", args=[world.order.number])
    assert "Changed: collect it tomorrow" in text(answer)
    assert world.pickup.due_at == WEDNESDAY_TEN


@pytest.mark.parametrize(("slot", "status", "words"), [("", 422, "Choose one of the windows."), ("2020-01-01T10:00:00+00:00", 409, "not offered any more")])
def test_a_window_that_is_none_is_refused_in_words(marta, world, slot, status, words):
    with unchanged():
        answer = marta.post(own(world, "change_window"), {"slot": slot})
    assert answer.status_code == status
    assert words in text(answer)


def test_who_changes_too_late_is_told_so(marta, world):
    pickup.start_picking(world.pickup, by=world.ana, at=NOON)
    for name, data in (("change_window", {"slot": WEDNESDAY_TEN.isoformat()}), ("rename_collector", {"name": "Jonas"})):
        with unchanged():
            answer = marta.post(own(world, name), data)
        assert answer.status_code == 409
        assert "Somebody has begun to put it together" in text(answer)


def test_another_store_is_chosen_by_what_it_has(marta, world):
    station, _ = factories.store("station"), factories.store("airport")
    stock.receive(station, {line.variant_id: 5 for line in world.pickup.lines.all()}, reference="d", by=None, at=NOON)
    page = text(marta.get(own(world, "other_stores")))
    assert "has everything, ready today" in page
    assert "not enough of 2 items" in page
    assert "Collect at Station" in text(marta.get(own(world, "other_stores"), {"store": "station"}))
    answer = marta.post(own(world, "change_store"), {"store": "station", "slot": WEDNESDAY_TEN.isoformat()}, follow=True)
    assert "Changed: collect it at Station. The pickup code is a new one." in text(answer)
    assert world.pickup.store == station


@pytest.mark.django_db(transaction=True)
def test_a_store_that_has_too_little_is_refused(marta, world):
    airport = factories.store("airport")
    with unchanged(noting="stock.refused"):
        answer = marta.post(own(world, "change_store"), {"store": airport.code, "slot": WEDNESDAY_TEN.isoformat()})
    assert answer.status_code == 409
    assert "Airport has not enough any more. Nothing was changed." in text(answer)


def test_a_store_that_is_none_is_refused(marta, world):
    with unchanged():
        answer = marta.post(own(world, "change_store"), {"store": "nowhere", "slot": "x"})
    assert (answer.status_code, "Choose one of the stores." in text(answer)) == (422, True)


def test_another_name(marta, world):
    marta.post(own(world, "rename_collector"), {"name": "Jonas Lindqvist"})
    assert Order.objects.get().name == "Jonas Lindqvist"
    with unchanged():
        assert marta.post(own(world, "rename_collector"), {"name": ""}).status_code == 422
        assert marta.post(own(world, "rename_collector"), {"name": "Jonas Lindqvist"}).status_code == 409


def test_fewer_units(marta, world):
    first, second = world.pickup.lines.order_by("id")
    answer = marta.post(own(world, "take_off"), {f"keep_{first.pk}": "1", f"keep_{second.pk}": "1"}, follow=True)
    assert "Taken off. €22.49 is still to pay." in text(answer)
    with unchanged():
        answer = marta.post(own(world, "take_off"), {f"keep_{first.pk}": "2", f"keep_{second.pk}": "1"})
    assert answer.status_code == 422
    assert "Choose from 0 to 1." in text(answer)


def test_who_keeps_nothing_is_asked_whether_to_cancel(marta, world):
    first, second = world.pickup.lines.order_by("id")
    with unchanged():
        answer = marta.post(own(world, "take_off"), {f"keep_{first.pk}": "0", f"keep_{second.pk}": "0"})
    assert answer["Location"] == own(world, "cancel")


def test_cancelling_says_first_what_becomes_of_the_money(marta, world):
    page = text(marta.get(own(world, "cancel")))
    assert "You have paid nothing, and there is nothing to pay." in page
    assert "This cannot be undone: the goods are free for others at once." in page
    assert "Cancel the whole order" not in page
    answer = marta.post(own(world, "cancel"), {"what": "part"}, follow=True)
    assert "Cancelled. You have paid nothing for it." in text(answer)
    assert world.pickup.state == "cancelled"
    with unchanged():
        again = marta.post(own(world, "cancel"), {"what": "part"})
    assert (again.status_code, again["Location"]) == (302, reverse("order", args=[world.order.number]))
    assert "It is cancelled already. Nothing was changed." in text(marta.get(again["Location"]))


def test_what_was_paid_is_said_to_go_back(marta, world):
    payments.take_payment(world.order, [payments.Tendered("card", 3499)], store=world.harbour, by=world.ana, at=NOON)
    assert "€34.99</bdi> goes back" in text(marta.get(own(world, "cancel"))) or "€34.99 goes back the way you paid it." in text(marta.get(own(world, "cancel")))
    answer = marta.post(own(world, "cancel"), {"what": "part"}, follow=True)
    assert "€34.99 waits for you in the store where you paid it." in text(answer)


def test_each_change_says_what_goes_back_because_of_it(marta, world, mailoutbox):
    payments.take_payment(world.order, [payments.Tendered("card", 3499)], store=world.harbour, by=world.ana, at=NOON)
    assert "what you paid for it goes back to you" in text(marta.get(own(world, "change_order")))
    first, second = world.pickup.lines.order_by("id")
    taken = marta.post(own(world, "take_off"), {f"keep_{first.pk}": "1", f"keep_{second.pk}": "1"}, follow=True)
    assert "Taken off. €12.50 waits for you" in text(taken)
    with time_machine.travel(NOON + timedelta(minutes=5), tick=False):
        gone = text(marta.post(own(world, "cancel"), {"what": "part"}, follow=True))
    assert "Cancelled. €22.49 waits for you" in gone
    for message in Message.objects.filter(kind="fulfilment_cancelled"):
        outbox.deliver(message)
    (letter,) = mailoutbox
    assert "€22.49 waits for you" in letter.body
    assert "34.99" not in letter.body
    assert "You cancelled it.\n" in letter.body


def test_the_order_tells_what_went_back_from_what_is_to(marta, world):
    payments.take_payment(world.order, [payments.Tendered("card", 3499)], store=world.harbour, by=world.ana, at=NOON)
    first, second = world.pickup.lines.order_by("id")
    marta.post(own(world, "take_off"), {f"keep_{first.pk}": "1", f"keep_{second.pk}": "1"})
    refunds.give_back(Refund.objects.get(), store=world.harbour, by=world.ana, at=NOON)
    with time_machine.travel(NOON + timedelta(minutes=5), tick=False):
        marta.post(own(world, "cancel"), {"what": "part"})
    shown = marta.get(reverse("order", args=[world.order.number])).context
    assert (shown["given_back"], shown["to_give_back"]) == (1250, 2249)


@pytest.mark.parametrize(("reason", "said"), [("The jar broke", "The jar broke. Nothing"), ("Sold out!", "Sold out! Nothing"), ("", "cancelled.</b> Nothing")])
def test_a_reason_ends_before_the_next_sentence_begins(marta, world, reason, said):
    cancellation.cancel_fulfilment(world.pickup, reason=reason, cause="store", by=world.ana, at=NOON)
    assert said in text(marta.get(reverse("order", args=[world.order.number])))


def test_too_late_to_cancel(marta, world):
    pickup.start_picking(world.pickup, by=world.ana, at=NOON)
    with unchanged():
        answer = marta.post(own(world, "cancel"), {"what": "part"})
    assert answer.status_code == 409
    assert f"Order {world.order.number} is being picked at Harbour, so it cannot be cancelled here any more." in text(answer)


def test_a_ready_pickup_is_held_longer_once(marta, ready):
    page = reverse("order", args=[ready.order.number])
    assert "Keep it until Mon 30 Nov, <time" in text(marta.get(page))
    answer = marta.post(own(ready, "hold_longer"), follow=True)
    assert "We hold it until Mon 30 Nov" in text(answer)
    assert own(ready, "hold_longer") not in text(marta.get(page))
    with unchanged():
        answer = marta.post(own(ready, "hold_longer"))
    assert answer.status_code == 409
    assert "It was held for longer once before" in text(answer)


def test_other_peoples_orders_are_not_there(client, world):
    client.force_login(factories.user())
    for name in ("change_order", "cancel", "other_stores"):
        assert client.get(own(world, name)).status_code == 404
    with unchanged():
        assert client.post(own(world, "cancel"), {"what": "order"}).status_code == 404


# A delivery


DUBLIN = Parts(name="Marta Lindqvist", street="4 Quay Street", city="Dublin", region="Co. Dublin", postcode="D01 F5P2", country="IE")


@pytest.fixture
def parcel(world):
    """Marta's order, to be delivered in Dublin."""
    zone = DeliveryZone.objects.create(name="Dublin", countries="IE", postcodes="D", position=1)
    DeliveryZone.objects.create(name="Ireland", countries="IE", position=2)
    option = DeliveryOption.objects.create(zone=zone, name="Standard", price=0)
    Fulfilment.objects.update(kind="delivery", window_ends=None)
    columns = addresses.columns(DUBLIN)
    return Delivery.objects.create(fulfilment=world.pickup, option=option, option_name="Standard", promised_day=WEDNESDAY_TEN.date(), **columns)


def typed(**fields) -> dict[str, str]:
    return {**addresses.columns(DUBLIN), **fields}


def test_a_delivery_goes_to_another_address_of_the_same_zone(marta, world, parcel):
    assert "4 Quay Street" in text(marta.get(own(world, "change_address")))
    answer = marta.post(own(world, "change_address"), typed(street="9 Hill Road"), follow=True)
    assert "Changed: it goes to the new address." in text(answer)
    parcel.refresh_from_db()
    assert parcel.street == "9 Hill Road"
    assert Event.objects.filter(kind="delivery.address_changed").count() == 1


@pytest.mark.parametrize(
    ("fields", "status", "words"),
    [
        ({"postcode": "T12 X70A", "city": "Cork", "region": "Co. Cork"}, 409, "on other terms, or not at all"),
        ({"street": ""}, 422, "Write the street and the number."),
        ({}, 409, "It is that way already."),
    ],
)
def test_an_address_elsewhere_or_of_nowhere_is_refused(marta, world, parcel, fields, status, words):
    with unchanged():
        answer = marta.post(own(world, "change_address"), typed(**fields))
    assert answer.status_code == status
    assert words in text(answer)


def test_a_packed_parcel_keeps_its_address(marta, world, parcel):
    Fulfilment.objects.update(state="packed")
    with unchanged():
        answer = marta.post(own(world, "change_address"), typed(street="9 Hill Road"))
    assert answer.status_code == 409
