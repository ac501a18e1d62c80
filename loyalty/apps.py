"""The person as a Django app."""

from django.apps import AppConfig


class LoyaltyConfig(AppConfig):
    """The person."""

    name = "loyalty"
    verbose_name = "Person"
