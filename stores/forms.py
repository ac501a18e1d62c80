"""What people tell the stores' pages."""

from typing import Any

from django import forms

from stores.distance import Point


class PositionForm(forms.Form):
    """Where a phone says that it is."""

    latitude = forms.FloatField()
    longitude = forms.FloatField()

    def clean(self) -> dict[str, Any]:
        """With `point`, if it is on the earth."""
        cleaned = super().clean() or self.cleaned_data
        try:
            return {**cleaned, "point": Point(cleaned["latitude"], cleaned["longitude"])}
        except KeyError:
            return cleaned
        except ValueError as wrong:
            raise forms.ValidationError("That is no place on the earth.", code="nowhere") from wrong
