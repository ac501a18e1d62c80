"""What staff type: places, identity checks, quantities and money."""

import unicodedata
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from omo import money
from omo.fields import QuantityField, ScanField, TextField
from orders import payments
from orders.models import Payment

NOT_AN_AMOUNT = "Write an amount such as 12.50."
SPLIT = "split"
TENDERS = [*payments.AT_COUNTER, (SPLIT, "Card and cash")]


class MoneyField(forms.CharField):
    """An amount in minor units, typed as '12.50' or '12,50'. Empty is None."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})

    def to_python(self, value: Any) -> Any:
        """Minor units. Raises ValidationError."""
        text = unicodedata.normalize("NFKC", str(value or "")).strip().replace(",", ".")
        if not text:
            return None
        try:
            return money.parse("".join(str(unicodedata.decimal(letter)) if letter.isdecimal() else letter for letter in text[:30]))
        except money.NotMoney as wrong:
            raise ValidationError(NOT_AN_AMOUNT, code="money") from wrong


class SlipField(TextField):
    """The reference on a card terminal's slip, by which a payment is found again."""

    def __init__(self) -> None:
        super().__init__(label="Number on the slip", max_length=60, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"}))


def tendered(tender: str, amount: int, *, cash: int | None = None, slip: str = "") -> list[payments.Tendered]:
    """What makes up `amount`: one tender, or of a split one what was given in cash and the rest by card. Without those of 0."""
    in_cash = amount if tender == Payment.Tender.CASH else (cash or 0) if tender == SPLIT else 0
    parts = [payments.Tendered(Payment.Tender.CASH, in_cash), payments.Tendered(Payment.Tender.CARD, amount - in_cash, slip)]
    return [part for part in parts if part.amount and tender]


def _check_part(form: forms.Form, cleaned: dict[str, Any], amount: int) -> None:
    """In cash goes more than nothing and less than all, or it would not be split."""
    if cleaned.get("tender") == SPLIT and not form.errors and not 0 < (cleaned.get("cash") or 0) < amount:
        form.add_error("cash", f"Write what is given in cash: less than {money.words(amount)}.")


class PlaceForm(forms.Form):
    """Where the bag waits."""

    place = TextField(label="Where does it wait?", max_length=20, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"}))


class PickedForm(forms.Form):
    """How many units of a line are in the bag."""

    picked = QuantityField(least=0)


class QuantityForm(forms.Form):
    """How many of a line; 0 takes it out."""

    quantity = QuantityField(least=0, label="How many")


class HandOverForm(forms.Form):
    """A hand-over: the scanned proof, or in words what identity was checked; with a tender also the amount that was agreed to, in minor units.

    `split` takes a part in `cash` and the rest by card; `slip` is the reference on the card terminal's slip.
    """

    tender = forms.ChoiceField(choices=TENDERS, required=False, error_messages={"invalid_choice": "Choose card or cash."})
    cash = MoneyField(label="In cash", required=False)
    slip = SlipField()
    amount = forms.RegexField(r"\A[0-9]{1,12}\Z", required=False)
    proof = ScanField(required=False)
    identity = TextField(
        label="What did you check?",
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "ID card, name matches"}),
        error_messages={"required": "Scan the customer's code, or say what you checked."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["identity"].required = not self.data.get("proof", "").strip()

    def clean(self) -> dict[str, Any]:
        """What is taken in cash is a part of what is due."""
        cleaned = super().clean() or self.cleaned_data
        _check_part(self, cleaned, int(cleaned.get("amount") or 0))
        return cleaned

    def tendered(self) -> list[payments.Tendered]:
        """What was taken; nothing without a tender."""
        data = self.cleaned_data
        return tendered(data.get("tender", ""), int(data.get("amount") or 0), cash=data.get("cash"), slip=data.get("slip", ""))


class TakePaymentForm(forms.Form):
    """Money taken for an order before it is handed over: any amount up to what is due."""

    tender = forms.ChoiceField(choices=payments.AT_COUNTER, error_messages={"invalid_choice": "Choose card or cash.", "required": "Choose card or cash."})
    amount = MoneyField(label="Amount", error_messages={"required": NOT_AN_AMOUNT})
    slip = SlipField()
    seen_due = forms.RegexField(r"\A[0-9]{1,12}\Z", required=False)

    def clean_amount(self) -> int:
        """More than nothing."""
        amount = self.cleaned_data["amount"]
        if not amount:
            raise ValidationError(NOT_AN_AMOUNT, code="money")
        return amount

    def tendered(self) -> list[payments.Tendered]:
        """What was taken."""
        data = self.cleaned_data
        return tendered(data["tender"], data["amount"], slip=data["slip"])

    def due_then(self) -> int | None:
        """What the page said is due; None if it did not."""
        seen = self.cleaned_data["seen_due"]
        return int(seen) if seen else None


class PayForm(forms.Form):
    """How a sale at the till was paid. `total` is the total that was on the screen, in minor units."""

    sale_reference = forms.RegexField(r"\A[A-Za-z0-9:_-]{8,60}\Z", error_messages={"required": "Open the till again.", "invalid": "Open the till again."})
    tender = forms.ChoiceField(choices=TENDERS, error_messages={"invalid_choice": "Choose card or cash."})
    total = forms.RegexField(r"\A[0-9]{1,12}\Z")
    given = MoneyField(label="Cash given", required=False)
    card = MoneyField(label="By card", required=False)
    cash = MoneyField(label="In cash", required=False)

    def clean(self) -> dict[str, Any]:
        """Cash that was given must be enough."""
        cleaned = super().clean() or self.cleaned_data
        given = cleaned.get("given")
        if cleaned.get("tender") == Payment.Tender.CASH and given is not None and given < int(cleaned.get("total") or 0):
            self.add_error("given", f"That is less than the total of {money.words(int(cleaned['total']))}.")
        return cleaned

    def tendered(self) -> list[payments.Tendered]:
        """The amounts per tender, without those of 0."""
        data = self.cleaned_data
        split = [("card", data.get("card") or 0), ("cash", data.get("cash") or 0)]
        amounts = split if data["tender"] == "split" else [(data["tender"], int(data["total"]))]
        return [payments.Tendered(tender, amount) for tender, amount in amounts if amount]
