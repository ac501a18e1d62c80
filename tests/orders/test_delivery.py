"""The delivery from its store: each legal step, what it does to goods, points and messages, and every other one refused."""

from datetime import timedelta

import pytest

from loyalty.models import EarnRule, PointsEntry
from omo import invariants
from omo.models import Event, Message
from orders import delivery, pickup, promise_words
from orders.delivery import NotAllPicked, NothingToHandOff, NotLegal, Sent, TrackingTaken, Unpaid
from orders.models import Delivery, Fulfilment, HandOver, Order
from stores.models import StockLevel, StockMovement
from tests import factories
from tests.factories import NOON
from tests.orders import delivering
from tests.unchanged import refused

pytestmark = pytest.mark.django_db
State = Fulfilment.State
LATER = NOON + timedelta(days=1)


class World:
    """A store that delivers, and a member's paid order of two mugs and a bowl: 34.99 and 4.95 for the delivery."""

    def __init__(self) -> None:
        EarnRule.objects.create(points=1, amount=100, valid_from=NOON - timedelta(days=1))
        self.harbour = delivering.sender()
        self.ana, self.marta = factories.staff(self.harbour), factories.user(email="marta@shop.test")
        self.card = factories.member(user=self.marta, email=self.marta.email)
        self.mug, self.bowl = factories.stocked(self.harbour, price=1250), factories.stocked(self.harbour, price=999)
        self.order = delivering.order((self.mug, 2), (self.bowl, 1), owner=self.marta)

    @property
    def parcel(self) -> Fulfilment:
        """As a page that is loaded now sees it."""
        return delivering.parcel_of(self.order)

    def level(self) -> tuple[int, int]:
        """(on hand, allocated) of the mugs."""
        return StockLevel.objects.values_list("on_hand", "allocated").get(variant=self.mug)

    def steps(self) -> list[str]:
        """The kinds of the parcel's events."""
        return list(Event.objects.filter(subject=f"fulfilment:{self.parcel.pk}").order_by("pk").values_list("kind", flat=True))


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def packed(world) -> World:
    delivering.packed(world.parcel, world.ana)
    return world


@pytest.fixture
def shipped(packed) -> World:
    delivery.ship(packed.parcel, carrier=delivering.carrier(), tracking="GV-1", by=packed.ana, at=NOON)
    return packed


@pytest.fixture
def failed(shipped) -> World:
    delivery.fail(shipped.parcel, reason="Nobody was at home", by=shipped.ana, at=LATER)
    return shipped


@pytest.fixture(autouse=True)
def books_agree(db):
    """Whatever a test does, the books agree afterwards."""
    yield
    assert list(invariants.violations()) == []


# At the packing table


def test_packing_begins_and_the_packer_is_known(world):
    before = factories.queue_version(world.harbour.pk)
    delivery.start_packing(world.parcel, by=world.ana, at=NOON)
    now = world.parcel
    assert (now.state, now.picker, now.picking_at) == (State.PICKING, world.ana, NOON)
    event = Event.objects.get(kind="delivery.picking")
    assert (event.by, event.at, event.order, event.member, event.store) == (world.ana, NOON, world.order, world.card, world.harbour)
    assert factories.queue_version(world.harbour.pk) == before + 1


def test_nothing_is_packed_before_the_order_is_paid(world):
    waiting = delivering.parcel_of(delivering.order((world.mug, 1), waits=True))
    with refused(Unpaid) as refusal:
        delivery.start_packing(waiting, by=world.ana, at=NOON)
    assert refusal.value.reason == "unpaid"


def test_a_colleague_who_was_faster_is_named(world):
    delivery.start_packing(world.parcel, by=world.ana, at=NOON)
    ben, seen = factories.staff(world.harbour), world.parcel
    with refused(NotLegal) as refusal:
        delivery.start_packing(seen, by=ben, at=NOON)
    assert refusal.value.parcel.picker == world.ana


def test_what_is_not_in_the_parcel_is_not_packed(world):
    delivery.start_packing(world.parcel, by=world.ana, at=NOON)
    line = world.parcel.lines.first()
    with refused(NotLegal):
        delivery.pick(line, picked=3, by=world.ana, at=NOON)
    delivery.pick(line, picked=1, by=world.ana, at=NOON)
    with refused(NotAllPicked) as refusal:
        delivery.mark_packed(world.parcel, by=world.ana, at=NOON)
    assert refusal.value.left == 2


def test_a_packed_parcel_is_opened_again_as_long_as_it_is_here(packed):
    assert (packed.parcel.state, packed.parcel.packed_at, packed.level()) == (State.PACKED, NOON, (10, 2))
    delivery.undo_packed(packed.parcel, by=packed.ana, at=LATER)
    assert (packed.parcel.state, packed.parcel.packed_at) == (State.PICKING, None)
    delivery.mark_packed(packed.parcel, by=packed.ana, at=LATER)
    delivery.ship(packed.parcel, carrier=delivering.carrier(), by=packed.ana, at=LATER)
    with refused(NotLegal):
        delivery.undo_packed(packed.parcel, by=packed.ana, at=LATER)


def test_acts_of_deliveries_leave_pickups_alone(world):
    waiting = factories.pickup_of(factories.order(world.harbour, (world.mug, 1)))
    with refused(NotLegal):
        delivery.start_packing(waiting, by=world.ana, at=NOON)
    with refused(pickup.NotLegal):
        pickup.start_picking(world.parcel, by=world.ana, at=NOON)


# Out of the store


def test_goods_leave_the_books_when_the_parcel_leaves_and_the_customer_can_follow_it(packed, settings):
    delivery.ship(packed.parcel, carrier=delivering.carrier(), tracking="GV-1", by=packed.ana, at=NOON)
    now = packed.parcel
    assert (now.state, now.shipped_at, now.delivery.tracking, now.delivery.carrier.name) == (State.SHIPPED, NOON, "GV-1", "Green Van")
    assert now.delivery.tracking_url == "https://track.example/GV-1"
    assert packed.level() == (8, 0)
    assert list(StockMovement.objects.filter(kind="sold", variant=packed.mug).values_list("quantity", "allocated", "reference")) == [
        (-2, -2, f"fulfilment:{now.pk}")
    ]
    assert [line.collected for line in now.lines.all()] == [0, 0]
    assert packed.steps()[-1] == "delivery.shipped"
    assert not PointsEntry.objects.exists()
    message = Message.objects.get(kind="delivery_shipped")
    assert (message.dedup_key, message.order) == (f"delivery_shipped:{now.pk}:0", packed.order)


def test_what_is_not_paid_does_not_leave(packed):
    Order.objects.filter(pk=packed.order.pk).update(payment_state="unpaid")
    with refused(Unpaid):
        delivery.ship(packed.parcel, carrier=delivering.carrier(), by=packed.ana, at=NOON)
    with refused(Unpaid):
        delivery.hand_off(packed.harbour, [Sent(packed.parcel)], carrier=delivering.carrier(), courier="Joe", by=packed.ana, at=NOON)
    Order.objects.filter(pk=packed.order.pk).update(payment_state="authorised")
    delivery.ship(packed.parcel, carrier=delivering.carrier(), by=packed.ana, at=NOON)
    Order.objects.filter(pk=packed.order.pk).update(payment_state="paid")


def test_a_tracking_number_belongs_to_one_parcel_of_a_carrier(shipped):
    second = delivering.packed(delivering.parcel_of(delivering.order((shipped.mug, 1))), shipped.ana)
    with refused(TrackingTaken) as refusal:
        delivery.ship(second, carrier=delivering.carrier(), tracking="GV-1", by=shipped.ana, at=NOON)
    assert refusal.value.tracking == "GV-1"
    delivery.ship(delivering.parcel_of(second.order), carrier=delivering.carrier("Other"), tracking="GV-1", by=shipped.ana, at=NOON)


@pytest.mark.parametrize("state", [State.PLACED, State.PICKING, State.SHIPPED, State.DELIVERED, State.FAILED, State.CANCELLED])
def test_only_what_is_packed_is_shipped(packed, state):
    Fulfilment.objects.filter(pk=packed.parcel.pk).update(state=state)
    with refused(NotLegal):
        delivery.ship(packed.parcel, carrier=delivering.carrier(), by=packed.ana, at=NOON)
    Fulfilment.objects.filter(pk=packed.parcel.pk).update(state=State.PACKED)


def test_a_courier_takes_several_parcels_with_one_code(packed):
    second = delivering.packed(delivering.parcel_of(delivering.order((packed.mug, 3))), packed.ana)
    before = factories.queue_version(packed.harbour.pk)
    made = delivery.hand_off(
        packed.harbour, [Sent(second, "GV-2"), Sent(packed.parcel, "GV-1")], carrier=delivering.carrier(), courier="Joe Bloggs", by=packed.ana, at=LATER
    )
    assert (made.courier, made.carrier.name, made.at, made.by, len(made.code)) == ("Joe Bloggs", "Green Van", LATER, packed.ana, 8)
    found = Delivery.objects.filter(hand_off=made).order_by("tracking").values_list("fulfilment__state", "fulfilment__shipped_at", "tracking")
    assert list(found) == [("shipped", LATER, "GV-1"), ("shipped", LATER, "GV-2")]
    assert packed.level() == (5, 0)
    event = Event.objects.get(kind="delivery.handed_off")
    assert event.data == {"carrier": "Green Van", "courier": "Joe Bloggs", "code": made.code, "parcels": 2}
    assert Message.objects.filter(kind="delivery_shipped").count() == 2
    assert factories.queue_version(packed.harbour.pk) == before + 1


def test_all_parcels_of_a_hand_off_go_or_none(packed):
    not_packed = delivering.parcel_of(delivering.order((packed.mug, 3)))
    with refused(NotLegal) as refusal:
        delivery.hand_off(packed.harbour, [Sent(packed.parcel), Sent(not_packed)], carrier=delivering.carrier(), courier="Joe", by=packed.ana, at=LATER)
    assert refusal.value.parcel == not_packed
    with refused(NothingToHandOff):
        delivery.hand_off(packed.harbour, [], carrier=delivering.carrier(), courier="Joe", by=packed.ana, at=LATER)
    with refused(NotLegal):
        delivery.hand_off(factories.store("station"), [Sent(packed.parcel)], carrier=delivering.carrier(), courier="Joe", by=packed.ana, at=LATER)


# At the door


def test_points_come_when_the_customer_has_the_parcel(shipped):
    delivery.deliver(shipped.parcel, note="Left with the porter", by=shipped.ana, at=LATER)
    now = shipped.parcel
    assert (now.state, now.delivered_at, now.collected_at) == (State.DELIVERED, LATER, None)
    assert [line.collected for line in now.lines.all()] == [2, 1]
    assert HandOver.objects.values_list("method", "note", "at", "by").get(fulfilment=now) == ("delivered", "Left with the porter", LATER, shipped.ana.pk)
    assert PointsEntry.objects.values_list("points", "source").get() == (34, f"fulfilment:{now.pk}")  # of the goods, not of the delivery
    assert shipped.level() == (8, 0)
    assert "delivery.delivered" in shipped.steps()
    outcome = now.promises.get().outcome
    assert (outcome.kept, outcome.cause) == (True, "none")
    assert promise_words.end(outcome) == "Delivered Wed 25 Nov, 12:00, in time."
    assert ("Delivery", "Standard, 2 working days") in promise_words.inputs(outcome.promise)


def test_a_parcel_is_in_time_until_the_end_of_its_day(shipped):
    promise = shipped.parcel.promises.get()
    assert promise.ready_by.isoformat() == "2026-11-26T23:59:00+00:00"
    delivery.deliver(shipped.parcel, by=shipped.ana, at=promise.ready_by + timedelta(seconds=59))
    assert shipped.parcel.promises.get().outcome.kept


def test_a_parcel_that_comes_the_day_after_is_late(shipped):
    promise = shipped.parcel.promises.get()
    delivery.deliver(shipped.parcel, by=shipped.ana, at=promise.ready_by + timedelta(minutes=61))
    outcome = shipped.parcel.promises.get().outcome
    assert (outcome.kept, outcome.cause, outcome.data["minutes_late"]) == (False, "late", 61)


def test_a_parcel_is_delivered_once(shipped):
    delivery.deliver(shipped.parcel, by=shipped.ana, at=LATER)
    with refused(NotLegal):
        delivery.deliver(shipped.parcel, by=shipped.ana, at=LATER)
    with refused(NotLegal):
        delivery.fail(shipped.parcel, reason="Nobody was at home", by=shipped.ana, at=LATER)


def test_a_parcel_that_failed_says_why_and_keeps_its_goods_off_the_books(failed):
    now = failed.parcel
    assert (now.state, now.delivery.tries, now.delivery.failed_at, now.delivery.failure) == (State.FAILED, 1, LATER, "Nobody was at home")
    assert failed.level() == (8, 0)
    assert Message.objects.get(kind="delivery_failed").dedup_key == f"delivery_failed:{now.pk}:1"
    with refused(NotLegal):
        delivery.deliver(failed.parcel, by=failed.ana, at=LATER)


def test_what_failed_goes_out_once_more_under_another_number(failed):
    delivery.send_again(failed.parcel, carrier=delivering.carrier(), tracking="GV-9", by=failed.ana, at=LATER)
    now = failed.parcel
    assert (now.state, now.shipped_at, now.delivery.tracking, now.delivery.tries, now.delivery.failure) == (State.SHIPPED, LATER, "GV-9", 1, "")
    assert failed.level() == (8, 0)
    assert Message.objects.filter(kind="delivery_shipped").count() == 2
    delivery.deliver(now, by=failed.ana, at=LATER)
    assert PointsEntry.objects.count() == 1


def test_what_is_taken_back_is_on_hand_again_and_its_money_goes_back_once(failed):
    delivery.take_back(failed.parcel, by=failed.ana, at=LATER)
    now, order = failed.parcel, Order.objects.get(pk=failed.order.pk)
    assert (now.state, now.cancelled_at, now.cancel_reason) == (State.CANCELLED, LATER, "Nobody was at home")
    assert failed.level() == (10, 0)
    assert list(StockMovement.objects.filter(kind="returned", variant=failed.mug).values_list("quantity", "allocated")) == [(2, 0)]
    assert (order.total, order.cancelled_total, order.paid_total, order.refunded_total) == (3994, 3994, 3994, 3994)
    assert failed.steps()[-1] == "delivery.taken_back"
    assert now.promises.get().outcome.cause == "staff"
    assert Message.objects.filter(kind="fulfilment_cancelled").count() == 1
    with refused(NotLegal):
        delivery.take_back(failed.parcel, by=failed.ana, at=LATER)


def test_the_delivery_is_paid_for_as_long_as_another_parcel_goes_out(world):
    station = delivering.sender("station")
    vase = factories.stocked(station, 5, price=2000)
    placed = delivering.order((world.mug, 1), (vase, 1))
    first, second = delivering.parcels_of(placed)
    assert sorted([first.delivery.price, second.delivery.price]) == [0, 495]
    failed = delivering.failed(first, world.ana)
    delivery.take_back(failed, by=world.ana, at=LATER)
    assert Order.objects.get(pk=placed.pk).cancelled_total == {world.harbour.pk: 1250, station.pk: 2000}[first.store_id]


@pytest.mark.parametrize("state", [State.PLACED, State.PACKED, State.SHIPPED, State.DELIVERED, State.CANCELLED])
def test_only_what_failed_is_taken_back_or_sent_again(shipped, state):
    Fulfilment.objects.filter(pk=shipped.parcel.pk).update(state=state)
    with refused(NotLegal):
        delivery.take_back(shipped.parcel, by=shipped.ana, at=LATER)
    with refused(NotLegal):
        delivery.send_again(shipped.parcel, carrier=delivering.carrier(), by=shipped.ana, at=LATER)
    Fulfilment.objects.filter(pk=shipped.parcel.pk).update(state=State.SHIPPED)
