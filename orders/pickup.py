"""The pickup at its store: picking, ready, and the hand-over at the counter."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import F

from omo import outbox
from omo.acts import act
from omo.models import User
from orders import arrivals, capturing, keeping, log, payments, proxies, queue, verdicts
from orders import fulfilment as fulfilments
from orders.models import Fulfilment, FulfilmentLine, Order, ProxyPass
from stores import hours

State = Fulfilment.State
UNDO_MARGIN = timedelta(seconds=5)
"""Between the last moment to undo and the message, for an undo that is still under way."""


class NotLegal(Exception):
    """The pickup is not in a state from which this can be done; `pickup` is as it is now, so that the page can say who was faster."""

    def __init__(self, pickup: Fulfilment) -> None:
        super().__init__(pickup.state)
        self.pickup = pickup


class Unpaid(NotLegal):
    """It waits for its customer's online payment; staff begin once that is there."""


class NotAllPicked(Exception):
    """Some goods are not picked yet; `left` counts the units."""

    def __init__(self, left: int) -> None:
        super().__init__(left)
        self.left = left


class TooLateToUndo(Exception):
    """The customer's message may have left."""


class Refused(Exception):
    """Nothing is handed over; `verdict` says why."""

    def __init__(self, verdict: verdicts.Verdict) -> None:
        super().__init__(verdict.reason)
        self.verdict = verdict


@act
def start_picking(pickup: Fulfilment, *, by: User, at: datetime) -> None:
    """Somebody begins to pick, and the customer sees it. Raises Unpaid, and NotLegal, for instance when a colleague was faster."""
    _move(pickup, State.PLACED, State.PICKING, picker=by, picking_at=at)
    log.record("pickup.picking", pickup, by=by, at=at)
    queue.raise_version(pickup.store_id)


@act
def pick(line: FulfilmentLine, *, picked: int, by: User, at: datetime) -> None:
    """Say how many units of a line are in the bag: all to tick it, 0 to untick it. Raises NotLegal unless it is being picked."""
    held = _hold(line.fulfilment_id)
    if held.state != State.PICKING or not FulfilmentLine.objects.filter(pk=line.pk, quantity__gte=picked + F("short") + F("cancelled")).update(picked=picked):
        raise NotLegal(held)
    line.picked = picked
    log.record("pickup.picked", line.fulfilment, by=by, at=at, line=line.pk, picked=picked)
    queue.raise_version(line.fulfilment.store_id)


@act
def mark_ready(pickup: Fulfilment, *, place: str = "", by: User, at: datetime) -> None:
    """All is picked and waits at `place`. The customer is told a little after settings.UNDO_SECONDS, so that a slip can be undone.

    What is ready before its window waits as long as was promised: the hold days count from the window.
    Raises NotAllPicked or NotLegal.
    """
    held = _hold(pickup.pk)
    left = sum(line.quantity - line.picked - line.short - line.cancelled for line in held.lines.all())
    if left and held.state == State.PICKING:
        raise NotAllPicked(left)
    held_until = hours.held_until(hours.calendar_of(pickup.store), hold_days=pickup.store.hold_days, ready=max(at, held.due_at))
    _move(pickup, State.PICKING, State.READY, ready_at=at, held_until=held_until, place=place)
    log.record("pickup.ready", pickup, by=by, at=at, place=place)
    outbox.queue(
        "pickup_ready",
        dedup_key=ready_key(pickup.pk, at),
        payload={"fulfilment": pickup.pk, "ready_at": at.isoformat()},
        at=at,
        delay=timedelta(seconds=settings.UNDO_SECONDS) + UNDO_MARGIN,
        order_id=pickup.order_id,
    )
    capturing.capture_later(pickup.order, at=at, delay=timedelta(seconds=settings.UNDO_SECONDS) + UNDO_MARGIN)
    keeping.queue_reminder(pickup, at=at)
    queue.raise_version(pickup.store_id)


def ready_key(pickup_id: int, ready_at: datetime) -> str:
    """The dedup key of the message that a pickup is ready since `ready_at`."""
    return f"pickup_ready:{pickup_id}:{ready_at.timestamp():.6f}"


@act
def undo_ready(pickup: Fulfilment, *, by: User, at: datetime) -> None:
    """Take back a slip within settings.UNDO_SECONDS, before the customer is told. Raises TooLateToUndo or NotLegal."""
    ready_at = _hold(pickup.pk).ready_at
    if ready_at and at >= _undo_ends(ready_at):
        raise TooLateToUndo(pickup.pk)
    _move(pickup, State.READY, State.PICKING, ready_at=None, held_until=None, place="")
    log.record("pickup.ready_undone", pickup, by=by, at=at)
    queue.raise_version(pickup.store_id)


def undo_seconds(pickup: Fulfilment, *, at: datetime) -> int:
    """For how many more seconds after `at` 'ready' can be undone; 0: not any more, or it is not ready."""
    if pickup.state != State.READY or pickup.ready_at is None:
        return 0
    return max(round((_undo_ends(pickup.ready_at) - at).total_seconds()), 0)


def _undo_ends(ready_at: datetime) -> datetime:
    return ready_at + timedelta(seconds=settings.UNDO_SECONDS)


@act
def hand_over(pickup: Fulfilment, *, proof: str = "", identity: str = "", by: User, at: datetime) -> None:
    """The goods go to the collector, against the scanned QR, another person's pass or the six digits in `proof`, or an identity check described in `identity`.

    A pass is worth nothing afterwards, and whoever said that they are here is waited for no more.

    Raises Refused with the reason and changes nothing: without proof, before it is ready, unpaid, or the second time.
    """
    held, proxy = _allowed(pickup, proof, identity)
    if payments.due(held.order):
        raise Refused(verdicts.Verdict(verdicts.UNPAID, held, proxy))
    if proxy:
        proxies.use(proxy, at=at)
    arrivals.serve(held, at=at)
    outbox.queue("pickup_collected", dedup_key=f"pickup_collected:{held.pk}", payload={"fulfilment": held.pk}, at=at, order_id=held.order_id)
    fulfilments.complete(held, method=verdicts.method(proof, identity, proxy), note=identity, proxy=proxy, by=by, at=at)
    pickup.state, pickup.collected_at = held.state, held.collected_at


@act
def take_payment_and_hand_over(
    pickup: Fulfilment, *, tendered: Sequence[payments.Tendered], proof: str = "", identity: str = "", by: User, at: datetime
) -> None:
    """Take what is due, with one tender or several, then hand over: both or neither.

    Raises payments.MoreThanDue (also when it was paid meanwhile) and Refused (also when `tendered` is less than what is due); nothing is taken then.
    """
    order = Order.objects.select_for_update(no_key=True).get(pk=pickup.order_id)
    held, proxy = _allowed(pickup, proof, identity)
    due, given = payments.due(order), sum(payment.amount for payment in tendered)
    if due > given:
        raise Refused(verdicts.Verdict(verdicts.UNPAID, held, proxy))
    if given > due:
        raise payments.MoreThanDue(due)
    if due:
        payments.book(order, tendered, store=held.store, by=by, at=at)
    hand_over(pickup, proof=proof, identity=identity, by=by, at=at)


def _allowed(pickup: Fulfilment, proof: str, identity: str) -> tuple[Fulfilment, ProxyPass | None]:
    """The pickup, held for this act, and the pass that was shown, if its state and the proof allow a hand-over; payment is asked apart. Raises Refused."""
    held = _hold(pickup.pk)
    verdict = verdicts.of_pickup(held, store=held.store, proof=proof, identity=identity)
    if verdict.reason != verdicts.GO:
        raise Refused(verdict)
    return held, verdict.proxy


def _hold(pickup_id: int) -> Fulfilment:
    """Take the pickup's row, so that its state and its lines stand still until the act ends."""
    rows = Fulfilment.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("order__member", "picker", "store").get(pk=pickup_id)


def _move(pickup: Fulfilment, source: str, target: str, **fields: Any) -> None:
    """One conditional UPDATE on a legal edge. Raises Unpaid and NotLegal."""
    legal = Fulfilment.objects.filter(pk=pickup.pk, kind=Fulfilment.Kind.PICKUP, state=source, awaits_payment=False)
    if not legal.update(state=target, **fields):
        now = Fulfilment.objects.select_related("order", "picker", "store").get(pk=pickup.pk)
        raise Unpaid(now) if now.state == source and now.awaits_payment else NotLegal(now)
    for name, value in {"state": target, **fields}.items():
        setattr(pickup, name, value)
