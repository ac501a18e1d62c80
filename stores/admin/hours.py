"""When a store is open, on its page: the hours of its week, special openings, closures."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from omo.admin.base import OfficeFormSet, OfficeInline
from stores import closed_days, hours
from stores.models import Closure, OpeningHours, SpecialOpening, Store

DAY = timedelta(days=1)
MONDAY = date(2001, 1, 1)
"""Of no year in particular: a week's hours are laid out from here to see whether they overlap."""


class IntervalForm(forms.ModelForm):
    """One interval of a day."""

    def clean(self) -> dict[str, Any]:
        """Closing and opening differ: said beside the field. Closing before opening means the next day."""
        cleaned = super().clean() or self.cleaned_data
        opens, closes = cleaned.get("opens"), cleaned.get("closes")
        if opens and closes and closes == opens:
            self.add_error("closes", "Closing must be after opening. For a whole day, give two intervals: 00:00–12:00 and 12:00–00:00.")
        return cleaned


class IntervalFormSet(OfficeFormSet):
    """Intervals that must not overlap, else the store's minutes would count twice."""

    round_the_week = False

    def clean(self) -> None:
        """Said beside the opening of the later one, also where it is a night that reaches into the next day."""
        super().clean()
        spans = sorted((self._span(form.instance) + (form,) for form in self.forms if self._counts(form)), key=lambda span: span[:2])
        if not spans:
            return
        first, latest = spans[0], spans[0]
        for span in spans[1:]:
            if span[0] < latest[1]:
                span[2].add_error("opens", f"This overlaps with {latest[2].instance}.")
            latest = max(latest, span, key=lambda one: one[1])
        if self.round_the_week and latest is not first and first[0] + 7 * DAY < latest[1]:
            first[2].add_error("opens", f"This overlaps with {latest[2].instance}.")

    def _counts(self, form: Any) -> bool:
        return form.is_valid() and bool(form.cleaned_data) and not form.cleaned_data.get("DELETE")

    def _span(self, row: Any) -> tuple[datetime, datetime]:
        day = row.day if isinstance(row, SpecialOpening) else MONDAY + row.weekday * DAY
        return _moment(day, row.opens), _moment(day if row.closes > row.opens else day + DAY, row.closes)


class WeekFormSet(IntervalFormSet):
    """A week that begins again: Sunday's night reaches into Monday."""

    round_the_week = True


class ClosureForm(forms.ModelForm):
    """Days without opening."""

    def clean(self) -> dict[str, Any]:
        """The last day is not before the first: said beside the field."""
        cleaned = super().clean() or self.cleaned_data
        first, last = cleaned.get("first_day"), cleaned.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", "The last day is before the first.")
        return cleaned


class HoursInline(OfficeInline):
    """When the store is open, in its own time."""

    model = OpeningHours
    form, formset = IntervalForm, WeekFormSet
    verbose_name_plural = "opening hours (one that closes before it opens lasts over midnight)"


class SpecialInline(OfficeInline):
    """Dates with other hours than their weekday's."""

    model = SpecialOpening
    form, formset = IntervalForm, IntervalFormSet
    verbose_name_plural = "special openings (in place of that weekday's hours)"


class ClosureInline(OfficeInline):
    """Dates on which the store is closed."""

    model = Closure
    form = ClosureForm
    verbose_name_plural = "closures (whole days; they win over all hours)"


def tell_of_bookings(request: HttpRequest, store: Store) -> None:
    """Say how many bookings are for times at which the store is not open by now, and where staff move them."""
    count = closed_days.booked_outside(store, hours.calendar_of(store), at=timezone.now())
    if count:
        where, one = reverse("closed_days", args=[store.code]), count == 1
        booked = "pickup is" if one else "pickups are"
        words = format_html('{} {} booked while the store is not open. <a href="{}">Move {}</a>', count, booked, where, "it" if one else "them")
        messages.warning(request, words)


def _moment(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock)
