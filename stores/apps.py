"""The place as a Django app."""

from django.apps import AppConfig


class StoresConfig(AppConfig):
    """The place."""

    name = "stores"
    verbose_name = "Place"
