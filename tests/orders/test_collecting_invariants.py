"""What a broken book of passes and arrivals looks like to the checker."""

import pytest

from omo import invariants
from orders.models import Arrival, HandOver, ProxyPass
from tests import factories
from tests.factories import NOON
from tests.orders.own_orders import placed

pytestmark = pytest.mark.django_db


def test_what_is_wrong_with_a_pass_or_an_arrival_is_found(harbour):
    order = placed(harbour)
    bag = factories.collected(order, factories.staff(harbour))
    assert list(invariants.violations()) == []
    ProxyPass.objects.create(fulfilment=bag, name="Ben", public_id="AAAAAAAAAA", made_at=NOON, used_at=NOON, revoked_at=NOON)
    Arrival.objects.create(fulfilment=bag, arrived_at=NOON, place="counter")
    HandOver.objects.update(method="proxy")
    assert sorted(one["invariant"] for one in invariants.violations()) == [
        "a hand-over by pass names a pass of its pickup, which is used",
        "a pass is used by a hand-over",
        "a pass that was taken back is not used",
        "who waits is served with the hand-over",
    ]
