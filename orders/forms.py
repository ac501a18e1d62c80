"""What customers type: how many, a code, and who collects."""

from collections.abc import Sequence
from typing import Any

from django import forms

from omo.codes import MAX_SCAN
from omo.fields import EmailField, QuantityField, TextField
from stores import slots
from stores.models import Store

KEY = r"^[A-Za-z0-9_-]{16,64}$"


class AddForm(forms.Form):
    """Put a variant into the cart."""

    quantity = QuantityField(label="How many")


class QuantityForm(forms.Form):
    """Change a line of the cart; 0 removes it."""

    quantity = QuantityField(label="How many", least=0)


class CodeForm(forms.Form):
    """The code under the QR of a shelf label, or the whole address."""

    code = forms.CharField(
        label="Code on the label",
        max_length=MAX_SCAN,
        widget=forms.TextInput(attrs={"autocapitalize": "characters", "autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": "Type the code of the label, or take a picture of it."},
    )


class StoreField(forms.Field):
    """One of the stores that the page showed, by its code; which of them hand over orders now is asked when the order is placed."""

    stores: Sequence[Store] = ()

    def to_python(self, value: Any) -> Store | None:
        """The store. Raises ValidationError."""
        if not value:
            return None
        found = next((store for store in self.stores if store.code == value), None)
        if found is None:
            raise forms.ValidationError(self.error_messages["invalid_choice"], code="invalid_choice")
        return found


class CheckoutForm(forms.Form):
    """Who orders, where it is collected and how it is paid. Where it is delivered is a form of its own."""

    name = TextField(
        label="Your name",
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": "Tell us the name for the counter."},
    )
    email = EmailField(
        label="E-mail for the order and receipt",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email"}),
        error_messages={
            "required": "We need an address to tell you when it is ready.",
            "invalid": "This is not an e-mail address. For example: name@example.com",
        },
    )
    store = StoreField(
        label="Store",
        error_messages={"required": "Choose the store where you collect.", "invalid_choice": "This store does not hand over orders. Choose another."},
    )
    slot = forms.CharField(label="When", max_length=40, required=False, error_messages={"max_length": "Choose one of the windows."})
    method = forms.CharField(label="Pay", max_length=20, error_messages=dict.fromkeys(("required", "max_length"), "Choose how you pay."))
    key = forms.RegexField(KEY, widget=forms.HiddenInput)
    seen_total = forms.IntegerField(min_value=0, max_value=2**53, widget=forms.HiddenInput)
    seen_store = forms.CharField(max_length=30, required=False, widget=forms.HiddenInput)
    seen_ways = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, stores: Sequence[Store], others: Sequence[Store] = (), together: bool = True, **kwargs: Any) -> None:
        """`stores` are those to choose from for what is collected where the cart is (`together`: something is); `others` those in which more is collected."""
        super().__init__(*args, **kwargs)
        self.fields["store"].stores = stores  # type: ignore[attr-defined]
        self.fields["store"].required = together
        self.others = others
        for one in others:
            self.fields[window_name(one)] = forms.CharField(label=f"When at {one.name}", max_length=40, required=False)

    def clean_slot(self) -> str:
        """The window that was chosen; the first there is if the page offered none."""
        return self.cleaned_data["slot"] or slots.FIRST

    def windows(self) -> dict[str, str]:
        """The windows that were chosen at the other stores, by the stores' codes."""
        return {one.code: self.cleaned_data.get(window_name(one)) or slots.FIRST for one in self.others}

    def clean(self) -> dict[str, Any]:
        """What the page itself sent must be whole. Otherwise the page is shown anew."""
        cleaned = super().clean() or {}
        own = ("key", "seen_total", "seen_store", "seen_ways")
        if set(own) & set(self.errors):
            for name in own:
                self.errors.pop(name, None)
            self.add_error(None, "This page was not complete. Check it and place the order again.")
        return cleaned


def window_name(store: Store) -> str:
    """By which the form names the window at a store that is not the cart's."""
    return f"window-{store.code}"
