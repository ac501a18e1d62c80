"""Pages that belong to no app: health, failed CSRF checks, and the mails of the demo."""

import email
import email.policy
from typing import Any, cast

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db.models import Min
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from omo.models import Message, User
from omo.outbox import LATE


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 in words; to htmx it says to load the page anew, so that no whole page lands in a fragment."""
    if request.headers.get("HX-Request"):
        return HttpResponse("This page was open too long. It is being loaded again.", status=403, headers={"HX-Refresh": "true"})
    return render(request, "403_csrf.html", status=403)


@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """200 while the database answers and no message is overdue by more than a minute, else 503. The age says more than 'process is up'."""
    oldest = Message.objects.filter(state=Message.State.DUE).aggregate(oldest=Min("available_at"))["oldest"]
    overdue = max((timezone.now() - oldest).total_seconds(), 0) if oldest else 0
    return JsonResponse({"oldest_due_message_seconds": round(overdue)}, status=503 if overdue > LATE.total_seconds() else 200)


@login_required
@require_safe
def mails(request: HttpRequest) -> HttpResponse:
    """The mails that the demo would have sent, newest first, for people who work here. There is no such page in production."""
    user = cast(User, request.user)
    if settings.PRODUCTION or not user.works_here:
        raise Http404
    files = sorted(settings.MAIL_DIR.glob("*.log"), key=lambda file: file.stat().st_mtime, reverse=True)[:50]
    context = {"mails": [_read(raw) for file in files for raw in reversed(_mails_in(file.read_bytes()))]}
    return render(request, "omo/mails.html", {**context, **_only_workplace(user)})


def _only_workplace(user: User) -> dict[str, Any]:
    """The store and its clock for somebody who works in just one, so that the page keeps that store's navigation."""
    works = [] if user.is_staff else list(user.assignments.filter(store__active=True).select_related("store")[:2])
    store = works[0].store if len(works) == 1 else None
    return {"store": store, "now": timezone.now().astimezone(store.zone).strftime("%H:%M")} if store else {}


def _mails_in(file: bytes) -> list[bytes]:
    """The mails of a file, oldest first: Django ends each with a line of dashes, and two of the same second may share a file."""
    return [raw for raw in file.split(b"\n" + b"-" * 79 + b"\n") if raw.strip()]


def _read(raw: bytes) -> dict[str, str]:
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    body = mail.get_body(("plain",))
    return {"to": mail["To"], "subject": mail["Subject"], "date": mail["Date"], "text": body.get_content() if body else ""}
