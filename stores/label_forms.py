"""Forms of the label pages."""

from django import forms

from omo.fields import QuantityField, TextField
from stores.label_sheets import PER_SHEET


class PlaceNumber(QuantityField):
    """A number from 1 to 21: a sheet has no more places."""

    def __init__(self, label: str) -> None:
        super().__init__(label=label, initial=1)
        self.most = PER_SHEET


class SheetForm(forms.Form):
    """How labels are printed."""

    copies = PlaceNumber("Labels of each")
    start = PlaceNumber("Start at label")


class MakeForm(SheetForm):
    """Where the labels go, and how they are printed."""

    shelf = TextField(label="Shelf", max_length=20, required=False, widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "B4"}))
    field_order = ("shelf", "copies", "start")
