"""Taking what is authorised for an order, once some of its goods are ready or on their way: all that is owed by then, for that can be done once."""

from datetime import datetime, timedelta

from omo import outbox
from omo.acts import act
from orders.models import Fulfilment, Order, PaymentAttempt

HERE_OR_GONE = [Fulfilment.State.READY, *Fulfilment.RECEIVED, Fulfilment.State.SHIPPED]
"""Where goods are once their money is taken."""


@act
def capture_later(order: Order, *, at: datetime, delay: timedelta = timedelta(0)) -> None:
    """Take what is authorised for an order, by the outbox, now that its goods are ready or on their way; nothing for an order that is paid otherwise.

    Part of the act that makes it so. `delay` leaves time to undo.
    """
    for attempt in PaymentAttempt.objects.filter(order=order, state=PaymentAttempt.State.AUTHORISED):
        key = f"payment_capture:{attempt.pk}:{at.timestamp():.6f}"
        outbox.queue("payment_capture", dedup_key=key, payload={"attempt": attempt.pk}, at=at, delay=delay, order_id=order.pk)


def is_time(order: Order) -> bool:
    """Whether some of an order's goods are where their money is taken."""
    return Fulfilment.objects.filter(order=order, state__in=HERE_OR_GONE).exists()
