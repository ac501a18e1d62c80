"""GTINs after the GS1 General Specifications: check digits, and in-house numbers for goods without one."""

import hashlib

from biip import ParseError
from biip.checksums import gs1_standard_check_digit
from biip.gtin import Gtin

RESTRICTED_NUMERIC = "20"
RESTRICTED_HASHED = "21"
"""GS1 prefixes 20–29: restricted circulation within a company (GS1 General Specifications, 1.4.2)."""


def check_digit(digits: str) -> str:
    """The last digit of a GTIN whose other digits are `digits` (GS1 General Specifications, 7.9.1)."""
    return str(gs1_standard_check_digit(digits))


def is_gtin(text: str) -> bool:
    """Whether `text` is a GTIN-8, -12, -13 or -14 with a right check digit, in plain digits."""
    try:
        return text.isascii() and text.isdigit() and bool(Gtin.parse(text))
    except ParseError:
        return False


def restricted_gtin(sku: str) -> str:
    """A GTIN-13 for use in our own stores, always the same for a SKU: the SKU itself when it is a number of up to ten digits, else drawn from its digest."""
    if sku.isascii() and sku.isdigit() and len(sku) <= 10 and str(int(sku)) == sku:
        body = RESTRICTED_NUMERIC + sku.zfill(10)
    else:
        body = RESTRICTED_HASHED + str(int.from_bytes(hashlib.sha256(sku.encode()).digest()[:8], "big") % 10**10).zfill(10)
    return body + check_digit(body)
