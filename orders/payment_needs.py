"""What of the money needs head office."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Count, QuerySet
from django.urls import reverse

from omo.needs import Need
from orders import provider_events, refunds
from orders.models import ProviderEvent

PARKED_FOR_LONG = timedelta(minutes=30)
"""An event that is about nothing we know, for so long, will not be."""


def parked(events: QuerySet[ProviderEvent], *, at: datetime) -> QuerySet[ProviderEvent]:
    """Events that have waited for too long for what they are about."""
    return events.filter(handled_at=None, received_at__lt=at - PARKED_FOR_LONG)


def needs(*, at: datetime) -> Iterator[Need]:
    """Events that do not match or that nobody knows, refunds that failed, and money that waits at the counters."""
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
