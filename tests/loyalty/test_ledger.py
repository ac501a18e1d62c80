"""The points ledger: entries are facts, the balance is their sum."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from loyalty import invariants, ledger
from loyalty.ledger import AlreadyBooked
from loyalty.models import EarnRule, Member, PointsEntry
from omo.models import Event
from tests import factories
from tests.factories import NOON
from tests.unchanged import refused, unchanged

pytestmark = pytest.mark.django_db


@pytest.fixture
def card() -> Member:
    """A member; one point is earned for every full euro since yesterday."""
    EarnRule.objects.all().delete()
    EarnRule.objects.create(points=1, amount=100, valid_from=NOON - timedelta(days=1))
    return factories.member()


def accrue(card: Member, amount: int, source: str = "fulfilment:1", at=NOON) -> PointsEntry | None:
    return ledger.accrue(card, amount, source=source, order_id=None, store_id=None, channel="till", by=None, at=at)


def test_points_are_credited_with_their_cause(card):
    entry = accrue(card, 3499)
    assert (entry.member, entry.kind, entry.points, entry.source, entry.channel, entry.at) == (card, "earn", 34, "fulfilment:1", "till", NOON)
    card.refresh_from_db()
    assert card.balance == 34
    event = Event.objects.get(kind="points.earned")
    assert (event.member, event.subject, event.data) == (card, "fulfilment:1", {"points": 34})


def test_a_purchase_earns_once(card):
    accrue(card, 3499)
    for amount in (3499, 100):
        with refused(AlreadyBooked):
            accrue(card, amount)
    accrue(card, 100, "fulfilment:2")
    card.refresh_from_db()
    assert card.balance == 35


@pytest.mark.parametrize("amount", [0, 1, 99])
def test_less_than_a_full_amount_earns_no_point_and_no_entry(card, amount):
    with unchanged():
        assert accrue(card, amount) is None


@pytest.mark.parametrize(
    ("points", "per", "amount", "earned"),
    [(1, 100, 100, 1), (1, 100, 199, 1), (1, 100, 200, 2), (5, 1000, 9999, 45), (3, 1, 7, 21), (1, 100, 10**12, 10**10)],
)
def test_points_come_for_every_full_amount(points, per, amount, earned):
    assert ledger.points_for(amount, EarnRule(points=points, amount=per)) == earned


def test_without_a_rule_nothing_is_earned():
    assert ledger.points_for(10_000, None) == 0
    EarnRule.objects.all().delete()
    assert accrue(factories.member(), 10_000) is None


def test_the_rule_in_force_is_the_latest_that_has_come(card):
    EarnRule.objects.create(points=2, amount=100, valid_from=NOON)
    EarnRule.objects.create(points=9, amount=100, valid_from=NOON + timedelta(days=1))
    assert accrue(card, 100, "a", at=NOON - timedelta(seconds=1)).points == 1
    assert accrue(card, 100, "b", at=NOON).points == 2
    assert accrue(card, 100, "c", at=NOON + timedelta(days=1)).points == 9
    assert ledger.rule_at(NOON - timedelta(days=2)) is None


@pytest.mark.parametrize("fields", [{"points": 0}, {"amount": 0}])
def test_the_database_holds_no_rule_of_nothing(fields):
    with pytest.raises(IntegrityError), transaction.atomic():
        EarnRule.objects.create(**{"points": 1, "amount": 100, "valid_from": NOON, **fields})


def test_the_database_holds_no_entry_of_nothing(card):
    with refused(IntegrityError):
        PointsEntry.objects.create(member=card, kind="earn", points=0, source="x", at=NOON)


@given(amounts=st.lists(st.integers(0, 50_000), max_size=12))
def test_the_balance_is_the_sum_of_the_entries_whatever_is_bought(amounts):
    with transaction.atomic():
        EarnRule.objects.create(points=3, amount=250, valid_from=NOON)
        card = factories.member()
        for number, amount in enumerate(amounts):
            accrue(card, amount, f"fulfilment:{number}")
        card.refresh_from_db()
        assert card.balance == sum(amount // 250 * 3 for amount in amounts)
        assert list(invariants.violations()) == []
        transaction.set_rollback(True)
