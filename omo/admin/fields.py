"""Form fields of head office: money in the main unit, and texts of several lines."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from omo import fields, money

MOST_MONEY = 10**9
"""The largest list price or amount in minor units: far above any, far below what a column holds."""


class LongTextField(forms.CharField):
    """Text of several lines; each of them is a line of plain text."""

    def to_python(self, value: Any) -> str:
        """The lines, trimmed and in NFC."""
        text = super().to_python(value) or ""
        return "\n".join(fields.check_text(line.replace("\t", " ")) for line in text.splitlines())


class MoneyField(forms.Field):
    """An amount typed in the currency's main unit and kept in minor units: '12.50' is 1250."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "class": "vMoneyField", "size": 12})

    def to_python(self, value: Any) -> int | None:
        """Minor units. Raises ValidationError for signs, thousands separators, letters and more decimals than the currency has."""
        text = str(value if value is not None else "").strip()
        if not text:
            return None
        try:
            amount = money.parse(text)
        except money.NotMoney:
            raise ValidationError(f"Use an amount such as {money.decimal(1250)}: digits only, with a point, without a sign.", code="money") from None
        if amount > MOST_MONEY:
            raise ValidationError(f"Use an amount up to {money.words(MOST_MONEY)}.", code="most")
        return amount

    def prepare_value(self, value: Any) -> Any:
        """What the field shows: the amount in the main unit, or what was typed."""
        return money.decimal(value) if isinstance(value, int) else value
