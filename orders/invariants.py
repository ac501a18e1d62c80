"""The promises of orders: allocations, totals, payments, hand-overs and messages agree."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Case, Count, F, IntegerField, Q, Sum, When
from django.db.models.functions import Coalesce

from loyalty import ledger
from loyalty.models import PointsEntry
from omo.invariants import Violation
from omo.models import Event, Message
from orders import pickup
from orders.fulfilment import EDGES, worth
from orders.models import Fulfilment, FulfilmentLine, Order, Promise, PromiseOutcome
from stores.models import SlotBooking, StockLevel, StockMovement

State = Fulfilment.State
RULE_MARGIN = timedelta(seconds=5)
"""A purchase that was made while a new rule was being saved may have seen the old one."""


def violations() -> Iterator[Violation]:
    """Every order that disagrees with its parts."""
    yield from _allocations()
    yield from _totals()
    yield from _hand_overs()
    yield from _goods()
    yield from _collected_events()
    yield from _earnings()
    yield from _messages()
    yield from _promises()
    yield from _places()


def _allocations() -> Iterator[Violation]:
    going = F("quantity") - F("short") - F("cancelled") - F("collected")
    open_lines = FulfilmentLine.objects.filter(fulfilment__state__in=Fulfilment.OPEN).order_by().values_list("fulfilment__store_id", "variant_id")
    promised = {(store_id, variant_id): total for store_id, variant_id, total in open_lines.annotate(total=Sum(going))}
    for store_id, variant_id, allocated in StockLevel.objects.values_list("store_id", "variant_id", "allocated").iterator():
        expected = promised.pop((store_id, variant_id), 0)
        if allocated != expected:
            yield Violation("allocated is the sum of open fulfilment lines", f"store {store_id}, variant {variant_id}", allocated, expected)
    for (store_id, variant_id), expected in promised.items():
        if expected:
            yield Violation("open fulfilment lines have a stock level", f"store {store_id}, variant {variant_id}", None, expected)


def _totals() -> Iterator[Violation]:
    for order in Order.objects.annotate(lines_total=Coalesce(Sum("lines__total"), 0)).exclude(total=F("lines_total") + F("delivery_total")):
        yield Violation("the order's total is the sum of its lines' and of its delivery", order.number, order.total, order.lines_total + order.delivery_total)


def _hand_overs() -> Iterator[Violation]:
    collected = Q(state__in=Fulfilment.RECEIVED)
    for fulfilment in Fulfilment.objects.filter((collected & Q(hand_over=None)) | (~collected & Q(hand_over__isnull=False))):
        yield Violation("collected means handed over", f"fulfilment {fulfilment.pk}", fulfilment.state, "hand-over and state together")
    left = Q(lines__collected__lt=F("lines__quantity") - F("lines__short") - F("lines__cancelled"))
    for fulfilment in Fulfilment.objects.filter(collected & left).distinct():
        yield Violation("all of a collected fulfilment is collected", f"fulfilment {fulfilment.pk}", "units left", 0)


def _goods() -> Iterator[Violation]:
    kinds = [StockMovement.Kind.SOLD, StockMovement.Kind.RETURNED]
    movements = StockMovement.objects.filter(kind__in=kinds, reference__startswith="fulfilment:").order_by().values_list("reference")
    sold = dict(movements.annotate(total=Sum("quantity")))
    parcels = When(fulfilment__state__in=Fulfilment.ON_THE_WAY, then=F("quantity") - F("short") - F("cancelled"))
    gone = (
        FulfilmentLine.objects.order_by().values_list("fulfilment_id").annotate(total=Sum(Case(parcels, default=F("collected"), output_field=IntegerField())))
    )
    handed_over = gone.filter(total__gt=0)
    for fulfilment_id, collected in handed_over.iterator():
        left = sold.pop(f"fulfilment:{fulfilment_id}", 0)
        if left != -collected:
            yield Violation("what was collected or shipped left the stock", f"fulfilment {fulfilment_id}", -left, collected)
    for reference, left in sold.items():
        if left:
            yield Violation("what left the stock was collected or shipped", reference, -left, 0)


def _collected_events() -> Iterator[Violation]:
    kinds = [f"{kind}.{after}" for kind, (_, after) in EDGES.items()]
    events = Event.objects.filter(kind__in=kinds).order_by().values_list("subject", "kind")
    noted = {(subject, kind): count for subject, kind, count in events.annotate(count=Count("id"))}
    for pk, kind, state in Fulfilment.objects.filter(state__in=Fulfilment.RECEIVED).values_list("pk", "kind", "state").iterator():
        count = noted.pop((f"fulfilment:{pk}", f"{kind}.{state}"), 0)
        if count != 1:
            yield Violation("a fulfilment is collected once", f"fulfilment:{pk}", count, 1)
    for (subject, _), count in noted.items():
        yield Violation("what is noted as collected was collected", subject, count, 0)


def _earnings() -> Iterator[Violation]:
    entries = PointsEntry.objects.filter(kind=PointsEntry.Kind.EARN, source__startswith="fulfilment:")
    earned, rules = dict(entries.values_list("source", "points")), ledger.rules()
    for pk, (amount, placed_at) in _members_purchases().items():
        source = f"fulfilment:{pk}"
        expected = [ledger.points_for(amount, ledger.in_force(rules, moment)) for moment in (placed_at, placed_at - RULE_MARGIN)]
        points = earned.pop(source, 0)
        if points not in expected:
            yield Violation("a member's purchase earned what the rule of its time gives", source, points, expected[0])
    for source, points in earned.items():
        yield Violation("only a member's collected purchase earns", source, points, 0)


def _members_purchases() -> dict[int, tuple[int, datetime]]:
    """{fulfilment: (what the collected units cost, when they were bought)} of every fulfilment that members collected."""
    lines = FulfilmentLine.objects.filter(fulfilment__state__in=Fulfilment.RECEIVED, fulfilment__order__member__isnull=False)
    amounts: Counter[int] = Counter()
    placed: dict[int, datetime] = {}
    for line in lines.select_related("order_line", "fulfilment__order").iterator():
        amounts[line.fulfilment_id] += worth(line)
        placed[line.fulfilment_id] = line.fulfilment.order.placed_at
    return {pk: (amounts[pk], placed_at) for pk, placed_at in placed.items()}


def _messages() -> Iterator[Violation]:
    ready = list(Fulfilment.objects.filter(kind=Fulfilment.Kind.PICKUP, state=State.READY).values_list("pk", "ready_at"))
    about = Message.objects.filter(kind="pickup_ready", order__fulfilments__state=State.READY)
    told = set(about.exclude(state=Message.State.WITHDRAWN).values_list("dedup_key", flat=True))
    for pk, ready_at in ready:
        if ready_at is None or pickup.ready_key(pk, ready_at) not in told:
            yield Violation("who waits for a pickup is told", f"fulfilment {pk}", "no message", 1)


def _promises() -> Iterator[Violation]:
    """Of every pickup since the first one with a promise: those before were placed without the ledger."""
    began = Promise.objects.order_by("fulfilment_id").values_list("fulfilment_id", flat=True).first()
    if began is None:
        return
    pickups = Fulfilment.objects.filter(kind=Fulfilment.Kind.PICKUP, pk__gte=began)
    live = Count("promises", filter=Q(promises__isnull=False, promises__outcome=None))
    is_open = Q(state__in=Fulfilment.OPEN)
    wrong = pickups.annotate(made=Count("promises"), live=live).filter(Q(made=0) | (is_open & ~Q(live=1)) | (~is_open & Q(live__gt=0)))
    for pk, state, made, unsettled in wrong.values_list("pk", "state", "made", "live"):
        found = f"{unsettled} of {made} not settled, {state}"
        yield Violation("a pickup has one promise, until it ends", f"fulfilment {pk}", found, int(state in Fulfilment.OPEN))
    live_ones = Promise.objects.filter(outcome=None, fulfilment__kind=Fulfilment.Kind.PICKUP, fulfilment__pk__gte=began).select_related("fulfilment")
    for promise in live_ones.exclude(ready_by=F("fulfilment__due_at"), store=F("fulfilment__store")):
        yield Violation("the queue is due when it was promised", f"fulfilment {promise.fulfilment_id}", promise.fulfilment.due_at, promise.ready_by)
    for outcome in PromiseOutcome.objects.filter(Q(kept=True) ^ Q(cause=PromiseOutcome.Cause.NONE)):
        yield Violation("a promise is kept or has a cause", f"promise {outcome.promise_id}", outcome.cause, outcome.kept)


def _places() -> Iterator[Violation]:
    """An open pickup has the place of its window, and of no other."""
    live = SlotBooking.objects.filter(released_at=None).values_list("reference", "store_id", "starts_at", "ends_at")
    booked = {reference: window for reference, *window in live.iterator()}
    waiting = Fulfilment.objects.filter(kind=Fulfilment.Kind.PICKUP, state__in=Fulfilment.OPEN, window_ends__isnull=False)
    for pk, *window in waiting.values_list("pk", "store_id", "due_at", "window_ends").iterator():
        found = booked.get(f"fulfilment:{pk}")
        if found != window:
            yield Violation("a pickup has a place in its window", f"fulfilment {pk}", found, window)
