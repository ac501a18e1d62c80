"""Home delivery: where the shop delivers and for how much, who carries, and each parcel."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from orders.models.address import PostalAddress
from orders.models.fulfilment import Fulfilment


def check_tracking_pattern(pattern: str) -> None:
    """Raises ValidationError unless the address is https and has the place for the tracking number."""
    if not pattern.startswith("https://") or "{tracking}" not in pattern:
        raise ValidationError("Write an https address with {tracking} where the number goes.", code="pattern")


class Carrier(models.Model):
    """Who carries parcels."""

    name = models.CharField(max_length=40, unique=True)
    tracking_url = models.CharField(
        max_length=200, blank=True, validators=[check_tracking_pattern], help_text="such as https://track.example/{tracking}; blank: no page to follow it on"
    )
    active = models.BooleanField(default=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class DeliveryZone(models.Model):
    """Where the shop delivers on the same terms. The first zone, by position, that an address is in counts."""

    name = models.CharField(max_length=60, unique=True)
    countries = models.CharField(max_length=200, help_text="ISO codes with commas, such as 'IE, GB'")
    postcodes = models.TextField(blank=True, help_text="how its postcodes begin, one to a line; blank: all of the countries")
    position = models.PositiveSmallIntegerField(default=0)
    active = models.BooleanField(default=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.name


class DeliveryOption(models.Model):
    """A way to deliver in a zone: its price, free from an amount of goods, and in how many working days it arrives."""

    zone = models.ForeignKey(DeliveryZone, on_delete=models.CASCADE, related_name="options")
    name = models.CharField(max_length=60, help_text="such as 'Standard'")
    price = models.BigIntegerField(validators=[MinValueValidator(0)], help_text="minor units, for an order, however many parcels")
    free_from = models.BigIntegerField(null=True, blank=True, validators=[MinValueValidator(1)], help_text="goods of this amount or more are delivered free")
    days = models.PositiveSmallIntegerField(default=2, help_text="working days from leaving the store to arriving")
    cut_off = models.TimeField(null=True, blank=True, help_text="ordered before, it leaves the same day; blank: it leaves on the next working day")
    carrier = models.ForeignKey(Carrier, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    position = models.PositiveSmallIntegerField(default=0)
    active = models.BooleanField(default=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["zone", "name"], name="one_option_per_zone_and_name")]

    def __str__(self) -> str:
        return f"{self.name} in {self.zone}"


class HandOff(models.Model):
    """A courier took parcels from a store. The code stands on the store's list and on the courier's."""

    store = models.ForeignKey("stores.Store", on_delete=models.PROTECT, related_name="+")
    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, related_name="+")
    courier = models.CharField(max_length=60, help_text="the name of whoever took them")
    code = models.CharField(max_length=8, unique=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"Hand-off {self.code}"


class Delivery(PostalAddress):
    """What a fulfilment that is delivered needs beyond one that is collected: where it goes, as what, and how far the parcel is."""

    fulfilment = models.OneToOneField(Fulfilment, on_delete=models.PROTECT, related_name="delivery")
    option = models.ForeignKey(DeliveryOption, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    option_name = models.CharField(max_length=60, help_text="as it was ordered")
    price = models.BigIntegerField(default=0, help_text="minor units; an order's first parcel bears it")
    promised_day = models.DateField()
    note = models.CharField(max_length=200, blank=True, help_text="what the customer wants the courier to know")
    carrier = models.ForeignKey(Carrier, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    tracking = models.CharField(max_length=60, blank=True)
    hand_off = models.ForeignKey(HandOff, null=True, blank=True, on_delete=models.PROTECT, related_name="deliveries")
    tries = models.PositiveSmallIntegerField(default=0, help_text="how often it was on its way and came back")
    failed_at = models.DateTimeField(null=True, blank=True)
    failure = models.CharField(max_length=100, blank=True, help_text="why it could not be delivered, in words")

    class Meta:
        verbose_name_plural = "deliveries"
        indexes = [models.Index(fields=["tracking"], name="delivery_tracking")]
        constraints = [
            models.CheckConstraint(condition=Q(price__gte=0), name="delivery_price_not_negative"),
            models.UniqueConstraint(F("carrier"), F("tracking"), condition=~Q(tracking=""), name="one_parcel_per_tracking"),
        ]

    def __str__(self) -> str:
        return f"Delivery of {self.fulfilment.order}"

    @property
    def tracking_url(self) -> str:
        """Where the parcel can be followed; '' if nowhere."""
        pattern = self.carrier.tracking_url if self.carrier and self.tracking else ""
        return pattern.replace("{tracking}", self.tracking)
