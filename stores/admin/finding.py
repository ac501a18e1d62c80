"""What stores are found by: the table of places, and the services that stores do. And every product's pictures side by side."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from omo.admin import columns
from omo.admin.base import OfficeAdmin, ReadOnlyAdmin
from stores.models import Picture, Place, Service
from stores.models.catalogue import searchable
from stores.templatetags import photos


class PlaceForm(forms.ModelForm):
    """A place on the earth."""

    def clean_latitude(self) -> Any:
        """Degrees north."""
        return _within(self.cleaned_data["latitude"], 90)

    def clean_longitude(self) -> Any:
        """Degrees east."""
        return _within(self.cleaned_data["longitude"], 180)

    def clean_country(self) -> str:
        """Two letters, in capitals."""
        country = self.cleaned_data["country"].upper()
        if country and not (len(country) == 2 and country.isascii() and country.isalpha()):
            raise forms.ValidationError("A country has two letters, such as IE.", code="country")
        return country


def _within(degrees: Any, limit: int) -> Any:
    if abs(degrees) > limit:
        raise forms.ValidationError(f"Use a number between -{limit} and {limit}.", code="range")
    return degrees


@admin.register(Place)
class PlaceAdmin(OfficeAdmin):
    """Towns, quarters and postcodes; many at once come by `manage.py import_places`."""

    form = PlaceForm
    list_display = ["name", "postcode", "region", "country"]
    list_filter = ["country"]
    search_fields = ["search_text"]
    search_help_text = "Words of the name or region, or a postcode"
    sortable_by = ()
    ordering = ("name", "id")
    also_saves = ("search_text",)

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """As customers find them."""
        for word in searchable(search_term).split()[:8]:
            queryset = queryset.filter(search_text__contains=word)
        return queryset, False


@admin.register(Service)
class ServiceAdmin(OfficeAdmin):
    """What stores do for their customers; which store does what is chosen on the store's page."""

    list_display = ["name", "slug"]
    search_fields = ["name"]
    ordering = ("name", "id")
    prepopulated_fields = {"slug": ["name"]}


@admin.register(Picture)
class PictureAdmin(ReadOnlyAdmin):
    """All pictures; they are added, worded and deleted on the product's page."""

    list_display = ["preview", "words", "product", "colour", "size"]
    list_select_related = ["product"]
    search_fields = ["words", "product__name"]
    fields = ["preview", "product", "colour", "words", "size", "position"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Picture]:
        """With the product, whose name every line says."""
        return super().get_queryset(request).select_related("product")

    @admin.display(description="picture")
    def preview(self, picture: Picture) -> str:
        """How it is shown."""
        return format_html('<span class="preview">{}</span>', photos.photo(picture, "mini"))

    @admin.display(description="size")
    def size(self, picture: Picture) -> str:
        """In pixels."""
        return f"{picture.width} × {picture.height}" if picture.pk else columns.NOTHING
