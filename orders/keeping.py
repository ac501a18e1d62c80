"""How long a pickup that is ready is kept: the reminder, more time once, the end of the hold (no-show), the way back, and the goods' way to the shelf."""

from datetime import datetime, timedelta

from django.conf import settings

from omo import outbox
from omo.acts import act
from omo.models import User
from orders import cancellation, log, money_back, pickup_codes, promises, queue
from orders.models import Fulfilment
from stores import hours, stock
from stores.models import Store

State = Fulfilment.State
REMINDED_BEFORE = timedelta(days=1)
"""How long before the end of the hold the customer is reminded."""
NOT_COLLECTED = "It was not collected in time."


class NotExtendable(Exception):
    """It does not wait for its customer, was held for longer once before, or the store's hold has no days; `pickup` is as it is now."""

    def __init__(self, pickup: Fulfilment) -> None:
        super().__init__(pickup.state)
        self.pickup = pickup


class NotExpirable(Exception):
    """It does not wait for its customer, or its hold has not ended; `pickup` is as it is now."""

    def __init__(self, pickup: Fulfilment) -> None:
        super().__init__(pickup.state)
        self.pickup = pickup


class NotReopenable(Exception):
    """It has not expired, or its goods are on the shelf again; `pickup` is as it is now."""

    def __init__(self, pickup: Fulfilment) -> None:
        super().__init__(pickup.state)
        self.pickup = pickup


class NothingToPutBack(Exception):
    """It did not end with goods in its bag, or they are on the shelf again."""


def queue_reminder(pickup: Fulfilment, *, at: datetime) -> None:
    """Remind the customer one day before the hold of a ready pickup ends, in the caller's transaction. Nobody is reminded of a hold that is shorter.

    Held for longer, it is queued again for the later moment; the one before is withdrawn when it is due.
    """
    if pickup.held_until is None or pickup.held_until - REMINDED_BEFORE <= at:
        return
    outbox.queue(
        "pickup_reminder",
        dedup_key=f"pickup_reminder:{pickup.pk}:{pickup.held_until.timestamp():.0f}",
        payload={"fulfilment": pickup.pk, "held_until": pickup.held_until.isoformat()},
        at=at,
        delay=pickup.held_until - REMINDED_BEFORE - at,
        order_id=pickup.order_id,
    )


def longer(pickup: Fulfilment) -> datetime | None:
    """Until when the customer can have a pickup held instead; None if not (any more)."""
    if pickup.state != State.READY or pickup.extended_at or pickup.held_until is None:
        return None
    later = hours.held_until(hours.calendar_of(pickup.store), hold_days=pickup.store.hold_days, ready=pickup.held_until)
    return later if later > pickup.held_until else None


@act
def extend(pickup: Fulfilment, *, by: User | None, at: datetime) -> datetime:
    """The customer has it held for as many days more, to closing time of the last, once. Returns until when. Raises NotExtendable."""
    held = _row(pickup.pk)
    later = longer(held)
    waiting = Fulfilment.objects.filter(pk=held.pk, kind=Fulfilment.Kind.PICKUP, state=State.READY, extended_at=None)
    if later is None or not waiting.update(held_until=later, extended_at=at):
        raise NotExtendable(_row(held.pk))
    held.held_until = later
    queue_reminder(held, at=at)
    log.record("pickup.extended", held, by=by, at=at, held_until=later.isoformat())
    queue.raise_version(held.store_id)
    return later


def expires_at(pickup: Fulfilment) -> datetime | None:
    """When a pickup expires by itself: settings.NO_SHOW_GRACE_HOURS after its hold, or with 0 when its store opens next. None if it is not held."""
    if pickup.held_until is None:
        return None
    if settings.NO_SHOW_GRACE_HOURS:
        return pickup.held_until + timedelta(hours=settings.NO_SHOW_GRACE_HOURS)
    return hours.next_opening(hours.calendar_of(pickup.store), at=pickup.held_until) or pickup.held_until


@act
def expire(pickup: Fulfilment, *, by: User | None, at: datetime) -> None:
    """Nobody came until its hold ended. Goods and money are given back as when it is cancelled, the customer is told, staff put the goods back.

    The promise ends as it was kept: it was ready, in time or not. Raises NotExpirable and changes nothing.
    """
    order = cancellation.hold_order(pickup.order_id)
    outstayed = Fulfilment.objects.filter(pk=pickup.pk, kind=Fulfilment.Kind.PICKUP, state=State.READY, held_until__lt=at)
    if not outstayed.update(state=State.EXPIRED, expired_at=at):
        raise NotExpirable(_row(pickup.pk))
    ended = _row(pickup.pk)
    ended.order = order
    promises.settle(ended, at=at)
    log.record("pickup.expired", ended, by=by, at=at)
    occasion = f"{ended.pk}:{at.timestamp():.6f}"  # a pickup that was reopened may expire again
    outbox.queue(
        "pickup_expired",
        dedup_key=f"pickup_expired:{occasion}",
        payload={"fulfilment": ended.pk, "expired_at": at.isoformat()},
        at=at,
        order_id=order.pk,
    )
    money_back.settle(order, cause=f"expire:{occasion}", reason=NOT_COLLECTED, by=by, at=at)
    cancellation.give_back([ended], by=by, at=at)
    pickup.refresh_from_db()


def expire_due(*, at: datetime) -> int:
    """Expire every pickup whose time is over, each in a transaction of its own. Returns how many. One that is collected just then is left alone."""
    outstayed = Fulfilment.objects.filter(kind=Fulfilment.Kind.PICKUP, state=State.READY, held_until__lt=at).select_related("order").order_by("id")
    stores = {store.pk: store for store in Store.objects.with_calendar().filter(pk__in=outstayed.order_by().values("store_id"))}
    count = 0
    for pickup in outstayed:
        pickup.store = stores[pickup.store_id]
        ends = expires_at(pickup)
        if ends is None or ends > at:
            continue
        try:
            expire(pickup, by=None, at=at)
        except NotExpirable:
            continue
        count += 1
    return count


@act
def reopen(pickup: Fulfilment, *, by: User, at: datetime) -> None:
    """The customer of an expired pickup has come after all, and its goods are still in the bag: it waits again, until the store closes.

    What was refunded is owed again; it has no window any more. Raises NotReopenable, and stock.NotAvailable if others were promised the goods meanwhile.
    """
    order = cancellation.hold_order(pickup.order_id)
    held = _row(pickup.pk)
    held.order, held.state, held.expired_at, held.window_ends = order, State.READY, None, None
    calendar = hours.calendar_of(held.store)
    held.held_until = hours.held_until(calendar, hold_days=0, ready=at)
    changed = {name: getattr(held, name) for name in ("state", "expired_at", "window_ends", "held_until")}
    if not Fulfilment.objects.filter(pk=held.pk, state=State.EXPIRED, put_back_at=None).update(**changed, **_code(held)):
        raise NotReopenable(_row(held.pk))
    made_of = promises.inputs_of(held.store, calendar, ready_by=held.due_at, at=at)
    promises.renew(held, inputs=made_of, at=at)
    log.record("pickup.reopened", held, by=by, at=at)
    money_back.settle(order, cause=f"reopen:{held.pk}:{at.timestamp():.6f}", reason="It was handed over after all.", by=by, at=at)
    stock.allocate(held.store_id, cancellation.demand_of(held), reference=cancellation.reference(held.pk), by=by, at=at)
    queue.raise_version(held.store_id)
    pickup.refresh_from_db()


@act
def put_back(fulfilment: Fulfilment, *, by: User, at: datetime) -> None:
    """The goods of a fulfilment that was cancelled or expired are on the shelf again. Raises NothingToPutBack, for instance the second time."""
    if not Fulfilment.objects.to_put_back(fulfilment.store_id).filter(pk=fulfilment.pk).update(put_back_at=at):
        raise NothingToPutBack(fulfilment.pk)
    fulfilment.put_back_at = at
    log.record(f"{fulfilment.kind}.put_back", fulfilment, by=by, at=at)
    queue.raise_version(fulfilment.store_id)


def _code(pickup: Fulfilment) -> dict[str, str | int]:
    """A new code if another open pickup of the store got the same six digits while this one was over; else nothing."""
    rivals = Fulfilment.objects.open_at(pickup.store_id).filter(code_digest=pickup.code_digest).exclude(pk=pickup.pk)
    if not rivals.exists():
        return {}
    code = pickup_codes.draw(pickup.store_id)
    return {"public_id": code.public_id, "code_digest": code.digest, "code_version": 1}


def _row(pickup_id: int) -> Fulfilment:
    return Fulfilment.objects.select_related("order", "store", "picker").get(pk=pickup_id)
