"""Parcels: one leaves, arrives and comes back once, however many people press at the same moment."""

import pytest
from django.db.models import QuerySet

from loyalty.models import PointsEntry
from omo.models import Event, Message
from orders import delivery
from orders.models import Address, Fulfilment, HandOff, Order
from orders.models.fulfilment import FulfilmentQuerySet
from stores.models import StockLevel, StockMovement
from tests import factories
from tests.factories import NOON
from tests.orders import delivering
from tests.races.crowd import at_once, constraints_off, kinds, sound

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True), pytest.mark.slow]
TIMES = 8
ROUNDS = 4


class Floor:
    """A store that delivers Marta's mugs (12.50 each)."""

    def __init__(self, card) -> None:
        self.harbour = delivering.sender()
        self.ana, self.owner = factories.staff(self.harbour), card.user
        self.mug, self.bowl = factories.stocked(self.harbour, 100, price=1250), factories.stocked(self.harbour, 100, price=999)
        delivering.option()

    def packed(self, *goods) -> Fulfilment:
        return delivering.packed(delivering.parcel_of(delivering.order(*(goods or ((self.mug, 1),)), owner=self.owner)), self.ana)

    def pages(self, parcel: Fulfilment) -> list[Fulfilment]:
        """As many pages of the same parcel as people press."""
        return [delivering.parcel_of(parcel.order) for _ in range(TIMES)]

    def on_hand(self) -> tuple[int, int]:
        return StockLevel.objects.values_list("on_hand", "allocated").get(variant=self.mug)


@pytest.fixture
def floor(card) -> Floor:
    return Floor(card)


def ship(floor: Floor, page: Fulfilment):
    van = delivering.carrier()
    return lambda: delivery.ship(page, carrier=van, by=floor.ana, at=NOON)


def test_of_eight_who_ship_one_does_and_seven_are_told_so(floor, rivalries):
    for _ in range(ROUNDS):
        outcomes = at_once(*(ship(floor, page) for page in floor.pages(floor.packed())))
        assert kinds(outcomes) == {"NoneType": 1, "NotLegal": 7}
    assert floor.on_hand() == (100 - ROUNDS, 0)
    assert Event.objects.filter(kind="delivery.shipped").count() == Message.objects.filter(kind="delivery_shipped").count() == ROUNDS
    assert rivalries == []
    assert sound()


def test_without_the_guards_a_parcel_leaves_again_and_again(floor, monkeypatch):
    """The negative control: no row lock, no condition on the state, and no constraint on the counters."""
    presses = [ship(floor, page) for page in floor.pages(floor.packed())]
    monkeypatch.setattr(FulfilmentQuerySet, "select_for_update", lambda self, **options: self.all())
    monkeypatch.setattr(FulfilmentQuerySet, "filter", lambda self, *args, state=None, **fields: QuerySet.filter(self, *args, **fields))
    with constraints_off("stores_stocklevel"):
        assert kinds(at_once(*presses))["NoneType"] > 1
        assert StockMovement.objects.filter(kind="sold").count() > 1


def test_couriers_who_take_overlapping_lists_take_each_parcel_once(floor):
    for _ in range(ROUNDS):
        one, two, three = floor.packed((floor.mug, 1), (floor.bowl, 1)), floor.packed((floor.bowl, 1)), floor.packed((floor.mug, 2))
        van = delivering.carrier()
        lists = [[one, two], [two, three], [three, one], [one, two, three]]

        def hand_off(listed, van=van):
            sent = [delivery.Sent(delivering.parcel_of(parcel.order)) for parcel in listed]
            return lambda: delivery.hand_off(floor.harbour, sent, carrier=van, courier="Joe", by=floor.ana, at=NOON)

        outcomes = kinds(at_once(*(hand_off(listed) for listed in lists)))
        assert outcomes == {"HandOff": 1, "NotLegal": 3}
    assert HandOff.objects.count() == ROUNDS
    assert sound()


def test_of_eight_who_deliver_one_does_and_points_come_once(floor, card, rivalries):
    for number in range(ROUNDS):
        parcel = floor.packed()
        delivery.ship(parcel, carrier=delivering.carrier(), tracking=f"GV-{number}", by=floor.ana, at=NOON)
        pages = floor.pages(parcel)
        outcomes = at_once(*(lambda page=page: delivery.deliver(page, by=floor.ana, at=NOON) for page in pages))
        assert kinds(outcomes) == {"NoneType": 1, "NotLegal": 7}
    assert PointsEntry.objects.count() == ROUNDS
    assert Address.objects.count() == 1
    assert rivalries == []
    assert sound()


def test_one_who_delivers_and_one_who_fails_do_not_both(floor):
    for number in range(ROUNDS):
        parcel = floor.packed()
        delivery.ship(parcel, carrier=delivering.carrier(), tracking=f"GV-{number}", by=floor.ana, at=NOON)
        first, second = floor.pages(parcel)[:2]
        outcomes = at_once(
            lambda page=first: delivery.deliver(page, by=floor.ana, at=NOON),
            lambda page=second: delivery.fail(page, reason="Nobody was at home", by=floor.ana, at=NOON),
        )
        assert kinds(outcomes) == {"NoneType": 1, "NotLegal": 1}
    assert sound()


def test_of_eight_who_take_a_parcel_back_one_does_and_the_money_goes_back_once(floor, rivalries):
    for number in range(ROUNDS):
        parcel = floor.packed()
        delivery.ship(parcel, carrier=delivering.carrier(), tracking=f"GV-{number}", by=floor.ana, at=NOON)
        delivery.fail(parcel, reason="Nobody was at home", by=floor.ana, at=NOON)
        pages = floor.pages(parcel)
        outcomes = at_once(*(lambda page=page: delivery.take_back(page, by=floor.ana, at=NOON) for page in pages))
        assert kinds(outcomes) == {"NoneType": 1, "NotLegal": 7}
        assert Order.objects.values_list("refunded_total", "cancelled_total").get(pk=parcel.order_id) == (1745, 1745)
    assert floor.on_hand() == (100, 0)
    assert rivalries == []
    assert sound()
