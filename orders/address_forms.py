"""What customers type of an address, checked by the rules of its country."""

import re
from collections.abc import Sequence
from typing import Any

from django import forms

from omo.fields import TextField
from orders import addresses
from orders.addresses import Parts

LABELS = ("postcode", "city", "region")
PHONE = re.compile(r"[+(]?\d[\d ()/.-]{5,28}")


def text(label: str, token: str, *, most: int, required: bool = True, words: str = "", **attrs: str) -> TextField:
    """A line of text that a browser may fill in by `token` (the autofill detail of the HTML standard), after 'shipping'."""
    widget = forms.TextInput(attrs={"autocomplete": f"shipping {token}", **attrs})
    return TextField(label=label, max_length=most, required=required, widget=widget, error_messages={"required": words} if words else {})


class AddressForm(forms.Form):
    """An address in one of `countries`, the ISO codes that are delivered to, the usual one first. What it asks for follows the country that is chosen."""

    name = text("Name", "name", most=100, words="Say who gets the parcel.")
    company = text("Company", "organization", most=100, required=False)
    street = text("Street and number", "address-line1", most=addresses.LONGEST_LINE, words="Write the street and the number.")
    more = text("Flat, floor, building", "address-line2", most=90, required=False)
    postcode = text("Postcode", "postal-code", most=20, required=False, autocapitalize="characters", spellcheck="false")
    city = text("City", "address-level2", most=100, required=False)
    region = text("Region", "address-level1", most=100, required=False)
    country = forms.ChoiceField(
        label="Country",
        widget=forms.Select(attrs={"autocomplete": "shipping country"}),
        error_messages={"required": "Choose a country of the list.", "invalid_choice": "We do not deliver to this country. Choose one of the list."},
    )
    phone = text("Phone for the courier", "tel", most=30, required=False, type="tel", inputmode="tel")

    def __init__(self, *args: Any, countries: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.countries = list(countries)
        country: Any = self.fields["country"]
        country.choices = sorted(((code, addresses.country_name(code)) for code in self.countries), key=lambda choice: choice[1])
        country.initial = next(iter(self.countries), None)
        self._speak_of(self["country"].value())

    def _speak_of(self, chosen: Any) -> None:
        """Name the fields as the country does; those that it does not use go. Whoever chooses another country is asked for the rest, if that needs it."""
        known = chosen if chosen in self.countries else next(iter(self.countries), "")
        if not known:
            return
        words = addresses.wording(known)
        for field in LABELS:
            self.fields[field].label = getattr(words, field)
            if field not in words.uses:
                del self.fields[field]
            else:
                self.fields[field].required = field in words.needs
                self.fields[field].error_messages["required"] = addresses.lacking(field, words)
        if words.example and "postcode" in self.fields:
            numeric = re.sub(r"[\s-]", "", words.example).isdigit() and len(self.countries) == 1
            self.fields["postcode"].widget.attrs |= {"inputmode": "numeric"} if numeric else {}

    def clean_phone(self) -> str:
        """A number that can be dialled."""
        phone = self.cleaned_data["phone"]
        if phone and not PHONE.fullmatch(phone):
            raise forms.ValidationError("This is not a phone number. For example: +353 1 555 0142", code="phone")
        return phone

    def clean(self) -> dict[str, Any]:
        """The address as its country writes it, or what is wrong, field by field."""
        cleaned = super().clean() or self.cleaned_data
        if "country" not in cleaned:
            return cleaned
        try:
            self.checked = addresses.checked(self._typed(cleaned))
        except addresses.Wrong as wrong:
            for field, words in wrong.errors.items():
                if field in self.fields and field not in self.errors:
                    self.add_error(field, words)
        return cleaned

    def address(self) -> Parts:
        """The address of a valid form."""
        return self.checked

    @staticmethod
    def initial_of(address: Any) -> dict[str, str]:
        """What the form shows of an address that is known, Parts or a row."""
        first, _, more = address.street.partition("\n")
        return addresses.columns(addresses.parts_of(address)) | {"street": first, "more": more.replace("\n", ", ")}

    @staticmethod
    def _typed(cleaned: dict[str, Any]) -> Parts:
        street = "\n".join(filter(None, [cleaned.get("street", ""), cleaned.get("more", "")]))
        return Parts(street=street, **{field: cleaned.get(field, "") for field in addresses.FIELDS if field != "street"})
