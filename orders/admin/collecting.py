"""Who collects and when they come: passes of other people and arrivals, to read. A pass's code is its holder's and is not shown."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from omo.admin import columns
from omo.admin.base import ReadOnlyAdmin, ReadOnlyInline
from orders.models import Arrival, ProxyPass
from stores.models import Store


def _moment(field: str, words: str) -> columns.Column:
    """A moment in the time of the pickup's store."""

    @admin.display(description=words, empty_value=columns.NOTHING)
    def column(_self: Any, row: ProxyPass | Arrival) -> str:
        return columns.in_words(getattr(row, field), row.fulfilment.store)

    return column


class OfPickup:
    """What the list says of the pickup that a row belongs to."""

    @admin.display(description="order")
    def order(self, row: ProxyPass | Arrival) -> str:
        """The order's number."""
        return row.fulfilment.order.number

    @admin.display(description="store")
    def store(self, row: ProxyPass | Arrival) -> Store:
        """Where it waits."""
        return row.fulfilment.store


class ProxyPassInline(ReadOnlyInline):
    """Who else may collect it, or might."""

    model = ProxyPass
    fields = ["name", "made", "revoked", "used"]
    made = _moment("made_at", "named")
    revoked = _moment("revoked_at", "taken back")
    used = _moment("used_at", "used")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ProxyPass]:
        """With what they name."""
        return super().get_queryset(request).select_related("fulfilment__store")


class ArrivalInline(ReadOnlyInline):
    """Whether the customer is coming, or here."""

    model = Arrival
    fields = ["set_out", "arrived", "place", "served"]
    set_out = _moment("on_my_way_at", "set out")
    arrived = _moment("arrived_at", "arrived")
    served = _moment("served_at", "served")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Arrival]:
        """With what they name."""
        return super().get_queryset(request).select_related("fulfilment__order", "fulfilment__store")


@admin.register(ProxyPass)
class ProxyPassAdmin(OfPickup, ReadOnlyAdmin):
    """Passes by which other people collect, once each."""

    list_display = ["name", "order", "store", "made", "revoked", "used"]
    list_filter = ["fulfilment__store"]
    list_select_related = ["fulfilment__order", "fulfilment__store"]
    search_fields = ["fulfilment__order__number", "name"]
    search_help_text = "A whole order number or name"
    fields = ["fulfilment", "name", "made", "revoked", "used"]
    readonly_fields = ["made", "revoked", "used"]
    made = _moment("made_at", "named")
    revoked = _moment("revoked_at", "taken back")
    used = _moment("used_at", "used")


@admin.register(Arrival)
class ArrivalAdmin(OfPickup, ReadOnlyAdmin):
    """Customers who said that they are coming, or here."""

    list_display = ["order", "store", "set_out", "arrived", "place", "served"]
    list_filter = ["fulfilment__store"]
    list_select_related = ["fulfilment__order", "fulfilment__store"]
    search_fields = ["fulfilment__order__number", "fulfilment__order__email"]
    search_help_text = "A whole order number or e-mail address"
    fields = ["fulfilment", "set_out", "arrived", "place", "served"]
    readonly_fields = ["set_out", "arrived", "served"]
    set_out = _moment("on_my_way_at", "set out")
    arrived = _moment("arrived_at", "arrived")
    served = _moment("served_at", "served")
