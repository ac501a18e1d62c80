"""Fulfilments, their lines and hand-overs, and the versions of the queues."""

from functools import partial
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from omo.admin import columns
from omo.admin.base import ReadOnlyAdmin, ReadOnlyInline, Sieve
from orders import needs
from orders.admin.collecting import ArrivalInline, ProxyPassInline
from orders.admin.delivery import DeliveryInline
from orders.models import Fulfilment, FulfilmentLine, HandOver, QueueVersion


def how_far(fulfilment: Fulfilment) -> str:
    """Its state, and that staff may not begin yet."""
    state = fulfilment.get_state_display()
    return f"{state}, waits for its payment" if fulfilment.awaits_payment else state


def _waiting(word: str, fulfilments: QuerySet[Fulfilment]) -> QuerySet[Fulfilment]:
    """Those that head office's home counts under this word."""
    return needs.WAITING[word].found(fulfilments, at=timezone.now())


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
    fields = ["method", "proxy", "note", "when", "by"]
    when = columns.moment("at", "when")

    def get_queryset(self, request: HttpRequest) -> QuerySet[HandOver]:
        """With what they name."""
        return super().get_queryset(request).select_related("fulfilment__order", "proxy", "by")


OF_KIND: dict[str, list[type[ReadOnlyInline]]] = {
    Fulfilment.Kind.PICKUP: [ProxyPassInline, ArrivalInline],
    Fulfilment.Kind.DELIVERY: [DeliveryInline],
}


class Waits(Sieve):
    """Fulfilments that wait for too long."""

    title = "waiting"
    parameter_name = "waits"
    sets = {
        "late": ("Late pickup", partial(_waiting, "late")),
        "unsent": ("Late to leave", partial(_waiting, "unsent")),
        "undelivered": ("Delivery failed", partial(_waiting, "undelivered")),
        "left": ("Not collected in time", partial(_waiting, "left")),
        "bags": ("To put back for more than a day", partial(_waiting, "bags")),
    }


@admin.register(Fulfilment)
class FulfilmentAdmin(ReadOnlyAdmin):
    """How orders reach their customers. The pickup's codes are the customer's and are not shown."""

    list_display = ["order", "customer", "kind", "far", "store", "due", "ready", "received"]
    list_filter = ["state", Waits, "kind", "awaits_payment", "order__payment_state", "store"]
    list_select_related = ["order", "store"]
    search_fields = ["order__number", "delivery__tracking", "order__email", "order__name"]
    search_help_text = "A whole order number, tracking number, e-mail address or name"
    fieldsets = [
        (None, {"fields": ["order", "kind", "far", "store", "place", "picker"]}),
        ("Promised", {"fields": ["placed", "due", "until", "held", "extended"]}),
        ("Happened", {"fields": ["picking", "packed", "ready", "shipped", "collected", "delivered"]}),
        ("Ended otherwise", {"fields": ["cancelled", "cancel_reason", "expired", "put_back"]}),
    ]
    readonly_fields = [
        "far", "placed", "due", "until", "held", "extended",
        "picking", "packed", "ready", "shipped", "collected", "delivered", "cancelled", "expired", "put_back",
    ]  # fmt: skip
    placed = columns.moment("placed_at", "placed")
    due = columns.moment("due_at", "due")
    until = columns.moment("window_ends", "end of its window")
    held = columns.moment("held_until", "held until")
    extended = columns.moment("extended_at", "held for longer since")
    picking = columns.moment("picking_at", "picking since")
    packed = columns.moment("packed_at", "packed")
    ready = columns.moment("ready_at", "ready")
    shipped = columns.moment("shipped_at", "shipped")
    collected = columns.moment("collected_at", "collected")
    delivered = columns.moment("delivered_at", "delivered")
    cancelled = columns.moment("cancelled_at", "cancelled")
    expired = columns.moment("expired_at", "expired")
    put_back = columns.moment("put_back_at", "put back")

    @admin.display(description="state")
    def far(self, fulfilment: Fulfilment) -> str:
        """How far it is."""
        return how_far(fulfilment)

    @admin.display(description="customer")
    def customer(self, fulfilment: Fulfilment) -> str:
        """The name at the counter."""
        return fulfilment.order.name or columns.NOTHING

    @admin.display(description="received")
    def received(self, fulfilment: Fulfilment) -> str:
        """When the customer got it, at the counter or at the door."""
        return columns.in_words(fulfilment.collected_at or fulfilment.delivered_at, fulfilment.store)

    def get_inlines(self, request: HttpRequest, obj: Fulfilment | None) -> Any:
        """What belongs to its kind."""
        return [FulfilmentLineInline, *(OF_KIND.get(obj.kind, []) if obj else []), HandOverInline]

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
    fields = ["fulfilment", "method", "proxy", "note", "moment", "by"]
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
