"""What one person changed by hand: many small changes of a day are one large one, and that needs a second person."""

from collections.abc import Collection
from datetime import datetime, time, timedelta

from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import Abs

from omo.models import User
from stores import hours
from stores.models import StockMovement, Store
from stores.models.stock import BY_HAND

AT_LEVEL = "level:"
"""How movements begin to say what they belong to that somebody entered for one level: corrections, and counts that differed."""
DELIVERY = "delivery:"
"""How those begin that came in with a delivery; the number on its paper follows, nothing if there was no paper."""


def corrected(store: Store, variant_ids: Collection[int], *, by: User, at: datetime) -> dict[int, int]:
    """{variant id: units} that a person changed here on the shop's day of `at`, more and fewer alike: corrections, counts, goods that came without a paper.

    What a second person agreed to is not among them, and no sale, transfer or delivery with a number is.
    """
    own = Q(reference__startswith=AT_LEVEL) | Q(reference=DELIVERY)
    return dict(_today(store, variant_ids, by, at).filter(own).values_list("variant_id").annotate(units=Sum(Abs("quantity"))))


def received(store: Store, variant_ids: Collection[int], *, by: User, at: datetime) -> dict[int, int]:
    """{variant id: units} that a person received on the shop's day of `at`, whatever the paper says."""
    rows = _today(store, variant_ids, by, at).filter(kind=StockMovement.Kind.RECEIVED, reference__startswith=DELIVERY)
    return dict(rows.values_list("variant_id").annotate(units=Sum("quantity")))


def _today(store: Store, variant_ids: Collection[int], by: User, at: datetime) -> QuerySet[StockMovement]:
    """All of the day, also what is from a moment later than `at`: who waited for the lock asks at the moment when waiting began."""
    today = at.astimezone(store.zone).date()
    begins, ends = (hours.instant(day, time(0), store.zone) for day in (today, today + timedelta(days=1)))
    return StockMovement.objects.filter(store=store, variant__in=variant_ids, by=by, at__gte=begins, at__lt=ends, kind__in=BY_HAND).order_by()
