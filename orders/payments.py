"""Payments: money taken in the store, tender by tender. Online providers join here behind the same acts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Sum

from omo import events
from omo.acts import act
from omo.models import User
from omo.models.event import Channel
from orders import queue
from orders.models import Order, Payment
from stores.models import Store


class NothingToPay(Exception):
    """The order is paid already."""


class MoreThanDue(Exception):
    """The amount is more than is still to pay; `due` is that, in minor units."""

    def __init__(self, due: int) -> None:
        super().__init__(due)
        self.due = due


@dataclass(frozen=True)
class Tendered:
    """An amount in minor units, paid with one tender."""

    tender: str
    amount: int


def due(order: Order) -> int:
    """What is still to pay, in minor units."""
    if order.payment_state != Order.PaymentState.UNPAID:
        return 0
    return order.total - (order.payments.aggregate(paid=Sum("amount"))["paid"] or 0)


@act
def take_payment(order: Order, tendered: Sequence[Tendered], *, store: Store, by: User | None, at: datetime) -> None:
    """Record money that was taken for an order; it is paid when nothing is due any more. An order of 0 is paid with nothing.

    Raises NothingToPay or MoreThanDue and records nothing then.
    """
    book(order, tendered, store=store, by=by, at=at)
    if order.channel != Channel.TILL:
        queue.raise_version(order.store_id)


@act
def book(order: Order, tendered: Sequence[Tendered], *, store: Store, by: User | None, at: datetime) -> None:
    """`take_payment` as a part of a larger act, which raises the queue's version itself, last."""
    held = Order.objects.select_for_update(no_key=True).get(pk=order.pk)  # events that name the order need not wait
    amount = sum(payment.amount for payment in tendered)
    open_amount = due(held)
    if held.payment_state != Order.PaymentState.UNPAID:
        raise NothingToPay(order.number)
    if amount > open_amount:
        raise MoreThanDue(open_amount)
    Payment.objects.bulk_create(Payment(order=held, tender=payment.tender, amount=payment.amount, store=store, at=at, by=by) for payment in tendered)
    if amount == open_amount:
        Order.objects.filter(pk=held.pk).update(payment_state=Order.PaymentState.PAID)
        order.payment_state = Order.PaymentState.PAID
    events.record(
        "payment.taken",
        at=at,
        by=by,
        channel=held.channel,
        store_id=store.pk,
        member_id=held.member_id,
        order_id=held.pk,
        data={"tenders": [[payment.tender, payment.amount] for payment in tendered]},
    )
