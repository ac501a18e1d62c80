"""Stores: where they are, when they are open, and being in one."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from stores import hours
from stores.models import OpeningHours, Store
from stores.views import here


@dataclass(frozen=True)
class Place:
    """A store with what its card says."""

    store: Store
    open_until: datetime | None
    opens: datetime | None


def place_of(store: Store, at: datetime) -> Place:
    """The store with its hours at a moment; uses prefetched hours."""
    rows = list(store.opening_hours.all())
    return Place(store, hours.open_until(store, rows, at=at), hours.next_opening(store, rows, at=at))


def week(store: Store) -> list[tuple[str, list[OpeningHours], int]]:
    """The seven days with their stretches of opening, and each day's number as date.weekday() counts."""
    rows = list(store.opening_hours.all())
    return [(str(day.label), [row for row in rows if row.weekday == day.value], day.value) for day in OpeningHours.Weekday]


@require_safe
def stores(request: HttpRequest) -> HttpResponse:
    """Every open store."""
    at = timezone.now()
    places = [place_of(store, at) for store in Store.objects.filter(active=True).prefetch_related("opening_hours")]
    return render(request, "stores/stores.html", {"places": places, "here_id": here.store_id(request)})


@require_safe
def store(request: HttpRequest, code: str) -> HttpResponse:
    """One store: hours, address, how to collect."""
    at = timezone.now()
    found = get_object_or_404(Store.objects.prefetch_related("opening_hours"), code=code, active=True)
    today = at.astimezone(found.zone).weekday()
    context = {"place": place_of(found, at), "store": found, "week": week(found), "today": today, "here_id": here.store_id(request)}
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
