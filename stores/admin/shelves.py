"""The movements of stock, and the labels at the shelves."""

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from omo.admin import columns
from omo.admin.base import OfficeAdmin, ReadOnlyAdmin
from stores import labels
from stores.models import ShelfLabel, StockMovement


@admin.register(StockMovement)
class StockMovementAdmin(ReadOnlyAdmin):
    """Why on hand and allocated are what they are, newest first."""

    list_display = ["when", "what", "change", "promised", "variant", "store", "reference", "by"]
    list_filter = ["store", "kind", "reason"]
    list_select_related = ["store", "variant__product", "by"]
    search_fields = ["variant__sku", "variant__gtin", "reference"]
    search_help_text = "A whole SKU, GTIN, or reference such as 'fulfilment:12'"
    fields = ["moment", "kind", "change", "promised", "variant", "store", "reference", "reason", "note", "by"]
    readonly_fields = ["moment", "change", "promised"]
    when = columns.moment("at", "when")
    moment = columns.moment("at", "when", zone=True)
    change = columns.signed("quantity", "on hand")
    promised = columns.signed("allocated", "allocated")

    @admin.display(description="why")
    def what(self, movement: StockMovement) -> str:
        """The kind in words."""
        return movement.get_kind_display()

    def get_queryset(self, request: HttpRequest) -> QuerySet[StockMovement]:
        """With the names that every line says."""
        return super().get_queryset(request).select_related("store", "variant__product", "by")


class LabelForm(forms.ModelForm):
    """A label's shelf."""

    def clean_shelf(self) -> str:
        """The shelf, at which the variant has no other label."""
        shelf = self.cleaned_data["shelf"]
        twin = ShelfLabel.objects.filter(store=self.instance.store_id, variant=self.instance.variant_id, shelf=shelf).exclude(pk=self.instance.pk)
        if twin.exists():
            raise forms.ValidationError("This variant has a label at that shelf already.", code="twin")
        return shelf


@admin.register(ShelfLabel)
class ShelfLabelAdmin(OfficeAdmin):
    """The labels at the shelves. They are made where they are printed, on the store's label page."""

    form = LabelForm
    list_display = ["variant", "sku", "store", "shelf", "code", "prints", "active"]
    list_filter = ["store", "active"]
    list_select_related = ["store", "variant__product"]
    search_fields = ["code", "variant__sku"]
    search_help_text = "A whole label code or SKU"
    exact_search = True
    sortable_by = ()
    fields = ["store", "variant", "shelf", "active", "code", "version", "made"]
    readonly_fields = ["store", "variant", "code", "version", "made"]
    actions = ["revoke"]
    object_buttons = ("revoke",)
    made = columns.moment("created_at", "made")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ShelfLabel]:
        """With the names that every line says."""
        return super().get_queryset(request).select_related("store", "variant__product")

    @admin.display(description="SKU")
    def sku(self, label: ShelfLabel) -> str:
        """The variant's SKU."""
        return label.variant.sku

    @admin.display(description="revoked")
    def prints(self, label: ShelfLabel) -> str:
        """How often its prints were revoked."""
        return {1: "never", 2: "once"}.get(label.version, f"{label.version - 1} times")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """They are made where they are printed."""
        return False

    def button_words(self, action: str, obj: ShelfLabel) -> str:
        """What the button does to this label."""
        return "Revoke its prints"

    @admin.action(description="Revoke the prints", permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ShelfLabel]) -> None:
        """Make every print of the chosen labels worthless."""
        chosen = list(queryset)
        with transaction.atomic():
            for label in chosen:
                labels.revoke_label(label, by=request.user, at=timezone.now())  # type: ignore[arg-type]
        words = "1 label" if len(chosen) == 1 else f"{len(chosen)} labels"
        self.message_user(request, f"Every print of {words} is worthless now. Print and stick new ones.", messages.SUCCESS)

    def about(self, obj: ShelfLabel) -> dict[str, int | None]:
        """Its store, which it keeps from being deleted anyway."""
        return {"store_id": obj.store_id}
