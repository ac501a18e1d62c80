"""A guest becomes a member in the moment in which the bag is handed over: the points come once, and are never lost."""

import time
from collections.abc import Callable

import pytest
from django.db import transaction

from loyalty.models import EarnRule, Member, PointsEntry
from orders import fulfilment, membership, payments, pickup, pickup_codes
from tests import factories
from tests.factories import NOON
from tests.races.crowd import at_once

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True), pytest.mark.slow]
MOMENT = 0.3


@pytest.fixture
def acts(harbour, ana) -> tuple[Callable[[], None], Callable[[], None]]:
    """The guest's press of the button, and the hand-over of the bag, worth 12 points, that is ready and paid."""
    EarnRule.objects.create(points=1, amount=100, valid_from=NOON)
    order = factories.order(harbour, (factories.stocked(harbour, 9, price=1250), 1))
    page = factories.ready(order, ana)
    payments.take_payment(order, [payments.Tendered("card", 1250)], store=harbour, by=ana, at=NOON)
    code = pickup_codes.six_digits(page)
    return lambda: membership.join_order(order, by=None, at=NOON), lambda: pickup.hand_over(page, proof=code, by=ana, at=NOON)


def overlapping(first: Callable[[], None], second: Callable[[], None]) -> list:
    """The second begins after the first has done its work and before it is committed."""

    def lingering() -> None:
        with transaction.atomic():
            first()
            time.sleep(2 * MOMENT)

    def later() -> None:
        time.sleep(MOMENT)
        second()

    return at_once(lingering, later)


def points() -> tuple[int, int]:
    """The member's balance, and how many entries it has."""
    return Member.objects.get().balance, PointsEntry.objects.count()


def test_the_points_come_when_the_hand_over_began_before_the_guest_was_a_member(acts):
    press, hand_over = acts
    assert overlapping(hand_over, press) == [None, None]
    assert points() == (12, 1)


def test_the_points_come_when_the_guest_pressed_before_the_hand_over_began(acts):
    press, hand_over = acts
    assert overlapping(press, hand_over) == [None, None]
    assert points() == (12, 1)


def test_without_reading_the_member_anew_they_are_lost(acts, monkeypatch):
    """The negative control: the counter believes what it read while it waited for the row."""
    press, hand_over = acts
    monkeypatch.setattr(fulfilment, "_read_member", lambda part: None)
    assert overlapping(press, hand_over) == [None, None]
    assert points() == (0, 0)
