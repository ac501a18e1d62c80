"""The promise ledger: what a customer was promised, with what it was made of, and how it ended."""

from django.db import models

from omo.models import AppendOnly
from orders.models.fulfilment import Fulfilment


class Promise(AppendOnly):
    """What was promised with an order's fulfilment: which goods, where, when, for how much and how many points. Never edited."""

    fulfilment = models.ForeignKey(Fulfilment, on_delete=models.PROTECT, related_name="promises")
    store = models.ForeignKey("stores.Store", on_delete=models.PROTECT, related_name="+", db_index=False)
    goods = models.JSONField(help_text="[{sku, name, quantity, unit_price}]")
    ready_by = models.DateTimeField()
    window_ends = models.DateTimeField(null=True, blank=True)
    total = models.BigIntegerField(help_text="minor units")
    points = models.BigIntegerField(help_text="to be earned")
    inputs = models.JSONField(help_text="what it was made of: lead time, hours, pace, what was left of each thing")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["store", "ready_by"], name="promise_store")]

    def __str__(self) -> str:
        return f"{self.fulfilment} by {self.ready_by:%Y-%m-%d %H:%M}"


class PromiseOutcome(AppendOnly):
    """How a promise ended: kept, or broken with its cause. One for each promise, never edited."""

    class Cause(models.TextChoices):
        """Why a promise was not kept; 'none' for one that was."""

        NONE = "none", "Kept"
        LATE = "late", "Ready too late"
        SHORT = "short", "Goods were missing"
        CLOSED = "closed", "The store was closed"
        PRICE = "price", "Another price was taken"
        STAFF = "staff", "Cancelled by the store"
        WITHDRAWN = "withdrawn", "Changed by the customer"

    promise = models.OneToOneField(Promise, on_delete=models.PROTECT, related_name="outcome")
    kept = models.BooleanField()
    cause = models.CharField(max_length=9, choices=Cause, default=Cause.NONE)
    data = models.JSONField(default=dict, help_text="the facts: ready at, minutes late, what was short")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["at"], name="promise_outcome_at")]

    def __str__(self) -> str:
        return f"{self.promise}: {self.get_cause_display()}"
