"""Money: integer minor units of the installation's one currency, one rounding rule, and how people read and write it."""

import re
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from babel.numbers import format_currency, get_currency_precision
from django.conf import settings


class NotMoney(ValueError):
    """The text is not an amount of the shop's currency."""


def digits() -> int:
    """How many decimals the currency has: 2 for EUR, 0 for JPY, 3 for KWD (ISO 4217)."""
    return get_currency_precision(settings.CURRENCY)


def rounded(amount: Decimal) -> int:
    """The one rounding rule, to whole minor units: half away from zero."""
    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def share(total: int, parts: int) -> int:
    """One of `parts` equal shares of `total` minor units, rounded, for people to read."""
    return rounded(Decimal(total) / parts)


def parse(text: str) -> int:
    """Minor units of a plain decimal such as '12.50', with at most the currency's decimals. Raises NotMoney, also for signs and thousands separators."""
    if not re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,%d})?" % max(digits(), 1), text.strip()):
        raise NotMoney(text)
    amount = Decimal(text.strip()).scaleb(digits())
    if amount != amount.to_integral_value():
        raise NotMoney(text)
    return int(amount)


def decimal(amount: int) -> Decimal:
    """The amount in the currency's main unit: 1250 → Decimal('12.50')."""
    return Decimal(amount).scaleb(-digits())


def words(amount: int) -> str:
    """The amount as people of the shop's locale read it: 1250 → '€12.50'."""
    return _words(amount, settings.CURRENCY, settings.LOCALE)


@lru_cache(maxsize=20_000)
def _words(amount: int, currency: str, locale: str) -> str:
    """Babel reads its patterns anew for each amount, and a page of goods shows the same prices again and again."""
    return format_currency(decimal(amount), currency, locale=locale)
