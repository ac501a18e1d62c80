"""Head office's pages of the person."""

from datetime import datetime, timedelta
from typing import Any

from babel.dates import format_date
from django import forms
from django.conf import settings
from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from loyalty import ledger
from loyalty.models import EarnRule, Member, PointsEntry
from omo import money
from omo.admin import columns
from omo.admin.base import HistoryAdmin, OfficeAdmin, ReadOnlyAdmin

GRACE = timedelta(minutes=15)
"""A form takes a while to fill in: a start this long ago is meant as now."""


class MemberForm(forms.ModelForm):
    """What head office may correct."""

    def clean_email(self) -> str:
        """The address, of one membership only."""
        email = self.cleaned_data["email"]
        if email and Member.objects.filter(email=email).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError("Another member has this e-mail address.", code="unique")
        return email

    def clean_reference(self) -> str | None:
        """The key in another system; none is None, because several members may have none."""
        return self.cleaned_data["reference"] or None


@admin.register(Member)
class MemberAdmin(OfficeAdmin):
    """Members. Number and balance are facts; whoever leaves is switched off, so that the ledger stays."""

    form = MemberForm
    list_display = ["number_in_groups", "name", "email", "points", "joined", "joined_store", "joined_channel", "active"]
    list_filter = ["active", "joined_channel", "joined_store"]
    list_select_related = ["joined_store"]
    search_fields = ["number", "email", "reference", "name"]
    search_help_text = "A member number, e-mail address or a part of the name"
    sortable_by = ()
    autocomplete_fields = ["user"]
    readonly_fields = ["number_in_groups", "points", "joined", "joined_store", "joined_channel", "orders", "entries", "timeline"]
    fieldsets = [
        (None, {"fields": ["number_in_groups", "name", "email", "points", "active"]}),
        ("Where else the member is known", {"fields": ["user", "reference"]}),
        ("Joined", {"fields": ["joined", "joined_store", "joined_channel"]}),
        ("More about this member", {"fields": ["orders", "entries", "timeline"]}),
    ]
    joined = columns.moment("joined_at", "joined")
    orders = columns.list_link("purchases", to="orders_order", by="member")
    entries = columns.list_link("points", to="loyalty_pointsentry", by="member")
    timeline = columns.list_link("timeline", to="omo_event", by="member")

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """By number as it is printed on the card, by whole address or reference, else by a part of the name."""
        words = search_term.strip()
        exact = Q(number="".join(words.split())) | Q(email=words.lower()) | Q(reference=words)
        return (queryset.filter(exact | Q(name__icontains=words)) if words else queryset), False

    @admin.display(description="number")
    def number_in_groups(self, member: Member) -> str:
        """The number as on the card."""
        return member.number_words

    @admin.display(description="points")
    def points(self, member: Member) -> str:
        """The balance."""
        return f"{member.balance:,}"

    def has_add_permission(self, request: HttpRequest) -> bool:
        """People join online, at the counter or at a till."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: switch the member off."""
        return False

    def about(self, obj: Member) -> dict[str, int | None]:
        """The member's own timeline."""
        return {"member_id": obj.pk}


@admin.register(PointsEntry)
class PointsEntryAdmin(ReadOnlyAdmin):
    """The points ledger, newest first."""

    list_display = ["when", "member", "why", "change", "order", "store", "channel", "source", "by"]
    list_filter = ["kind", "channel", "store"]
    list_select_related = ["member", "order", "store", "by"]
    search_fields = ["member__number", "order__number", "source"]
    search_help_text = "A whole member number, order number, or source such as 'fulfilment:12'"
    fields = ["moment", "member", "kind", "change", "order", "store", "channel", "source", "by"]
    readonly_fields = ["moment", "change"]
    when = columns.moment("at", "when")
    moment = columns.moment("at", "when", zone=True)
    change = columns.signed("points", "points")

    @admin.display(description="why")
    def why(self, entry: PointsEntry) -> str:
        """The kind in words."""
        return entry.get_kind_display()


def rule_in_words(rule: EarnRule) -> str:
    """The rule as a sentence: '1 point for every €1.00 from 1 Dec 2026'; the hour is said unless it is midnight, in the current time zone."""
    start = timezone.localtime(rule.valid_from)
    day = format_date(start.date(), "d MMM y", locale=settings.LOCALE)
    points = "1 point" if rule.points == 1 else f"{rule.points:,} points"
    return f"{points} for every {money.words(rule.amount)} from {day}" + (f", {start:%H:%M}" if (start.hour, start.minute) != (0, 0) else "")


class EarnRuleForm(forms.ModelForm):
    """A rule that starts now or later."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "amount" in self.fields:
            self.fields["amount"].label = "For every"
            self.fields["amount"].help_text = f"{settings.CURRENCY} of a purchase, in full amounts, such as {money.decimal(100)}"
        if "valid_from" in self.fields:
            self.fields["valid_from"].required = False
            self.fields["valid_from"].help_text = "Leave it empty to start now. What was bought before keeps the points of the rule of its time."

    def clean_valid_from(self) -> datetime:
        """The start; empty and just past mean now."""
        now = timezone.now().replace(microsecond=0)
        start = self.cleaned_data["valid_from"] or now
        if start < now - GRACE:
            raise forms.ValidationError("A rule starts now or later: what was bought before keeps the points of the rule of its time.", code="past")
        return max(start, now)


@admin.register(EarnRule)
class EarnRuleAdmin(HistoryAdmin):
    """How members earn. A rule that has been in force is history and stays as it is; a new rule takes over when it starts."""

    form = EarnRuleForm
    list_display = ["sentence", "state", "example"]
    list_display_links = ["sentence"]
    ordering = ("-valid_from",)
    sortable_by = ()
    money_fields = ("amount",)
    least = {"points": 1}
    most = {"points": 10_000}
    readonly_fields = ["sentence", "state", "example"]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """What is typed; a rule that exists also says what it means, and one that is history says only that."""
        typed = ["points", "amount", "valid_from"] if obj is None or self.has_change_permission(request, obj) else []
        return [*(["sentence", "state", "example"] if obj else []), *typed]

    @admin.display(description="the rule")
    def sentence(self, rule: EarnRule) -> str:
        """The rule in words."""
        return rule_in_words(rule)

    @admin.display(description="state")
    def state(self, rule: EarnRule) -> str:
        """Where the rule stands in time."""
        now = timezone.now()
        if rule.valid_from > now:
            return "Starts later"
        return "In force" if rule == ledger.rule_at(now) else "Over"

    @admin.display(description="for example")
    def example(self, rule: EarnRule) -> str:
        """What a purchase would earn."""
        amount = 2 * rule.amount + rule.amount // 2
        return f"a purchase of {money.words(amount)} earns {ledger.points_for(amount, rule):,}"

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only a rule that has not begun; the database says when it begins, not a former version of the rule."""
        return super().has_change_permission(request, obj) and not self._has_begun(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Likewise."""
        return super().has_delete_permission(request, obj) and not self._has_begun(obj)

    def _has_begun(self, obj: Any) -> bool:
        return obj is not None and EarnRule.objects.filter(pk=obj.pk, valid_from__lte=timezone.now()).exists()
