"""Orders that keep their promise or do not, for the tests of the promise ledger."""

from datetime import timedelta

from orders import payments, pickup
from orders.models import FulfilmentLine, PromiseOutcome
from tests import factories
from tests.factories import NOON

TWO = NOON + timedelta(hours=2)
"""When an order of noon is promised: two opening hours later."""


def after(minutes, seconds=0):
    return TWO + timedelta(minutes=minutes, seconds=seconds)


def collected(place, ana, goods, *, minutes=-10, at=NOON, short=0):
    """An order of two that was ready so many minutes after it was promised, and collected ten minutes later."""
    placed = factories.order(place, (goods, 2), at=at)
    promised = factories.pickup_of(placed).due_at
    waiting = factories.pickup_of(placed)
    pickup.start_picking(waiting, by=ana, at=at)
    FulfilmentLine.objects.filter(fulfilment=waiting).update(picked=2 - short, short=short)
    pickup.mark_ready(waiting, by=ana, at=promised + timedelta(minutes=minutes))
    return handed_over(placed, ana, at=promised + timedelta(minutes=minutes + 10))


def handed_over(placed, ana, *, at):
    placed.refresh_from_db()
    payments.take_payment(placed, [payments.Tendered("card", placed.total)], store=placed.store, by=ana, at=at)
    waiting = factories.pickup_of(placed)
    pickup.hand_over(waiting, identity="passport", by=ana, at=at)
    return PromiseOutcome.objects.filter(promise__fulfilment=waiting).last()
