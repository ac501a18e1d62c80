"""What customers were promised, how it ended, and how many promises the stores keep."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_safe

from omo import lists
from omo.admin import columns
from omo.admin.base import ReadOnlyAdmin, ReadOnlyInline, Sieve
from orders import promise_words, promises
from orders.models import Fulfilment, Promise, PromiseOutcome
from orders.views.promises import PERIODS, days_asked, rate_words
from stores.models import Store
from stores.needs import shop_zone


class OutcomeInline(ReadOnlyInline):
    """How it ended."""

    model = PromiseOutcome
    fields = ["kept", "cause", "ended", "words"]
    ended = columns.moment("at", "ended")

    @admin.display(description="facts")
    def words(self, outcome: PromiseOutcome) -> str:
        """How it ended, in words."""
        return promise_words.end(outcome)

    def get_queryset(self, request: HttpRequest) -> QuerySet[PromiseOutcome]:
        """With what they name."""
        return super().get_queryset(request).select_related("promise__fulfilment__order", "promise__store")


class Ended(Sieve):
    """Promises by how they ended."""

    title = "outcome"
    parameter_name = "outcome"
    sets = {
        "open": ("Open", lambda rows: rows.filter(outcome=None, fulfilment__state__in=Fulfilment.OPEN)),
        "kept": ("Kept", lambda rows: rows.filter(outcome__kept=True)),
        "broken": ("Broken", lambda rows: rows.filter(outcome__kept=False)),
    }


@admin.register(Promise)
class PromiseAdmin(ReadOnlyAdmin):
    """Every promise, with what it was made of."""

    change_list_template = "office/promise_list.html"
    list_display = ["order", "store", "due", "total_words", "points", "made", "end"]
    list_filter = [Ended, "store", "ready_by"]
    search_fields = ["fulfilment__order__number", "fulfilment__order__email"]
    search_help_text = "A whole order number or e-mail address"
    inlines = [OutcomeInline]
    fields = ["fulfilment", "store", "due", "until", "total_words", "points", "made", "goods_lines", "made_of"]
    readonly_fields = ["due", "until", "total_words", "made", "goods_lines", "made_of"]
    due = columns.moment("ready_by", "ready by")
    until = columns.moment("window_ends", "window ends")
    made = columns.moment("at", "promised")
    total_words = columns.money("total", "total")
    goods_lines = columns.data("goods", "goods")
    made_of = columns.data("inputs", "made of")

    @admin.display(description="order")
    def order(self, promise: Promise) -> str:
        """The order's number."""
        return promise.fulfilment.order.number

    @admin.display(description="outcome")
    def end(self, promise: Promise) -> str:
        """How it ended, if it has."""
        outcome = getattr(promise, "outcome", None)
        return outcome.get_cause_display() if outcome else "Open"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Promise]:
        """With what every line names."""
        return super().get_queryset(request).select_related("fulfilment__order", "store", "outcome")

    def get_urls(self) -> list[URLPattern]:
        """Django's addresses, and that of all stores beside each other."""
        return [path("rates/", self.admin_site.admin_view(self.rates), name="orders_promise_rates"), *super().get_urls()]

    @method_decorator(require_safe)
    def rates(self, request: HttpRequest) -> HttpResponse:
        """How many promises each store keeps, the worst first."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        at, asked = timezone.now(), lists.asked(request.GET, "days")
        days = days_asked(asked["days"])
        since = promises.beginning(days, at=at, zone=shop_zone())
        found = promises.rate(list(Store.objects.filter(active=True)), since=since, at=at)
        found.sort(key=lambda rate: (101 if rate.percent is None else rate.percent, str(rate.store)))
        context = {
            **self.admin_site.each_context(request),
            "title": "Promises kept",
            "opts": self.opts,
            "rows": [_row(rate) for rate in found],
            "total": _row(promises.together(found)),
            "causes": list(promise_words.BROKEN.values()),
            "days": days,
            "periods": PERIODS,
            "since": since,
        }
        return TemplateResponse(request, "office/promise_rates.html", context)


def _row(rate: promises.Rate) -> dict[str, Any]:
    return {**rate_words(rate), "by_cause": [rate.broken.get(cause, 0) for cause in promise_words.BROKEN]}


@admin.register(PromiseOutcome)
class PromiseOutcomeAdmin(ReadOnlyAdmin):
    """How promises ended."""

    list_display = ["ended", "order", "store", "kept", "cause", "words"]
    list_filter = ["kept", "cause", "promise__store", "at"]
    search_fields = ["promise__fulfilment__order__number"]
    search_help_text = "A whole order number"
    fields = ["promise", "kept", "cause", "moment", "facts_lines"]
    readonly_fields = ["moment", "facts_lines"]
    facts_lines = columns.data("data", "facts")

    @admin.display(description="ended")
    def ended(self, outcome: PromiseOutcome) -> str:
        """The moment, in the store's time."""
        return columns.in_words(outcome.at, outcome.promise.store)

    @admin.display(description="ended")
    def moment(self, outcome: PromiseOutcome) -> str:
        """The moment, in the store's time, with its zone."""
        return columns.in_words(outcome.at, outcome.promise.store, zone=True)

    @admin.display(description="order")
    def order(self, outcome: PromiseOutcome) -> str:
        """The order's number."""
        return outcome.promise.fulfilment.order.number

    @admin.display(description="facts")
    def words(self, outcome: PromiseOutcome) -> str:
        """How it ended, in words."""
        return promise_words.end(outcome)

    @admin.display(description="store")
    def store(self, outcome: PromiseOutcome) -> str:
        """Whose promise it was."""
        return str(outcome.promise.store)

    def get_queryset(self, request: HttpRequest) -> QuerySet[PromiseOutcome]:
        """With what every line names."""
        return super().get_queryset(request).select_related("promise__fulfilment__order", "promise__store")
