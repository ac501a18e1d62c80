"""What people do with stock: reasons, adjustments that wait for a second person, transfers between stores."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from stores.models.catalogue import Variant
from stores.models.stock import StockLevel
from stores.models.store import Store


class StockReason(models.Model):
    """Why stock is corrected; head office's own list, each with its effect."""

    class Effect(models.TextChoices):
        """What choosing it does beyond the correction itself."""

        NONE = "none", "Nothing more"
        DAMAGED = "damaged", "One unit is damaged and leaves on hand"
        DISTRUST = "distrust", "Nothing is promised until it is counted"

    class Direction(models.TextChoices):
        """Which corrections it can be the reason for."""

        EITHER = "either", "More or fewer"
        MORE = "more", "Only more"
        FEWER = "fewer", "Only fewer"

    code = models.SlugField(max_length=30, unique=True)
    words = models.CharField(max_length=60, help_text="as staff read it, such as 'Not on the shelf'")
    effect = models.CharField(max_length=8, choices=Effect, default=Effect.NONE)
    direction = models.CharField(
        "is a reason for", max_length=6, choices=Direction, default=Direction.EITHER, help_text="'Found' makes them more, 'Stolen' makes them fewer"
    )
    position = models.PositiveSmallIntegerField(default=0)
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["position", "words"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(effect="damaged") | Q(direction="fewer"),
                name="damaged_are_fewer",
                violation_error_message="Damaged goods leave on hand, so this is a reason for fewer only.",
            )
        ]

    def __str__(self) -> str:
        return self.words

    def fits(self, change: int) -> bool:
        """Whether it can be why on hand changes by so many units."""
        return self.direction == self.Direction.EITHER or (change > 0) == (self.direction == self.Direction.MORE)


class Adjustment(models.Model):
    """A correction of on hand that somebody asked for and that is large enough for a second person to decide."""

    class State(models.TextChoices):
        """How far it is."""

        WAITING = "waiting", "Waiting for a second person"
        APPROVED = "approved", "Approved"
        REFUSED = "refused", "Refused"

    level = models.ForeignKey(StockLevel, on_delete=models.PROTECT, related_name="adjustments")
    kind = models.CharField(max_length=11, help_text="of the stock movement to write")
    change = models.IntegerField(help_text="units; more: above 0, fewer: below 0")
    reason = models.ForeignKey(StockReason, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    note = models.CharField(max_length=200, blank=True)
    reference = models.CharField(max_length=60, blank=True, help_text="the document that its movement belongs to; blank: none")
    before = models.PositiveIntegerField(default=0, help_text="units that the person had changed by hand that day without a second one")
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["level"], condition=Q(state="waiting"), name="one_waiting_adjustment_per_level"),
            models.CheckConstraint(condition=~Q(change=0), name="adjustment_changes"),
            models.CheckConstraint(condition=Q(decided_by=None) | ~Q(decided_by=F("asked_by")), name="adjustment_by_two_people"),
        ]

    def __str__(self) -> str:
        return f"{self.change:+d} {self.level}"


class Transfer(models.Model):
    """Goods on their way from one store to another. What was sent has left the one; what arrived is received by the other; the rest is short."""

    class State(models.TextChoices):
        """How far it is. 'Sent' goods are in transit."""

        SENT = "sent", "In transit"
        RECEIVED = "received", "Received"
        SHORT = "short", "Received short"
        CANCELLED = "cancelled", "Cancelled"

    number = models.CharField(max_length=12, unique=True)
    source = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+")
    target = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=9, choices=State, default=State.SENT)
    note = models.CharField(max_length=200, blank=True)
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    sent_at = models.DateTimeField()
    received_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    received_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    cancelled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [models.CheckConstraint(condition=~Q(source=F("target")), name="transfer_between_two_stores")]

    def __str__(self) -> str:
        return f"{self.number}: {self.source} to {self.target}"


class TransferLine(models.Model):
    """How many of a variant were sent, and how many arrived."""

    transfer = models.ForeignKey(Transfer, on_delete=models.PROTECT, related_name="lines")
    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="+")
    sent = models.PositiveIntegerField()
    received = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["transfer", "variant"], name="one_transfer_line_per_variant"),
            models.CheckConstraint(condition=Q(sent__gt=0), name="transfer_sends"),
            models.CheckConstraint(condition=Q(received=None) | Q(received__lte=F("sent")), name="received_within_sent"),
        ]

    def __str__(self) -> str:
        return f"{self.sent} × {self.variant}"
