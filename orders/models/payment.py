"""Payments: what was taken, tender by tender."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from omo.models import AppendOnly
from orders.models.order import Order


class Payment(AppendOnly):
    """Money taken for an order with one tender, in minor units."""

    class Tender(models.TextChoices):
        """What it was paid with."""

        CARD = "card", "Card"
        CASH = "cash", "Cash"

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="payments")
    tender = models.CharField(max_length=4, choices=Tender)
    amount = models.BigIntegerField()
    store = models.ForeignKey("stores.Store", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="payment_above_zero")]

    def __str__(self) -> str:
        return f"{self.get_tender_display()} for {self.order}"
