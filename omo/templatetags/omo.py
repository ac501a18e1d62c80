"""The tags and filters of every template (a builtin: no load needed)."""

from functools import lru_cache

import qrcode
from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from qrcode.constants import ERROR_CORRECT_M

from omo import codes
from omo import money as amounts

register = template.Library()
QUIET_ZONE = 4
MASK = 0
"""Every code says which of the eight masks it wears, so any will do. To try them all for the prettiest took longer than the page around the code."""


@register.filter
def money(amount: int | None) -> str:
    """Minor units as people read them, isolated from the writing direction around them."""
    return "" if amount is None else format_html('<bdi class="money">{}</bdi>', amounts.words(amount))


@register.filter
def sentence(words: str) -> str:
    """What somebody typed, with an end, so that another sentence may follow: 'The jar broke' → 'The jar broke.'"""
    words = words.strip()
    return words if not words or words.endswith((".", "!", "?", "…")) else f"{words}."


@register.simple_tag
def longest_scan() -> int:
    """How many characters a scan field takes, one more than any code has: what is cut off there is refused in words, not taken for something else."""
    return codes.MAX_SCAN + 1


@register.simple_tag
def icon(name: str, css: str = "") -> str:
    """An icon of the sprite. It is decoration: a word always stands beside it."""
    return _icon(_sprite(), name, css)


@lru_cache(maxsize=1)
def _sprite() -> str:
    """The sprite's address: the same for as long as the process lives, and asked for at every icon."""
    return static("symbols.svg")


@lru_cache(maxsize=500)
def _icon(sprite: str, name: str, css: str) -> SafeString:
    return format_html('<svg class="icon {}" aria-hidden="true"><use href="{}#i-{}"/></svg>', css, sprite, name)


@register.simple_tag
def drawing(name: str, tint: str = "", label: str = "") -> str:
    """A product drawing in the variant's colour; with `label` it is read out, without it is decoration."""
    return _drawing(_sprite(), name, tint, label)


@lru_cache(maxsize=5_000)
def _drawing(sprite: str, name: str, tint: str, label: str) -> SafeString:
    role = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html(
        '<svg color="{}" viewBox="0 0 200 200" width="200" height="200" {}><use href="{}#p-{}"/></svg>',
        tint or "#8a7d6a",
        role,
        sprite,
        name or "basket",
    )


@register.simple_tag
def qr(text: str, label: str) -> SafeString:
    """`text` as a QR code (ISO/IEC 18004, level M, quiet zone of four modules) in inline SVG, dark on white in every theme."""
    side, path = _modules(text)
    return format_html(
        '<svg class="qr" viewBox="0 0 {0} {0}" width="{0}" height="{0}" shape-rendering="crispEdges" role="img" aria-label="{1}">'
        '<path fill="#fff" d="M0 0h{0}v{0}H0z"/><path fill="#000" d="{2}"/></svg>',
        side,
        label,
        path,
    )


@lru_cache(maxsize=500)
def _modules(text: str) -> tuple[int, str]:
    """How many modules a side has, and the dark ones as a path; kept, because a page that follows an order shows the same code again and again."""
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=QUIET_ZONE, mask_pattern=MASK)
    code.add_data(text)
    code.make(fit=True)
    rows = code.get_matrix()
    return len(rows), "".join(f"M{x} {y}h{width}v1h-{width}z" for y, row in enumerate(rows) for x, width in _runs(row))


def _runs(row: list[bool]) -> list[tuple[int, int]]:
    """Where dark modules stand in a row, as (start, length)."""
    runs: list[tuple[int, int]] = []
    for x, dark in enumerate(row):
        if dark and runs and runs[-1][0] + runs[-1][1] == x:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        elif dark:
            runs.append((x, 1))
    return runs
