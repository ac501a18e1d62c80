"""The event log: timeline, audit trail, webhooks and reports are readings of it."""

from django.conf import settings
from django.db import models

from omo.models.append_only import AppendOnly


class Channel(models.TextChoices):
    """The way by which something came to us."""

    WEB = "web", "Online"
    SHELF = "shelf", "Shelf label"
    TILL = "till", "Till"
    API = "api", "API"


class Event(AppendOnly):
    """Something that happened: `kind` is '<activity>.<past>' such as 'pickup.ready'; `data` holds what the columns do not."""

    at = models.DateTimeField(db_index=True)
    kind = models.CharField(max_length=50)
    channel = models.CharField(max_length=5, choices=Channel, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    store = models.ForeignKey("stores.Store", null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    member = models.ForeignKey("loyalty.Member", null=True, blank=True, on_delete=models.PROTECT, related_name="events", db_index=False)
    order = models.ForeignKey("orders.Order", null=True, blank=True, on_delete=models.PROTECT, related_name="events", db_index=False)
    subject = models.CharField(max_length=60, blank=True, help_text="what it happened to, as '<model>:<id>'")
    data = models.JSONField(default=dict, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["store", "id"], name="event_store"),
            models.Index(fields=["member", "id"], name="event_member", condition=models.Q(member__isnull=False)),
            models.Index(fields=["order", "id"], name="event_order", condition=models.Q(order__isnull=False)),
            models.Index(fields=["kind", "id"], name="event_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}".strip()
