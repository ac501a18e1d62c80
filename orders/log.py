"""What happened to a fulfilment, or to the money of an order, in the event log."""

from datetime import datetime
from typing import Any

from omo import events
from omo.models import Event, User
from orders.models import Fulfilment, Order


def record(kind: str, fulfilment: Fulfilment, *, by: User | None, at: datetime, **data: Any) -> Event:
    """Write one event about a fulfilment, with its store, order and member, in the caller's transaction. See `events.record`."""
    order = fulfilment.order
    return events.record(
        kind,
        at=at,
        by=by,
        channel=order.channel,
        store_id=fulfilment.store_id,
        member_id=order.member_id,
        order_id=order.pk,
        subject=f"fulfilment:{fulfilment.pk}",
        data=data,
    )


def of_order(kind: str, order: Order, *, store_id: int | None = None, by: User | None = None, at: datetime, **data: Any) -> Event:
    """Write one event about an order, with its store, or the one where it happened, and its member, in the caller's transaction. See `events.record`."""
    return events.record(
        kind, at=at, by=by, channel=order.channel, store_id=store_id or order.store_id, member_id=order.member_id, order_id=order.pk, data=data
    )
