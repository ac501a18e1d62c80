"""Pickup slots: computed by `stores.slots`; only their bookings and how full they are are rows."""

from django.db import models
from django.db.models import F, Q

from stores.models.store import Store


class SlotLoad(models.Model):
    """How many bookings a slot of a store has: the row that rivals for its last place wait for."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="+", db_index=False)
    starts_at = models.DateTimeField()
    booked = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "starts_at"], name="one_load_per_slot")]

    def __str__(self) -> str:
        return f"{self.booked} at {self.starts_at:%Y-%m-%d %H:%M}"


class SlotBooking(models.Model):
    """A place in a slot, taken with the order, whether or not it is paid, until it is released."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="slot_bookings", db_index=False)
    slot_starts_at = models.DateTimeField(help_text="the slot that it takes a place in")
    starts_at = models.DateTimeField(help_text="the customer's window; 'as soon as possible' begins within its slot")
    ends_at = models.DateTimeField()
    reference = models.CharField(max_length=40, help_text="what it is for, as 'fulfilment:<id>'")
    at = models.DateTimeField()
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["store", "starts_at"], name="booking_live", condition=Q(released_at=None))]
        constraints = [
            models.UniqueConstraint(fields=["reference"], condition=Q(released_at=None), name="one_live_booking_per_reference"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="booking_lasts"),
        ]

    def __str__(self) -> str:
        return f"{self.reference} at {self.starts_at:%Y-%m-%d %H:%M}"
