"""The promises of orders: allocations, totals, payments, hand-overs and messages agree."""

from collections.abc import Iterator

from django.db.models import Count, F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from omo.invariants import Violation
from omo.models import Event, Message
from orders.models import Fulfilment, FulfilmentLine, Order, Payment
from stores.models import StockLevel, StockMovement

State = Fulfilment.State
OPEN = [State.PLACED, State.PICKING, State.PACKED, State.READY, State.AWAITING_CUSTOMER]


def violations() -> Iterator[Violation]:
    """Every order that disagrees with its parts."""
    yield from _allocations()
    yield from _totals()
    yield from _payments()
    yield from _hand_overs()
    yield from _goods()
    yield from _earnings()
    yield from _messages()


def _allocations() -> Iterator[Violation]:
    going = F("quantity") - F("short") - F("cancelled") - F("collected")
    open_lines = FulfilmentLine.objects.filter(fulfilment__state__in=OPEN).order_by().values_list("fulfilment__store_id", "variant_id")
    promised = {(store_id, variant_id): total for store_id, variant_id, total in open_lines.annotate(total=Sum(going))}
    for store_id, variant_id, allocated in StockLevel.objects.values_list("store_id", "variant_id", "allocated").iterator():
        expected = promised.pop((store_id, variant_id), 0)
        if allocated != expected:
            yield Violation("allocated is the sum of open fulfilment lines", f"store {store_id}, variant {variant_id}", allocated, expected)
    for (store_id, variant_id), expected in promised.items():
        if expected:
            yield Violation("open fulfilment lines have a stock level", f"store {store_id}, variant {variant_id}", None, expected)


def _totals() -> Iterator[Violation]:
    for order in Order.objects.annotate(lines_total=Coalesce(Sum("lines__total"), 0)).exclude(total=F("lines_total")):
        yield Violation("the order's total is the sum of its lines'", order.number, order.total, order.lines_total)


def _payments() -> Iterator[Violation]:
    taken = Payment.objects.filter(order=OuterRef("pk")).order_by().values("order").annotate(total=Sum("amount")).values("total")
    orders = Order.objects.annotate(taken=Coalesce(Subquery(taken), 0))
    for order in orders.filter(
        Q(taken__gt=F("total")) | Q(payment_state="paid", taken__lt=F("total")) | Q(payment_state="unpaid", taken=F("total"), total__gt=0)
    ):
        yield Violation("paid orders are paid, and never more than that", order.number, order.taken, order.total)


def _hand_overs() -> Iterator[Violation]:
    collected = Q(state=State.COLLECTED)
    for fulfilment in Fulfilment.objects.filter((collected & Q(hand_over=None)) | (~collected & Q(hand_over__isnull=False))):
        yield Violation("collected means handed over", f"fulfilment {fulfilment.pk}", fulfilment.state, "hand-over and state together")
    left = Q(lines__collected__lt=F("lines__quantity") - F("lines__short") - F("lines__cancelled"))
    for fulfilment in Fulfilment.objects.filter(collected & left).distinct():
        yield Violation("all of a collected fulfilment is collected", f"fulfilment {fulfilment.pk}", "units left", 0)


def _goods() -> Iterator[Violation]:
    movements = StockMovement.objects.filter(kind=StockMovement.Kind.SOLD, reference__startswith="fulfilment:").order_by().values_list("reference")
    sold = dict(movements.annotate(total=Sum("quantity")))
    handed_over = FulfilmentLine.objects.order_by().values_list("fulfilment_id").annotate(total=Sum("collected")).filter(total__gt=0)
    for fulfilment_id, collected in handed_over.iterator():
        left = sold.pop(f"fulfilment:{fulfilment_id}", 0)
        if left != -collected:
            yield Violation("what was collected left the stock", f"fulfilment {fulfilment_id}", -left, collected)
    for reference, left in sold.items():
        yield Violation("what left the stock was collected", reference, -left, 0)


def _earnings() -> Iterator[Violation]:
    events = Event.objects.filter(kind__in=["pickup.collected", "carry_out.collected"]).order_by().values_list("subject")
    for subject, count in events.annotate(count=Count("id")).filter(count__gt=1):
        yield Violation("a fulfilment is collected once", subject, count, 1)


def _messages() -> Iterator[Violation]:
    ready = Fulfilment.objects.filter(kind=Fulfilment.Kind.PICKUP, state=State.READY).values_list("pk", "order_id")
    told = set(Message.objects.filter(kind="pickup_ready").values_list("order_id", flat=True))
    for pk, order_id in ready:
        if order_id not in told:
            yield Violation("who waits for a pickup is told", f"fulfilment {pk}", "no message", 1)
