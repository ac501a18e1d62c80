"""What customers type about who collects, and where they wait."""

from django import forms

from omo.fields import TextField
from stores.stock_forms import UnitsField


class ProxyForm(forms.Form):
    """Who collects in the customer's place."""

    name = TextField(
        label="Who collects it?",
        max_length=60,
        help_text="The counter sees the first name only.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Tell us who collects it."},
    )


class ArriveForm(forms.Form):
    """Where the customer waits: in a numbered parking bay, or empty for the counter."""

    bay = UnitsField(required=False)
