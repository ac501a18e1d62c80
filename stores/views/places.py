"""Stores: where they are, when they are open, and being in one."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from omo import lists
from stores import hours, look_up, slots
from stores.distance import Point
from stores.hours import Calendar, Closed, Special, Weekly
from stores.models import OpeningHours, Store
from stores.views import here, position

AHEAD = 60
"""Closings and special hours of the next so many days are named."""


@dataclass(frozen=True)
class Place:
    """A store with what its card and its page say of when it is open."""

    store: Store
    calendar: Calendar
    at: datetime
    open_until: datetime | None
    opens: datetime | None

    @property
    def today(self) -> date:
        """The store's day."""
        return self.calendar.day_of(self.at)

    @property
    def week(self) -> list[tuple[str, list[Weekly], int]]:
        """The seven days with their stretches of opening, and each day's number as date.weekday() counts."""
        return [(str(day.label), [row for row in self.calendar.weekly if row.weekday == day.value], day.value) for day in OpeningHours.Weekday]

    @property
    def closed_today(self) -> Closed | None:
        """The closure of today."""
        return self.calendar.closure_on(self.today)

    @property
    def around_the_clock(self) -> bool:
        """Whether it does not close within a day."""
        return self.open_until is not None and self.open_until - self.at > timedelta(days=1)

    @property
    def closures(self) -> list[Closed]:
        """Closings now and soon."""
        return hours.ahead(self.calendar.closures, from_day=self.today, days=AHEAD)

    @property
    def specials(self) -> list[Special]:
        """Special hours today and soon, but not on closed days."""
        return [row for row in hours.ahead(self.calendar.specials, from_day=self.today, days=AHEAD) if not self.calendar.closure_on(row.day)]

    @property
    def paused(self) -> bool:
        """Whether it takes no orders for a while."""
        return self.store.pickup and slots.paused(self.store, at=self.at)

    @property
    def busy(self) -> bool:
        """Whether orders take longer for a while."""
        return self.store.pickup and not self.paused and slots.busy(self.store, at=self.at)


def place_of(store: Store, at: datetime) -> Place:
    """The store with its hours at a moment; best read with its calendar."""
    calendar = hours.calendar_of(store)
    return Place(store, calendar, at, hours.open_until(calendar, at=at), hours.next_opening(calendar, at=at))


@require_safe
def store(request: HttpRequest, code: str) -> HttpResponse:
    """One store: hours, address, how to collect, how far it is, and what it has of what is asked for (`q`)."""
    words, at = lists.asked(request.GET, "q")["q"].strip(), timezone.now()
    found = get_object_or_404(Store.objects.with_calendar(), code=code, active=True)
    place = place_of(found, at)
    context = {"place": place, "store": found, "week": place.week, "today": place.today.weekday(), "here_id": here.store_id(request)}
    start, point = position.point(request, at=at), Point.of(found)
    km = start.to(point) if start and point else None
    context |= {"words": words, "have": look_up.at_store(found, words, at=at), "km": km, "unit": position.unit(request)}
    return render(request, "stores/store.html", context)


@require_POST
def enter_store(request: HttpRequest, code: str) -> HttpResponse:
    """Be in a store: its stock and its hours are shown from now on, and the cart is collected there."""
    found = get_object_or_404(Store, code=code, active=True)
    here.enter(request, found, at=timezone.now())
    return redirect(back_to(request))


@require_POST
def leave_store(request: HttpRequest) -> HttpResponse:
    """Be in no store."""
    here.leave(request)
    messages.info(request, "No store chosen. You see what any store has.")
    return redirect(back_to(request))


def back_to(request: HttpRequest) -> str:
    """The page that the form names in `next`, if it is one of ours, else the start page."""
    target = request.POST.get("next", "")
    ours = target.startswith("/") and url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return target if ours else reverse("home")
