"""The messages of what is kept, changed, cancelled and expired: who gets them, whether they still hold, and their words (templates/messages/)."""

from datetime import datetime
from typing import Any

from omo import mail
from omo.models import Event, Message
from omo.outbox import NoLongerTrue
from orders import addresses, money_back, pickup_codes
from orders.messages import order_link
from orders.models import Fulfilment

State = Fulfilment.State


def pickup_reminder(message: Message) -> None:
    """It is held for one day more. Withdrawn if it does not wait any more, or is held for longer."""
    pickup = _fulfilment(message)
    if pickup.state != State.READY or pickup.held_until != datetime.fromisoformat(message.payload["held_until"]):
        raise NoLongerTrue(f"the pickup is {pickup.state}, held until {pickup.held_until}")
    _send(message, pickup)


def pickup_expired(message: Message) -> None:
    """It was not collected in time. Withdrawn if it was reopened since."""
    pickup = _fulfilment(message)
    expired_at = datetime.fromisoformat(message.payload["expired_at"])
    if pickup.expired_at != expired_at:
        raise NoLongerTrue(f"the pickup is {pickup.state}")
    _send(message, pickup, money=money_back.in_words(pickup.order, at=expired_at))


def fulfilment_cancelled(message: Message) -> None:
    """Nothing of this part of the order comes; why, and what becomes of the money. Withdrawn if it goes on after all, because it was paid late."""
    fulfilment = _fulfilment(message)
    if fulfilment.state != State.CANCELLED or fulfilment.cancelled_at is None:
        raise NoLongerTrue(f"the order is {fulfilment.state}")
    _send(message, fulfilment, money=money_back.in_words(fulfilment.order, at=fulfilment.cancelled_at))


def pickup_changed(message: Message) -> None:
    """Something is another way than it was ordered. Withdrawn if it was changed again since, or is over."""
    fulfilment, event = _fulfilment(message), Event.objects.get(pk=message.payload["event"])
    if fulfilment.state not in Fulfilment.OPEN or not _holds(event, fulfilment):
        raise NoLongerTrue(f"the order is {fulfilment.state}, or was changed again")
    what = event.kind.partition(".")[2]
    address = ", ".join(addresses.lines(fulfilment.delivery)) if fulfilment.kind == Fulfilment.Kind.DELIVERY else ""
    about = {"what": what, "reason": event.data.get("reason", ""), "cause": event.data["cause"], "units": _units(event, fulfilment), "address": address}
    _send(message, fulfilment, money=money_back.in_words(fulfilment.order, at=event.at), **about)


def _holds(event: Event, fulfilment: Fulfilment) -> bool:
    """Whether it is still as the change left it."""
    now = {
        "window_changed": fulfilment.due_at.isoformat(),
        "store_changed": fulfilment.store.code,
        "name_changed": fulfilment.order.name,
    }
    what = event.kind.partition(".")[2]
    return what not in now or now[what] == event.data["now"]


def _units(event: Event, fulfilment: Fulfilment) -> list[tuple[int, str]]:
    """How many of what were taken off: [(2, 'Low tide mug')]."""
    taken = event.data.get("units", {})
    return [(taken[str(line.pk)], line.order_line.name) for line in fulfilment.lines.select_related("order_line") if str(line.pk) in taken]


def _fulfilment(message: Message) -> Fulfilment:
    return Fulfilment.objects.select_related("order__member", "store").get(pk=message.payload["fulfilment"])


def _send(message: Message, fulfilment: Fulfilment, **more: Any) -> None:
    order = fulfilment.order
    if not order.email:
        raise NoLongerTrue("the order has no e-mail address")
    context = {
        "order": order,
        "pickup": fulfilment,
        "store": fulfilment.store,
        "link": order_link(order),
        "digits": pickup_codes.six_digits(fulfilment) if fulfilment.kind == Fulfilment.Kind.PICKUP else "",
        "parts": Fulfilment.objects.filter(order=order).count(),
        "lines": [(line.quantity - line.short - line.cancelled, line.order_line) for line in fulfilment.lines.select_related("order_line")],
    }
    mail.send(message, to=order.email, context={**context, **more})
