"""What customers and staff type when they change or cancel something."""

from collections.abc import Sequence
from typing import Any

from django import forms

from omo.fields import QuantityField, TextField
from orders import cancellation
from orders.models import FulfilmentLine

PART, ORDER = "part", "order"


class WindowForm(forms.Form):
    """Another window, as `slots.Slot.value` names it."""

    slot = forms.CharField(label="When", max_length=40, error_messages={"required": "Choose one of the windows.", "max_length": "Choose one of the windows."})


class CollectorForm(forms.Form):
    """Who collects."""

    name = TextField(
        label="Name for the counter",
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": "Tell us the name for the counter."},
    )


class ReasonForm(forms.Form):
    """Why the store does it; the customer reads it."""

    reason = TextField(
        label="Why? The customer reads this",
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Say why, in words that the customer may read."},
    )


class MoveForm(WindowForm, ReasonForm):
    """Another window, and why."""


class CancelForm(forms.Form):
    """How much is cancelled: this part of the order, or all that is open of it."""

    what = forms.ChoiceField(
        choices=[(PART, "This part"), (ORDER, "The whole order")],
        error_messages={"required": "Say what to cancel.", "invalid_choice": "Say what to cancel."},
    )


class KeepForm(forms.Form):
    """How many units of each line are kept: `keep_<line id>`, from 0 to what is going now."""

    def __init__(self, *args: Any, lines: Sequence[FulfilmentLine], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines = [line for line in lines if cancellation.going(line)]
        for line in self.lines:
            field = QuantityField(label=line.order_line.name, least=0, initial=cancellation.going(line))
            field.most = cancellation.going(line)
            self.fields[f"keep_{line.pk}"] = field

    @property
    def rows(self) -> list[tuple[FulfilmentLine, forms.BoundField]]:
        """Each line with its field."""
        return [(line, self[f"keep_{line.pk}"]) for line in self.lines]

    def taken_off(self) -> dict[int, int]:
        """{line id: how many units go}, of a valid form; empty if all are kept."""
        off = {line.pk: cancellation.going(line) - self.cleaned_data[f"keep_{line.pk}"] for line in self.lines}
        return {line_id: count for line_id, count in off.items() if count}

    def keeps_nothing(self) -> bool:
        """Whether all of the fulfilment is taken off."""
        return not any(self.cleaned_data.values())
