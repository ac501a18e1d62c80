"""What goes on at payment providers, and the money that goes back: facts, with the two things that head office can do about them."""

from collections.abc import Callable
from typing import Any, cast

from django.conf import settings
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from omo.admin import columns
from omo.admin.base import ReadOnlyAdmin, ReadOnlyInline, Sieve
from omo.models import User
from orders import payment_needs, payments, provider_events, refunds
from orders.models import PaymentAttempt, ProviderEvent, Refund


class ByName(Sieve):
    """Rows by a name that is one of few; the table is not searched for those that occur."""

    names: Callable[[], list[str]] = staticmethod(lambda: list(settings.PROVIDER_ADAPTERS))
    title, parameter_name = "provider", "provider"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The names that there may be."""
        return [(name, in_words(name)) for name in self.names()]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """The rows with the name."""
        return queryset.filter(**{self.parameter_name: self.value()}) if self.value() in self.names() else None


class ByMethod(ByName):
    """Orders by how they are paid."""

    names = staticmethod(lambda: [payments.IN_STORE, *settings.PROVIDER_ADAPTERS])
    title, parameter_name = "payment method", "payment_method"


def in_words(method: str) -> str:
    """'In store' of 'in_store', and a provider's name."""
    return method.replace("_", " ").capitalize()


class AttemptInline(ReadOnlyInline):
    """The tries to pay an order online."""

    model = PaymentAttempt
    fields = ["provider", "state", "amount_words", "words", "started", "changed"]
    amount_words = columns.money("amount", "amount")
    started = columns.moment("started_at", "started")
    changed = columns.moment("changed_at", "changed")

    def get_queryset(self, request: HttpRequest) -> QuerySet[PaymentAttempt]:
        """With what they name."""
        return super().get_queryset(request).select_related("order")


class RefundInline(ReadOnlyInline):
    """What of a payment went back, or goes."""

    model = Refund
    fields = ["amount_words", "state", "reason", "store", "asked", "done", "by"]
    amount_words = columns.money("amount", "amount")
    asked = columns.moment("at", "asked for")
    done = columns.moment("done_at", "done")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Refund]:
        """With what they name."""
        return super().get_queryset(request).select_related("payment__order", "store", "by")


class ProviderEventInline(ReadOnlyInline):
    """What the provider told us of an attempt."""

    model = ProviderEvent
    fields = ["received", "kind", "outcome"]
    received = columns.moment("received_at", "received")


@admin.register(PaymentAttempt)
class PaymentAttemptAdmin(ReadOnlyAdmin):
    """Tries to pay online."""

    list_display = ["started", "order", "provider", "state", "amount_words", "words"]
    list_filter = ["state", ByName]
    list_select_related = ["order"]
    search_fields = ["order__number", "reference", "key"]
    search_help_text = "A whole order number, the provider's name for a payment, or our key"
    inlines = [ProviderEventInline]
    fields = ["order", "provider", "state", "words", "amount_words", "currency", "reference", "our_key", "moment", "changed"]
    readonly_fields = ["amount_words", "our_key", "moment", "changed"]
    amount_words = columns.money("amount", "amount")
    started = columns.moment("started_at", "started")
    moment = columns.moment("started_at", "started", zone=True)
    changed = columns.moment("changed_at", "changed", zone=True)

    @admin.display(description="our key")
    def our_key(self, attempt: PaymentAttempt) -> str:
        """By which the provider knows it."""
        return attempt.key


class RefundWaits(Sieve):
    """Refunds that somebody has to do something about."""

    title = "waiting"
    parameter_name = "waits"
    sets = {
        "failed": ("Failed", lambda rows: rows.filter(pk__in=refunds.failed())),
        "counter": ("To be given back at a counter", lambda rows: rows.filter(pk__in=refunds.to_give_back())),
    }


@admin.register(Refund)
class RefundAdmin(ReadOnlyAdmin):
    """Money given back, by the tender it came with."""

    list_display = ["when", "order", "tender", "amount_words", "state", "reason", "store", "by"]
    list_filter = ["state", RefundWaits, "store"]
    list_select_related = ["payment__order", "store", "by"]
    search_fields = ["payment__order__number", "reference", "key", "payment__order__email"]
    search_help_text = "A whole order number, e-mail address, or the provider's name for a refund"
    fields = ["order", "payment", "tender", "amount_words", "state", "reason", "key", "reference", "store", "moment", "done", "by"]
    readonly_fields = ["order", "tender", "amount_words", "moment", "done"]
    actions = ["ask_again"]
    object_buttons = ("ask_again",)
    amount_words = columns.money("amount", "amount")
    when = columns.moment("at", "asked for")
    moment = columns.moment("at", "asked for", zone=True)
    done = columns.moment("done_at", "done", zone=True)

    @admin.display(description="order")
    def order(self, refund: Refund) -> str:
        """The order's number."""
        return refund.payment.order.number

    @admin.display(description="tender")
    def tender(self, refund: Refund) -> str:
        """How it was paid, and goes back."""
        return refund.payment.get_tender_display()

    def has_ask_again_permission(self, request: HttpRequest) -> bool:
        """It moves money, so it takes the right to change refunds."""
        return request.user.has_perm("orders.change_refund")

    def button_words(self, action: str, obj: Refund) -> str:
        """Only a failed one is asked for again."""
        return "Ask again" if obj.state == Refund.State.FAILED else ""

    @admin.action(description="Ask again", permissions=["ask_again"])
    def ask_again(self, request: HttpRequest, queryset: QuerySet[Refund]) -> None:
        """Ask the provider once more for the chosen refunds that failed."""
        asked = 0
        for refund in queryset.filter(state=Refund.State.FAILED).select_related("payment__order"):
            try:
                refunds.ask_again(refund, by=cast(User, request.user), at=timezone.now())
                asked += 1
            except (refunds.MoreThanPaid, refunds.NotFailed):
                messages.warning(request, f"{refund.payment.order.number}: that money was given back otherwise.")
        messages.success(request, f"Asked for {asked} refund{'' if asked == 1 else 's'} again.")


class EventWaits(Sieve):
    """Events that somebody has to look into."""

    title = "waiting"
    parameter_name = "waits"
    sets = {
        "wrong": ("Does not match", lambda rows: rows.filter(provider_events.to_look_into())),
        "parked": ("About nothing we know", lambda rows: payment_needs.parked(rows, at=timezone.now())),
    }


@admin.register(ProviderEvent)
class ProviderEventAdmin(ReadOnlyAdmin):
    """What providers told us, once each."""

    list_display = ["received", "provider", "kind", "order", "outcome"]
    list_filter = [ByName, EventWaits]
    list_select_related = ["attempt__order"]
    search_fields = ["attempt__order__number", "reference", "event_id"]
    search_help_text = "A whole order number, the provider's name for a payment, or for an event"
    fields = ["provider", "event_id", "kind", "attempt", "reference", "said", "moment", "handled", "outcome"]
    readonly_fields = ["said", "moment", "handled"]
    actions = ["mark_seen"]
    object_buttons = ("mark_seen",)
    received = columns.moment("received_at", "received")
    moment = columns.moment("received_at", "received", zone=True)
    handled = columns.moment("handled_at", "handled", zone=True)
    said = columns.data("data", "what it said")

    @admin.display(description="order")
    def order(self, event: ProviderEvent) -> str:
        """The order's number."""
        return event.attempt.order.number if event.attempt else columns.NOTHING

    def has_mark_seen_permission(self, request: HttpRequest) -> bool:
        """It takes something off everybody's list."""
        return request.user.has_perm("orders.change_providerevent")

    def button_words(self, action: str, obj: Any) -> str:
        """Only what has to be looked into."""
        return "Looked into" if obj.handled_at is None or obj.outcome.startswith(provider_events.REFUSED) else ""

    @admin.action(description="Looked into", permissions=["mark_seen"])
    def mark_seen(self, request: HttpRequest, queryset: QuerySet[ProviderEvent]) -> None:
        """Take the chosen events off what needs head office."""
        for event in queryset:
            provider_events.mark_seen(event, by=cast(User, request.user), at=timezone.now())
        messages.success(request, "Noted as looked into.")
