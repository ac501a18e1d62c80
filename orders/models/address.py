"""Postal addresses: a customer's address book, and where a parcel goes."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class PostalAddress(models.Model):
    """The parts of an address; which of them a country needs, and how it writes them, is `orders.addresses`'s."""

    name = models.CharField(max_length=100)
    company = models.CharField(max_length=100, blank=True)
    street = models.CharField(max_length=200, help_text="street and number; more lines are kept as lines")
    postcode = models.CharField(max_length=20, blank=True)
    city = models.CharField(max_length=100, blank=True)
    region = models.CharField(max_length=100, blank=True, help_text="county, state or prefecture")
    country = models.CharField(max_length=2, help_text="ISO 3166-1 alpha-2")
    phone = models.CharField(max_length=30, blank=True)

    class Meta:
        abstract = True


class Address(PostalAddress):
    """An address in a customer's book."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="addresses")
    preferred = models.BooleanField(default=False)
    used_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "addresses"
        ordering = ["-preferred", "-used_at", "-id"]
        constraints = [models.UniqueConstraint(fields=["user"], condition=Q(preferred=True), name="one_preferred_address")]

    def __str__(self) -> str:
        return f"{self.name}, {self.street}"
