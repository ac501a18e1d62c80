"""Stock levels: what is there, promised and kept back, and how far that can be believed."""

from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from omo.admin import columns
from omo.admin.base import OfficeAdmin, Sieve
from stores import atp, availability, confidence, kept_back, needs
from stores.models import KeptBack, SafetyStock, StockLevel


class Left(Sieve):
    """Stock levels by what may still be promised."""

    title = "available"
    parameter_name = "left"
    sets = {
        "none": ("None", lambda levels: levels.alias(left=atp.expression(at=timezone.now())).filter(left=0)),
        "few": (f"1 to {availability.MANY}", lambda levels: levels.alias(left=atp.expression(at=timezone.now())).filter(left__range=(1, availability.MANY))),
    }


class Wants(Sieve):
    """Stock levels that somebody should look at."""

    title = "what it needs"
    parameter_name = "wants"
    sets = {
        "low": ("More goods: low", lambda levels: needs.low(levels, at=timezone.now())),
        "distrusted": ("A count: distrusted", needs.distrusted),
        "uncertain": ("A count: uncertain", needs.uncertain),
    }


@admin.register(StockLevel)
class StockLevelAdmin(OfficeAdmin):
    """How many there are, promised and kept back. Nothing is typed here: goods move by acts, and what is kept back follows from rules and confidence."""

    list_display = ["variant", "sku", "store", "available", "kept", "belief_in_short", "on_hand", "allocated"]
    list_filter = ["store", Wants, Left]
    list_select_related = ["store", "variant__product"]
    search_fields = ["variant__sku", "variant__gtin"]
    search_help_text = "A whole SKU or GTIN"
    exact_search = True
    sortable_by = ()
    fieldsets = [
        (None, {"fields": ["store", "variant", "on_hand", "allocated", "available"]}),
        ("Kept back", {"fields": ["safety_stock", "rule", "buffer", "belief", "distrusted", "counted", "last_change"]}),
        ("More about this level", {"fields": ["ledger", "movements"]}),
    ]
    readonly_fields = ["store", "variant", "on_hand", "allocated", "available", "safety_stock", "rule", "buffer", "belief", "distrusted", "counted"]
    readonly_fields += ["last_change", "ledger", "movements"]
    actions = ["distrust"]
    object_buttons = ("distrust",)
    distrusted = columns.moment("distrusted_at", "distrusted since")
    counted = columns.moment("counted_at", "last counted")
    ledger = columns.list_link("kept back", to="stores_keptback", by="level")

    def get_queryset(self, request: HttpRequest) -> QuerySet[StockLevel]:
        """With what may still be promised, and the names that every line says."""
        levels = super().get_queryset(request).select_related("store", "variant__product")
        return levels.annotate(left=atp.expression(at=timezone.now()))

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """The list, whose rows know how far their counts can be believed: judged together, in as many statements as for one."""
        changes = super().get_changelist_instance(request)
        rows: list[Any] = list(changes.result_list)
        believed = confidence.of([level.pk for level in rows], at=timezone.now()) if rows else {}
        for level in rows:
            level.believed = believed[level.pk]
        changes.result_list = rows
        return changes

    @admin.display(description="SKU")
    def sku(self, level: StockLevel) -> str:
        """The variant's SKU."""
        return level.variant.sku

    @admin.display(description="kept back")
    def kept(self, level: StockLevel) -> str:
        """By rule and by confidence; all of it where the level is distrusted."""
        return "everything" if level.distrusted_at else f"{level.safety_stock} + {level.buffer}" if level.buffer else str(level.safety_stock)

    @admin.display(description="available")
    def available(self, level: Any) -> int:
        """ATP: what may still be promised."""
        return level.left

    @admin.display(description="confidence")
    def belief_in_short(self, level: Any) -> str:
        """How far the count can be believed, and if that is not far, why."""
        if level.distrusted_at:
            return "None until it is counted"
        believed = level.believed
        return "High" if believed.label == "high" else format_html("<b>{}</b>: {}", believed.label.capitalize(), believed.reason)

    @admin.display(description="confidence")
    def belief(self, level: StockLevel) -> str:
        """How far the count can be believed, and why."""
        believed = confidence.of([level.pk], at=timezone.now())[level.pk]
        words = "None until it is counted" if level.distrusted_at else believed.label.capitalize()
        return f"{words}: {believed.reason}"

    @admin.display(description="rule")
    def rule(self, level: StockLevel) -> str:
        """The rule for these goods at this store, or a way to make one."""
        own = SafetyStock.objects.filter(store=level.store_id, variant=level.variant_id).first()
        if own:
            return format_html('<a href="{}">{}</a>', reverse("admin:stores_safetystock_change", args=[own.pk]), "For these goods at this store")
        url = reverse("admin:stores_safetystock_add")
        return format_html('<a href="{}?store={}&amp;variant={}">Make one for these goods at this store</a>', url, level.store_id, level.variant_id)

    @admin.display(description="last change")
    def last_change(self, level: StockLevel) -> str:
        """Why it keeps back what it does, and since when."""
        row = KeptBack.objects.filter(level=level).order_by("id").last()
        return format_html("{}: {}", columns.in_words(row.at, level.store), row.why) if row else columns.NOTHING

    @admin.display(description="stock movements")
    def movements(self, level: StockLevel) -> str:
        """All that moved here."""
        url = reverse("admin:stores_stockmovement_changelist")
        return format_html('<a href="{}?store__id__exact={}&amp;q={}">Show</a>', url, level.store_id, level.variant.sku)

    def button_words(self, action: str, obj: StockLevel) -> str:
        """Only what is trusted can be distrusted; a count ends it."""
        return "" if obj.distrusted_at else "Distrust until it is counted"

    @admin.action(description="Distrust until they are counted", permissions=["change"])
    def distrust(self, request: HttpRequest, queryset: QuerySet[StockLevel]) -> None:
        """Promise nothing of the chosen levels until they are counted."""
        by: Any = request.user
        with transaction.atomic():
            new = sum(kept_back.distrust(level, why="Distrusted by head office", by=by, at=timezone.now()) for level in queryset.order_by("pk"))
        words = {0: "Distrusted already.", 1: "1 stock level promises nothing until it is counted."}
        said = words.get(new, f"{new} stock levels promise nothing until they are counted.")
        self.message_user(request, said, messages.SUCCESS if new else messages.INFO)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> HttpResponse:
        """Nothing is typed, so nothing is saved."""
        nothing = dict.fromkeys(["show_save", "show_save_and_continue", "show_save_and_add_another"], False)
        return super().render_change_form(request, context | nothing, *args, **kwargs)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Acts make levels."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: movements belong to it."""
        return False

    def about(self, obj: StockLevel) -> dict[str, int | None]:
        """Its store, which it keeps from being deleted anyway."""
        return {"store_id": obj.store_id}
