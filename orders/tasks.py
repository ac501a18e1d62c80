"""What Celery runs for the purchase."""

from celery import shared_task
from django.utils import timezone

from orders import keeping, lapsing, provider_events


@shared_task(name="orders.tasks.expire_pickups", time_limit=840, soft_time_limit=830)
def expire_pickups() -> None:
    """Every quarter of an hour: pickups that nobody collected in time expire."""
    keeping.expire_due(at=timezone.now())


@shared_task(name="orders.tasks.watch_payments", time_limit=240, soft_time_limit=230)
def watch_payments() -> None:
    """Every minute: events that came early are handled, and orders that were not paid in time are cancelled."""
    provider_events.handle_waiting(at=timezone.now())
    lapsing.lapse_due(at=timezone.now())
