"""What happened to a fulfilment, in the event log."""

from datetime import datetime
from typing import Any

from omo import events
from omo.models import Event, User
from orders.models import Fulfilment


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
