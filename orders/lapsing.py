"""Orders that were not paid in time: their goods and windows go to others."""

import logging
from datetime import datetime, timedelta

from omo.acts import Busy, act
from orders import cancellation, paid, payments, providers
from orders.models import Order

log = logging.getLogger("omo.payments")
NOT_PAID = "It was not paid in time."
PATIENCE = timedelta(minutes=15)
"""For how long an order is kept beyond its time while its provider cannot say whether it is paid."""


def lapse_due(*, at: datetime, most: int = 200) -> int:
    """Cancel the orders whose time to be paid is over, the oldest first, after asking their providers whether they are. Returns how many were cancelled.

    What fails with one order is an error in the log, and the next run tries again.
    """
    over = Order.objects.filter(payment_due_by__lte=at).order_by("payment_due_by", "id")[:most]
    return sum(_lapsed(order, at) for order in over)


def _lapsed(order: Order, at: datetime) -> bool:
    try:
        return not _kept(order, at) and lapse(order, at=at)
    except (cancellation.NotCancellable, Busy):
        log.exception("order %s was not paid in time and is not cancelled", order.number)
        return False


def _kept(order: Order, at: datetime) -> bool:
    """Ask the providers whether it is paid; whether it is kept on because one cannot say."""
    try:
        payments.look_up(order, at=at)
    except providers.Away:
        return order.payment_due_by is not None and order.payment_due_by + PATIENCE > at
    return False


@act
def lapse(order: Order, *, at: datetime) -> bool:
    """Cancel an order that waits for its payment for too long; whether it does. One that was paid or authorised meanwhile stays as it is.

    Raises cancellation.NotCancellable.
    """
    held = paid.hold(order.pk)
    if held.payment_due_by is None or held.payment_due_by > at:
        return False
    cancellation.cancel_order(held, reason=NOT_PAID, cause=cancellation.Cause.UNPAID, by=None, at=at)
    Order.objects.filter(pk=held.pk).update(payment_due_by=None)
    return True
