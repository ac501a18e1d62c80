"""Hours and pace: pausing a store, promising later while it is busy, and closing it on whole days."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.http import require_POST, require_safe

from omo import lists, memory
from stores import closed_days, hours
from stores import pace as acts
from stores.models import Closure, Store
from stores.pace_forms import CloseForm, OpenAgainForm, SlowDownForm, UntilForm
from stores.views.at_work import StaffRequest, page, staff_of_store
from stores.views.places import place_of


@require_safe
@staff_of_store
def pace(request: StaffRequest, store: Store) -> HttpResponse:
    """How fast the store is going, when it is open, and what can be changed."""
    lists.asked(request.GET)
    return _show(request, store, timezone.now())


@require_POST
@staff_of_store
def pause(request: StaffRequest, store: Store) -> HttpResponse:
    """Take no orders for a while."""
    at = timezone.now()
    form = UntilForm(request.POST, store=store, at=at, prefix="pause")
    if not form.is_valid():
        return _show(request, store, at, status=422, pause_form=form)
    acts.pause(store, until=form.until, reason=form.cleaned_data["reason"], by=request.user, at=at)
    return _done(request, store, "Paused. Customers read it, and it goes on by itself.")


@require_POST
@staff_of_store
def slow_down(request: StaffRequest, store: Store) -> HttpResponse:
    """Promise later for a while."""
    at = timezone.now()
    form = SlowDownForm(request.POST, store=store, at=at, prefix="busy")
    if not form.is_valid():
        return _show(request, store, at, status=422, busy_form=form)
    acts.slow_down(store, minutes=form.cleaned_data["minutes"], until=form.until, reason=form.cleaned_data["reason"], by=request.user, at=at)
    return _done(request, store, "New orders are promised later. What was promised before stays.")


@require_POST
@staff_of_store
def resume(request: StaffRequest, store: Store) -> HttpResponse:
    """Go on as usual."""
    acts.resume(store, by=request.user, at=timezone.now())
    return _done(request, store, "Orders come in as usual.")


@require_POST
@staff_of_store
def close_days(request: StaffRequest, store: Store) -> HttpResponse:
    """Close the store on whole days, and show what is booked on them."""
    at, form = timezone.now(), CloseForm(request.POST)
    if form.is_valid():
        try:
            closed_days.close_days(store, **form.cleaned_data, by=request.user, at=at)
        except closed_days.EndsBeforeItBegins:
            form.add_error("last_day", "The last day is before the first.")
        except closed_days.AlreadyOver:
            form.add_error("last_day", "That day is over.")
        else:
            return _closed(request, store, at)
    return _show(request, store, at, status=422, close_form=form)


@require_POST
@staff_of_store
def open_again(request: StaffRequest, store: Store) -> HttpResponse:
    """Take a closure back. A repeat finds nothing to take back."""
    form = OpenAgainForm(request.POST)
    if not form.is_valid():
        return _show(request, store, timezone.now(), status=422)
    closure = Closure.objects.filter(store=store, pk=form.cleaned_data["closure"]).first()
    if closure:
        closed_days.open_again(closure, by=request.user, at=timezone.now())
    return _done(request, store, "The store opens on these days as usual.")


def _closed(request: StaffRequest, store: Store, at: datetime) -> HttpResponse:
    memory.forget()
    count = closed_days.booked_outside(store, hours.calendar_of(store), at=at)
    if not count:
        return _done(request, store, "Closed. Nothing is booked then.")
    booked = f"{count} pickup is" if count == 1 else f"{count} pickups are"
    messages.warning(request, f"Closed. {booked} booked while the store is not open: move {'it' if count == 1 else 'them'} here.")
    return redirect(reverse("closed_days", args=[store.code]))


def _done(request: StaffRequest, store: Store, words: str) -> HttpResponse:
    memory.forget()  # so that this process shows it at once
    messages.success(request, format_html("{}", words))
    return redirect("pace", store.code)


def _show(request: StaffRequest, store: Store, at: datetime, *, status: int = 200, **forms: Any) -> HttpResponse:
    closures = closed_days.ahead([store], at=at)
    place = place_of(store, at)
    context = {
        "place": place,
        "week": place.week,
        "today": place.today.weekday(),
        "closures": closures,
        "specials": hours.ahead(place.calendar.specials, from_day=place.today, days=400),
        "booked": closed_days.booked_outside(store, place.calendar, at=at),
        "pause_form": UntilForm(store=store, at=at, prefix="pause"),
        "busy_form": SlowDownForm(store=store, at=at, prefix="busy"),
        "close_form": CloseForm(),
        "wrong": next(iter(forms.values()), None),
        **forms,
    }
    return page(request, "stores/pace.html", store, context, at=at, status=status)
