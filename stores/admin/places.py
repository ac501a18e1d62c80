"""Stores, their hours and their people."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet, Sum
from django.http import HttpRequest

from omo.admin import columns
from omo.admin.base import HistoryAdmin, OfficeAdmin, OfficeInline, ReadOnlyAdmin, Sieve
from stores import gs1, needs
from stores.admin.hours import ClosureInline, HoursInline, SpecialInline, tell_of_bookings
from stores.models import Assignment, OpeningHours, StockLevel, Store

DAY = 24 * 60
WEEK = 7 * DAY
PACE: list[Any] = ["paused_until", "paused_reason", "busy_until", "busy_minutes", "busy_reason"]


class StoreForm(forms.ModelForm):
    """A store: numbers that check, a place on the earth."""

    class Meta:
        widgets = {"services": forms.CheckboxSelectMultiple}
        labels = {
            "lead_minutes": "Minutes to get an order ready",
            "cut_off": "Same day until",
            "hold_days": "Days that a ready order waits",
            "bays": "Parking bays",
            "slot_minutes": "Minutes of a window",
            "slot_spacing": "Minutes between windows",
            "slot_capacity": "Orders per window",
            "window_days": "Days ahead to choose from",
            "paused_reason": "Reason of the pause",
            "busy_minutes": "Minutes later while busy",
            "busy_reason": "Reason while busy",
        }

    def clean_gln(self) -> str:
        """The GLN; its last digit checks the others as a GTIN's does."""
        gln = self.cleaned_data["gln"]
        if len(gln) == 13 and gln.isdigit() and not gs1.is_gtin(gln):
            raise forms.ValidationError(f"The check digit of this GLN is wrong: after {gln[:-1]} comes {gs1.check_digit(gln[:-1])}.", code="check_digit")
        return gln

    def clean_active(self) -> bool:
        """A store is not switched off while customers wait for its goods: for them and its staff it would not exist any more."""
        active = self.cleaned_data["active"]
        promised = 0 if active or not self.instance.pk else StockLevel.objects.filter(store=self.instance).aggregate(units=Sum("allocated"))["units"] or 0
        if promised:
            words = f"{promised} unit{'s are' if promised > 1 else ' is'} promised to customers here. Hand over first."
            raise forms.ValidationError(f"{words} To take no new orders, untick 'hands over orders'.", code="promised")
        return active

    def clean(self) -> dict[str, Any]:
        """Both coordinates or none."""
        cleaned = super().clean() or self.cleaned_data
        latitude, longitude = cleaned.get("latitude"), cleaned.get("longitude")
        if latitude is not None and abs(latitude) > 90:
            self.add_error("latitude", "A latitude lies between -90 and 90.")
        if longitude is not None and abs(longitude) > 180:
            self.add_error("longitude", "A longitude lies between -180 and 180.")
        if (latitude is None) != (longitude is None) and not {"latitude", "longitude"} & set(self.errors):
            self.add_error("longitude" if longitude is None else "latitude", "Give both latitude and longitude, or neither.")
        return cleaned


class AssignmentInline(OfficeInline):
    """Who works in the store."""

    model = Assignment
    autocomplete_fields = ["user"]


class Lacks(Sieve):
    """Stores that cannot promise rightly."""

    title = "what is missing"
    parameter_name = "lacks"
    sets = {"hours": ("Opening hours", lambda stores: stores.filter(pk__in=needs.without_hours()))}


@admin.register(Store)
class StoreAdmin(HistoryAdmin):
    """The stores."""

    form = StoreForm
    inlines = [HoursInline, SpecialInline, ClosureInline, AssignmentInline]
    list_display = ["name", "code", "city", "time_zone", "pickup", "active", "open_orders"]
    list_filter = ["active", "pickup", Lacks, "time_zone"]
    search_fields = ["name", "code", "city"]
    search_help_text = "A part of the name, code or city"
    ordering = ("name", "id")
    most = {
        "lead_minutes": WEEK,
        "hold_days": 60,
        "bays": 999,
        "slot_minutes": DAY,
        "slot_spacing": DAY,
        "slot_capacity": 9999,
        "window_days": 60,
        "busy_minutes": DAY,
    }
    least = {"hold_days": 1, "slot_minutes": 5, "slot_spacing": 5, "window_days": 1}
    readonly_fields = ["open_orders", "orders", "stock", "events"]
    fieldsets = [
        (None, {"fields": ["name", "code", "active", "gln"]}),
        ("Where and when", {"fields": ["street", "postcode", "city", "phone", "directions", "latitude", "longitude", "time_zone"]}),
        ("Services", {"fields": ["services"]}),
        ("Pickup", {"fields": ["pickup", "pay_in_store", "lead_minutes", "cut_off", "hold_days", "bays"]}),
        ("Pickup windows", {"fields": ["slot_minutes", "slot_spacing", "slot_capacity", "window_days"]}),
        ("Delivery", {"fields": ["delivers"]}),
        ("Pace", {"fields": PACE, "description": "Moments are in head office's own time."}),
        ("More about this store", {"fields": ["open_orders", "orders", "stock", "events"]}),
    ]
    open_orders = columns.list_link("pickups", to="orders_fulfilment", by="store")
    orders = columns.list_link("orders", to="orders_order", by="store")
    stock = columns.list_link("stock levels", to="stores_stocklevel", by="store")
    events = columns.list_link("events", to="omo_event", by="store")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """A new store has nothing to link to."""
        fieldsets = super().get_fieldsets(request, obj)
        return fieldsets if obj else fieldsets[:-1]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Also say how many bookings are for times at which it is not open by now, and where they are moved."""
        super().save_related(request, form, formsets, change)
        tell_of_bookings(request, form.instance)


@admin.register(OpeningHours)
class OpeningHoursAdmin(ReadOnlyAdmin):
    """All stores' hours side by side; they are changed on the store's page."""

    list_display = ["store", "weekday", "opens", "closes"]
    list_filter = ["store", "weekday"]
    list_select_related = ["store"]
    search_fields = ["store__code"]
    ordering = ("store", "weekday", "opens")
    fields = ["store", "weekday", "opens", "closes"]


@admin.register(Assignment)
class AssignmentAdmin(OfficeAdmin):
    """Who works where."""

    list_display = ["user", "store", "role"]
    list_filter = ["store", "role"]
    list_select_related = ["user", "store"]
    search_fields = ["user__email", "user__name"]
    search_help_text = "A part of the person's e-mail address or name"
    autocomplete_fields = ["user"]
    sortable_by = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Assignment]:
        """With the names that every line says."""
        return super().get_queryset(request).select_related("user", "store")
