"""The event log, the outbox and the answers already given."""

from typing import Any, cast

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from omo import needs, outbox
from omo.admin import columns
from omo.admin.base import ReadOnlyAdmin, ReadOnlyInline, Sieve
from omo.models import Event, IdempotencyRecord, Message, User

ACTIVITIES = ("order", "payment", "pickup", "delivery", "proxy", "arrival", "carry_out", "points", "member", "stock", "label", "office")


class Activity(Sieve):
    """Events by the activity that caused them."""

    title = "activity"
    parameter_name = "activity"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The activities that write events."""
        return [(name, name.replace("_", " ").capitalize()) for name in ACTIVITIES]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """The events of one activity."""
        return queryset.filter(kind__startswith=self.value()) if self.value() in ACTIVITIES else None


class EventInline(ReadOnlyInline):
    """What happened to the page's row."""

    model = Event
    fields = ["when", "what", "channel", "by", "store", "details"]
    ordering = ["id"]
    when = columns.moment("at", "when")
    what = columns.kind("kind", "what")
    details = columns.data_line("data", "details")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Event]:
        """The events with what they name."""
        return super().get_queryset(request).select_related("store", "by")


class MessageInline(ReadOnlyInline):
    """What the customer was told about the page's row."""

    model = Message
    fields = ["what", "state", "due", "sent", "attempts", "last_error"]
    ordering = ["id"]
    what = columns.kind("kind", "message")
    due = columns.moment("available_at", "due")
    sent = columns.moment("sent_at", "sent")


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    """Everything that happened, newest first."""

    list_display = ["when", "what", "store", "order", "member", "channel", "by", "subject"]
    list_filter = [Activity, "channel", "store", "at"]
    list_select_related = ["store", "order", "member", "by"]
    search_fields = ["order__number", "member__number", "subject", "kind"]
    search_help_text = "A whole order number, member number, subject such as 'fulfilment:12', or kind such as 'pickup.ready'"
    fields = ["moment", "what", "kind", "channel", "by", "store", "order", "member", "subject", "details"]
    readonly_fields = ["moment", "what", "details"]
    when = columns.moment("at", "when")
    moment = columns.moment("at", "when", zone=True)
    what = columns.kind("kind", "what")
    details = columns.data("data", "details")


class Waits(Sieve):
    """Messages that nobody sends."""

    title = "waiting"
    parameter_name = "waits"
    sets = {"overdue": ("Overdue", lambda rows: needs.overdue(rows, at=timezone.now()))}


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    """The outbox: what is to be told, what was, and what could not be."""

    list_display = ["what", "state", "order", "created", "due", "sent", "attempts", "last_error"]
    list_filter = ["state", Waits]
    list_select_related = ["order"]
    search_fields = ["order__number", "dedup_key"]
    search_help_text = "A whole order number, or a message's own key"
    fields = ["what", "state", "order", "payload_lines", "created", "due", "sent", "attempts", "lease", "last_error", "dedup_key"]
    readonly_fields = ["what", "payload_lines", "created", "due", "sent", "lease"]
    actions = ["resend"]
    object_buttons = ("resend",)
    what = columns.kind("kind", "message")
    created = columns.moment("created_at", "written")
    due = columns.moment("available_at", "due")
    sent = columns.moment("sent_at", "sent")
    lease = columns.moment("lease_until", "left alone until", zone=True)
    payload_lines = columns.data("payload", "payload")

    def has_resend_permission(self, request: HttpRequest) -> bool:
        """Sending again changes the message, so it takes that permission."""
        return request.user.has_perm("omo.change_message")

    def button_words(self, action: str, obj: Message) -> str:
        """A message that is due is on its way already."""
        return "" if obj.state == Message.State.DUE else "Send again"

    @admin.action(description="Send again", permissions=["resend"])
    def resend(self, request: HttpRequest, queryset: QuerySet[Message]) -> None:
        """Make the chosen messages due now; those that are due already are left alone."""
        chosen = list(queryset.exclude(state=Message.State.DUE))
        with transaction.atomic():
            for message in chosen:
                outbox.resend(message, by=cast(User, request.user), at=timezone.now())
                self.log_change(request, message, [{"changed": {"fields": ["sent again"]}}])
        waiting = len(queryset) - len(chosen)
        if chosen:
            self.message_user(request, f"{_count(len(chosen))} will be sent again now.", messages.SUCCESS)
        if waiting:
            self.message_user(request, f"{_count(waiting)} {'is' if waiting == 1 else 'are'} due already and on the way.", messages.INFO)

    def about(self, obj: Message) -> dict[str, int | None]:
        """The order that it is about."""
        return {"order_id": obj.order_id}


def _count(number: int) -> str:
    return "1 message" if number == 1 else f"{number} messages"


@admin.register(IdempotencyRecord)
class IdempotencyRecordAdmin(ReadOnlyAdmin):
    """Requests that were answered once and are not done twice."""

    list_display = ["key", "scope", "created", "answer"]
    list_filter = ["created_at"]
    search_fields = ["key"]
    search_help_text = "A whole key"
    fields = ["scope", "key", "fingerprint", "answer_lines", "created_moment"]
    readonly_fields = ["answer_lines", "created_moment"]
    created = columns.moment("created_at", "answered")
    created_moment = columns.moment("created_at", "answered", zone=True)
    answer_lines = columns.data("answer", "answer")
