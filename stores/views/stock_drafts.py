"""A list of goods that grows scan by scan, before anything is sent or received.

It lives in the page's address, so that Back and Refresh work and nothing is repeated: each scan posts the list as it stands and is redirected to the list
with one more.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.core.exceptions import BadRequest, ValidationError
from django.utils.http import urlencode

from omo.strictness import MOST_QUERY
from stores.models import Store, Variant
from stores.stock_forms import MOST, UnitsField
from stores.views.at_work import StaffRequest
from stores.views.stock_pages import scanned

BETWEEN = "~"
MOST_LINES = 60
"""As many as an address can carry, if their SKUs are not long."""


@dataclass
class Line:
    """Goods of the list, how many as they were typed, and what is wrong with that."""

    variant: Variant
    typed: str
    wrong: str = ""

    @property
    def units(self) -> int:
        """How many; 0 for what is no number."""
        return int(self.typed) if self.typed.isdecimal() else 0


class Unknown(Exception):
    """No goods have this code or number."""


class Full(Exception):
    """The list holds as many goods as it can."""


def from_address(text: str) -> list[Line]:
    """The list of an address, 'SKU~units~SKU~units'. Raises BadRequest for what is none of ours."""
    parts = text.split(BETWEEN) if text else []
    if len(parts) % 2 or len(parts) > 2 * MOST_LINES or "\x00" in text:
        raise BadRequest("This is no list of goods.")
    return _lines(zip(parts[::2], parts[1::2], strict=True))


def from_form(request: StaffRequest) -> list[Line]:
    """The list as it was posted, in rows of `sku` and `quantity`. A row that was emptied, or set to 0, is out."""
    skus, quantities = request.POST.getlist("sku"), request.POST.getlist("quantity")
    if len(skus) != len(quantities) or len(skus) > MOST_LINES or any("\x00" in text for text in (*skus, *quantities)):
        raise BadRequest("This is no list of goods.")
    return [line for line in _lines(zip(skus, quantities, strict=True)) if line.typed.strip() not in ("", "0")]


def add_scan(request: StaffRequest, store: Store, lines: list[Line]) -> list[Line]:
    """The list with one more of what was scanned (`code`). Raises Unknown and Full."""
    code = request.POST.get("code", "").strip()
    if not code:
        return lines
    variant = scanned(request, store, code)
    if variant is None:
        raise Unknown
    known = next((line for line in lines if line.variant.pk == variant.pk), None)
    if known:
        known.typed = known.typed if known.wrong else str(min(known.units + 1, MOST))
    elif len(lines) >= MOST_LINES:
        raise Full
    else:
        lines = [*lines, Line(variant, "1")]
    return lines


def address(path: str, lines: Iterable[Line], **kept: str) -> str:
    """The address of a list, with what else was typed. Raises Full for one that would be longer than addresses may be."""
    goods = BETWEEN.join(f"{line.variant.sku}{BETWEEN}{line.units}" for line in lines)
    query = urlencode({"goods": goods, **{name: text for name, text in kept.items() if text}})
    if len(query) > MOST_QUERY:
        raise Full
    return f"{path}?{query}"


def goods(lines: Iterable[Line]) -> dict[int, int]:
    """{variant id: units} of a list without faults."""
    return {line.variant.pk: line.units for line in lines}


def _lines(rows: Iterable[tuple[str, str]]) -> list[Line]:
    wanted = dict(rows)
    known = {variant.sku: variant for variant in Variant.objects.filter(sku__in=wanted).select_related("product")}
    return [_line(known[sku], typed) for sku, typed in wanted.items() if sku in known]


def _line(variant: Variant, typed: str) -> Line:
    try:
        return Line(variant, str(UnitsField(least=0).clean(typed or "0")))
    except ValidationError as wrong:
        return Line(variant, typed[:20], wrong.messages[0])
