"""What customers say about a line of their cart."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms

from omo.fields import QuantityField
from orders.models import CartLine
from stores.models import Store

HERE, DELIVERED, AT = "here", "delivered", "at-"
"""How a form says where a line goes: with the rest, to the door, or to the store whose code follows."""


class WayForm(forms.Form):
    """How a line is received; in any store that hands over orders, and delivered where the shop delivers."""

    how = forms.CharField(max_length=60)

    def __init__(self, *args: Any, stores: Sequence[Store], delivers: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stores, self.delivers = stores, delivers

    def clean_how(self) -> tuple[str, Store | None]:
        """The way and the store of its own, None where the cart is collected. Raises ValidationError."""
        how = self.cleaned_data["how"]
        if how == HERE:
            return CartLine.Way.PICKUP, None
        if how == DELIVERED and self.delivers:
            return CartLine.Way.DELIVERY, None
        store = next((one for one in self.stores if how == f"{AT}{one.code}"), None)
        if store is None:
            raise forms.ValidationError("This is not possible any more. Choose another way.", code="invalid_choice")
        return CartLine.Way.PICKUP, store


class RestoreForm(forms.Form):
    """A line that was removed, as the page that said so kept it."""

    quantity = QuantityField()
    way = forms.ChoiceField(choices=CartLine.Way)
    store = forms.CharField(required=False, max_length=60)
    saved = forms.BooleanField(required=False)
    label = forms.CharField(required=False, max_length=60)

    def saved_at(self, at: datetime) -> datetime | None:
        """Since when it is saved for later."""
        return at if self.cleaned_data["saved"] else None
