"""Stock levels and the movements that made them."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from omo.models import AppendOnly
from stores.models.catalogue import Variant
from stores.models.store import Store

BY_HAND = ("received", "adjusted", "counted", "damaged")
"""The kinds of movements that people enter."""


class StockLevel(models.Model):
    """How many of a variant a store has (on hand), has promised to placed orders (allocated) and keeps back (safety stock by rule, buffer by confidence).

    Only acts of `stores.stock` write on hand and allocated, and only acts of `stores.kept_back` the rest, each with its row of a ledger. ATP, what may still
    be promised, is `stores.availability`'s; a level that is distrusted has none until it is counted.
    """

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="stock_levels")
    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="stock_levels")
    on_hand = models.IntegerField(default=0)
    allocated = models.IntegerField(default=0)
    safety_stock = models.PositiveIntegerField(default=0, help_text="kept back by the rule that is most specific")
    buffer = models.PositiveIntegerField(default=0, help_text="kept back because the count is not certain")
    distrusted_at = models.DateTimeField(null=True, blank=True, help_text="nothing is promised until it is counted")
    counted_at = models.DateTimeField(null=True, blank=True)
    held_until = models.DateTimeField(null=True, blank=True, editable=False, help_text="no hold on it lives longer; only there to spare looking for holds")

    class Meta:
        indexes = [models.Index(fields=["store"], name="level_distrusted", condition=Q(distrusted_at__isnull=False))]
        constraints = [
            models.UniqueConstraint(fields=["store", "variant"], name="one_level_per_store_and_variant"),
            models.CheckConstraint(condition=Q(on_hand__gte=0), name="on_hand_not_negative"),
            models.CheckConstraint(condition=Q(allocated__gte=0), name="allocated_not_negative"),
            models.CheckConstraint(condition=Q(allocated__lte=F("on_hand")), name="allocated_is_on_hand"),
        ]

    def __str__(self) -> str:
        return f"{self.variant} at {self.store}"


class StockMovement(AppendOnly):
    """A change of on hand or of what is allocated, with its cause. The sums of a level's movements are its on hand and its allocated."""

    class Kind(models.TextChoices):
        """Why goods came or went."""

        ALLOCATED = "allocated", "Promised"
        RELEASED = "released", "Promise taken back"
        RECEIVED = "received", "Received"
        SOLD = "sold", "Sold"
        RETURNED = "returned", "Returned"
        ADJUSTED = "adjusted", "Adjusted"
        COUNTED = "counted", "Counted"
        TRANSFERRED = "transferred", "Transferred"
        DAMAGED = "damaged", "Damaged"

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+", db_index=False)
    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=11, choices=Kind)
    quantity = models.IntegerField(default=0, help_text="on hand came in: above 0, went out: below 0")
    allocated = models.IntegerField(default=0, help_text="promised: above 0, handed over or released: below 0")
    reason = models.ForeignKey("stores.StockReason", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    note = models.CharField(max_length=200, blank=True)
    reference = models.CharField(max_length=60, help_text="what caused it, as '<model>:<id>' or a document's number")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [
            models.Index(fields=["store", "variant", "id"], name="movement_level"),
            models.Index(fields=["store", "variant", "by", "at"], name="movement_by_hand", condition=Q(kind__in=BY_HAND)),
            models.Index(fields=["store", "reference"], name="movement_delivery", condition=Q(kind="received")),
        ]
        constraints = [models.CheckConstraint(condition=~Q(quantity=0) | ~Q(allocated=0), name="movement_moves")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.quantity or self.allocated:+d} {self.variant}"


class HoldQuerySet(models.QuerySet["Hold"]):
    """Sets of holds in the business's words."""

    def live(self, at: datetime) -> "HoldQuerySet":
        """The ones that count at `at`: begun, not ended, not expired."""
        return self.filter(ended_at=None, expires_at__gt=at)


class Hold(models.Model):
    """A live checkout's claim on goods at a store. It counts from `at` until it ends or expires, whichever is first, whether or not anybody tidies up.

    A hold never changes on hand or allocated. One that changes (another quantity, a new start after a lapse) is ended and a new row begun, so that what was
    held at any past instant can be read off the rows.
    """

    level = models.ForeignKey(StockLevel, on_delete=models.PROTECT, related_name="holds", db_index=False)
    quantity = models.PositiveIntegerField()
    holder = models.CharField(max_length=40, help_text="the checkout, as 'cart:<id>'")
    origin = models.CharField(max_length=64, blank=True, help_text="a digest of the address it came from, for the cap")
    extensions = models.PositiveSmallIntegerField(default=0)
    at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = HoldQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["level", "expires_at"], name="hold_live", condition=Q(ended_at=None)),
            models.Index(fields=["origin", "expires_at"], name="hold_origin", condition=Q(ended_at=None)),
            models.Index(fields=["level", "at"], name="hold_history"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["holder", "level"], condition=Q(ended_at=None), name="one_hold_per_checkout_and_level"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="hold_holds"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.level} for {self.holder}"

    @property
    def number(self) -> str:
        """The number of the checkout, as people read it."""
        return self.holder.rpartition(":")[2]
