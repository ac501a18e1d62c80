"""What every staff page shares: the store of the address, its clock, and 404 for whoever does not work there."""

import functools
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from omo.context import WORKS_HERE
from omo.models import User
from stores.models import Store


class StaffRequest(HttpRequest):
    """A request of somebody who is signed in."""

    user: User


View = Callable[..., HttpResponse]


def staff_of_store(view: View | None = None, *, only: tuple[str, ...] = ()) -> Any:
    """Call the view with the store of the address's `code`, in that store's time; to others the store does not exist (404).

    Anonymous visitors are sent to sign in. `only` names the columns that the view needs, for views that are asked often
    ('relation__column' for a one-to-one's, in the same query).
    """
    if view is None:
        return functools.partial(staff_of_store, only=only)
    related = {name.partition("__")[0] for name in only if "__" in name}

    @login_required
    @functools.wraps(view)
    def guarded(request: HttpRequest, code: str, **kwargs: Any) -> HttpResponse:
        stores = Store.objects.for_actor(request.user)
        store = get_object_or_404(stores.select_related(*related).only(*only) if only else stores, code=code)
        with timezone.override(store.zone):
            return view(request, store, **kwargs)

    return guarded


@receiver(user_logged_in)
def remember_who_works(request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Let the session know of people who work in a store, so that every page can show them the way without a query."""
    if Store.objects.for_actor(user).exists():
        request.session[WORKS_HERE] = True


def page(request: HttpRequest, template: str, store: Store, context: dict[str, Any], *, at: datetime, status: int = 200) -> HttpResponse:
    """A staff page of a store, with the store's clock at `at`."""
    return render(request, template, {"store": store, "now": at.astimezone(store.zone).strftime("%H:%M"), "at": at, **context}, status=status)
