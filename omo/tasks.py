"""What Celery runs for the foundation."""

import logging
from datetime import timedelta
from itertools import islice

from celery import shared_task
from django.core.management import call_command
from django.utils import timezone
from django.utils.module_loading import import_string

from omo import idempotency, invariants, outbox

log = logging.getLogger("omo.invariants")
MOST_REPORTED = 100
KEPT = timedelta(days=7)
WEB_FORMS = ("place_order", "till-scan")
"""The scopes of answers that a browser may ask for again, but not for long."""
GUESTS_KEPT = timedelta(days=30)
FORGET_GUESTS = "orders.carts.forget_guests"


@shared_task(name="omo.tasks.deliver_due_messages")
def deliver_due_messages() -> None:
    """Deliver what is due in the outbox: after each commit by a poke, and every ten seconds by beat."""
    outbox.deliver_due()


@shared_task(name="omo.tasks.check_invariants", time_limit=3600, soft_time_limit=3500)
def check_invariants() -> None:
    """Every night: do the promises of the house hold? What does not is an error in the log, for whoever is on duty."""
    for violation in islice(invariants.violations(), MOST_REPORTED):
        log.error("violated: %(invariant)s, %(subject)s: found %(found)s, expected %(expected)s", violation)


@shared_task(name="omo.tasks.tidy")
def tidy() -> None:
    """Every night: forget sessions that ended, answers to web forms of more than a week ago, and guests' carts that nobody touched for 30 days.

    The answers of sales are kept for ever.
    """
    call_command("clearsessions")
    now = timezone.now()
    for scope in WEB_FORMS:
        idempotency.forget(scope, before=now - KEPT)
    import_string(FORGET_GUESTS)(before=now - GUESTS_KEPT)
