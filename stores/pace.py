"""The pace of a store: pausing its orders, promising later while it is busy, and going on. Both end by themselves; pages ask the clock."""

from datetime import datetime
from typing import Any

from omo import events
from omo.acts import act
from omo.models import User
from stores.models import Store


class NotAhead(Exception):
    """The moment until when it was to last is over."""


@act
def pause(store: Store, *, until: datetime, reason: str = "", by: User | None, at: datetime) -> None:
    """Take no new orders until a moment; customers read the reason. What is ordered already stays. Raises NotAhead."""
    _ahead(until, at)
    _set(store, at, paused_until=until, paused_reason=reason)
    events.record("store.paused", at=at, by=by, store_id=store.pk, data={"until": until.isoformat(), "reason": reason})


@act
def slow_down(store: Store, *, minutes: int, until: datetime, reason: str = "", by: User | None, at: datetime) -> None:
    """Promise so many minutes later until a moment. What is promised already stays. Raises NotAhead."""
    _ahead(until, at)
    _set(store, at, busy_until=until, busy_minutes=minutes, busy_reason=reason)
    events.record("store.slowed_down", at=at, by=by, store_id=store.pk, data={"minutes": minutes, "until": until.isoformat(), "reason": reason})


@act
def resume(store: Store, *, by: User | None, at: datetime) -> None:
    """Go on as usual at once. A store that is neither paused nor busy stays as it is."""
    if any(until and until > at for until in (store.paused_until, store.busy_until)):
        _set(store, at, paused_until=None, paused_reason="", busy_until=None, busy_reason="")
        events.record("store.resumed", at=at, by=by, store_id=store.pk)


def _ahead(until: datetime, at: datetime) -> None:
    if until <= at:
        raise NotAhead(until)


def _set(store: Store, at: datetime, **columns: Any) -> None:
    """Write only these columns, and the store's history with them."""
    for name, value in columns.items():
        setattr(store, name, value)
    store._history_date = at  # type: ignore[attr-defined]
    store.save(update_fields=list(columns))
