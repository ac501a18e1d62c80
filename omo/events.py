"""Writing the event log."""

from datetime import datetime
from typing import Any

from omo.models import Event, User


def record(
    kind: str, *, at: datetime, by: User | None = None, channel: str = "", subject: str = "", data: dict[str, Any] | None = None, **about: int | None
) -> Event:
    """Write one event, in the caller's transaction.

    `kind` is '<activity>.<past>', `at` is when it happened (aware), `by` who did it (None: the customer without an account, or the system);
    `about` takes the ids `store_id`, `member_id` and `order_id`.
    """
    return Event.objects.create(kind=kind, at=at, by=by, channel=channel, subject=subject, data=data or {}, **about)
