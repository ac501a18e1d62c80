"""Codes that people and scanners read: random ids, signed ids for QR codes, secrets of links, digests.

The alphabet has no 0, O, 1, I, L or U, so that a code survives being read aloud and typed. A signed id is '<id>.<mac>' where the mac is HMAC-SHA256 over
purpose, id and version, cut to 16 letters of the alphabet (78 bits); so a member card does not open a pickup, and raising a version revokes what was printed.
"""

import base64
import hashlib
import hmac
import re
import secrets

from django.conf import settings

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
CONTROL = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
MAX_SCAN = 300
MAC_LETTERS = 16


def random_id(length: int = 10) -> str:
    """A random id of the alphabet; ten letters hold 49 bits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def clean(text: str) -> str:
    """What a scanner or a person meant: without control and invisible characters and outer spaces, in capitals."""
    return CONTROL.sub("", text).strip().upper()


def sign(purpose: str, public_id: str, *, version: int = 1) -> str:
    """'<id>.<mac>' for a QR code. The newest of settings.CODE_KEYS signs."""
    return f"{public_id}.{_mac(settings.CODE_KEYS[0], purpose, public_id, version)}"


def signed_id(text: str) -> str:
    """The id part of a signed code, unverified: look it up, then ask `verified` with the version that the row has."""
    return clean(text).partition(".")[0]


def verified(purpose: str, text: str, *, version: int = 1) -> bool:
    """Whether `text` was signed by us for this purpose and version. Every key in settings.CODE_KEYS is accepted, so keys can be changed."""
    public_id, _, mac = clean(text).partition(".")
    return any(hmac.compare_digest(mac.encode("utf-8", "replace"), _mac(key, purpose, public_id, version).encode()) for key in settings.CODE_KEYS)


def six_digits(public_id: str, *, version: int, key: str | None = None) -> str:
    """The pickup code of a fulfilment under a key (the newest): derived, so that no table holds it."""
    number = int.from_bytes(_hmac(key or settings.CODE_KEYS[0], f"six|{public_id}|{version}")[:8], "big")
    return f"{number % 1_000_000:06d}"


def digest(purpose: str, secret: str, *, key: str | None = None) -> str:
    """A keyed digest (64 hex digits) by which a secret is looked up without being stored."""
    return _hmac(key or settings.CODE_KEYS[0], f"{purpose}|{secret}").hex()


def link_token(purpose: str, public_id: str, *, version: int = 1) -> str:
    """The 128-bit secret of a link, as 22 characters: derived, so that no table holds it."""
    return base64.urlsafe_b64encode(_hmac(settings.CODE_KEYS[0], f"link|{purpose}|{public_id}|{version}")[:16]).decode().rstrip("=")


def link_opens(purpose: str, public_id: str, token: str, *, version: int = 1) -> bool:
    """Whether `token` is the secret of this link, under any of settings.CODE_KEYS."""
    expected = (base64.urlsafe_b64encode(_hmac(key, f"link|{purpose}|{public_id}|{version}")[:16]).decode().rstrip("=") for key in settings.CODE_KEYS)
    return any(hmac.compare_digest(token.encode("utf-8", "replace"), secret.encode()) for secret in expected)


def _mac(key: str, purpose: str, public_id: str, version: int) -> str:
    number = int.from_bytes(_hmac(key, f"{purpose}|{public_id}|{version}")[:16], "big")
    return "".join(ALPHABET[number // len(ALPHABET) ** place % len(ALPHABET)] for place in range(MAC_LETTERS))


def _hmac(key: str, text: str) -> bytes:
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()
