"""Orders: one table for the web, shelf labels, tills and the API."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from omo.models.event import Channel


class Order(models.Model):
    """A purchase that was placed. Money is in minor units; `total` is the sum of the lines' totals."""

    class PaymentState(models.TextChoices):
        """How far it is paid."""

        UNPAID = "unpaid", "Unpaid"
        AUTHORISED = "authorised", "Authorised"
        PAID = "paid", "Paid"
        PART_REFUNDED = "part_refunded", "Part refunded"
        REFUNDED = "refunded", "Refunded"

    number = models.CharField(max_length=20, unique=True)
    access_version = models.PositiveSmallIntegerField(default=1, editable=False, help_text="raising it revokes the links by which a guest opens the order")
    channel = models.CharField(max_length=5, choices=Channel)
    store = models.ForeignKey("stores.Store", on_delete=models.PROTECT, related_name="orders")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="orders")
    member = models.ForeignKey("loyalty.Member", null=True, blank=True, on_delete=models.PROTECT, related_name="orders")
    name = models.CharField(max_length=100, blank=True)
    email = models.EmailField(blank=True)
    placed_at = models.DateTimeField()
    total = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    payment_state = models.CharField(max_length=13, choices=PaymentState, default=PaymentState.UNPAID)
    sale_reference = models.CharField(max_length=60, null=True, blank=True, unique=True, help_text="the sale's own number at the till, unique for ever")

    class Meta:
        indexes = [
            models.Index(fields=["member", "id"], name="order_member", condition=Q(member__isnull=False)),
            models.Index(fields=["user", "id"], name="order_user", condition=Q(user__isnull=False)),
        ]
        constraints = [models.CheckConstraint(condition=Q(total__gte=0), name="order_total_not_negative")]

    def __str__(self) -> str:
        return self.number


class OrderLine(models.Model):
    """A variant as it was sold. `total` is exact; `unit_price` is total / quantity, rounded, for people to read."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="lines")
    variant = models.ForeignKey("stores.Variant", on_delete=models.PROTECT, related_name="+")
    label = models.ForeignKey("stores.ShelfLabel", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    sku = models.CharField("SKU", max_length=40)
    name = models.CharField(max_length=120)
    words = models.CharField("variant", max_length=70, blank=True)
    quantity = models.PositiveIntegerField()
    list_price = models.BigIntegerField(help_text="of one unit, when it was sold")
    unit_price = models.BigIntegerField()
    total = models.BigIntegerField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gte=1), name="order_line_of_one_or_more"),
            models.CheckConstraint(condition=Q(total__gte=0), name="order_line_total_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.name}"
