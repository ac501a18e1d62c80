"""Pictures of products as elements of a page."""

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from stores import pictures
from stores.models import Picture

register = template.Library()
CARD, HERO, MINI = "(min-width: 64rem) 15rem, (min-width: 38rem) 12rem, 45vw", "(min-width: 56rem) 31rem, 100vw", "4rem"
SIZES = {"card": CARD, "hero": HERO, "mini": MINI}
PLAIN = 640


@register.simple_tag
def photo(picture: Picture, place: str, label: str | None = None) -> SafeString:
    """The picture in the widths that there are, for a place: 'card', 'hero' or 'mini'. `label` '' makes it decoration, None lets it say what it shows."""
    widths = pictures.widths_of(picture.width)
    sources = ", ".join(f"{_address(picture, width)} {width}w" for width in widths)
    plain = max(width for width in widths if width <= PLAIN or width == widths[0])
    return format_html(
        '<img src="{}" srcset="{}" sizes="{}" width="{}" height="{}" alt="{}" decoding="async"{}>',
        _address(picture, plain),
        sources,
        SIZES[place],
        picture.width,
        picture.height,
        picture.words if label is None else label,
        "" if place == "hero" else format_html(' loading="{}"', "lazy"),
    )


def _address(picture: Picture, width: int) -> str:
    return reverse("picture", args=[pictures.name_of(picture.digest, width)])
