"""What customers say at the checkout about a delivery: where to, how, and what the courier should know."""

from collections.abc import Mapping
from typing import Any

from django import forms

from omo.fields import TextField
from orders.address_forms import AddressForm
from orders.delivery_quotes import Wish
from orders.models import Address

PREFIX = "to"
BOOK = f"{PREFIX}-book"
"""Names the address of the customer's book that was chosen; '' for what is typed."""


class DeliverToForm(AddressForm):
    """An address with an option and a note. Whose name stands on the parcel is asked only if it is not the customer's own."""

    note = TextField(label="Note for the courier", max_length=200, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    option = forms.IntegerField(error_messages={"required": "Choose how it is delivered.", "invalid": "Choose one of the ways to deliver."})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, prefix=PREFIX, **kwargs)
        self.fields["name"].label = "Name on the parcel, if it is not yours"
        self.fields["name"].required = False  # `typed` fills it in

    def wish(self) -> Wish:
        """What is wished for. Only for a form that is valid."""
        return Wish(self.address(), self.cleaned_data["option"], self.cleaned_data["note"])


def typed(data: Mapping[str, str], *, name: str, chosen: Address | None) -> dict[str, Any]:
    """What was typed of a delivery, as the form takes it: from the book if an address of it was chosen; the parcel bears `name` unless another was typed."""
    found: dict[str, Any] = {key: data.get(key, "") for key in data if key.startswith(f"{PREFIX}-")}
    if chosen:
        found |= {f"{PREFIX}-{field}": value for field, value in AddressForm.initial_of(chosen).items()}
    found[f"{PREFIX}-name"] = found.get(f"{PREFIX}-name") or name
    return found
