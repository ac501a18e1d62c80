"""Days on which a store is closed: closing, opening again, and what is booked while it is not open, on such days or outside its hours."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from omo import events
from omo.acts import act
from omo.models import User
from stores import hours
from stores.hours import Calendar
from stores.models import Closure, SlotBooking, Store

LONGEST_WINDOW = timedelta(days=1)
"""As long as a window can be."""
INSTANT = timedelta(microseconds=1)
"""So that a moment at closing time is one of the day that ends there."""


class EndsBeforeItBegins(Exception):
    """The last day is before the first."""


class AlreadyOver(Exception):
    """The last day is over in the store's time."""


@act
def close_days(store: Store, *, first_day: date, last_day: date, reason: str, by: User | None, at: datetime) -> Closure:
    """Close a store on whole days, whatever its hours say; customers read the reason. What is booked on these days stays booked until it is moved.

    A repeat finds the closure that is there. Raises EndsBeforeItBegins and AlreadyOver.
    """
    if last_day < first_day:
        raise EndsBeforeItBegins
    if last_day < at.astimezone(store.zone).date():
        raise AlreadyOver
    same = Closure.objects.filter(store=store, first_day=first_day, last_day=last_day, reason=reason).first()
    if same:
        return same
    closure = Closure.objects.create(store=store, first_day=first_day, last_day=last_day, reason=reason)
    events.record("store.days_closed", at=at, by=by, store_id=store.pk, subject=f"closure:{closure.pk}", data=_words(closure))
    return closure


@act
def open_again(closure: Closure, *, by: User | None, at: datetime) -> None:
    """Take a closure back: its days have their usual hours again."""
    events.record("store.days_opened", at=at, by=by, store_id=closure.store_id, subject=f"closure:{closure.pk}", data=_words(closure))
    closure.delete()


def _words(closure: Closure) -> dict[str, str]:
    return {"first_day": str(closure.first_day), "last_day": str(closure.last_day), "reason": closure.reason}


def ahead(stores: Iterable[Store], *, at: datetime) -> list[Closure]:
    """Closures of these stores that are not over, the next one first."""
    yesterday = (at - timedelta(days=1)).date()  # of no store's zone; each closure's own is asked below
    found = Closure.objects.filter(store__in=list(stores), last_day__gte=yesterday).select_related("store").order_by("first_day", "id")
    return [closure for closure in found if closure.last_day >= at.astimezone(closure.store.zone).date()]


def is_open(calendar: Calendar, begins: datetime, ends: datetime) -> bool:
    """Whether a store is open for all of a window, or at a moment (then `ends` is it again). Without known hours it counts as always open."""
    if not calendar.known:
        return not calendar.closure_on(calendar.day_of(begins))
    latest = begins
    for interval in hours.intervals(calendar, after=begins - INSTANT):
        if interval.opens > latest:
            break
        latest = max(latest, interval.closes)
        if ends <= latest:
            return True
    return False


def booked_outside(store: Store, calendar: Calendar, *, at: datetime) -> int:
    """How many bookings of a store whose windows are not over fall on closed days, or outside the hours that it has by now."""
    live = SlotBooking.objects.filter(store=store, released_at=None, starts_at__gt=at - LONGEST_WINDOW, ends_at__gt=at)
    return sum(not is_open(calendar, *window) for window in live.values_list("starts_at", "ends_at"))
