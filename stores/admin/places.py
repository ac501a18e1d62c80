"""Stores, their hours and their people."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet, Sum
from django.http import HttpRequest

from omo.admin import columns
from omo.admin.base import HistoryAdmin, OfficeAdmin, OfficeFormSet, OfficeInline, ReadOnlyAdmin, Sieve
from stores import gs1, needs
from stores.models import Assignment, OpeningHours, StockLevel, Store

WEEK = 7 * 24 * 60


class StoreForm(forms.ModelForm):
    """A store: numbers that check, a place on the earth."""

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


class HoursForm(forms.ModelForm):
    """One interval of a weekday."""

    def clean(self) -> dict[str, Any]:
        """Closing after opening: said beside the field."""
        cleaned = super().clean() or self.cleaned_data
        opens, closes = cleaned.get("opens"), cleaned.get("closes")
        if opens and closes and closes <= opens:
            self.add_error("closes", "Closing must be after opening.")
        return cleaned


class HoursFormSet(OfficeFormSet):
    """The intervals of a week."""

    def clean(self) -> None:
        """No two intervals of a day overlap, else the store's minutes would count twice."""
        super().clean()
        last: OpeningHours | None = None
        for form in sorted((form for form in self.forms if self._counts(form)), key=lambda form: (form.instance.weekday, form.instance.opens)):
            now = form.instance
            if last is not None and last.weekday == now.weekday and now.opens < last.closes:
                form.add_error("opens", f"This overlaps with {last}.")
            if last is None or last.weekday != now.weekday or now.closes > last.closes:
                last = now

    def _counts(self, form: Any) -> bool:
        return form.is_valid() and bool(form.cleaned_data) and not form.cleaned_data.get("DELETE")


class HoursInline(OfficeInline):
    """When the store is open, in its own time."""

    model = OpeningHours
    form, formset = HoursForm, HoursFormSet


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
    inlines = [HoursInline, AssignmentInline]
    list_display = ["name", "code", "city", "time_zone", "pickup", "active", "open_orders"]
    list_filter = ["active", "pickup", Lacks, "time_zone"]
    search_fields = ["name", "code", "city"]
    search_help_text = "A part of the name, code or city"
    ordering = ("name", "id")
    most = {"lead_minutes": WEEK, "hold_days": 60}
    least = {"hold_days": 1}
    readonly_fields = ["open_orders", "orders", "stock", "events"]
    fieldsets = [
        (None, {"fields": ["name", "code", "active", "gln"]}),
        ("Where and when", {"fields": ["street", "postcode", "city", "phone", "directions", "latitude", "longitude", "time_zone"]}),
        ("Pickup", {"fields": ["pickup", "lead_minutes", "hold_days"]}),
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
