"""Deliveries: goods come in once under their number; of many units at once, or of a day, a second person decides."""

from datetime import timedelta

import pytest

from omo.idempotency import KeyReused
from omo.models import Event
from stores import adjustments, deliveries, invariants
from stores.adjustments import AlreadyWaits
from stores.deliveries import Received
from stores.models import Adjustment, StockLevel, StockMovement, StockPolicy, Store, Variant
from tests import factories
from tests.factories import NOON
from tests.unchanged import refused

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)


@pytest.fixture(autouse=True)
def policy() -> StockPolicy:
    """A second person is needed from 100 units of a delivery on, and from 10 without a paper."""
    limits, _ = StockPolicy.objects.get_or_create(pk=1)
    assert (limits.large_receipt, limits.large_adjustment) == (100, 10)
    return limits


@pytest.fixture
def ben(harbour):
    return factories.staff(harbour, name="Ben Ito")


def receive(place: Store, number: str, goods: dict[int, int], by, *, key: str = "key-1", seen: int = 0, at=NOON) -> Received:
    return deliveries.receive_goods(place, number, goods, seen_units=seen, key=key, by=by, at=at)


def on_hand(place: Store, goods: Variant) -> int:
    return StockLevel.objects.filter(store=place, variant=goods).values_list("on_hand", flat=True).first() or 0


def test_a_delivery_comes_in_once_under_its_number(harbour, ana):
    mug, bowl = factories.variant(), factories.variant()
    assert deliveries.received_before(harbour, "D-7") is None
    for _ in range(2):
        assert receive(harbour, "D-7", {mug.pk: 6, bowl.pk: 1}, ana) == Received(7, 0)
    assert [on_hand(harbour, mug), on_hand(harbour, bowl)] == [6, 1]
    event = Event.objects.latest("pk")
    assert (event.kind, event.store, event.by, event.data) == ("stock.received", harbour, ana, {"received": {str(mug.pk): 6, str(bowl.pk): 1}})
    assert deliveries.received_before(harbour, "D-7") == deliveries.Before(7, NOON)
    with refused(KeyReused):
        receive(harbour, "D-7", {mug.pk: 7}, ana)
    with refused(deliveries.NothingReceived):
        receive(harbour, "D-8", {}, ana, key="key-2")


def test_what_comes_in_great_numbers_waits_and_the_rest_comes_in(harbour, ana, ben):
    mug, bowl = factories.stocked(harbour, 5), factories.variant()
    assert receive(harbour, "D-7", {mug.pk: 100, bowl.pk: 99}, ana) == Received(99, 100)
    assert [on_hand(harbour, mug), on_hand(harbour, bowl)] == [5, 99]
    waits = Adjustment.objects.get()
    assert (waits.kind, waits.change, waits.before, waits.note, waits.reference) == ("received", 100, 0, "Delivery D-7", "delivery:D-7")
    adjustments.approve(waits, by=ben, at=LATER)
    assert on_hand(harbour, mug) == 105
    move = StockMovement.objects.latest("pk")
    assert (move.kind, move.quantity, move.by, move.reference) == ("received", 100, ben, f"adjustment:{waits.pk}")
    assert list(invariants.violations()) == []


def test_what_one_person_received_of_the_same_goods_that_day_counts_together(harbour, ana, ben):
    mug = factories.variant()
    assert receive(harbour, "D-7", {mug.pk: 60}, ana) == Received(60, 0)
    assert receive(harbour, "D-8", {mug.pk: 60}, ben) == Received(60, 0)
    assert receive(harbour, "D-9", {mug.pk: 39}, ana, key="key-2") == Received(39, 0)
    assert receive(harbour, "D-10", {mug.pk: 1}, ana, key="key-3") == Received(0, 1)
    assert (on_hand(harbour, mug), Adjustment.objects.get().before) == (159, 99)
    assert receive(harbour, "D-11", {mug.pk: 1}, ana, key="key-4", at=NOON + timedelta(days=1)) == Received(1, 0)


def test_the_same_goods_again_are_refused_while_some_wait(harbour, ana):
    mug, bowl = factories.stocked(harbour, 1), factories.stocked(harbour, 1)
    receive(harbour, "D-7", {mug.pk: 120}, ana)
    with refused(AlreadyWaits):
        receive(harbour, "D-8", {mug.pk: 120, bowl.pk: 2}, ana, key="key-2")


def test_without_a_paper_goods_count_as_corrections_do(harbour, ana, ben):
    mug = factories.stocked(harbour, 20)
    adjustments.adjust(harbour, mug, change=-4, reason=factories.reason(), key="key-1", by=ana, at=NOON)
    assert receive(harbour, "", {mug.pk: 5}, ana) == Received(5, 0)
    assert receive(harbour, "", {mug.pk: 1}, ana, key="key-2") == Received(0, 1)
    waits = Adjustment.objects.get()
    assert (waits.change, waits.before, waits.note, waits.reference) == (1, 9, "Without a paper", "delivery:")
    assert receive(harbour, "", {mug.pk: 9}, ben) == Received(9, 0)
    assert on_hand(harbour, mug) == 30


def test_what_waits_was_received_before_and_what_was_refused_was_not(harbour, ana, ben):
    mug, bowl = factories.stocked(harbour, 1), factories.stocked(harbour, 1)
    receive(harbour, "D-7", {mug.pk: 120, bowl.pk: 3}, ana)
    assert deliveries.received_before(harbour, "D-7") == deliveries.Before(123, NOON)
    with refused(deliveries.ReceivedBefore):
        receive(harbour, "D-7", {bowl.pk: 3}, ben)
    waits = Adjustment.objects.get()
    adjustments.refuse(waits, by=ben, at=LATER)
    assert deliveries.received_before(harbour, "D-7") == deliveries.Before(3, NOON)
    assert on_hand(harbour, mug) == 1
