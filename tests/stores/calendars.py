"""Calendars for tests of hours and slots, and moments as the clock at the wall of a store shows them."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from stores import hours
from stores.hours import Calendar, Weekly

DUBLIN, NEW_YORK = ZoneInfo("Europe/Dublin"), ZoneInfo("America/New_York")
# Both clocks change on a Sunday. Dublin: 29 March 2026, 01:00 → 02:00, and 25 October 2026, 02:00 → 01:00.
SPRING, AUTUMN = datetime(2026, 3, 29, tzinfo=DUBLIN), datetime(2026, 10, 25, tzinfo=DUBLIN)


def dublin(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of 2026 that the clock at the wall of a Dublin store shows, in UTC as acts take it."""
    return datetime(2026, month, day, hour, minute, tzinfo=DUBLIN).astimezone(UTC)


def week(*stretches: tuple[int, int, int], zone: ZoneInfo = DUBLIN, **more) -> Calendar:
    """Opening hours from (weekday, opens, closes)."""
    return Calendar(zone, tuple(Weekly(day, time(opens), time(closes)) for day, opens, closes in stretches), **more)


def stretches(calendar: Calendar, after: datetime, days: int = 1) -> list[tuple[datetime, datetime]]:
    """The opening stretches on the wall clock of the store."""
    return [tuple(moment.astimezone(calendar.zone) for moment in interval) for interval in hours.intervals(calendar, after=after, days=days)]


DAILY = week(*((day, 9, 19) for day in range(7)))
NIGHTLY = week(*((day, 0, 6) for day in range(7)))


def promised(minutes: int, at: datetime, calendar: Calendar = DAILY) -> datetime:
    """When `minutes` of opening time have passed, on the wall clock of the store."""
    return hours.after_working(calendar, minutes=minutes, at=at).astimezone(calendar.zone)
