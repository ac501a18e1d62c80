"""Home delivery: carriers, where the shop delivers and for how much; and, to read, parcels and hand-offs."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from omo.admin import columns
from omo.admin.base import HistoryAdmin, OfficeInline, ReadOnlyAdmin, ReadOnlyInline
from orders import addresses, delivery_quotes
from orders.models import Carrier, Delivery, DeliveryOption, DeliveryZone, HandOff


class CarrierForm(forms.ModelForm):
    """A carrier, in plain words."""

    class Meta:
        labels = {"tracking_url": "Where a parcel is followed", "active": "In use"}
        help_texts = {"tracking_url": "An https address with {tracking} where the number goes, such as https://track.example/{tracking}. Blank: nowhere."}


@admin.register(Carrier)
class CarrierAdmin(HistoryAdmin):
    """Who carries parcels."""

    form = CarrierForm
    list_display = ["name", "tracking_url", "active"]
    list_filter = ["active"]
    search_fields = ["name"]
    ordering = ("name", "id")
    fields = ["name", "tracking_url", "active"]


class ZoneForm(forms.ModelForm):
    """Where the shop delivers on the same terms: countries that exist, postcodes as they begin."""

    class Meta:
        labels = {"postcodes": "Only postcodes that begin with", "position": "Order", "active": "In use"}
        help_texts = {
            "countries": "Two letters each, with commas, such as IE, GB.",
            "postcodes": "One to a line, such as D08. Blank: all of these countries.",
            "position": "An address that is in several zones counts in the first of them, the one with the lowest number.",
        }

    def clean_countries(self) -> str:
        """The codes, each once, as 'IE, GB'."""
        codes = list(dict.fromkeys(delivery_quotes.codes_of(DeliveryZone(countries=self.cleaned_data["countries"]))))
        wrong = [code for code in codes if not _is_country(code)]
        if wrong or not codes:
            raise forms.ValidationError(f"'{', '.join(wrong)}' is no country. Write two letters each, such as IE, GB.", code="country")
        return ", ".join(codes)

    def clean_postcodes(self) -> str:
        """One beginning to a line, in capitals."""
        return "\n".join(filter(None, map(addresses.tidy_postcode, self.cleaned_data["postcodes"].splitlines())))


def _is_country(code: str) -> bool:
    try:
        addresses.wording(code)
    except addresses.Wrong:
        return False
    return len(code) == 2


class OptionForm(forms.ModelForm):
    """A way to deliver, in plain words."""

    class Meta:
        labels = {"free_from": "Free from", "days": "Working days", "cut_off": "Leaves today until", "position": "Order", "active": "Offered"}
        help_texts = {
            "days": "from leaving the store to arriving",
            "cut_off": "Blank: it leaves on the next working day.",
        }


class OptionInline(OfficeInline):
    """The ways to deliver in a zone."""

    model = DeliveryOption
    form = OptionForm
    money_fields = ("price", "free_from")
    most = {"days": 60, "position": 999}
    fields = ["name", "price", "free_from", "days", "cut_off", "carrier", "position", "active"]


@admin.register(DeliveryZone)
class DeliveryZoneAdmin(HistoryAdmin):
    """Where the shop delivers, and for how much."""

    form = ZoneForm
    inlines = [OptionInline]
    list_display = ["name", "countries", "options_offered", "position", "active"]
    list_filter = ["active"]
    search_fields = ["name", "countries"]
    ordering = ("position", "id")
    fields = ["name", "countries", "postcodes", "position", "active"]
    most = {"position": 999}

    def get_queryset(self, request: HttpRequest) -> QuerySet[DeliveryZone]:
        """With how many options each has."""
        return super().get_queryset(request).annotate(offered=Count("options"))

    @admin.display(description="options")
    def options_offered(self, zone: Any) -> str:
        """How many; without any, nothing is delivered there."""
        return f"{zone.offered}" if zone.offered else "none: nothing is delivered there"


class DeliveryInline(ReadOnlyInline):
    """Where a fulfilment goes."""

    model = Delivery
    fields = ["goes_to", "option_name", "price_words", "promised_day", "carrier", "follow", "tries", "failure"]
    price_words = columns.money("price", "price")

    @admin.display(description="goes to")
    def goes_to(self, delivery: Delivery) -> str:
        """The address, as its country writes it."""
        return ", ".join(addresses.lines(delivery))

    @admin.display(description="tracking number")
    def follow(self, delivery: Delivery) -> str:
        """The number, which leads to the carrier's page if there is one."""
        url, number = delivery.tracking_url, delivery.tracking
        return format_html('<a href="{}">{}</a>', url, number) if url else number or columns.NOTHING

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        """With what they name."""
        return super().get_queryset(request).select_related("carrier", "fulfilment__order")


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    """Parcels: where they go, and how far they are. Staff work on them in the store's own pages."""

    list_display = ["order", "state", "name", "city", "option_name", "promised_day", "carrier", "tracking", "tries"]
    list_select_related = ["fulfilment__order", "carrier"]
    list_filter = ["fulfilment__state", "carrier", "fulfilment__store"]
    search_fields = ["fulfilment__order__number", "tracking", "fulfilment__order__email"]
    search_help_text = "A whole order number, tracking number or e-mail address"
    fields = [
        "fulfilment", "name", "company", "street", "postcode", "city", "region", "country", "phone", "note",
        "option_name", "price_in_words", "promised_day", "carrier", "tracking", "hand_off", "tries", "failure",
    ]  # fmt: skip
    readonly_fields = ["price_in_words"]
    price_in_words = columns.money("price", "price")

    @admin.display(description="order")
    def order(self, delivery: Delivery) -> str:
        """The order's number."""
        return delivery.fulfilment.order.number

    @admin.display(description="state")
    def state(self, delivery: Delivery) -> str:
        """How far it is."""
        return delivery.fulfilment.get_state_display()


@admin.register(HandOff)
class HandOffAdmin(ReadOnlyAdmin):
    """What couriers took."""

    list_display = ["code", "when", "store", "carrier", "courier", "by"]
    list_filter = ["store", "carrier"]
    list_select_related = ["store", "carrier", "by"]
    search_fields = ["code"]
    search_help_text = "A whole code"
    fields = ["code", "when", "store", "carrier", "courier", "by"]
    readonly_fields = ["when"]
    when = columns.moment("at", "when")
