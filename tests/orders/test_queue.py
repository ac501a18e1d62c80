"""The version of a store's queue: raised by whatever its staff would see."""

import pytest

from orders import payments, pickup, queue
from orders.models import Fulfilment
from tests import factories
from tests.factories import NOON

pytestmark = pytest.mark.django_db


def test_a_store_where_nothing_happened_is_at_0():
    assert factories.queue_version(factories.store().pk) == 0


def test_each_store_counts_for_itself():
    harbour, station = factories.store(), factories.store("station")
    for _ in range(3):
        queue.raise_version(harbour.pk)
    queue.raise_version(station.pk)
    assert (factories.queue_version(harbour.pk), factories.queue_version(station.pk)) == (3, 1)


def test_every_step_of_a_pickup_moves_the_version_by_one(world):
    seen = [factories.queue_version(world.harbour.pk)]

    def step(act, *args, **fields) -> None:
        act(*args, by=world.ana, at=NOON, **fields)
        seen.append(factories.queue_version(world.harbour.pk))

    step(pickup.start_picking, world.pickup)
    for line in world.pickup.lines.all():
        step(pickup.pick, line, picked=line.quantity)
    step(pickup.mark_ready, world.pickup)
    step(pickup.undo_ready, world.pickup)
    step(pickup.mark_ready, world.pickup)
    step(payments.take_payment, world.order, [payments.Tendered("card", 3499)], store=world.harbour)
    step(pickup.hand_over, world.pickup, identity="passport")
    assert seen == list(range(1, 10))


def test_reading_the_version_takes_one_statement(world, django_assert_num_queries):
    with django_assert_num_queries(1):
        factories.queue_version(world.harbour.pk)


@pytest.mark.parametrize("state", Fulfilment.State.values)
def test_the_queue_holds_what_is_still_to_do(world, state):
    Fulfilment.objects.update(state=state)
    done = {"collected", "expired", "cancelled", "shipped", "delivered", "failed"}
    assert Fulfilment.objects.open_at(world.harbour.pk).exists() == (state not in done)
