"""When a store is open, in its own time.

Hours are told by the wall clock of the store's zone and reckoned in UTC, day by day, so the days on which the clocks change have their 23 or 25 hours.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from stores.models import Store

LONGEST_LEAD = 400
"""How many days ahead opening hours are followed. A lead time that takes longer, such as a week of minutes at an hour a week, is not promised at all."""
SECOND = timedelta(seconds=1)


class Weekly(NamedTuple):
    """An interval of a weekday, as date.weekday() counts; one that closes at or before its opening lasts to that time of the next day."""

    weekday: int
    opens: time
    closes: time


class Closed(NamedTuple):
    """Whole days without opening."""

    first_day: date
    last_day: date
    reason: str


class Special(NamedTuple):
    """An interval of one date, in place of that weekday's."""

    day: date
    opens: time
    closes: time
    reason: str


class Interval(NamedTuple):
    """One stretch of opening, in UTC."""

    opens: datetime
    closes: datetime


@dataclass(frozen=True)
class Calendar:
    """All that is known of when a store is open. A closure wins over special openings, those over the weekday's hours."""

    zone: ZoneInfo
    weekly: tuple[Weekly, ...] = ()
    closures: tuple[Closed, ...] = ()
    specials: tuple[Special, ...] = ()

    @property
    def known(self) -> bool:
        """Whether any hours are known; a store without counts as always open."""
        return bool(self.weekly or self.specials)

    def on(self, day: date) -> list[tuple[time, time]]:
        """When the store opens and closes on a day, the earliest first; nothing on a closed day."""
        if self.closure_on(day):
            return []
        return self._special.get(day) or self._week.get(day.weekday(), [])

    def closure_on(self, day: date) -> Closed | None:
        """The closure that the day falls on."""
        return next((closed for closed in self.closures if closed.first_day <= day <= closed.last_day), None)

    def day_of(self, moment: datetime) -> date:
        """The store's day at a moment."""
        return moment.astimezone(self.zone).date()

    @cached_property
    def _week(self) -> dict[int, list[tuple[time, time]]]:
        return {day: sorted((row.opens, row.closes) for row in self.weekly if row.weekday == day) for day in {row.weekday for row in self.weekly}}

    @cached_property
    def _special(self) -> dict[date, list[tuple[time, time]]]:
        return {day: sorted((row.opens, row.closes) for row in self.specials if row.day == day) for day in {row.day for row in self.specials}}


def calendar_of(store: Store) -> Calendar:
    """The store's calendar: as it was read with the store (`Store.objects.with_calendar()`), else in one statement of its own."""
    found: Any = vars(store)
    if "weekly_rows" not in found:
        found = vars(Store.objects.with_calendar().only("pk").get(pk=store.pk)) if store.pk else {}
    weekly, closures, specials = (json.loads(found.get(name) or "[]") for name in ("weekly_rows", "closed_rows", "special_rows"))
    return Calendar(
        store.zone,
        tuple(sorted(Weekly(day, time.fromisoformat(opens), time.fromisoformat(closes)) for day, opens, closes in weekly)),
        tuple(sorted(Closed(date.fromisoformat(first), date.fromisoformat(last), why) for first, last, why in closures)),
        tuple(sorted(Special(date.fromisoformat(day), time.fromisoformat(opens), time.fromisoformat(closes), why) for day, opens, closes, why in specials)),
    )


def instant(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """The first moment of `day` at which the store's wall clock shows `clock` or later, in UTC.

    A time that comes twice when clocks go back is the first of both; one that is jumped over when they go forward is the moment of the jump.
    """
    wall = datetime.combine(day, clock, zone)
    late, early = wall.astimezone(UTC), wall.replace(fold=1).astimezone(UTC)
    if early >= late:
        return late
    before = early.astimezone(zone).utcoffset()
    while late - early > SECOND:
        middle = early + (late - early) // 2
        early, late = (middle, late) if middle.astimezone(zone).utcoffset() == before else (early, middle)
    return late.replace(microsecond=0)


def intervals(calendar: Calendar, *, after: datetime, days: int = 8) -> Iterator[Interval]:
    """The stretches that end after `after`, in order, for the store's next `days` days, today first. They never overlap."""
    today, latest = calendar.day_of(after), datetime.min.replace(tzinfo=UTC)
    for day in (today + timedelta(days=offset) for offset in range(-2, days)):  # what began before midnight may still last
        for opens, closes in calendar.on(day):
            begins, ends = max(instant(day, opens, calendar.zone), latest), _end(calendar, day, opens, closes)
            latest = max(latest, ends)
            if begins < ends and ends > after:
                yield Interval(begins, ends)


def _end(calendar: Calendar, day: date, opens: time, closes: time) -> datetime:
    """When an interval that opens on a day ends: at midnight before a closed day at the latest."""
    if closes > opens:
        return instant(day, closes, calendar.zone)
    morrow = day + timedelta(days=1)
    return instant(morrow, time(0) if calendar.closure_on(morrow) else closes, calendar.zone)


def open_until(calendar: Calendar, *, at: datetime) -> datetime | None:
    """When the store closes if it is open at `at`, else None. Stretches without a break between them are one."""
    closes = None
    for interval in intervals(calendar, after=at):
        if interval.opens > (closes or at):
            break
        closes = interval.closes
    return closes


def next_opening(calendar: Calendar, *, at: datetime) -> datetime | None:
    """When the store opens next after `at`; None if no hours are known."""
    return next((interval.opens for interval in intervals(calendar, after=at, days=LONGEST_LEAD) if interval.opens > at), None)


def counted_from(calendar: Calendar, cut_off: time | None, *, at: datetime) -> datetime:
    """The moment from which an order of `at` is worked on: after the cut-off it counts as of the first opening of a later day."""
    here = at.astimezone(calendar.zone)
    if cut_off is None or here.time() <= cut_off:
        return at
    later = (interval.opens for interval in intervals(calendar, after=at, days=LONGEST_LEAD) if calendar.day_of(interval.opens) > here.date())
    return next(later, at)


def after_working(calendar: Calendar, *, minutes: int, at: datetime) -> datetime | None:
    """The moment when `minutes` of opening time have passed since `at`; None if the store does not open that long.

    Without known hours the store counts as always open.
    """
    at, left = at.astimezone(UTC), timedelta(minutes=minutes)
    if not calendar.known:
        return at + left
    for interval in intervals(calendar, after=at, days=LONGEST_LEAD):
        start = max(interval.opens, at)
        if left <= interval.closes - start:
            return start + left
        left -= interval.closes - start
    return None


def held_until(calendar: Calendar, *, hold_days: int, ready: datetime) -> datetime:
    """How long goods that are ready at `ready` wait: to closing time on the store's last hold day, or the last opening before it.

    If the store does not open until then, to the first closing time after it.
    """
    last = calendar.day_of(ready) + timedelta(days=hold_days)
    closings: list[datetime] = []
    for interval in intervals(calendar, after=ready, days=LONGEST_LEAD):
        if closings and calendar.day_of(interval.opens) > last:
            break
        closings.append(interval.closes)
    return closings[-1] if closings else ready + timedelta(days=hold_days)


def ahead(rows: Sequence[Any], *, from_day: date, days: int) -> list[Any]:
    """The closures or special openings that are not over on a day and begin within so many days of it, the next one first."""
    until = from_day + timedelta(days=days)
    return [row for row in rows if getattr(row, "last_day", row[0]) >= from_day and row[0] <= until]
