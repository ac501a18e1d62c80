"""What is kept back: the rules, head office's limits, and the ledger of every change."""

import logging
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from omo import memory
from omo.admin import columns
from omo.admin.base import OfficeAdmin, ReadOnlyAdmin
from omo.celery import app
from stores import confidence, kept_back, safety_rules
from stores.models import KeptBack, SafetyStock, StockLevel, StockPolicy

log = logging.getLogger("omo.tasks")
MOST_AT_ONCE = 5_000
"""As many levels as change while somebody waits for the page; a worker sees to the rest."""
MOST_UNITS = 10_000


def apply_now(office: OfficeAdmin, request: HttpRequest, *levels: QuerySet[StockLevel]) -> None:
    """Apply the rules to these levels, and say how many changed."""
    changed, by = 0, request.user
    for scope in levels:
        changed += kept_back.apply_rules(levels=scope, most=MOST_AT_ONCE - changed, by=by, at=timezone.now())  # type: ignore[arg-type]
    if changed >= MOST_AT_ONCE:
        transaction.on_commit(lambda: _hand_over("stores.tasks.apply_safety_rules", by=by.pk))
        office.message_user(request, f"{changed:,} stock levels have another safety stock now. The rest follows within minutes.", messages.SUCCESS)
    elif changed:
        words = "1 stock level has" if changed == 1 else f"{changed:,} stock levels have"
        office.message_user(request, f"{words} another safety stock now.", messages.SUCCESS)
    else:
        office.message_user(request, "No stock level changed: they have this safety stock already, or a more specific rule holds.", messages.INFO)


def _hand_over(task: str, **arguments: Any) -> None:
    """Let a worker do it. Without a broker it is done at night."""
    try:
        app.send_task(task, kwargs=arguments, ignore_result=True, retry=False)
    except Exception as failure:  # noqa: BLE001 - no broker may ever fail a form
        log.warning("no broker for %s: %s", task, failure.__class__.__name__)


class SafetyStockForm(forms.ModelForm):
    """A rule, about a store and perhaps one of its goods, or about a category."""

    def clean(self) -> dict[str, Any]:
        """One of the three, and no rule twice: said beside the field."""
        cleaned = super().clean() or self.cleaned_data
        if {"store", "variant", "category"} & set(self.errors):
            return cleaned
        store, variant, category = (cleaned.get(name) for name in ("store", "variant", "category"))
        if category and (store or variant):
            self.add_error("category", "A rule is about a store or about a category. Leave one of them empty.")
        elif variant and not store:
            self.add_error("store", "Choose the store at which this is kept of the goods.")
        elif not store and not category:
            self.add_error("store", "Choose a store, or a category. Everywhere else the stock policy says how many are kept back.")
        else:
            self._refuse_twin("category" if category else "variant" if variant else "store", store=store, variant=variant, category=category)
        return cleaned

    def _refuse_twin(self, field: str, **about: Any) -> None:
        twin = SafetyStock.objects.filter(**about).exclude(pk=self.instance.pk).first()
        if twin:
            self.add_error(field, f"There is a rule for this already: {twin.units} units. Change that one.")


@admin.register(SafetyStock)
class SafetyStockAdmin(OfficeAdmin):
    """The rules. The most specific wins: goods at a store, the store, the nearest category, the default of the stock policy."""

    form = SafetyStockForm
    list_display = ["about_what", "units", "store", "variant", "category"]
    list_display_links = ["about_what"]
    list_filter = ["store"]
    list_select_related = ["store", "variant__product", "category"]
    search_fields = ["variant__sku", "variant__gtin", "store__code", "category__slug"]
    search_help_text = "A whole SKU, GTIN, store code or a category's address"
    exact_search = True
    sortable_by = ()
    autocomplete_fields = ["store", "variant", "category"]
    most = {"units": MOST_UNITS}
    fieldsets = [
        (None, {"fields": ["units"], "description": "Units that are not promised to customers online. They can still be sold at the till."}),
        ("A store, or some of its goods", {"fields": ["store", "variant"]}),
        ("Or a category, in every store", {"fields": ["category"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[SafetyStock]:
        """With the names that every line says."""
        return super().get_queryset(request).select_related("store", "variant__product", "category")

    @admin.display(description="rule for")
    def about_what(self, rule: SafetyStock) -> str:
        """How specific it is."""
        return "Goods at a store" if rule.variant_id else "A store" if rule.store_id else "A category"

    def save_model(self, request: HttpRequest, obj: SafetyStock, form: Any, change: bool) -> None:
        """Save the rule and apply it: to what it is about now, and to what it was about."""
        before = SafetyStock.objects.filter(pk=obj.pk).first() if change else None
        super().save_model(request, obj, form, change)
        scopes = [safety_rules.reach(rule) for rule in (before, obj) if rule]
        same = before and (before.store_id, before.variant_id, before.category_id) == (obj.store_id, obj.variant_id, obj.category_id)
        apply_now(self, request, *scopes[-1 if same else 0 :])

    def delete_model(self, request: HttpRequest, obj: SafetyStock) -> None:
        """Delete the rule: a less specific one holds again."""
        scope = safety_rules.reach(obj)
        super().delete_model(request, obj)
        apply_now(self, request, scope)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[SafetyStock]) -> None:
        """Likewise for many."""
        scopes = [safety_rules.reach(rule) for rule in queryset]
        super().delete_queryset(request, queryset)
        apply_now(self, request, *scopes)


LIMITS = {
    "safety_stock": "Safety stock by default",
    "low_stock": "Stock is low at",
    "large_adjustment": "Large adjustments begin at",
    "large_receipt": "Large receipts begin at",
    "most_buffer": "Buffer at most",
    "count_fresh_days": "A count is fresh for",
    "short_pick_days": "A short pick counts for",
}


def limit(name: str) -> Callable[[Any], str]:
    """A column with a limit, called what it is."""

    @admin.display(description=LIMITS[name].lower())
    def column(policy: StockPolicy) -> str:
        return str(getattr(policy, name))

    return column


class StockPolicyForm(forms.ModelForm):
    """The limits, each called what it is."""

    class Meta:
        labels = LIMITS


@admin.register(StockPolicy)
class StockPolicyAdmin(OfficeAdmin):
    """Head office's limits; there is one of it."""

    form = StockPolicyForm
    list_display = ["name", *[limit(name) for name in LIMITS]]
    list_display_links = ["name"]
    sortable_by = ()
    least = {"large_adjustment": 1, "large_receipt": 1, "count_fresh_days": 1, "short_pick_days": 1}
    most = {
        **dict.fromkeys(["safety_stock", "large_adjustment", "large_receipt", "low_stock"], MOST_UNITS),
        **dict.fromkeys(["count_fresh_days", "short_pick_days"], 366),
        "most_buffer": 100,
    }
    fieldsets = [
        ("Kept back", {"fields": ["safety_stock"]}),
        ("Kept back because a count is not certain", {"fields": ["most_buffer", "count_fresh_days", "short_pick_days"]}),
        ("Staff and lists", {"fields": ["large_adjustment", "large_receipt", "low_stock"]}),
    ]

    @admin.display(description="policy")
    def name(self, policy: StockPolicy) -> str:
        """What it is called."""
        return str(policy)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Only where it is missing."""
        return super().has_add_permission(request) and not StockPolicy.objects.exists()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def save_model(self, request: HttpRequest, obj: StockPolicy, form: Any, change: bool) -> None:
        """Save the limits; another default and other limits of the buffer are applied at once."""
        obj.pk = 1
        super().save_model(request, obj, form, change)
        memory.forget()
        if "safety_stock" in form.changed_data:
            apply_now(self, request, StockLevel.objects.all())
        if {"most_buffer", "count_fresh_days", "short_pick_days"} & set(form.changed_data):
            self._review(request)

    def _review(self, request: HttpRequest) -> None:
        if StockLevel.objects.order_by()[: MOST_AT_ONCE + 1].count() > MOST_AT_ONCE:
            transaction.on_commit(lambda: _hand_over("stores.tasks.review_confidence"))
            self.message_user(request, "Buffers follow within minutes.", messages.SUCCESS)
            return
        moved = confidence.review(by=request.user, at=timezone.now())  # type: ignore[arg-type]
        words = {0: "No buffer moved.", 1: "1 buffer moved."}.get(moved, f"{moved:,} buffers moved.")
        self.message_user(request, words, messages.SUCCESS if moved else messages.INFO)


@admin.register(KeptBack)
class KeptBackAdmin(ReadOnlyAdmin):
    """What each level keeps back from a moment on, newest first."""

    list_display = ["when", "level", "why", "safety_stock", "buffer", "distrust", "by"]
    list_filter = ["distrusted", "level__store"]
    list_select_related = ["level__store", "level__variant__product", "by"]
    search_fields = ["level__variant__sku", "level__variant__gtin"]
    search_help_text = "A whole SKU or GTIN"
    fields = ["moment", "level", "safety_stock", "buffer", "distrust", "why", "by"]
    readonly_fields = ["moment", "distrust"]
    when = columns.moment("at", "when")
    moment = columns.moment("at", "when", zone=True)

    @admin.display(description="distrusted")
    def distrust(self, row: KeptBack) -> str:
        """Whether nothing is promised, whatever the numbers say."""
        return "until counted" if row.distrusted else "no"

    def get_queryset(self, request: HttpRequest) -> QuerySet[KeptBack]:
        """With the names that every line says."""
        return super().get_queryset(request).select_related("level__store", "level__variant__product", "by")
