"""Completing: the one path by which goods leave and a purchase earns."""

from datetime import timedelta

import pytest

from loyalty.ledger import AlreadyBooked
from loyalty.models import EarnRule, Member, PointsEntry
from omo.models import Event
from orders import fulfilment
from orders.fulfilment import NotCompletable
from orders.models import Fulfilment, FulfilmentLine, HandOver
from stores.models import StockLevel
from tests import factories
from tests.factories import NOON
from tests.unchanged import refused

pytestmark = pytest.mark.django_db


def complete(world, seconds: int = 0) -> None:
    fulfilment.complete(world.pickup, method=HandOver.Method.CODE, by=world.ana, at=NOON + timedelta(seconds=seconds))


def test_a_purchase_earns_once_when_it_is_collected(ready):
    complete(ready)
    entry = PointsEntry.objects.get()
    assert (entry.member, entry.kind, entry.points, entry.source) == (ready.card, "earn", 34, f"fulfilment:{ready.pickup.pk}")
    assert (entry.order, entry.store, entry.channel, entry.at, entry.by) == (ready.order, ready.harbour, "web", NOON, ready.ana)
    assert Member.objects.get().balance == 34
    assert Event.objects.get(kind="points.earned").data == {"points": 34}


def test_an_order_earns_what_was_promised_when_it_was_placed(ready):
    EarnRule.objects.create(points=3, amount=100, valid_from=NOON + timedelta(hours=1))
    complete(ready, 2 * 3600)
    entry = PointsEntry.objects.get()
    assert (entry.points, entry.at) == (34, NOON + timedelta(hours=2))
    assert Member.objects.get().balance == 34


def test_nobody_earns_without_a_membership_or_a_rule(ready):
    EarnRule.objects.all().delete()
    complete(ready)
    assert not PointsEntry.objects.exists()


def test_an_order_of_somebody_whose_card_was_switched_off_earns_nothing(world):
    Member.objects.update(active=False)
    placed = factories.order(world.harbour, (factories.stocked(world.harbour), 1), owner=world.marta)
    assert placed.member is None
    factories.collected(placed, world.ana)
    assert not PointsEntry.objects.exists()


def test_a_second_completion_is_refused(ready):
    complete(ready)
    with refused(NotCompletable):
        complete(ready, 5)


@pytest.mark.parametrize("state", sorted(set(Fulfilment.State.values) - {"ready"}))
def test_a_pickup_is_completed_from_ready_only(ready, state):
    Fulfilment.objects.update(state=state)
    with refused(NotCompletable):
        complete(ready)


@pytest.mark.parametrize("state", sorted(set(Fulfilment.State.values) - {"placed"}))
def test_a_carry_out_is_completed_from_placed_only(ready, state):
    Fulfilment.objects.update(kind="carry_out", state=state)
    with refused(NotCompletable):
        complete(ready)


def test_a_source_that_has_earned_stops_everything(ready):
    """Were the state ever wrong, the ledger would still refuse, and the goods stay on the books."""
    PointsEntry.objects.create(member=ready.card, kind="earn", points=1, source=f"fulfilment:{ready.pickup.pk}", at=NOON)
    with refused(AlreadyBooked):
        complete(ready)


def test_what_is_short_or_cancelled_stays_out_of_the_bag_the_books_and_the_points(ready):
    first = ready.pickup.lines.first()
    FulfilmentLine.objects.filter(pk=first.pk).update(picked=1, short=1)  # one of two mugs at 1250, and a bowl at 999
    complete(ready)
    assert list(ready.pickup.lines.values_list("collected", flat=True)) == [1, 1]
    assert list(StockLevel.objects.order_by("pk").values_list("on_hand", flat=True)) == [9, 9]
    assert Member.objects.get().balance == (1250 + 999) // 100


def test_a_fulfilment_of_nothing_but_shortages_moves_no_goods(ready):
    for line in ready.pickup.lines.all():
        FulfilmentLine.objects.filter(pk=line.pk).update(picked=0, short=line.quantity)
    complete(ready)
    assert list(StockLevel.objects.order_by("pk").values_list("on_hand", flat=True)) == [10, 10]
    assert not PointsEntry.objects.exists()


def test_the_queue_sees_a_collected_pickup(ready):
    before = factories.queue_version(ready.harbour.pk)
    complete(ready)
    assert factories.queue_version(ready.harbour.pk) == before + 1
    assert not Fulfilment.objects.open_at(ready.harbour.pk).exists()
