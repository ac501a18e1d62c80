"""Orders, their lines and payments."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from loyalty.models import PointsEntry
from omo.admin import columns
from omo.admin.base import ReadOnlyAdmin, ReadOnlyInline
from omo.admin.log import EventInline, MessageInline
from orders.models import Fulfilment, Order, OrderLine, Payment


class OrderLineInline(ReadOnlyInline):
    """What was bought."""

    model = OrderLine
    fields = ["sku", "name", "words", "quantity", "list_words", "unit_words", "total_words", "label"]
    list_words = columns.money("list_price", "list price")
    unit_words = columns.money("unit_price", "price")
    total_words = columns.money("total", "total")

    def get_queryset(self, request: HttpRequest) -> QuerySet[OrderLine]:
        """With the labels that were scanned."""
        return super().get_queryset(request).select_related("label__variant__product", "label__store")


class FulfilmentInline(ReadOnlyInline):
    """How it reaches the customer."""

    model = Fulfilment
    fields = ["kind", "store", "state", "due", "ready", "collected", "place", "picker"]
    due = columns.moment("due_at", "due")
    ready = columns.moment("ready_at", "ready")
    collected = columns.moment("collected_at", "collected")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Fulfilment]:
        """With what they name."""
        return super().get_queryset(request).select_related("order", "store", "picker")


class PaymentInline(ReadOnlyInline):
    """How it was paid."""

    model = Payment
    fields = ["tender", "amount_words", "store", "when", "by"]
    amount_words = columns.money("amount", "amount")
    when = columns.moment("at", "when")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Payment]:
        """With what they name."""
        return super().get_queryset(request).select_related("order", "store", "by")


class PointsInline(ReadOnlyInline):
    """What it earned."""

    model = PointsEntry
    fields = ["member", "kind", "change", "when"]
    change = columns.signed("points", "points")
    when = columns.moment("at", "when")

    def get_queryset(self, request: HttpRequest) -> QuerySet[PointsEntry]:
        """With what they name."""
        return super().get_queryset(request).select_related("member", "store")


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin):
    """Every purchase, of every channel."""

    list_display = ["number", "placed", "store", "channel", "total_words", "payment_state", "name", "email", "member"]
    list_filter = ["channel", "payment_state", "store", "placed_at"]
    list_select_related = ["store", "member"]
    search_fields = ["number", "sale_reference", "member__number", "email", "name"]
    search_help_text = "A whole order number, till sale number, member number, e-mail address or name"
    inlines = [OrderLineInline, FulfilmentInline, PaymentInline, PointsInline, MessageInline, EventInline]
    fields = ["number", "channel", "store", "moment", "total_words", "currency", "payment_state", "name", "email", "user", "member", "sale_reference"]
    readonly_fields = ["moment", "total_words"]
    placed = columns.moment("placed_at", "placed")
    moment = columns.moment("placed_at", "placed", zone=True)
    total_words = columns.money("total", "total")


@admin.register(OrderLine)
class OrderLineAdmin(ReadOnlyAdmin):
    """Everything that was sold, line by line."""

    list_display = ["name", "words", "sku", "quantity", "total_words", "order"]
    list_select_related = ["order"]
    search_fields = ["order__number", "sku"]
    search_help_text = "A whole order number or SKU"
    fields = ["order", "name", "words", "sku", "variant", "label", "quantity", "list_words", "unit_words", "total_words"]
    readonly_fields = ["list_words", "unit_words", "total_words"]
    list_words = columns.money("list_price", "list price")
    unit_words = columns.money("unit_price", "price")
    total_words = columns.money("total", "total")


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    """Money taken, tender by tender."""

    list_display = ["when", "order", "tender", "amount_words", "store", "by"]
    list_filter = ["tender", "store"]
    list_select_related = ["order", "store", "by"]
    search_fields = ["order__number"]
    search_help_text = "A whole order number"
    fields = ["order", "tender", "amount_words", "store", "moment", "by"]
    readonly_fields = ["amount_words", "moment"]
    when = columns.moment("at", "when")
    moment = columns.moment("at", "when", zone=True)
    amount_words = columns.money("amount", "amount")
