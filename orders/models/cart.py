"""Carts: what somebody means to buy, on a phone or at a till."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from omo.models.event import Channel


class Cart(models.Model):
    """A cart of a browser, a customer, or a till. An ordered cart is kept as it was."""

    class State(models.TextChoices):
        """Open carts can change."""

        OPEN = "open", "Open"
        ORDERED = "ordered", "Ordered"

    channel = models.CharField(max_length=5, choices=Channel, default=Channel.WEB)
    state = models.CharField(max_length=7, choices=State, default=State.OPEN)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="carts",
        help_text="the customer; at a till the person who rings up",
    )
    store = models.ForeignKey("stores.Store", null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text="where it is collected or rung up")
    member = models.ForeignKey(
        "loyalty.Member", null=True, blank=True, on_delete=models.SET_NULL, related_name="+", help_text="whose card was scanned at the till"
    )
    code = models.CharField(
        max_length=10, null=True, blank=True, unique=True, editable=False, help_text="opens it on another device or at the counter; drawn when first asked for"
    )
    continues = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="continued_by",
        help_text="at a till: the customer’s cart that is rung up here; else the closed cart of which this is the rest",
    )
    holds = models.BooleanField(default=False, editable=False, help_text="its checkout has begun, so that goods may be held for it")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=Q(state="open", channel="web"), name="one_open_cart_per_customer"),
            models.UniqueConstraint(fields=["user", "store"], condition=Q(state="open", channel="till"), name="one_open_sale_per_person_and_store"),
        ]

    def __str__(self) -> str:
        return f"Cart {self.pk}"


class CartLine(models.Model):
    """A variant, how many of it and how they reach the customer; `label` is the shelf label it was scanned from."""

    class Way(models.TextChoices):
        """How a line is received."""

        PICKUP = "pickup", "Pickup"
        DELIVERY = "delivery", "Delivery"

    cart = models.ForeignKey(Cart, on_delete=models.CASCADE, related_name="lines")
    variant = models.ForeignKey("stores.Variant", on_delete=models.CASCADE, related_name="+")
    quantity = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(settings.MAX_LINE_QUANTITY)])
    label = models.ForeignKey("stores.ShelfLabel", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    way = models.CharField(max_length=8, choices=Way, default=Way.PICKUP)
    store = models.ForeignKey(
        "stores.Store", null=True, blank=True, on_delete=models.SET_NULL, related_name="+", help_text="where it is collected, if not where the cart is"
    )
    seen_price = models.BigIntegerField(null=True, blank=True, help_text="of one unit in minor units, when the customer last agreed to it")
    saved_at = models.DateTimeField(null=True, blank=True, help_text="since when it is saved for later and not a part of what is bought")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["cart", "variant"], name="one_line_per_variant"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="cart_line_of_one_or_more"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.variant}"
