"""How far it is, in words."""

from django import template

from stores import distance

register = template.Library()


@register.filter
def far(km: float | None, unit: str) -> str:
    """'1.2 km' or '0.8 miles'; '' if it is not known."""
    return "" if km is None else distance.words(km, unit)
