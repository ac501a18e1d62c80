"""Lists that people page through: what may be asked of them, and which part is shown.

Pages are found by key (the last row seen), never by offset, so that page 500 costs what page 1 costs.
"""

from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.core.exceptions import BadRequest
from django.db.models import Q, QuerySet
from django.utils.datastructures import MultiValueDict

LONGEST = 200
CAMPAIGN = ("utm_", "fbclid", "gclid", "gad_", "gbraid", "wbraid", "dclid", "msclkid", "srsltid", "mc_", "_gl")
"""What newsletters, advertisements and networks add to links; it is ignored."""


class NoSuchPage(Exception):
    """The cursor is not one that we made for this list."""


@dataclass(frozen=True)
class Page:
    """Some rows of a list, and the cursor of the rows after them ('' at the end)."""

    rows: list[Any]
    next: str


def asked(query: MultiValueDict[str, str], *known: str) -> dict[str, str]:
    """The query parameters by name, '' for those not given. Raises BadRequest for unknown, repeated and overlong ones, and for NUL."""
    for name, values in query.lists():
        if name.startswith(CAMPAIGN):
            continue
        if name not in known or len(values) != 1 or "\x00" in values[0]:
            raise BadRequest("This page does not know such a question.")
        if name != "page" and len(values[0]) > LONGEST:
            raise BadRequest("That is too long.")
    return {name: query.get(name, "") for name in known}


def page(rows: QuerySet[Any], *, order: tuple[str, ...], after: str, size: int, name: str) -> Page:
    """The `size` rows after the cursor `after` ('' for the first).

    `order` names columns or annotations, all ascending or all descending ('-id'), the last one unique; `name` tells this list's cursors from others'.
    Raises NoSuchPage.
    """
    keys = [key.removeprefix("-") for key in order]
    if after:
        rows = rows.filter(_beyond(keys, _read(after, name, len(keys)), "lt" if order[0].startswith("-") else "gt"))
    found = list(rows.order_by(*order)[: size + 1])
    more = len(found) > size
    return Page(found[:size], _signer(name).sign_object([getattr(found[size - 1], key) for key in keys]) if more else "")


def _signer(name: str) -> signing.Signer:
    """Without a time in what it signs: while the rows stay the same, so does the cursor, and with it the page."""
    return signing.Signer(salt=f"list:{name}")


def _read(cursor: str, name: str, length: int) -> list[Any]:
    try:
        values = _signer(name).unsign_object(cursor)
    except (signing.BadSignature, ValueError) as forged:
        raise NoSuchPage from forged
    if len(values) != length:
        raise NoSuchPage
    return values


def _beyond(keys: list[str], values: list[Any], side: str) -> Q:
    """Beyond (a, b): a at least as far, and a farther or b farther; an index on (a, b) serves this."""
    beyond = Q(**{f"{keys[-1]}__{side}": values[-1]})
    for key, value in list(zip(keys, values, strict=True))[-2::-1]:
        beyond = Q(**{f"{key}__{side}e": value}) & (Q(**{f"{key}__{side}": value}) | beyond)
    return beyond
