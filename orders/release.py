"""Letting staff begin: an order that waited for its payment goes to the queues of its stores once it is paid or authorised."""

from datetime import datetime

from omo.acts import act
from orders import messages, queue
from orders.models import Fulfilment, Order


@act
def release_to_staff(order: Order, *, at: datetime) -> bool:
    """The order waits for no payment any more: staff see it, and the customer is thanked. Once; returns whether this call did it.

    The caller holds the order's row.
    """
    if not Order.objects.filter(pk=order.pk, payment_due_by__isnull=False).update(payment_due_by=None):
        return False
    order.payment_due_by = None
    waiting = Fulfilment.objects.filter(order=order, awaits_payment=True)
    stores = sorted(set(waiting.values_list("store_id", flat=True)))
    waiting.update(awaits_payment=False)
    messages.queue_placed(order, at=at)
    for store_id in stores:
        queue.raise_version(store_id)
    return True


def show_staff(order: Order) -> None:
    """How far an order is paid is another way now: the queues of all stores that have something of it to do show it. Last in an act."""
    going = Fulfilment.objects.filter(order=order, state__in=Fulfilment.OPEN, awaits_payment=False)
    for store_id in sorted(set(going.values_list("store_id", flat=True))):
        queue.raise_version(store_id)
