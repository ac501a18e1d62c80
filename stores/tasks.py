"""What Celery runs for the place."""

from celery import shared_task
from django.utils import timezone

from omo.models import User
from stores import confidence, holds, kept_back


@shared_task(name="stores.tasks.review_confidence", time_limit=3600, soft_time_limit=3500)
def review_confidence() -> None:
    """Every night, and after the stock policy changed: judge every level anew and move the buffers."""
    confidence.review(at=timezone.now())


@shared_task(name="stores.tasks.apply_safety_rules", time_limit=3600, soft_time_limit=3500)
def apply_safety_rules(by: int | None = None) -> None:
    """Every night, and for the rest after a rule changed: every level has the safety stock that the rules say. `by` is the id of who changed a rule."""
    kept_back.apply_rules(by=User.objects.filter(pk=by or 0).first(), at=timezone.now())


@shared_task(name="stores.tasks.tidy_holds", time_limit=240, soft_time_limit=230)
def tidy_holds() -> None:
    """Every five minutes: mark holds that lapsed long ago as ended, so that the index of live ones stays small. Nobody waits for it."""
    holds.tidy(at=timezone.now())
