"""What a cell means: text of a model's field, an amount, a GTIN, a count, yes or no. Each raises BadCell with a code and its data."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Field

from omo import money
from omo.fields import check_text

Reader = Callable[[str], Any]

SCIENTIFIC = re.compile(r"[0-9]+([.,][0-9]*)?[eE][+-]?[0-9]+")
WITH_COMMA = re.compile(r"[0-9.' ]*,[0-9]+|[0-9]+(,[0-9]{3})+(\.[0-9]+)?")
WORDS_OF_YES = {"yes": True, "y": True, "true": True, "1": True, "no": False, "n": False, "false": False, "0": False}
MOST_ON_HAND = 999_999


class BadCell(Exception):
    """The cell does not mean what its column says."""

    def __init__(self, code: str, **data: Any) -> None:
        super().__init__(code)
        self.code, self.data = code, data


def text(field: "Field[Any, Any]") -> Reader:
    """One line of text that fits the field and its validators."""

    def read(cell: str) -> str:
        if "\0" in cell:
            raise BadCell("nul")
        try:
            value = check_text(cell)
            if value:
                field.run_validators(value)
        except ValidationError as reason:
            raise BadCell("invalid", value=cell, reason=" ".join(reason.messages)) from reason
        return value

    return read


def lines(cell: str) -> str:
    """Text that may have several lines, such as a description."""
    if "\0" in cell:
        raise BadCell("nul")
    try:
        return "\n".join(check_text(line) for line in cell.strip().splitlines())
    except ValidationError as reason:
        raise BadCell("invalid", value=cell, reason=" ".join(reason.messages)) from reason


def amount(cell: str) -> int | None:
    """Minor units of an amount; None for an empty cell."""
    value = cell.strip()
    if not value:
        return None
    try:
        return money.parse(value)
    except money.NotMoney as reason:
        raise BadCell("comma_decimals" if WITH_COMMA.fullmatch(value) else "not_money", value=value, digits=money.digits()) from reason


def gtin(cell: str) -> str:
    """The digits as they stand, leading zeros too; '' for an empty cell."""
    value = cell.strip()
    if SCIENTIFIC.fullmatch(value):
        raise BadCell("scientific", value=value)
    if value and not (value.isascii() and value.isdigit() and len(value) in (8, 12, 13, 14)):
        raise BadCell("not_gtin", value=value)
    return value


def count(least: int, most: int) -> Reader:
    """A whole number of units from `least` to `most`."""

    def read(cell: str) -> int:
        value = cell.strip()
        if re.fullmatch(r"-[0-9.]+", value):
            raise BadCell("negative" if least == 0 else "negative_sale", value=value)
        match = re.fullmatch(r"([0-9]{1,9})(\.0+)?", value)
        if not match or not least <= int(match[1]) <= most:
            raise BadCell("not_a_count", value=value, most=most)
        return int(match[1])

    return read


def yes_or_no(cell: str) -> bool | None:
    """Whether it is a yes; None for an empty cell."""
    value = cell.strip().lower()
    if value and value not in WORDS_OF_YES:
        raise BadCell("not_yes_or_no", value=cell)
    return WORDS_OF_YES.get(value)


def degrees(limit: int) -> Reader:
    """Degrees of latitude or longitude to six decimals; None for an empty cell."""

    def read(cell: str) -> Decimal | None:
        value = cell.strip()
        if not value:
            return None
        if not re.fullmatch(r"-?[0-9]{1,3}(\.[0-9]{1,20})?", value) or abs(Decimal(value)) > limit:
            raise BadCell("not_a_number", value=value, least=-limit, most=limit)
        return Decimal(value).quantize(Decimal("0.000001"))

    return read
