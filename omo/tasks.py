"""What Celery runs for the foundation."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import islice

from allauth.usersessions.models import UserSession
from celery import shared_task
from django.conf import settings
from django.contrib.sessions.models import Session
from django.utils import timezone
from django.utils.module_loading import import_string

from omo import idempotency, invariants, mailed_codes, outbox

log = logging.getLogger("omo.invariants")
nights = logging.getLogger("omo.tasks")
MOST_REPORTED = 100
KEPT = timedelta(days=7)
WEB_FORMS = (
    "orders.checkout.SCOPE",
    "orders.till.SCANS",
    "stores.adjustments.SCOPE",
    "stores.counting.SCOPE",
    "stores.deliveries.SCOPE",
    "stores.transfers.SCOPE",
)
"""Where the scopes stand of answers that a browser may ask for again, but not for long."""
GUESTS_KEPT = timedelta(days=30)
FORGET_GUESTS = "orders.carts.forget_guests"
UNSEEN_KEPT = timedelta(days=1)
SWEEP_PICTURES = "stores.pictures.sweep"
PORTION = 1000


@shared_task(name="omo.tasks.deliver_due_messages", soft_time_limit=settings.DELIVERY_SECONDS, time_limit=settings.DELIVERY_KILLED_SECONDS)
def deliver_due_messages() -> None:
    """Deliver what is due in the outbox: after each commit by a poke, and every ten seconds by beat."""
    outbox.deliver_due()


@shared_task(name="omo.tasks.check_invariants", time_limit=3600, soft_time_limit=3500)
def check_invariants() -> None:
    """Every night: do the promises of the house hold? What does not is an error in the log, for whoever is on duty."""
    for violation in islice(invariants.violations(), MOST_REPORTED):
        log.error("violated: %(invariant)s, %(subject)s: found %(found)s, expected %(expected)s", violation)


@shared_task(name="omo.tasks.tidy", time_limit=3600, soft_time_limit=3500)
def tidy() -> None:
    """Every night: forget sessions that ended, answers to web forms of more than a week ago, and guests' carts that nobody touched for 30 days,
    files of pictures that nothing shows, and codes that were mailed more than a week ago.

    The answers of sales are kept for ever. What fails is an error in the log and keeps nothing else from being tidied.
    """
    now = timezone.now()
    for step in (_forget_sessions, _forget_answers, _forget_guests, _forget_pictures, _forget_codes):
        _isolated(step, now)


def _isolated(step: Callable[[datetime], None], now: datetime) -> None:
    try:
        step(now)
    except Exception:  # noqa: BLE001 - whatever it is, the next step is not to blame
        nights.exception("not tidied: %s", step.__name__.removeprefix("_forget_"))


def _forget_sessions(now: datetime) -> None:
    """In portions, so that no statement takes longer than the database allows."""
    ended = Session.objects.filter(expire_date__lt=now).order_by("expire_date").values_list("pk", flat=True)
    while portion := list(ended[:PORTION]):
        UserSession.objects.filter(session_key__in=portion).delete()
        Session.objects.filter(pk__in=portion, expire_date__lt=now).delete()


def _forget_answers(now: datetime) -> None:
    for path in WEB_FORMS:
        idempotency.forget(import_string(path), before=now - KEPT)


def _forget_guests(now: datetime) -> None:
    forget = import_string(FORGET_GUESTS)
    while forget(before=now - GUESTS_KEPT, most=PORTION):
        pass


def _forget_pictures(now: datetime) -> None:
    import_string(SWEEP_PICTURES)(before=now - UNSEEN_KEPT)


def _forget_codes(now: datetime) -> None:
    mailed_codes.forget(before=now - KEPT)
