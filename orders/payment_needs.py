"""What of the money needs head office, and how much came today."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Count, F, QuerySet, Sum
from django.urls import reverse

from omo import money
from omo.needs import Figure, Need
from orders import lapsing, payments, provider_events, refunds
from orders.models import Fulfilment, Order, Payment, ProviderEvent
from orders.needs import happened, midnight

PARKED_FOR_LONG = timedelta(minutes=30)
"""An event that is about nothing we know, for so long, will not be."""


def parked(events: QuerySet[ProviderEvent], *, at: datetime) -> QuerySet[ProviderEvent]:
    """Events that have waited for too long for what they are about."""
    return events.filter(handled_at=None, received_at__lt=at - PARKED_FOR_LONG)


def unpaid_for_long(orders: QuerySet[Order], *, at: datetime) -> QuerySet[Order]:
    """Orders whose time to be paid online was over so long ago that they should have been cancelled: their goods are promised to nobody else."""
    return orders.filter(payment_due_by__lt=at - lapsing.PATIENCE)


def fallen_through(orders: QuerySet[Order]) -> QuerySet[Order]:
    """Orders that went to their stores because a payment was authorised, which ran out before it was captured. They are to be paid still."""
    going = Fulfilment.objects.exclude(state__in=Fulfilment.OVER).values("order")
    unpaid = orders.filter(payment_state=Order.PaymentState.UNPAID, payment_due_by=None, total__gt=F("cancelled_total") + F("paid_total"))
    return unpaid.exclude(payment_method=payments.IN_STORE).filter(pk__in=going)


def figures(*, at: datetime) -> Iterator[Figure]:
    """The money that came online on the shop's own day."""
    since = midnight(at)
    taken = happened("payment.taken", since=since, at=at).values("order")
    online = Payment.objects.filter(order__in=taken, tender=Payment.Tender.ONLINE, at__gte=since, at__lte=at)
    paid = online.aggregate(payments=Count("id"), total=Sum("amount"))
    url = reverse("admin:orders_payment_changelist") + "?tender__exact=online"
    note = f"{paid['payments']:,} {'payment' if paid['payments'] == 1 else 'payments'}"
    yield Figure("Paid online today", money.words(paid["total"] or 0), note, url, "orders.view_payment")


def needs(*, at: datetime) -> Iterator[Need]:
    """Orders that are not paid and not cancelled, events that do not match or that nobody knows, refunds that failed, and money that waits at the counters."""
    unpaid = unpaid_for_long(Order.objects.all(), at=at).count()
    words = "order waits for its payment for too long" if unpaid == 1 else "orders wait for their payment for too long"
    yield Need(words, unpaid, reverse("admin:orders_order_changelist") + "?waits=payment", "stop", "orders.view_order")
    fallen = fallen_through(Order.objects.all()).count()
    words = "order is not paid: what was authorised ran out" if fallen == 1 else "orders are not paid: what was authorised ran out"
    yield Need(words, fallen, reverse("admin:orders_order_changelist") + "?waits=authorisation", "stop", "orders.view_order")
    events, permission = reverse("admin:orders_providerevent_changelist"), "orders.view_providerevent"
    wrong = ProviderEvent.objects.filter(provider_events.to_look_into()).count()
    yield Need("payment event does not match" if wrong == 1 else "payment events do not match", wrong, f"{events}?waits=wrong", "stop", permission)
    lost = parked(ProviderEvent.objects.all(), at=at).count()
    yield Need(
        "payment event is about nothing we know" if lost == 1 else "payment events are about nothing we know",
        lost,
        f"{events}?waits=parked",
        "stop",
        permission,
    )
    back, permission = reverse("admin:orders_refund_changelist"), "orders.view_refund"
    failed = refunds.failed().count()
    yield Need("refund failed" if failed == 1 else "refunds failed", failed, f"{back}?waits=failed", "stop", permission)
    for code, name, count in refunds.to_give_back().order_by("store__name").values_list("store__code", "store__name").annotate(Count("id")):
        words = f"{'refund waits' if count == 1 else 'refunds wait'} to be given back at {name}"
        yield Need(words, count, reverse("money_back", args=[code]) if code else f"{back}?waits=counter", "soon", permission)
