"""Carts: what somebody means to buy."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from omo.admin import columns
from omo.admin.base import ReadOnlyAdmin, ReadOnlyInline
from orders.models import Cart, CartLine


class CartLineInline(ReadOnlyInline):
    """What is in it."""

    model = CartLine
    fields = ["variant", "quantity", "label"]
    show_change_link = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[CartLine]:
        """With what they name."""
        return super().get_queryset(request).select_related("variant__product", "label__variant__product", "label__store")


@admin.register(Cart)
class CartAdmin(ReadOnlyAdmin):
    """Carts of phones, customers and tills."""

    list_display = ["id", "channel", "state", "user", "store", "member", "made", "moved"]
    list_filter = ["state", "channel", "store"]
    list_select_related = ["user", "store", "member"]
    search_fields = ["user__email", "member__number"]
    search_help_text = "A whole e-mail address or member number"
    inlines = [CartLineInline]
    fields = ["channel", "state", "user", "store", "member", "made", "moved"]
    readonly_fields = ["made", "moved"]
    made = columns.moment("created_at", "made")
    moved = columns.moment("updated_at", "last changed")


@admin.register(CartLine)
class CartLineAdmin(ReadOnlyAdmin):
    """Lines of all carts."""

    list_display = ["variant", "sku", "quantity", "cart"]
    list_select_related = ["cart", "variant__product"]
    search_fields = ["variant__sku"]
    search_help_text = "A whole SKU"
    fields = ["cart", "variant", "quantity", "label"]

    @admin.display(description="SKU")
    def sku(self, line: CartLine) -> str:
        """The variant's SKU."""
        return line.variant.sku
