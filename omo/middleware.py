"""Guards around every view."""

import sys
from collections.abc import Callable
from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.views import defaults
from redis import RedisError

from omo.acts import Busy

GetResponse = Callable[[HttpRequest], HttpResponse]
WORK_PLACES = ("/admin/", "/staff/")
AWAY = (Busy, OperationalError, RedisError)
"""Of these, the same request may succeed in a moment."""

View = Callable[..., HttpResponse]


def guards_itself(view: View) -> View:
    """Mark a view of a workplace that asks for the second step itself, where it asks who somebody is (see `second_step`)."""
    view.guards_itself = True  # type: ignore[attr-defined]
    return view


class StaffGuard:
    """Asks for a second factor at workplaces when settings.STAFF_MFA_REQUIRED is on, and lets no browser or proxy keep their pages."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        response = self.get_response(request)
        if request.path.startswith(WORK_PLACES):
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    def process_view(self, request: HttpRequest, view: View, *_arguments: Any) -> HttpResponse | None:
        """Ask for the second step, unless the view does so itself."""
        if getattr(view, "guards_itself", False) or not request.path.startswith(WORK_PLACES):
            return None
        return second_step(request)


def second_step(request: HttpRequest) -> HttpResponse | None:
    """The way to set up a second step, for who is signed in and must have one; else None."""
    if not settings.STAFF_MFA_REQUIRED or not request.user.is_authenticated or is_mfa_enabled(request.user):
        return None
    messages.info(request, "Set up a second step for signing in first. It takes a minute.")
    return redirect(reverse("mfa_index"))


class BusyDatabase:
    """Answers 503 with Retry-After when rivals held the rows for too long, or the database or the shared cache is away.

    Nothing was changed then, unless just the answer to a commit was lost. Nobody can know; what is ordered or paid carries a key and may be sent again.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Turn a busy or absent database into words."""
        return _come_again() if isinstance(exception, AWAY) else None


def server_error(request: HttpRequest) -> HttpResponse:
    """500; or 503 if the database went away outside the view, where no middleware sees why: as when the session is kept."""
    return _come_again() if isinstance(sys.exc_info()[1], AWAY) else defaults.server_error(request)


def _come_again() -> HttpResponse:
    # Without the request: its context would ask the very database that is away.
    return HttpResponse(render_to_string("503.html"), status=503, headers={"Retry-After": "2"})
