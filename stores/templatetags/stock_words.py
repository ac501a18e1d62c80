"""How many are left, in the same words on every page."""

from django import template

from stores.availability import MANY
from stores.models import Variant

register = template.Library()
FEW = 2


@register.filter
def named(variant: Variant) -> str:
    """'Tide waxed coat, Pine, M'."""
    return ", ".join(filter(None, [variant.product.name, variant.words]))


@register.filter
def left(count: int) -> str:
    """'many', '3 left' or 'none'."""
    if count > MANY:
        return "many"
    return f"{count} left" if count else "none"


@register.filter
def some(count: int) -> str:
    """'many' or '3', for '3 at Harbour'."""
    return "many" if count > MANY else str(count)


@register.filter
def tone(count: int) -> str:
    """The tone of a number left: plenty, few, none."""
    if count > FEW:
        return "go"
    return "soon" if count else "plain"


@register.filter
def sign(count: int) -> str:
    """The icon of that tone."""
    return {"go": "ok", "soon": "clock", "plain": "none"}[tone(count)]
