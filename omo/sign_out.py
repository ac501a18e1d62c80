"""Signing out of every device at once."""

from datetime import datetime

from django.db.models import F

from omo import events
from omo.acts import act
from omo.models import User


@act
def sign_out_everywhere(user: User, *, at: datetime) -> None:
    """End every session of the account, also those that nobody listed: each says under which version it was made. Leaves 'account.signed_out'."""
    User.objects.filter(pk=user.pk).update(sessions_version=F("sessions_version") + 1)
    user.refresh_from_db(fields=["sessions_version"])
    events.record("account.signed_out", at=at, by=user, channel="web", subject=f"user:{user.pk}")
