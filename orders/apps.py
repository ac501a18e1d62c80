"""The purchase as a Django app."""

from django.apps import AppConfig


class OrdersConfig(AppConfig):
    """The purchase."""

    name = "orders"
    verbose_name = "Purchase"
