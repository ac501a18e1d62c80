"""Moments in words, in a store's own time."""

from datetime import datetime

from django import template
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from stores.models import Store

register = template.Library()


@register.filter
def clock(moment: datetime | None, store: Store) -> str:
    """'15:00'; in the hour that comes twice when the clocks go back '01:30 GMT'."""
    if not moment:
        return ""
    there = moment.astimezone(store.zone)
    twice = there.utcoffset() != there.replace(fold=1 - there.fold).utcoffset()
    return f"{there:%H:%M %Z}" if twice else f"{there:%H:%M}"


@register.filter
def day(moment: datetime | None, store: Store) -> str:
    """'today', 'tomorrow', or 'Thu 26 Nov'."""
    if not moment:
        return ""
    here = moment.astimezone(store.zone).date()
    away = (here - timezone.now().astimezone(store.zone).date()).days
    return {0: "today", 1: "tomorrow"}.get(away) or formats.date_format(here, "D j M")


@register.filter
def when(moment: datetime | None, store: Store) -> SafeString | str:
    """'today 15:00', 'Thu 26 Nov, 15:00'."""
    if not moment:
        return ""
    words = day(moment, store)
    between = " " if words in ("today", "tomorrow") else ", "
    return format_html('{}{}<time datetime="{}">{}</time>', words, between, moment.isoformat(), clock(moment, store))


@register.filter
def until(moment: datetime | None, store: Store) -> SafeString | str:
    """'15:00' today, 'Sat 18:00' within a week, else '3 Dec 18:00'."""
    if not moment:
        return ""
    there, today = moment.astimezone(store.zone), timezone.now().astimezone(store.zone).date()
    away = abs((there.date() - today).days)
    words = "" if not away else f"{formats.date_format(there, 'D' if away < 7 else 'j M')} "
    return format_html('{}<time datetime="{}">{}</time>', words, moment.isoformat(), clock(moment, store))


@register.simple_tag
def window(starts: datetime, ends: datetime | None, store: Store) -> SafeString:
    """'today 15:00–15:30', 'Thu 26 Nov, 15:00–15:30'; only when it starts for what has no end."""
    if ends is None:
        return format_html("{}", when(starts, store))
    return format_html("{}–<time>{}</time>", when(starts, store), clock(ends, store))


@register.filter
def moment(moment: datetime | None, store: Store) -> str:
    """'Thursday 26 November, 15:00', for mails that are read later."""
    return f"{formats.date_format(moment.astimezone(store.zone), 'l j F')}, {clock(moment, store)}" if moment else ""


@register.filter
def span(minutes: int) -> str:
    """'2 hours', '90 minutes'."""
    count, unit = (minutes, "minute") if minutes % 60 else (minutes // 60, "hour")
    return f"{count} {unit}{'' if count == 1 else 's'}"


@register.filter
def on(moment: datetime | None, store: Store) -> str:
    """'26 Nov'."""
    return formats.date_format(moment.astimezone(store.zone), "j M") if moment else ""
