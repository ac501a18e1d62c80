"""What a store keeps back from being promised: rules, limits, and the ledger of every change."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from omo.models import AppendOnly
from stores.models.catalogue import Category, Variant
from stores.models.stock import StockLevel
from stores.models.store import Store


class SafetyStock(models.Model):
    """A rule: how many units are kept back of a variant at a store, else at a store, else of a category. Without a rule, StockPolicy says how many."""

    store = models.ForeignKey(Store, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    variant = models.ForeignKey(Variant, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    category = models.ForeignKey(Category, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    units = models.PositiveSmallIntegerField()

    class Meta:
        verbose_name_plural = "safety stock"
        constraints = [
            models.UniqueConstraint(fields=["store", "variant"], condition=Q(variant__isnull=False), name="one_safety_of_variant_at_store"),
            models.UniqueConstraint(fields=["store"], condition=Q(variant=None), name="one_safety_of_store"),
            models.UniqueConstraint(fields=["category"], name="one_safety_of_category"),
            models.CheckConstraint(
                condition=Q(store__isnull=False, category=None) | Q(category__isnull=False, store=None, variant=None),
                name="safety_of_store_or_category",
                violation_error_message="Choose a store (and perhaps one of its goods), or a category.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.units} of {self.variant or self.category or 'everything'}" + (f" at {self.store}" if self.store else "")


class StockPolicy(models.Model):
    """Head office's limits for stock; one row."""

    safety_stock = models.PositiveSmallIntegerField(default=0, help_text="units kept back where no rule says otherwise")
    large_adjustment = models.PositiveSmallIntegerField(default=10, help_text="units; an adjustment of this many or more needs a second person")
    large_receipt = models.PositiveSmallIntegerField(default=100, help_text="units; receiving this many or more of one thing needs a second person")
    low_stock = models.PositiveSmallIntegerField(default=2, help_text="units; a level with this many or fewer left is on the list of low stock")
    most_buffer = models.PositiveSmallIntegerField(default=3, help_text="units; the most that uncertainty keeps back; 0 switches it off")
    count_fresh_days = models.PositiveSmallIntegerField(default=30, help_text="days for which a count is certain")
    short_pick_days = models.PositiveSmallIntegerField(default=14, help_text="days for which a short pick counts against a level")

    class Meta:
        verbose_name_plural = "stock policy"
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="one_stock_policy")]

    def __str__(self) -> str:
        return "Stock policy"


class KeptBack(AppendOnly):
    """What a level keeps back from `at` on, and why: the state after each change, never edited."""

    level = models.ForeignKey(StockLevel, on_delete=models.PROTECT, related_name="kept_back", db_index=False)
    safety_stock = models.PositiveIntegerField()
    buffer = models.PositiveIntegerField()
    distrusted = models.BooleanField()
    why = models.CharField(max_length=200)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name_plural = "kept back"
        indexes = [models.Index(fields=["level", "id"], name="kept_back_level")]

    def __str__(self) -> str:
        return f"{self.safety_stock} + {self.buffer} of {self.level}"
