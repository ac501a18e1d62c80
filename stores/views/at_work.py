"""What every staff page shares: the store of the address, its clock, and 404 for whoever does not work there."""

import functools
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from omo.context import WORKS_HERE
from omo.joined import Joined
from omo.models import User
from stores.models import Store


class StaffRequest(HttpRequest):
    """A request of somebody who is signed in."""

    user: User


View = Callable[..., HttpResponse]


def staff_of_store(view: View) -> View:
    """Call the view with the store of the address's `code`, in that store's time; to others the store does not exist (404).

    Anonymous visitors are sent to sign in.
    """

    @login_required
    @functools.wraps(view)
    def guarded(request: HttpRequest, code: str, **kwargs: Any) -> HttpResponse:
        store = _store(request.user, code)
        with timezone.override(store.zone):
            return view(request, store, **kwargs)

    return guarded


def _store(user: User | AnonymousUser, code: str) -> Store:
    """The open store with this code, if the person works there. Raises Http404."""
    if user.is_active:
        for (store,) in WORKPLACE.read(code, user.is_staff, user.pk):
            return store
    raise Http404("No such store")


# What `Store.objects.for_actor` says, in SQL of our own: tablets ask for it every few seconds.
WORKPLACE = Joined(
    """FROM stores_store store WHERE store.code = %s AND store.active
    AND (%s OR EXISTS (SELECT 1 FROM stores_assignment assignment WHERE assignment.store_id = store.id AND assignment.user_id = %s))""",
    store=Store,
)


@receiver(user_logged_in)
def remember_who_works(request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Let the session know of people who work in a store, so that every page can show them the way without a query."""
    if Store.objects.for_actor(user).exists():
        request.session[WORKS_HERE] = True


def page(request: HttpRequest, template: str, store: Store, context: dict[str, Any], *, at: datetime, status: int = 200) -> HttpResponse:
    """A staff page of a store, with the store's clock at `at`."""
    return render(request, template, {"store": store, "now": at.astimezone(store.zone).strftime("%H:%M"), "at": at, **context}, status=status)
