"""The messages of an order: who gets them, whether they still hold, and their words (templates/messages/)."""

from datetime import datetime

from django.conf import settings
from django.urls import reverse

from omo import codes, mail
from omo.models import Message
from omo.outbox import NoLongerTrue
from orders import pickup_codes
from orders.models import Fulfilment, Order

PURPOSE = "order"


def order_link(order: Order) -> str:
    """The address by which a guest opens the order: 128 secret bits, exchanged for a session and stripped from the address bar."""
    return settings.SITE_URL + reverse("open_order", args=[order.number, codes.link_token(PURPOSE, order.number, version=order.access_version)])


def order_placed(message: Message) -> None:
    """Thank you, and what happens next. Says so even if picking has begun meanwhile."""
    _send(message, _pickup(message))


def pickup_ready(message: Message) -> None:
    """It waits for you. Withdrawn if it is not ready any more, or was made ready anew since."""
    pickup = _pickup(message)
    if pickup.state != Fulfilment.State.READY or pickup.ready_at != datetime.fromisoformat(message.payload["ready_at"]):
        raise NoLongerTrue(f"the pickup is {pickup.state}")
    _send(message, pickup)


def pickup_moved(message: Message) -> None:
    """It is collected at another time, because the store is closed. Withdrawn if it was moved again since, or is over."""
    pickup = _pickup(message)
    if pickup.state not in Fulfilment.OPEN or pickup.due_at != datetime.fromisoformat(message.payload["due_at"]):
        raise NoLongerTrue(f"the pickup is {pickup.state}, for {pickup.due_at:%Y-%m-%d %H:%M}")
    _send(message, pickup)


def pickup_collected(message: Message) -> None:
    """It was collected; who did not do so themselves learns it now."""
    _send(message, _pickup(message))


def _pickup(message: Message) -> Fulfilment:
    return Fulfilment.objects.select_related("order__member", "store").get(pk=message.payload["fulfilment"])


def _send(message: Message, pickup: Fulfilment) -> None:
    if not pickup.order.email:
        raise NoLongerTrue("the order has no e-mail address")
    context = {
        "order": pickup.order,
        "pickup": pickup,
        "store": pickup.store,
        "lines": list(pickup.order.lines.all()),
        "link": order_link(pickup.order),
        "digits": pickup_codes.six_digits(pickup),
    }
    mail.send(message, to=pickup.order.email, context=context)
