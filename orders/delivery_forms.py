"""What staff type about parcels: carriers, tracking numbers, couriers, and why one came back."""

import re
from typing import Any

from django import forms

from omo.fields import TextField
from orders import parcels
from orders.models import Carrier

TRACKING = re.compile(r"[A-Z0-9][A-Z0-9./-]{2,59}")
REASONS = (
    "Nobody was at home",
    "The address was not found",
    "It was refused at the door",
    "It was not collected from the carrier",
    "It was damaged on the way",
)


class TrackingField(forms.CharField):
    """The carrier's number for a parcel, in capitals and without spaces; empty if the carrier gives none."""

    widget = forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"})

    def to_python(self, value: Any) -> str:
        """The number. Raises ValidationError, also for our own label, which is scanned by mistake."""
        tracking = "".join((super().to_python(value) or "").split()).upper()
        if not tracking:
            return ""
        if parcels.find(tracking):
            raise forms.ValidationError("This is our own label. Scan the carrier's.", code="own")
        if not TRACKING.fullmatch(tracking):
            raise forms.ValidationError("Use the number on the carrier's label: 3 to 60 letters, digits and dashes.", code="tracking")
        return tracking


class CarrierField(forms.ModelChoiceField):
    """One of the carriers that are in use."""

    def __init__(self) -> None:
        gone = "This carrier is not in use any more. Choose another."
        words = {"required": "Choose the carrier.", "invalid_choice": gone}
        super().__init__(Carrier.objects.filter(active=True), label="Carrier", empty_label=None, error_messages=words)


class ShipForm(forms.Form):
    """With whom a parcel leaves."""

    carrier = CarrierField()
    tracking = TrackingField(label="Tracking number", required=False)


class FailForm(forms.Form):
    """Why a parcel came back; the customer reads it."""

    reason = forms.ChoiceField(
        label="Why did it come back?",
        choices=[(words, words) for words in REASONS],
        error_messages={"required": "Say why it came back.", "invalid_choice": "Choose one of the reasons."},
    )


class DeliverForm(forms.Form):
    """How a parcel arrived, for whoever asks later."""

    note = TextField(label="Who took it in?", max_length=100, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"}))


class HandOffForm(forms.Form):
    """Who takes the parcels of a list."""

    carrier = CarrierField()
    courier = TextField(
        label="Courier's name", max_length=60, widget=forms.TextInput(attrs={"autocomplete": "off"}), error_messages={"required": "Ask for the courier's name."}
    )
