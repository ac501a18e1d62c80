"""When a store is open, in its own time."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from stores.models import OpeningHours, Store

LONGEST_LEAD = 400
"""How many days ahead a lead time is followed: a store that opens for an hour a week needs that long for the most that can be set."""


@dataclass(frozen=True)
class Interval:
    """One stretch of opening, as aware datetimes in the store's zone."""

    opens: datetime
    closes: datetime


def intervals(store: Store, hours: Iterable[OpeningHours], *, after: datetime, days: int = 8) -> Iterator[Interval]:
    """The stretches that end after `after`, in order, for the store's next `days` days. Wall-clock times are resolved by the store's zone, day by day."""
    zone = store.zone
    today = after.astimezone(zone).date()
    weekly = sorted(hours, key=lambda row: row.opens)
    for day in (today + timedelta(days=offset) for offset in range(days)):
        for row in weekly:
            if row.weekday == day.weekday():
                interval = Interval(datetime.combine(day, row.opens, zone), datetime.combine(day, row.closes, zone))
                if interval.closes > after:
                    yield interval


def open_until(store: Store, hours: Iterable[OpeningHours], *, at: datetime) -> datetime | None:
    """When the store closes if it is open at `at`, else None."""
    current = next(intervals(store, hours, after=at, days=1), None)
    return current.closes if current and current.opens <= at else None


def next_opening(store: Store, hours: Iterable[OpeningHours], *, at: datetime) -> datetime | None:
    """When the store opens next after `at`, within a week; None if no hours are known."""
    return next((interval.opens for interval in intervals(store, hours, after=at) if interval.opens > at), None)


def after_working(store: Store, hours: Iterable[OpeningHours], *, minutes: int, at: datetime) -> datetime:
    """The moment when `minutes` of opening time have passed since `at`. Without known hours the store counts as always open."""
    left = timedelta(minutes=minutes)
    for interval in intervals(store, hours, after=at, days=LONGEST_LEAD):
        start = max(interval.opens, at)
        # Compared and added in UTC: wall-clock arithmetic would miss an hour when the clocks change.
        stretch = interval.closes.astimezone(at.tzinfo) - start.astimezone(at.tzinfo)
        if left <= stretch:
            return start.astimezone(at.tzinfo) + left
        left -= stretch
    return at + timedelta(minutes=minutes)


def held_until(store: Store, hours: Iterable[OpeningHours], *, ready: datetime) -> datetime:
    """How long goods that are ready at `ready` wait: to closing time on the store's last hold day, or the last opening before it.

    If the store does not open until then, to the first closing time after it.
    """
    last = (ready.astimezone(store.zone) + timedelta(days=store.hold_days)).date()
    closings = [interval.closes for interval in intervals(store, hours, after=ready, days=store.hold_days + 8)]
    until = next((closes for closes in reversed(closings) if closes.date() <= last), next(iter(closings), None))
    return until.astimezone(ready.tzinfo) if until else ready + timedelta(days=store.hold_days)
