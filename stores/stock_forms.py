"""What people type on the pages of stock."""

from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from omo.fields import QuantityField, TextField
from stores import adjustments, counting
from stores.models import StockReason, Store

MOST = 99_999
STALE = "This page is out of date. Open it again."


class UnitsField(QuantityField):
    """A whole number of units, from 1 (or `least`) to 99,999."""

    def __init__(self, *, least: int = 1, **kwargs: Any) -> None:
        super().__init__(least=least, **kwargs)
        self.most = MOST


class ReasonField(forms.ModelChoiceField):
    """One of head office's reasons, as radio buttons; `choose` says which are offered."""

    def __init__(self, choose: Callable[[], QuerySet[StockReason]], **kwargs: Any) -> None:
        self.choose = choose
        errors = {"required": "Choose a reason.", "invalid_choice": "Choose a reason from the list."}
        none = StockReason.objects.none()
        super().__init__(none, label="Reason", widget=forms.RadioSelect, to_field_name="code", empty_label=None, error_messages=errors, **kwargs)

    def __deepcopy__(self, memo: dict[int, Any]) -> "ReasonField":
        """A form's own copy, with the reasons as they are when the form is made."""
        copy = super().__deepcopy__(memo)
        copy.queryset = self.choose()
        return copy


class DirectedReasonField(ReasonField):
    """The reasons with what each can be one for: 'Found (only more)'."""

    def label_from_instance(self, obj: Any) -> str:
        """The reason's words, and its direction unless it is one for both."""
        return obj.words if obj.direction == StockReason.Direction.EITHER else f"{obj.words} ({obj.get_direction_display().lower()})"


class KeyedForm(forms.Form):
    """A form with the key that was made with its page: sent twice, it has one effect."""

    key = forms.RegexField(r"\A[A-Za-z0-9_-]{8,40}\Z", widget=forms.HiddenInput, error_messages={"required": STALE, "invalid": STALE})


class NotedForm(KeyedForm):
    """A form with room for what else is to say."""

    note = TextField(label="Note", max_length=200, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"}))


class CountForm(NotedForm):
    """How many were counted, and if the books said otherwise, why."""

    counted = UnitsField(least=0, label="How many are there?", error_messages={"required": "Say how many you counted; 0 if there are none."})
    reason = ReasonField(counting.reasons, required=False)

    def __init__(self, *args: Any, change: int = 0, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if change:
            self.fields["reason"].queryset = counting.reasons(change)  # type: ignore[attr-defined]


def wrong_way(reason: StockReason) -> str:
    """Why a reason does not fit."""
    fits, not_these = ("more", "fewer") if reason.direction == StockReason.Direction.MORE else ("fewer", "more")
    return f"“{reason.words}” is a reason for {fits} of them, not for {not_these}. Choose another reason, or “{fits.capitalize()}”."


class AdjustForm(NotedForm):
    """How many more or fewer there are than the books say, and why."""

    way = forms.ChoiceField(
        label="Than the books say there are",
        choices=[("fewer", "Fewer"), ("more", "More")],
        widget=forms.RadioSelect,
        error_messages={"required": "Say whether there are fewer or more."},
    )
    units = UnitsField(label="By how many")
    reason = DirectedReasonField(adjustments.reasons)

    field_order = ("way", "units", "reason", "note")

    def clean(self) -> dict[str, Any]:
        """The reason fits what is corrected."""
        cleaned = super().clean() or self.cleaned_data
        if {"way", "units", "reason"} <= cleaned.keys() and not cleaned["reason"].fits(self.change):
            self.add_error("reason", wrong_way(cleaned["reason"]))
        return cleaned

    @property
    def change(self) -> int:
        """By how many units on hand is wrong."""
        units: int = self.cleaned_data["units"]
        return units if self.cleaned_data["way"] == "more" else -units


class DamagedForm(NotedForm):
    """How many are damaged."""

    units = UnitsField(label="How many are damaged", initial=1)

    field_order = ("units", "note")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["auto_id"] = "damaged_%s"  # it stands on one page with AdjustForm
        super().__init__(*args, **kwargs)


class TransferForm(NotedForm):
    """Where goods go."""

    target = forms.ModelChoiceField(
        Store.objects.none(), label="To which store", to_field_name="code", empty_label="Choose a store", error_messages={"required": "Choose a store."}
    )

    field_order = ("target", "note")

    def __init__(self, *args: Any, source: Store, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["target"].queryset = Store.objects.filter(active=True).exclude(pk=source.pk)  # type: ignore[attr-defined]


class DeliveryForm(KeyedForm):
    """The number on the delivery's paper, or that there is none."""

    number = TextField(
        label="Delivery number",
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    no_paper = forms.BooleanField(label="There is no delivery note", required=False)
    seen = forms.IntegerField(required=False, min_value=0, max_value=10**9, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """Goods without a number are so on purpose."""
        cleaned = super().clean() or self.cleaned_data
        if not cleaned.get("number") and not cleaned.get("no_paper") and "number" not in self.errors:
            self.add_error("number", "Type the number on the delivery note, or say that there is none.")
        return cleaned


def instant(text: str, zone: tzinfo) -> datetime:
    """The moment that a date-time field says in the store's zone, or that a link says with its offset. Raises ValidationError."""
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(zone).astimezone(UTC)
    except (ValueError, OverflowError) as wrong:
        raise ValidationError("Write a day and a time.", code="instant") from wrong
