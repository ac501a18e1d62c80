"""Money in plain text, for mails."""

from django import template

from omo import money

register = template.Library()


@register.filter
def amount(minor_units: int) -> str:
    """1250 → '€12.50'."""
    return money.words(minor_units)
