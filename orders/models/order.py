"""Orders: one table for the web, shelf labels, tills and the API."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from omo.models.event import Channel


class Order(models.Model):
    """A purchase that was placed. Money is in minor units; `total` is the sum of the lines' totals and of what its deliveries cost."""

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
    phone = models.CharField(max_length=30, blank=True)
    placed_at = models.DateTimeField()
    total = models.BigIntegerField()
    delivery_total = models.BigIntegerField(default=0, help_text="of the total, what its deliveries cost")
    cancelled_total = models.BigIntegerField(default=0, help_text="of the total, what was cancelled and is not owed any more")
    paid_total = models.BigIntegerField(default=0, help_text="the sum of its payments")
    refunded_total = models.BigIntegerField(default=0, help_text="the sum of its refunds, those under way too")
    currency = models.CharField(max_length=3)
    payment_state = models.CharField(max_length=13, choices=PaymentState, default=PaymentState.UNPAID)
    payment_method = models.CharField(max_length=20, default="in_store", help_text="'in_store', or the name of an online provider")
    payment_due_by = models.DateTimeField(null=True, blank=True, help_text="paid online by then, or it is cancelled; blank: it waits for no payment")
    sale_reference = models.CharField(max_length=60, null=True, blank=True, unique=True, help_text="the sale's own number at the till, unique for ever")

    class Meta:
        indexes = [
            models.Index(fields=["member", "id"], name="order_member", condition=Q(member__isnull=False)),
            models.Index(fields=["user", "id"], name="order_user", condition=Q(user__isnull=False)),
            models.Index(fields=["email", "id"], name="order_email"),
            models.Index(fields=["payment_due_by"], name="order_payment_due", condition=Q(payment_due_by__isnull=False)),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(total__gte=0), name="order_total_not_negative"),
            models.CheckConstraint(condition=Q(delivery_total__gte=0, delivery_total__lte=F("total")), name="order_delivery_within_total"),
            models.CheckConstraint(condition=Q(cancelled_total__gte=0, cancelled_total__lte=F("total")), name="order_cancelled_within_total"),
            models.CheckConstraint(condition=Q(refunded_total__gte=0, refunded_total__lte=F("paid_total")), name="order_refunded_within_paid"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def due(self) -> int:
        """What is still to pay, in minor units: never below 0."""
        return max(self.total - self.cancelled_total - self.paid_total + self.refunded_total, 0)

    @property
    def pays_online(self) -> bool:
        """Whether its customer has to pay it online still: it waits for that, or what was authorised ran out."""
        return self.due > 0 and self.payment_method != "in_store" and self.payment_state != self.PaymentState.AUTHORISED

    @property
    def overpaid(self) -> int:
        """What was paid and is not owed any more, in minor units: to be refunded."""
        return max(self.paid_total - self.refunded_total - self.total + self.cancelled_total, 0)


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
