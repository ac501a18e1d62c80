"""The points ledger and the earn rule."""

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from loyalty.models.member import Member
from omo import money
from omo.models import AppendOnly


class EarnRule(models.Model):
    """`points` for every full `amount` (minor units) of a purchase. The rule in force is the one with the latest `valid_from` that has come."""

    points = models.PositiveIntegerField(validators=[MinValueValidator(1)])
    amount = models.PositiveBigIntegerField(validators=[MinValueValidator(1)], help_text="in minor units")
    valid_from = models.DateTimeField(unique=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["-valid_from"]
        constraints = [models.CheckConstraint(condition=Q(amount__gte=1, points__gte=1), name="earn_rule_above_zero")]

    def __str__(self) -> str:
        return f"{self.points} for every {money.words(self.amount)}"


class PointsEntry(AppendOnly):
    """Points earned, spent, expired or taken back, each for one cause. The sum is the member's balance."""

    class Kind(models.TextChoices):
        """Why points came or went."""

        EARN = "earn", "Earned"
        REVERSE = "reverse", "Taken back"
        REDEEM = "redeem", "Spent"
        ADJUST = "adjust", "Adjusted"
        EXPIRE = "expire", "Expired"

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="entries", db_index=False)
    kind = models.CharField(max_length=7, choices=Kind)
    points = models.BigIntegerField(help_text="came in: above 0, went out: below 0")
    source = models.CharField(max_length=60, help_text="what caused it, as '<model>:<id>'")
    order = models.ForeignKey("orders.Order", null=True, blank=True, on_delete=models.PROTECT, related_name="points_entries")
    store = models.ForeignKey("stores.Store", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    channel = models.CharField(max_length=5, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name_plural = "points entries"
        indexes = [models.Index(fields=["member", "id"], name="points_member")]
        constraints = [
            models.UniqueConstraint(fields=["source", "kind"], name="one_entry_per_source_and_kind"),
            models.CheckConstraint(condition=~Q(points=0), name="points_move"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.points:+d}"
