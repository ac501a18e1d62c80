"""Stock levels and the movements that made them."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from omo.models import AppendOnly
from stores.models.catalogue import Variant
from stores.models.store import Store


class StockLevel(models.Model):
    """How many of a variant a store has (on hand), has promised to placed orders (allocated) and keeps back (safety stock).

    Only acts of `stores.stock` write the counters. ATP, what may still be promised, is `stores.availability`'s.
    """

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="stock_levels")
    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="stock_levels")
    on_hand = models.IntegerField(default=0)
    allocated = models.IntegerField(default=0)
    safety_stock = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "variant"], name="one_level_per_store_and_variant"),
            models.CheckConstraint(condition=Q(on_hand__gte=0), name="on_hand_not_negative"),
            models.CheckConstraint(condition=Q(allocated__gte=0), name="allocated_not_negative"),
            models.CheckConstraint(condition=Q(allocated__lte=F("on_hand")), name="allocated_is_on_hand"),
        ]

    def __str__(self) -> str:
        return f"{self.variant} at {self.store}"


class StockMovement(AppendOnly):
    """A change of on hand, with its cause. The sum of a level's movements is its on hand."""

    class Kind(models.TextChoices):
        """Why goods came or went."""

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
    quantity = models.IntegerField(help_text="came in: above 0, went out: below 0")
    reference = models.CharField(max_length=60, help_text="what caused it, as '<model>:<id>' or a document's number")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["store", "variant", "id"], name="movement_level")]
        constraints = [models.CheckConstraint(condition=~Q(quantity=0), name="movement_moves")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.quantity:+d} {self.variant}"
