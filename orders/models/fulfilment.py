"""Fulfilments: how an order's goods reach the customer."""

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from orders.models.order import Order, OrderLine


class FulfilmentQuerySet(models.QuerySet["Fulfilment"]):
    """Sets of fulfilments in the business's words."""

    def open_at(self, store_id: int) -> "FulfilmentQuerySet":
        """What the staff of a store still have to do."""
        return self.filter(store_id=store_id, state__in=Fulfilment.OPEN)

    def bags_at(self, store_id: int) -> "FulfilmentQuerySet":
        """Those of a store that ended after somebody had begun to pick them, until they are put back."""
        return self.filter(store_id=store_id, state__in=Fulfilment.OVER, put_back_at=None, picking_at__isnull=False)

    def to_put_back(self, store_id: int) -> "FulfilmentQuerySet":
        """Those of them that have goods in their bag."""
        return self.bags_at(store_id).filter(Exists(FulfilmentLine.objects.filter(fulfilment=OuterRef("pk"), picked__gt=0)))


class Fulfilment(models.Model):
    """A part of an order that goes one way: collected in a store, carried out of it at once, or delivered."""

    class Kind(models.TextChoices):
        """The way."""

        PICKUP = "pickup", "Pickup"
        CARRY_OUT = "carry_out", "Carry-out"
        DELIVERY = "delivery", "Delivery"

    class State(models.TextChoices):
        """How far it is. The same words for customers and staff."""

        PLACED = "placed", "Placed"
        PICKING = "picking", "Picking"
        PACKED = "packed", "Packed"
        READY = "ready", "Ready"
        COLLECTED = "collected", "Collected"
        SHIPPED = "shipped", "Shipped"
        DELIVERED = "delivered", "Delivered"
        FAILED = "failed", "Delivery failed"
        AWAITING_CUSTOMER = "awaiting_customer", "Waiting for the customer"
        EXPIRED = "expired", "Expired"
        CANCELLED = "cancelled", "Cancelled"

    OPEN = (State.PLACED, State.PICKING, State.PACKED, State.READY, State.AWAITING_CUSTOMER)
    """Its goods are at the store and promised. The partial index and the constraint below name the same states."""
    ON_THE_WAY = (State.SHIPPED, State.FAILED)
    """Its goods have left the store and nobody has them yet. The partial index below names the same states."""
    RECEIVED = (State.COLLECTED, State.DELIVERED)
    """The customer has the goods."""
    OVER = (State.EXPIRED, State.CANCELLED)
    """It ended without the customer; nobody owes for it. The partial index below names the same states."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="fulfilments")
    store = models.ForeignKey("stores.Store", on_delete=models.PROTECT, related_name="fulfilments", db_index=False)
    kind = models.CharField(max_length=9, choices=Kind)
    state = models.CharField(max_length=17, choices=State, default=State.PLACED)
    public_id = models.CharField(max_length=10, unique=True, editable=False, help_text="in the pickup QR")
    code_version = models.PositiveSmallIntegerField(default=1, editable=False)
    code_digest = models.CharField(max_length=64, blank=True, editable=False, help_text="of the six-digit pickup code, at this store")
    awaits_payment = models.BooleanField(default=False, help_text="its order has to be paid before staff begin")
    due_at = models.DateTimeField(help_text="when it is to be ready: the start of the customer's window; of a delivery, when it is to leave the store")
    window_ends = models.DateTimeField(null=True, blank=True, help_text="the end of the customer's window")
    held_until = models.DateTimeField(null=True, blank=True)
    extended_at = models.DateTimeField(null=True, blank=True, help_text="when the customer had it held for longer; once")
    picker = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    place = models.CharField(max_length=20, blank=True, help_text="where it waits, such as 'R-14'")
    placed_at = models.DateTimeField()
    picking_at = models.DateTimeField(null=True, blank=True)
    packed_at = models.DateTimeField(null=True, blank=True)
    ready_at = models.DateTimeField(null=True, blank=True)
    collected_at = models.DateTimeField(null=True, blank=True)
    shipped_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    expired_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancel_reason = models.CharField(max_length=100, blank=True, help_text="in words, as the customer may read it")
    put_back_at = models.DateTimeField(null=True, blank=True, help_text="when the goods of one that was cancelled or expired were back on the shelf")

    objects = FulfilmentQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["store", "code_digest"], name="fulfilment_code"),
            models.Index(
                fields=["store", "due_at", "id"], name="fulfilment_open", condition=Q(state__in=["placed", "picking", "packed", "ready", "awaiting_customer"])
            ),
            models.Index(fields=["store", "id"], name="fulfilment_on_the_way", condition=Q(state__in=["shipped", "failed"])),
            models.Index(
                fields=["store", "id"],
                name="fulfilment_put_back",
                condition=Q(state__in=["expired", "cancelled"], put_back_at=None, picking_at__isnull=False),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["store", "code_digest"],
                condition=Q(state__in=["placed", "picking", "packed", "ready", "awaiting_customer"]) & ~Q(code_digest=""),
                name="one_open_pickup_per_code",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.order}"

    def get_state_display(self) -> str:  # type: ignore[no-redef]  # Django leaves a method of this name to the model
        """How far it is, in a word: a parcel is packed where a pickup is picked."""
        if self.state == self.State.PICKING and self.kind == self.Kind.DELIVERY:
            return "Packing"
        return str(self.State(self.state).label)

    @property
    def state_words(self) -> str:
        """How far it is, as it reads after 'It is': 'placed', 'being picked'."""
        if self.state == self.State.PICKING:
            return "being packed" if self.kind == self.Kind.DELIVERY else "being picked"
        return "not delivered" if self.state == self.State.FAILED else self.get_state_display().lower()


class FulfilmentLine(models.Model):
    """How many of an order line go this way, and how far each of them is."""

    fulfilment = models.ForeignKey(Fulfilment, on_delete=models.PROTECT, related_name="lines")
    order_line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="fulfilment_lines")
    variant = models.ForeignKey("stores.Variant", on_delete=models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField("ordered")
    picked = models.PositiveIntegerField(default=0)
    short = models.PositiveIntegerField(default=0)
    cancelled = models.PositiveIntegerField(default=0)
    collected = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gte=F("picked") + F("short") + F("cancelled")), name="picked_within_ordered"),
            models.CheckConstraint(condition=Q(quantity__gte=F("collected") + F("short") + F("cancelled")), name="collected_within_ordered"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.order_line.name}"


class HandOver(models.Model):
    """The moment the goods changed hands, once per fulfilment, and how the collector was checked."""

    class Method(models.TextChoices):
        """The check."""

        QR = "qr", "QR scanned"
        CODE = "code", "Code given"
        IDENTITY = "identity", "Identity checked"
        PRESENT = "present", "Bought in person"
        PROXY = "proxy", "Pass of another person"
        DELIVERED = "delivered", "Delivered"

    fulfilment = models.OneToOneField(Fulfilment, on_delete=models.PROTECT, related_name="hand_over")
    method = models.CharField(max_length=9, choices=Method)
    note = models.CharField(max_length=100, blank=True, help_text="what identity was checked")
    proxy = models.ForeignKey("orders.ProxyPass", null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text="the pass that was shown")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"Hand-over of {self.fulfilment}"


class QueueVersion(models.Model):
    """A counter per store, raised by every act that changes what its staff see, in the act's own transaction."""

    store = models.OneToOneField("stores.Store", primary_key=True, on_delete=models.CASCADE, related_name="queue_version")
    version = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.store}: {self.version}"
