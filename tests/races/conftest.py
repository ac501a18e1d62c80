"""What the races share: a store, and a count of the times that the database stepped between rivals."""

import pytest

from loyalty.models import EarnRule, Member
from omo import acts
from tests import factories
from tests.factories import NOON


@pytest.fixture
def card(transactional_db) -> Member:
    """Marta's membership; a point is earned for every euro."""
    EarnRule.objects.all().delete()
    EarnRule.objects.create(points=1, amount=100, valid_from=NOON)
    return factories.member(user=factories.user(email="marta@shop.test"), email="marta@shop.test")


@pytest.fixture
def rivalries(monkeypatch) -> list[str]:
    """Every deadlock ('40P01'), serialization failure or lock timeout that an act met, tried again or not.

    A random number that was drawn twice is none: of a million pickup codes, a rush of hundreds of orders at one store draws one again now and then.
    """
    met: list[str] = []
    is_rivalry = acts.is_rivalry

    def noted(failure: BaseException) -> bool:
        if not isinstance(failure, acts.DrawnTwice):
            met.append(getattr(failure.__cause__, "sqlstate", None) or type(failure).__name__)
        return is_rivalry(failure)

    monkeypatch.setattr("omo.acts.is_rivalry", noted)
    return met
