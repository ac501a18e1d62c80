"""The world of the pickup tests: one order on its way."""

from datetime import timedelta

import pytest

from loyalty.models import EarnRule
from orders import payments, pickup, pickup_codes
from orders.models import Fulfilment
from tests import factories
from tests.factories import NOON


class World:
    """A store, somebody who works there, and a placed order of two mugs and a bowl (3499)."""

    def __init__(self) -> None:
        EarnRule.objects.create(points=1, amount=100, valid_from=NOON - timedelta(days=1))
        self.harbour = factories.store()
        self.ana, self.marta = factories.staff(self.harbour), factories.user(email="marta@shop.test")
        self.card = factories.member(user=self.marta, email=self.marta.email)
        goods = [(factories.stocked(self.harbour, price=1250), 2), (factories.stocked(self.harbour, price=999), 1)]
        self.order = factories.order(self.harbour, *goods, owner=self.marta)

    @property
    def pickup(self) -> Fulfilment:
        """As a page that is loaded now sees it."""
        return factories.pickup_of(self.order)

    def pay(self) -> None:
        """Take the whole amount by card."""
        payments.take_payment(self.order, [payments.Tendered("card", 3499)], store=self.harbour, by=self.ana, at=NOON)

    def hand_over(self, seconds: int = 0, **proof: str) -> None:
        """Hand over, by the six digits if nothing else is said."""
        proof = proof or {"proof": pickup_codes.six_digits(self.pickup)}
        pickup.hand_over(self.pickup, by=self.ana, at=NOON + timedelta(seconds=seconds), **proof)


@pytest.fixture
def world() -> World:
    """The order has just been placed."""
    return World()


@pytest.fixture
def picked(world) -> World:
    """All of it is in the bag."""
    factories.picked(world.order, world.ana)
    return world


@pytest.fixture
def ready(picked) -> World:
    """It waits at R-14, and is not paid."""
    pickup.mark_ready(picked.pickup, place="R-14", by=picked.ana, at=NOON)
    return picked
