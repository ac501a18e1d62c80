"""Forms of the page on hours and pace."""

from datetime import datetime, time, timedelta
from typing import Any

from django import forms

from omo.fields import TextField
from stores.models import Store

HALF_AN_HOUR, HOUR, TODAY, CLOCK = "30", "60", "day", "time"
SPANS = [(HALF_AN_HOUR, "30 minutes"), (HOUR, "1 hour"), (TODAY, "The rest of the day"), (CLOCK, "Until the time below")]
MINUTES = [("15", "15 minutes later"), ("30", "30 minutes later"), ("60", "1 hour later")]


def reason_field(**options: Any) -> TextField:
    """Words that customers read."""
    return TextField(label="Reason, for customers", max_length=80, widget=forms.TextInput(attrs={"autocomplete": "off"}), **options)


class UntilForm(forms.Form):
    """Until when something lasts. `until` is the moment in the store's time."""

    span = forms.ChoiceField(label="How long", choices=SPANS, widget=forms.RadioSelect, error_messages={"required": "Say how long."})
    clock = forms.TimeField(label="Time", required=False, widget=forms.TimeInput(attrs={"type": "time"}), error_messages={"invalid": "A time, such as 15:30."})
    reason = reason_field(required=False)

    def __init__(self, *args: Any, store: Store, at: datetime, **kwargs: Any) -> None:
        self.store, self.at = store, at
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        """A time of today that is still ahead, if one was chosen."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("span") == CLOCK and "clock" in cleaned:
            if cleaned["clock"] is None:
                self.add_error("clock", "Give the time.")
            elif self._today(cleaned["clock"]) <= self.at:
                self.add_error("clock", "That time is over. Choose a later one of today.")
        return cleaned

    @property
    def until(self) -> datetime:
        """When it ends."""
        span = self.cleaned_data["span"]
        if span == CLOCK:
            return self._today(self.cleaned_data["clock"])
        if span == TODAY:
            return self._today(time(0), days=1)
        return self.at + timedelta(minutes=int(span))

    def _today(self, clock: time, days: int = 0) -> datetime:
        day = self.at.astimezone(self.store.zone).date() + timedelta(days=days)
        return datetime.combine(day, clock, self.store.zone)


class SlowDownForm(UntilForm):
    """How much later, and until when."""

    minutes = forms.TypedChoiceField(label="Promise", choices=MINUTES, coerce=int, initial="15", widget=forms.RadioSelect)
    field_order = ("minutes", "span", "clock", "reason")


class CloseForm(forms.Form):
    """Whole days without opening."""

    first_day = forms.DateField(label="First day", widget=forms.DateInput(attrs={"type": "date"}), error_messages={"required": "Give the first day."})
    last_day = forms.DateField(label="Last day", widget=forms.DateInput(attrs={"type": "date"}), error_messages={"required": "Give the last day."})
    reason = reason_field(error_messages={"required": "Customers want to know why, such as 'Stocktaking'."})


class OpenAgainForm(forms.Form):
    """Which closure."""

    closure = forms.IntegerField(min_value=1, max_value=2**62, widget=forms.HiddenInput)
