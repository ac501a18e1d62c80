"""Columns of lists and lines of detail pages: money, moments, codes and data as people read them."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from babel.dates import format_datetime
from django.conf import settings
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.http import urlencode

from omo import money as amounts

Column = Callable[[Any, Any], str]
NOTHING = "–"


def money(field: str, words: str) -> Column:
    """An amount in minor units, as '€12.50'."""

    @admin.display(description=words)
    def column(_self: Any, row: Any) -> str:
        amount = getattr(row, field)
        return NOTHING if amount is None else format_html('<span class="amount">{}</span>', amounts.words(amount))

    return column


def in_words(moment: datetime | None, place: Any = None, *, zone: bool = False) -> str:
    """A moment as '24 Nov 2026, 12:00' in the store's own time, with the zone's name if asked for."""
    if moment is None:
        return NOTHING
    local = moment.astimezone(place.zone if place is not None else timezone.get_current_timezone())
    words = format_datetime(local, "d MMM y, HH:mm:ss" if zone else "d MMM y, HH:mm", tzinfo=local.tzinfo, locale=settings.LOCALE)
    # The zone's name is Python's: Babel calls Dublin's winter IST, because there the law makes summer the standard time.
    return format_html('<time datetime="{}">{}{}</time>', local.isoformat(), words, f" {local:%Z}" if zone else "")


def moment(field: str, words: str, *, zone: bool = False) -> Column:
    """A moment, in the time of the row's store if it has one."""

    @admin.display(description=words, empty_value=NOTHING)
    def column(_self: Any, row: Any) -> str:
        return in_words(getattr(row, field), getattr(row, "store", None), zone=zone)

    return column


def kind(field: str, words: str) -> Column:
    """The name of an event or message as words: 'pickup.ready' is 'Pickup ready'."""

    @admin.display(description=words)
    def column(_self: Any, row: Any) -> str:
        return getattr(row, field).replace(".", " ").replace("_", " ").capitalize()

    return column


def data(field: str, words: str) -> Column:
    """A JSON value, one key per line."""

    @admin.display(description=words)
    def column(_self: Any, row: Any) -> str:
        value = getattr(row, field)
        return NOTHING if value in (None, {}, "") else format_html('<pre class="payload">{}</pre>', json.dumps(value, indent=2, ensure_ascii=False))

    return column


def data_line(field: str, words: str) -> Column:
    """A JSON object as one line: 'place R-1, picked 2'."""

    @admin.display(description=words)
    def column(_self: Any, row: Any) -> str:
        return ", ".join(f"{key.replace('_', ' ')} {_flat(value)}" for key, value in getattr(row, field).items()) or NOTHING

    return column


def _flat(value: Any) -> str:
    """A JSON value without the signs of JSON."""
    if isinstance(value, dict):
        return ", ".join(f"{key} {_flat(part)}" for key, part in value.items())
    return " ".join(map(_flat, value)) if isinstance(value, list) else str(value)


def signed(field: str, words: str) -> Column:
    """A number with its sign: '+10' came, '−2' went."""

    @admin.display(description=words)
    def column(_self: Any, row: Any) -> str:
        return f"{getattr(row, field):+,d}".replace("-", "−")

    return column


def list_link(words: str, *, to: str, by: str, text: str = "Show") -> Column:
    """A link to the rows of another list that belong to this row; `to` is '<app>_<model>', `by` the column there."""

    @admin.display(description=words)
    def column(_self: Any, row: Any) -> str:
        if not row.pk:
            return NOTHING
        query = urlencode({f"{by}__id__exact": row.pk})
        return format_html('<a href="{}?{}">{}</a>', reverse(f"admin:{to}_changelist"), query, text)

    return column
