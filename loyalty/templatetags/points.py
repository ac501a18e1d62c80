"""Points as people read them."""

from babel.numbers import format_decimal
from django import template
from django.conf import settings

register = template.Library()


@register.filter
def points(count: int | None) -> str:
    """1284 → '1,284'."""
    return format_decimal(count or 0, locale=settings.LOCALE)
