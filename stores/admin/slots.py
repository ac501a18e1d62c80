"""Special days, slots and their bookings, of all stores side by side."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from omo.admin import columns
from omo.admin.base import ReadOnlyAdmin
from stores.models import Closure, SlotBooking, SlotLoad, SpecialOpening


@admin.register(SpecialOpening)
class SpecialOpeningAdmin(ReadOnlyAdmin):
    """Special hours; they are changed on the store's page."""

    list_display = ["store", "day", "opens", "closes", "reason"]
    list_filter = ["store"]
    list_select_related = ["store"]
    search_fields = ["store__code"]
    ordering = ("-day", "-id")
    fields = ["store", "day", "opens", "closes", "reason"]


@admin.register(Closure)
class ClosureAdmin(ReadOnlyAdmin):
    """Closed days; they are changed on the store's page."""

    list_display = ["store", "first_day", "last_day", "reason"]
    list_filter = ["store"]
    list_select_related = ["store"]
    search_fields = ["store__code"]
    ordering = ("-first_day", "-id")
    fields = ["store", "first_day", "last_day", "reason"]


@admin.register(SlotLoad)
class SlotLoadAdmin(ReadOnlyAdmin):
    """How full the slots are; only acts change it."""

    list_display = ["slot", "store", "booked"]
    list_filter = ["store"]
    list_select_related = ["store"]
    search_fields = ["store__code"]
    fields = ["store", "moment", "booked"]
    readonly_fields = ["moment"]
    slot = columns.moment("starts_at", "slot")
    moment = columns.moment("starts_at", "slot", zone=True)

    def get_queryset(self, request: HttpRequest) -> QuerySet[SlotLoad]:
        """With the store that every line names."""
        return super().get_queryset(request).select_related("store")


@admin.register(SlotBooking)
class SlotBookingAdmin(ReadOnlyAdmin):
    """Who has a place in which slot, and who gave it back."""

    list_display = ["window", "store", "reference", "booked", "released"]
    list_filter = ["store"]
    list_select_related = ["store"]
    search_fields = ["reference"]
    search_help_text = "A whole reference, such as 'fulfilment:12'"
    fields = ["store", "slot", "window", "until", "reference", "booked", "released"]
    readonly_fields = ["slot", "window", "until", "booked", "released"]
    slot = columns.moment("slot_starts_at", "slot")
    window = columns.moment("starts_at", "window begins")
    until = columns.moment("ends_at", "window ends")
    booked = columns.moment("at", "booked")
    released = columns.moment("released_at", "given back")

    def get_queryset(self, request: HttpRequest) -> QuerySet[SlotBooking]:
        """With the store that every line names."""
        return super().get_queryset(request).select_related("store")
