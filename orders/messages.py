"""The messages of an order: who gets them, whether they still hold, and their words (templates/messages/)."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse

from omo import codes, mail, outbox
from omo.models import Message
from omo.outbox import NoLongerTrue
from orders import pickup_codes
from orders.models import Fulfilment, FulfilmentLine, HandOver, Order, OrderLine
from stores.models import Store

PURPOSE = "order"


def order_link(order: Order) -> str:
    """The address by which a guest opens the order: 128 secret bits, exchanged for a session and stripped from the address bar."""
    return settings.SITE_URL + reverse("open_order", args=[order.number, codes.link_token(PURPOSE, order.number, version=order.access_version)])


def queue_placed(order: Order, *, at: datetime) -> None:
    """Thank the customer for an order, once: in the transaction that places it, or the one that learns of its payment."""
    outbox.queue("order_placed", dedup_key=f"order_placed:{order.pk}", payload={"order": order.pk}, at=at, order_id=order.pk)


def order_placed(message: Message) -> None:
    """Thank you, and what happens next with each part of the order. Says so even if picking has begun meanwhile; withdrawn if all of it was cancelled."""
    wanted = message.payload.get("order") or Fulfilment.objects.values_list("order_id", flat=True).get(pk=message.payload["fulfilment"])
    order = Order.objects.select_related("store").get(pk=wanted)
    parts = [_Part(one) for one in order.fulfilments.exclude(state__in=Fulfilment.OVER).select_related("store", "delivery").order_by("id")]
    if not parts:
        raise NoLongerTrue("nothing is left of the order")
    mail.send(message, to=_address(order), context={**_of_order(order), "store": order.store, "parts": parts})


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
    """It was collected, and by whom if another person did; who did not do so themselves learns it now."""
    pickup = _pickup(message)
    handed = HandOver.objects.select_related("proxy").filter(fulfilment=pickup).first()
    _send(message, pickup, proxy=handed.proxy if handed else None)


@dataclass(frozen=True)
class _Part:
    """A fulfilment as the mail tells it: a pickup has six digits."""

    fulfilment: Fulfilment

    @property
    def store(self) -> Store:
        return self.fulfilment.store

    @property
    def digits(self) -> str:
        return pickup_codes.six_digits(self.fulfilment) if self.fulfilment.kind == Fulfilment.Kind.PICKUP else ""


@dataclass(frozen=True)
class _Going:
    """What of an order line a mail is about."""

    line: OrderLine
    quantity: int

    @property
    def name(self) -> str:
        return self.line.name

    @property
    def words(self) -> str:
        return self.line.words

    @property
    def total(self) -> int:
        return self.line.total * self.quantity // self.line.quantity


def _pickup(message: Message) -> Fulfilment:
    return Fulfilment.objects.select_related("order__member", "store").get(pk=message.payload["fulfilment"])


def _address(order: Order) -> str:
    """Where mails about an order go. Raises NoLongerTrue if nowhere."""
    if not order.email:
        raise NoLongerTrue("the order has no e-mail address")
    return order.email


def _of_order(order: Order) -> dict[str, Any]:
    """What of an order was not cancelled, and what that costs."""
    units = Counter[OrderLine]()
    parcels = 0
    going = FulfilmentLine.objects.filter(fulfilment__order=order).exclude(fulfilment__state__in=Fulfilment.OVER)
    for line in going.select_related("order_line", "fulfilment"):
        units[line.order_line] += line.quantity - line.short - line.cancelled
        parcels += line.fulfilment.kind == Fulfilment.Kind.DELIVERY
    lines = [_Going(line, count) for line, count in sorted((+units).items(), key=lambda one: one[0].pk)]
    costs = {"total": order.total - order.cancelled_total, "delivery": order.delivery_total if parcels else 0}
    return {"order": order, "lines": lines, "link": order_link(order), **costs}


def _send(message: Message, pickup: Fulfilment, **more: Any) -> None:
    """The mail about a pickup, with the goods of this part of the order only."""
    goods = list(pickup.lines.select_related("order_line"))
    going = [_Going(line.order_line, line.quantity - line.short - line.cancelled) for line in goods]
    parts = pickup.order.fulfilments.exclude(state__in=Fulfilment.OVER).count()
    about = {"order": pickup.order, "link": order_link(pickup.order), "pickup": pickup, "store": pickup.store, "parts": parts}
    to_pay = 0 if pickup.order.payment_state == Order.PaymentState.AUTHORISED else pickup.order.due
    money = {"goods_total": sum(one.total for one in going), "to_pay": to_pay}
    context = {**about, **money, "digits": pickup_codes.six_digits(pickup), "lines": [one for one in going if one.quantity], **more}
    mail.send(message, to=_address(pickup.order), context=context)
