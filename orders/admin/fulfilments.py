"""Fulfilments, their lines and hand-overs, and the versions of the queues."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from omo.admin import columns
from omo.admin.base import ReadOnlyAdmin, ReadOnlyInline, Sieve
from orders import needs
from orders.models import Fulfilment, FulfilmentLine, HandOver, QueueVersion


class FulfilmentLineInline(ReadOnlyInline):
    """What goes this way."""

    model = FulfilmentLine
    fields = ["order_line", "quantity", "picked", "short", "cancelled", "collected"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[FulfilmentLine]:
        """With what they name."""
        return super().get_queryset(request).select_related("order_line")


class HandOverInline(ReadOnlyInline):
    """Who got it."""

    model = HandOver
    fields = ["method", "note", "when", "by"]
    when = columns.moment("at", "when")

    def get_queryset(self, request: HttpRequest) -> QuerySet[HandOver]:
        """With what they name."""
        return super().get_queryset(request).select_related("fulfilment__order", "by")


class Waits(Sieve):
    """Pickups that wait for too long."""

    title = "waiting"
    parameter_name = "waits"
    sets = {
        "late": ("Late", lambda pickups: needs.late(pickups, at=timezone.now())),
        "left": ("Not collected in time", lambda pickups: needs.left_behind(pickups, at=timezone.now())),
    }


@admin.register(Fulfilment)
class FulfilmentAdmin(ReadOnlyAdmin):
    """How orders reach their customers. The pickup's codes are the customer's and are not shown."""

    list_display = ["order", "customer", "kind", "state", "store", "due", "ready", "collected", "picker", "place"]
    list_filter = ["state", Waits, "kind", "store"]
    list_select_related = ["order", "store", "picker"]
    search_fields = ["order__number", "order__email", "order__name"]
    search_help_text = "A whole order number, e-mail address or name"
    inlines = [FulfilmentLineInline, HandOverInline]
    fields = ["order", "kind", "state", "store", "due", "placed", "picking", "picker", "ready", "place", "held", "collected"]
    readonly_fields = ["due", "placed", "picking", "ready", "held", "collected"]
    due = columns.moment("due_at", "due")
    placed = columns.moment("placed_at", "placed")
    picking = columns.moment("picking_at", "picking since")
    ready = columns.moment("ready_at", "ready")
    held = columns.moment("held_until", "held until")
    collected = columns.moment("collected_at", "collected")

    @admin.display(description="customer")
    def customer(self, fulfilment: Fulfilment) -> str:
        """The name at the counter."""
        return fulfilment.order.name or columns.NOTHING

    def get_queryset(self, request: HttpRequest) -> QuerySet[Fulfilment]:
        """With what every line names."""
        return super().get_queryset(request).select_related("order", "store", "picker")


@admin.register(FulfilmentLine)
class FulfilmentLineAdmin(ReadOnlyAdmin):
    """How far each line is."""

    list_display = ["order", "goods", "quantity", "picked", "short", "cancelled", "collected"]
    list_select_related = ["fulfilment__order", "order_line"]
    search_fields = ["fulfilment__order__number", "variant__sku"]
    search_help_text = "A whole order number or SKU"
    fields = ["fulfilment", "order_line", "variant", "quantity", "picked", "short", "cancelled", "collected"]

    @admin.display(description="order")
    def order(self, line: FulfilmentLine) -> str:
        """The order's number."""
        return line.fulfilment.order.number

    @admin.display(description="goods")
    def goods(self, line: FulfilmentLine) -> str:
        """The line's name."""
        return line.order_line.name


@admin.register(HandOver)
class HandOverAdmin(ReadOnlyAdmin):
    """When goods changed hands, and how the collector was checked."""

    list_display = ["when", "order", "method", "note", "store", "by"]
    list_filter = ["method"]
    list_select_related = ["fulfilment__order", "fulfilment__store", "by"]
    search_fields = ["fulfilment__order__number"]
    search_help_text = "A whole order number"
    fields = ["fulfilment", "method", "note", "moment", "by"]
    readonly_fields = ["moment"]

    @admin.display(description="when")
    def when(self, hand_over: HandOver) -> str:
        """The moment, in the store's time."""
        return columns.in_words(hand_over.at, hand_over.fulfilment.store)

    @admin.display(description="when")
    def moment(self, hand_over: HandOver) -> str:
        """The moment, in the store's time, with its zone."""
        return columns.in_words(hand_over.at, hand_over.fulfilment.store, zone=True)

    @admin.display(description="order")
    def order(self, hand_over: HandOver) -> str:
        """The order's number."""
        return hand_over.fulfilment.order.number

    @admin.display(description="store")
    def store(self, hand_over: HandOver) -> str:
        """Where it was."""
        return str(hand_over.fulfilment.store)


@admin.register(QueueVersion)
class QueueVersionAdmin(ReadOnlyAdmin):
    """How often each store's queue has moved."""

    list_display = ["store", "version"]
    list_select_related = ["store"]
    search_fields = ["store__code"]
    ordering = ("store",)
    fields = ["store", "version"]
