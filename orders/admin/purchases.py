"""Orders, their lines and payments."""

from functools import partial

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html_join

from loyalty.models import PointsEntry
from omo import money
from omo.admin import columns
from omo.admin.base import ReadOnlyAdmin, ReadOnlyInline, Sieve
from omo.admin.log import EventInline, MessageInline
from orders import payment_needs
from orders.admin.fulfilments import how_far
from orders.admin.payments import AttemptInline, ByMethod, RefundInline, in_words
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
    fields = ["kind", "store", "far", "due", "ready", "shipped", "received"]
    due = columns.moment("due_at", "due")
    ready = columns.moment("ready_at", "ready")
    shipped = columns.moment("shipped_at", "shipped")

    @admin.display(description="state")
    def far(self, fulfilment: Fulfilment) -> str:
        """How far it is."""
        return how_far(fulfilment)

    @admin.display(description="received")
    def received(self, fulfilment: Fulfilment) -> str:
        """When the customer got it, at the counter or at the door."""
        return columns.in_words(fulfilment.collected_at or fulfilment.delivered_at, fulfilment.store)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Fulfilment]:
        """With what they name."""
        return super().get_queryset(request).select_related("order", "store")


class PaymentInline(ReadOnlyInline):
    """How it was paid."""

    model = Payment
    fields = ["tender", "amount_words", "given_back", "store", "when", "by"]
    amount_words = columns.money("amount", "amount")
    when = columns.moment("at", "when")

    @admin.display(description="refunds")
    def given_back(self, payment: Payment) -> str:
        """What of it went back or goes, each with its state and a link."""
        rows = [
            (reverse("admin:orders_refund_change", args=[refund.pk]), money.words(refund.amount), refund.get_state_display().lower())
            for refund in payment.refunds.all()
        ]
        return format_html_join(", ", '<a href="{}">{}</a> {}', rows) or columns.NOTHING

    def get_queryset(self, request: HttpRequest) -> QuerySet[Payment]:
        """With what they name."""
        return super().get_queryset(request).select_related("order", "store", "by").prefetch_related("refunds")


class PointsInline(ReadOnlyInline):
    """What it earned."""

    model = PointsEntry
    fields = ["member", "kind", "change", "when"]
    change = columns.signed("points", "points")
    when = columns.moment("at", "when")

    def get_queryset(self, request: HttpRequest) -> QuerySet[PointsEntry]:
        """With what they name."""
        return super().get_queryset(request).select_related("member", "store")


class OrderWaits(Sieve):
    """Orders that wait for too long."""

    title = "waiting"
    parameter_name = "waits"
    sets = {
        "payment": ("Unpaid for too long", lambda orders: payment_needs.unpaid_for_long(orders, at=timezone.now())),
        "authorisation": ("To be paid still: what was authorised ran out", payment_needs.fallen_through),
    }


def _going(kind: str, orders: QuerySet[Order]) -> QuerySet[Order]:
    """Orders of which a part goes this way."""
    return orders.filter(Exists(Fulfilment.objects.filter(order=OuterRef("pk"), kind=kind)))


class Way(Sieve):
    """Orders by how they reach their customers; a mixed one goes more ways than one."""

    title = "way"
    parameter_name = "way"
    sets = {kind.value: (kind.label, partial(_going, kind.value)) for kind in Fulfilment.Kind}


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin):
    """Every purchase, of every channel."""

    list_display = ["number", "placed", "store", "channel", "total_words", "payment_state", "name", "email", "member"]
    list_filter = ["channel", "payment_state", OrderWaits, ByMethod, Way, "store", "placed_at"]
    list_select_related = ["store", "member"]
    search_fields = ["number", "sale_reference", "member__number", "email", "fulfilments__delivery__tracking", "name"]
    search_help_text = "A whole order number, till sale number, member number, e-mail address, tracking number or name"
    inlines = [OrderLineInline, FulfilmentInline, AttemptInline, PaymentInline, PointsInline, MessageInline, EventInline]
    fieldsets = [
        (None, {"fields": ["number", "channel", "store", "moment", "sale_reference"]}),
        ("Customer", {"fields": ["name", "email", "phone", "user", "member"]}),
        ("Money", {"fields": ["total_words", "delivery_words", "cancelled_words", "paid_words", "refunded_words", "due_words", "currency"]}),
        ("Payment", {"fields": ["payment_state", "method", "until"]}),
    ]
    readonly_fields = [
        "moment", "total_words", "delivery_words", "cancelled_words", "paid_words", "refunded_words", "due_words", "method", "until",
    ]  # fmt: skip
    placed = columns.moment("placed_at", "placed")
    moment = columns.moment("placed_at", "placed", zone=True)
    until = columns.moment("payment_due_by", "to be paid by", zone=True)
    total_words = columns.money("total", "total")
    delivery_words = columns.money("delivery_total", "of it, delivery")
    cancelled_words = columns.money("cancelled_total", "cancelled")
    paid_words = columns.money("paid_total", "paid")
    refunded_words = columns.money("refunded_total", "refunded")
    due_words = columns.money("due", "still to pay")

    @admin.display(description="payment method")
    def method(self, order: Order) -> str:
        """In the store, or by which provider."""
        return in_words(order.payment_method)


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
    search_fields = ["order__number", "order__email"]
    search_help_text = "A whole order number or e-mail address"
    inlines = [RefundInline]
    fields = ["order", "tender", "amount_words", "attempt", "reference", "store", "moment", "by"]
    readonly_fields = ["amount_words", "moment"]
    when = columns.moment("at", "when")
    moment = columns.moment("at", "when", zone=True)
    amount_words = columns.money("amount", "amount")
