"""The promises about money: an order's sums are those of its payments and refunds, its state follows from them, and what was paid has goods or goes back."""

from collections.abc import Iterator

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from omo.invariants import Violation
from orders import paid
from orders.models import Fulfilment, Order, Payment, PaymentAttempt, Refund


def violations() -> Iterator[Violation]:
    """Every order, payment and attempt whose money does not add up."""
    yield from _sums()
    yield from _states()
    yield from _refunds()
    yield from _captured()
    yield from _waiting()
    yield from _goods()


def _sums() -> Iterator[Violation]:
    taken = Payment.objects.filter(order=OuterRef("pk")).order_by().values("order").annotate(total=Sum("amount")).values("total")
    back = Refund.objects.filter(payment__order=OuterRef("pk")).exclude(state=Refund.State.FAILED)
    given = back.order_by().values("payment__order").annotate(total=Sum("amount")).values("total")
    orders = Order.objects.annotate(taken=Coalesce(Subquery(taken), 0), given=Coalesce(Subquery(given), 0))
    for order in orders.exclude(paid_total=F("taken")).iterator():
        yield Violation("what an order was paid is the sum of its payments", order.number, order.paid_total, order.taken)
    for order in orders.exclude(refunded_total=F("given")).iterator():
        yield Violation("what an order was refunded is the sum of its refunds", order.number, order.refunded_total, order.given)


def _states() -> Iterator[Violation]:
    authorised = set(PaymentAttempt.objects.filter(state=PaymentAttempt.State.AUTHORISED).values_list("order_id", flat=True))
    for order in Order.objects.only(*_MONEY).iterator():
        expected = paid.state_of(order, authorised=order.pk in authorised)
        if order.payment_state != expected:
            yield Violation("how far an order is paid follows from its sums", order.number, order.payment_state, expected.value)


def _refunds() -> Iterator[Violation]:
    back = Refund.objects.filter(payment=OuterRef("pk")).exclude(state=Refund.State.FAILED).order_by().values("payment").annotate(total=Sum("amount"))
    for payment in Payment.objects.annotate(given=Subquery(back.values("total"))).filter(given__gt=F("amount")):
        yield Violation("no more of a payment is refunded than was paid", f"payment {payment.pk}", payment.given, payment.amount)


def _captured() -> Iterator[Violation]:
    captured = Q(state=PaymentAttempt.State.CAPTURED)
    for attempt in PaymentAttempt.objects.filter((captured & Q(payment=None)) | (~captured & Q(payment__isnull=False))):
        yield Violation("what was captured online is booked", f"attempt {attempt.pk}", attempt.state, "captured and booked together")
    for attempt in PaymentAttempt.objects.filter(captured).exclude(payment__amount=F("amount"), payment__order=F("order")):
        yield Violation("what was captured is booked for its order, as much as it was", f"attempt {attempt.pk}", attempt.amount, "the payment's amount")


def _waiting() -> Iterator[Violation]:
    waiting = Fulfilment.objects.filter(state__in=Fulfilment.OPEN, awaits_payment=True, order__payment_due_by=None)
    for fulfilment in waiting:
        yield Violation("what waits for its payment has a time for it", f"fulfilment {fulfilment.pk}", None, "a time")
    for order in _orders().filter(payment_due_by__isnull=False, payment_state__in=[Order.PaymentState.PAID, Order.PaymentState.AUTHORISED]):
        yield Violation("what is paid waits for no payment", order.number, order.payment_due_by, None)


def _goods() -> Iterator[Violation]:
    """Money that is kept is for goods that are promised or gone, or failed on its way back and is head office's to look after."""
    failed = Refund.objects.filter(state=Refund.State.FAILED).values("payment__order")
    too_much = _orders().filter(paid_total__gt=F("total") - F("cancelled_total") + F("refunded_total"))
    for order in too_much.exclude(pk__in=failed):
        yield Violation("what is not owed any more goes back", order.number, order.overpaid, 0)
    goods = Fulfilment.objects.exclude(state=Fulfilment.State.CANCELLED).values("order")
    for order in _orders().filter(paid_total__gt=F("refunded_total")).exclude(pk__in=goods):
        if not order.overpaid:
            yield Violation("what is paid has its goods", order.number, order.paid_total - order.refunded_total, 0)


_MONEY = ("number", "total", "cancelled_total", "paid_total", "refunded_total", "payment_state")


def _orders() -> QuerySet[Order]:
    return Order.objects.order_by("id")
