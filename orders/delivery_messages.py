"""The messages of a delivery: on its way, delivered, or not; with their words in templates/messages/."""

from omo import mail
from omo.models import Message
from omo.outbox import NoLongerTrue
from orders import addresses, cancellation
from orders.messages import order_link
from orders.models import Fulfilment, HandOver

State = Fulfilment.State


def delivery_shipped(message: Message) -> None:
    """It left the store; where it can be followed. Withdrawn if it is not under way any more, or went out once more since."""
    _send(message, State.SHIPPED)


def delivery_delivered(message: Message) -> None:
    """It arrived; who did not take it in themselves learns it now."""
    _send(message, State.DELIVERED)


def delivery_failed(message: Message) -> None:
    """It could not be delivered, and why. Withdrawn if it is under way again."""
    _send(message, State.FAILED)


def _send(message: Message, wanted: str) -> None:
    parcel = Fulfilment.objects.select_related("order", "store", "delivery__carrier").get(pk=message.payload["fulfilment"])
    if parcel.state != wanted or parcel.delivery.tries != message.payload["tries"]:
        raise NoLongerTrue(f"the parcel is {parcel.state}, after {parcel.delivery.tries} tries")
    if not parcel.order.email:
        raise NoLongerTrue("the order has no e-mail address")
    context = {
        "order": parcel.order,
        "store": parcel.store,
        "delivery": parcel.delivery,
        "address": addresses.lines(parcel.delivery),
        "goods": [(cancellation.going(line) + line.collected, line.order_line) for line in parcel.lines.select_related("order_line")],
        "parcels": parcel.order.fulfilments.filter(kind=Fulfilment.Kind.DELIVERY).exclude(state__in=Fulfilment.OVER).count(),
        "taken_in_by": HandOver.objects.filter(fulfilment=parcel).values_list("note", flat=True).first() or "",
        "link": order_link(parcel.order),
    }
    mail.send(message, to=parcel.order.email, context=context)
