"""Changing what was ordered: another window, store or name, until picking begins; who is refused leaves everything as it was."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import mail

from omo import invariants, outbox
from omo.models import Event, Message
from orders import changes, pickup, pickup_codes
from orders.cancellation import Cause
from orders.models import Fulfilment, Order, Promise
from stores import slots, stock
from stores.models import SlotBooking, SlotLoad, StockLevel
from tests import factories
from tests.factories import NOON
from tests.unchanged import refused

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(minutes=5)
WEDNESDAY_TEN = datetime(2026, 11, 25, 10, tzinfo=UTC)
SATURDAY_SEVEN = datetime(2026, 11, 28, 19, tzinfo=UTC)


def move(world, slot: str = WEDNESDAY_TEN.isoformat(), cause: Cause = Cause.CUSTOMER) -> slots.Slot:
    return changes.move_window(world.pickup, slot=slot, reason="The van broke down", cause=cause, by=world.marta, at=LATER)


@pytest.fixture
def station(world):
    """Another store that has what Marta ordered."""
    place = factories.store("station")
    goods = {line.variant_id: 5 for line in world.pickup.lines.all()}
    stock.receive(place, goods, reference="delivery:station", by=None, at=NOON)
    return place


def to(station, world, **fields) -> slots.Slot:
    return changes.change_store(world.pickup, store=station, by=world.marta, at=LATER, **fields)


def letter() -> str:
    """The body of the mail about the change."""
    mail.outbox.clear()
    with time_machine.travel(LATER, tick=False):
        outbox.deliver_due()
    return mail.outbox[-1].subject + "\n" + mail.outbox[-1].body


# Another window


def test_the_customer_takes_another_window(world):
    first = world.pickup
    move(world)
    moved = world.pickup
    assert (moved.due_at, moved.window_ends, moved.state) == (WEDNESDAY_TEN, WEDNESDAY_TEN + timedelta(minutes=30), "placed")
    assert SlotBooking.objects.get(released_at=None).starts_at == WEDNESDAY_TEN
    assert SlotLoad.objects.get(starts_at=WEDNESDAY_TEN).booked == 1
    assert sum(SlotLoad.objects.values_list("booked", flat=True)) == 1
    former, now = Promise.objects.order_by("id")
    assert (former.outcome.cause, now.ready_by, now.total) == ("withdrawn", WEDNESDAY_TEN, former.total)
    event = Event.objects.get(kind="pickup.window_changed")
    assert event.by == world.marta
    assert event.data == {"cause": "customer", "reason": "The van broke down", "was": first.due_at.isoformat(), "now": WEDNESDAY_TEN.isoformat()}
    assert Message.objects.get(kind="pickup_changed").payload == {"fulfilment": moved.pk, "event": event.pk}
    assert list(invariants.violations()) == []


def test_the_mail_says_the_new_window(world):
    move(world)
    text = letter()
    assert f"Order {world.order.number}: collect it Wednesday 25 November, 10:00" in text
    assert "Wednesday 25 November, 10:00–10:30" in text
    assert "If that was not you" in text


def test_a_mail_about_a_window_that_was_changed_again_is_withdrawn(world):
    move(world)
    move(world, (WEDNESDAY_TEN + timedelta(hours=1)).isoformat())
    letter()
    assert list(Message.objects.filter(kind="pickup_changed").order_by("id").values_list("state", flat=True)) == ["withdrawn", "sent"]


def test_the_same_window_is_no_change(world):
    move(world)
    with refused(changes.NothingChanged):
        move(world)


def test_a_full_or_unoffered_window_leaves_the_old_one(world):
    with refused(slots.SlotGone):
        move(world, NOON.isoformat())
    world.harbour.slot_capacity = 1
    world.harbour.save()
    factories.order(world.harbour, (factories.stocked(world.harbour), 1), slot=WEDNESDAY_TEN.isoformat())
    with refused(slots.SlotFull):
        move(world)


def test_once_picking_begins_the_customer_changes_nothing(world, station):
    pickup.start_picking(world.pickup, by=world.ana, at=NOON)
    for change in (
        lambda: move(world),
        lambda: to(station, world),
        lambda: changes.rename_collector(world.pickup, name="Jonas", by=world.marta, at=LATER),
    ):
        with refused(changes.NotChangeable) as refusal:
            change()
        assert refusal.value.fulfilment.state == "picking"


def test_the_store_moves_what_is_ready_and_it_is_held_from_the_new_window(ready):
    move(ready, cause=Cause.STORE)
    assert (ready.pickup.state, ready.pickup.due_at, ready.pickup.held_until) == ("ready", WEDNESDAY_TEN, SATURDAY_SEVEN)
    assert Promise.objects.earliest("id").outcome.cause == "staff"
    assert Message.objects.filter(kind="pickup_reminder").count() == 2
    text = letter()
    assert "Why: The van broke down" in text
    assert "If that does not suit you" in text
    assert list(invariants.violations()) == []


# Another store


def test_the_customer_collects_in_another_store(world, station):
    before = world.pickup
    versions = [factories.queue_version(store.pk) for store in (world.harbour, station)]
    slot = to(station, world, slot=WEDNESDAY_TEN.isoformat())
    moved, order = world.pickup, Order.objects.get()
    assert (moved.store, moved.due_at, order.store, order.total) == (station, WEDNESDAY_TEN, station, 3499)
    assert slot.starts_at == WEDNESDAY_TEN
    assert dict(StockLevel.objects.filter(allocated__gt=0).values_list("store__code", "allocated").order_by("allocated")) == {"station": 2}
    assert list(StockLevel.objects.filter(store=world.harbour).values_list("allocated", flat=True)) == [0, 0]
    assert list(SlotBooking.objects.filter(released_at=None).values_list("store", "starts_at")) == [(station.pk, WEDNESDAY_TEN)]
    assert [factories.queue_version(store.pk) for store in (world.harbour, station)] == [version + 1 for version in versions]
    assert Promise.objects.latest("id").store == station
    assert Promise.objects.earliest("id").outcome.cause == "withdrawn"
    assert Event.objects.get(kind="pickup.store_changed").data == {"cause": "customer", "was": "harbour", "now": "station"}
    assert before.public_id != moved.public_id
    assert list(invariants.violations()) == []


def test_the_code_is_a_new_one_that_works_there_and_the_old_one_nowhere(world, station):
    old_qr, old_digits = pickup_codes.qr_text(world.pickup), pickup_codes.six_digits(world.pickup)
    to(station, world)
    digits = pickup_codes.six_digits(world.pickup)
    assert pickup_codes.find_by_digits(station.pk, digits, at=LATER) == world.pickup
    assert pickup_codes.find_by_qr(old_qr) is None
    assert pickup_codes.find_by_digits(world.harbour.pk, old_digits, at=LATER) is None
    assert f"Its code is a new one: {digits[:3]} {digits[3:]}." in letter()


def test_a_store_that_lacks_something_or_hands_over_nothing_is_refused(world, station):
    StockLevel.objects.filter(store=station).update(on_hand=1)
    with refused(stock.NotAvailable):
        to(station, world)
    station.pickup = False
    station.save()
    with refused(changes.NotCollectedThere):
        to(station, world)


def test_an_order_that_is_paid_in_the_store_goes_to_no_store_that_takes_no_money(world, station):
    station.pay_in_store = False
    station.save()
    with refused(changes.NotCollectedThere):
        to(station, world)


def test_two_pickups_of_an_order_are_not_brought_together_in_one_store(world, station):
    """Staff open a pickup by the order's number, so there is one of it in a store; also one that was cancelled keeps its place."""
    bag = world.pickup
    gone = {"state": "cancelled", "cancelled_at": NOON}
    Fulfilment.objects.create(order=world.order, store=station, kind="pickup", public_id="P2", due_at=NOON, placed_at=NOON, **gone)
    with refused(changes.NotCollectedThere):
        changes.change_store(bag, store=station, by=None, at=NOON)


def test_the_same_store_is_no_change(world):
    with refused(changes.NothingChanged):
        to(world.harbour, world)


# Another name


def test_another_name_stands_on_the_bag(world):
    changes.rename_collector(world.pickup, name="Jonas Lindqvist", by=world.marta, at=LATER)
    assert Order.objects.get().name == "Jonas Lindqvist"
    assert Event.objects.get(kind="pickup.name_changed").data == {"cause": "customer", "was": "Marta Lindqvist", "now": "Jonas Lindqvist"}
    assert f"Order {world.order.number}: Jonas Lindqvist collects it" in letter()
    with refused(changes.NothingChanged):
        changes.rename_collector(world.pickup, name="Jonas Lindqvist", by=world.marta, at=LATER)


def test_what_is_over_is_not_changed(world):
    Fulfilment.objects.update(state="cancelled")
    with refused(changes.NotChangeable):
        move(world, cause=Cause.STORE)
