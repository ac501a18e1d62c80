"""What people do with stock: the reasons they may give, what waits for a second person, what is on its way, and what checkouts hold."""

from typing import Any

from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from omo.admin import columns
from omo.admin.base import OfficeAdmin, ReadOnlyAdmin, ReadOnlyInline, Sieve
from stores.models import Adjustment, Hold, StockMovement, StockReason, Transfer, TransferLine


@admin.register(StockReason)
class StockReasonAdmin(OfficeAdmin):
    """Why stock is corrected, as staff choose it. One that was ever given is switched off rather than deleted."""

    list_display = ["words", "direction", "effect", "position", "active", "code"]
    list_filter = ["direction", "effect", "active"]
    search_fields = ["words", "code"]
    ordering = ("position", "words", "id")
    sortable_by = ()
    prepopulated_fields = {"code": ["words"]}
    most = {"position": 10_000}
    fields = ["words", "direction", "effect", "active", "position", "code"]


class OfLevel(ReadOnlyAdmin):
    """Facts about a stock level, found by its goods."""

    search_fields = ["level__variant__sku", "level__variant__gtin"]
    search_help_text = "A whole SKU or GTIN"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With the names that every line says."""
        return super().get_queryset(request).select_related("level__store", "level__variant__product")


@admin.register(Adjustment)
class AdjustmentAdmin(OfLevel):
    """Corrections and receipts that are large enough for a second person, newest first. They are decided on the store's own pages."""

    list_display = ["asked", "level", "signed_change", "what", "reason", "state", "asked_by", "decided_by"]
    list_filter = ["state", "level__store", "reason"]
    list_select_related = ["level__store", "level__variant__product", "reason", "asked_by", "decided_by"]
    fields = ["level", "signed_change", "what", "reason", "note", "reference", "before", "state", "asked_by", "asked", "decided_by", "decided"]
    readonly_fields = ["signed_change", "what", "asked", "decided"]
    signed_change = columns.signed("change", "change")
    asked = columns.moment("asked_at", "asked for")
    decided = columns.moment("decided_at", "decided")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With the reason and the people, too."""
        return super().get_queryset(request).select_related("reason", "asked_by", "decided_by")

    @admin.display(description="kind")
    def what(self, adjustment: Adjustment) -> str:
        """The kind of the movement, in words."""
        return dict(StockMovement.Kind.choices).get(adjustment.kind, adjustment.kind)


class TransferLineInline(ReadOnlyInline):
    """The goods."""

    model = TransferLine
    fields = ["variant", "sent", "received"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[TransferLine]:
        """With the goods' names."""
        return super().get_queryset(request).select_related("variant__product")


@admin.register(Transfer)
class TransferAdmin(ReadOnlyAdmin):
    """Goods between stores, newest first. They are sent, cancelled and received on the stores' own pages."""

    inlines = [TransferLineInline]
    list_display = ["number", "source", "target", "state", "sent", "sent_by", "received", "received_by"]
    list_filter = ["state", "source", "target"]
    list_select_related = ["source", "target", "sent_by", "received_by"]
    search_fields = ["number"]
    search_help_text = "A whole transfer number"
    fields = ["number", "source", "target", "state", "note", "sent", "sent_by", "received", "received_by", "cancelled", "cancelled_by"]
    readonly_fields = ["sent", "received", "cancelled"]
    sent = columns.moment("sent_at", "sent")
    received = columns.moment("received_at", "received")
    cancelled = columns.moment("cancelled_at", "cancelled")


@admin.register(TransferLine)
class TransferLineAdmin(ReadOnlyAdmin):
    """The goods of all transfers, newest first."""

    list_display = ["transfer", "variant", "sent", "received"]
    list_filter = ["transfer__state"]
    list_select_related = ["transfer__source", "transfer__target", "variant__product"]
    search_fields = ["transfer__number", "variant__sku"]
    search_help_text = "A whole transfer number or SKU"
    fields = ["transfer", "variant", "sent", "received"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[TransferLine]:
        """With the names that every line says."""
        return super().get_queryset(request).select_related("transfer__source", "transfer__target", "variant__product")


class HoldState(Sieve):
    """Holds by whether they count now."""

    title = "state"
    parameter_name = "counts"
    sets = {
        "live": ("Live", lambda holds: holds.live(timezone.now())),
        "expired": ("Expired", lambda holds: holds.filter(expires_at__lte=timezone.now()).exclude(ended_at__lt=F("expires_at"))),
        "ended": ("Ended before that", lambda holds: holds.filter(ended_at__lt=F("expires_at"))),
    }


@admin.register(Hold)
class HoldAdmin(OfLevel):
    """What live checkouts hold and held, newest first."""

    list_display = ["begun", "level", "quantity", "holder", "state", "expires", "extensions"]
    list_filter = [HoldState, "level__store"]
    list_select_related = ["level__store", "level__variant__product"]
    search_fields = ["level__variant__sku", "level__variant__gtin", "holder"]
    search_help_text = "A whole SKU, GTIN, or holder such as 'cart:12'"
    fields = ["level", "quantity", "holder", "state", "begun", "expires", "ended", "extensions"]
    readonly_fields = ["state", "begun", "expires", "ended"]
    begun = columns.moment("at", "begun")
    expires = columns.moment("expires_at", "expires")
    ended = columns.moment("ended_at", "ended")

    @admin.display(description="state")
    def state(self, hold: Hold) -> str:
        """Whether it counts now."""
        if hold.ended_at is not None and hold.ended_at < hold.expires_at:
            return "Ended"
        return "Live" if hold.ended_at is None and hold.expires_at > timezone.now() else "Expired"
