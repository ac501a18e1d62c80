"""What was cancelled and what expired: its money is not owed, its goods and its window are free."""

from collections.abc import Iterator

from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Cast, Concat

from omo.invariants import Violation
from orders import owed
from orders.models import Fulfilment, FulfilmentLine, Order, Refund
from stores.models import SlotBooking, StockMovement


def violations() -> Iterator[Violation]:
    """Every order that owes too much or too little after parts of it ended, and every part that ended and still holds something."""
    yield from _owed()
    yield from _goods()
    yield from _windows()
    yield from _moments()


def _owed() -> Iterator[Violation]:
    """Asked of the orders of which something was cancelled, or is said to be; they are few."""
    ended = Fulfilment.objects.filter(state__in=Fulfilment.OVER).values("order")
    fewer = FulfilmentLine.objects.filter(cancelled__gt=0).order_by().values("fulfilment__order")
    for order in Order.objects.filter(Q(cancelled_total__gt=0) | Q(pk__in=ended) | Q(pk__in=fewer)).iterator():
        expected = owed.cancelled_of(order)
        if order.cancelled_total != expected:
            yield Violation("what was cancelled is not owed", order.number, order.cancelled_total, expected)
        if order.overpaid and not Refund.objects.filter(payment__order=order, state=Refund.State.FAILED).exists():
            yield Violation("what was paid and is not owed goes back", order.number, order.overpaid, 0)


def _goods() -> Iterator[Violation]:
    """What was allocated to a fulfilment that ended was released, by its own movements."""
    moved = StockMovement.objects.filter(reference=OuterRef("reference")).order_by().values("reference").annotate(left=Sum("allocated")).values("left")
    for pk, left in _ended().annotate(left=Subquery(moved)).exclude(left=0).values_list("pk", "left"):
        if left:
            yield Violation("what was cancelled or expired holds no goods", f"fulfilment {pk}", left, 0)


def _windows() -> Iterator[Violation]:
    places = SlotBooking.objects.filter(reference=OuterRef("reference"), released_at=None)
    for pk in _ended().filter(Exists(places)).values_list("pk", flat=True):
        yield Violation("what was cancelled or expired has no place in a window", f"fulfilment {pk}", "a place", None)


def _ended() -> QuerySet[Fulfilment]:
    """What ended, with `reference`: its name among movements and bookings."""
    named = Concat(Value("fulfilment:"), Cast("pk", CharField()))
    return Fulfilment.objects.filter(state__in=Fulfilment.OVER).annotate(reference=named)


def _moments() -> Iterator[Violation]:
    """The state and the moment that it was reached go together; only what ended is put back."""
    for field, state in (("cancelled_at", Fulfilment.State.CANCELLED), ("expired_at", Fulfilment.State.EXPIRED)):
        wrong = Fulfilment.objects.filter(**{f"{field}__isnull": False}).exclude(state=state) | Fulfilment.objects.filter(**{field: None}, state=state)
        for pk, found in wrong.values_list("pk", "state"):
            yield Violation("what ended says when", f"fulfilment {pk}", found, field)
    for pk, found in Fulfilment.objects.filter(put_back_at__isnull=False).exclude(state__in=Fulfilment.OVER).values_list("pk", "state"):
        yield Violation("only what ended is put back", f"fulfilment {pk}", found, "expired or cancelled")
