"""Signatures of events: 't=<unix seconds>,v1=<HMAC-SHA256 of "t.body">', as a provider's library gives it to its merchants."""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime

from orders.providers import NotGenuine

TOLERANCE = 300
"""By how many seconds the clocks may differ, either way."""


def sign(body: bytes, *, secret: str, at: datetime) -> str:
    """The header of a body that is sent at a moment."""
    stamp = f"{int(at.timestamp())}"
    return f"t={stamp},v1={_mac(stamp, body, secret)}"


def verify(body: bytes, header: str, *, secrets: Sequence[str], at: datetime) -> None:
    """Raises NotGenuine unless one of the secrets signed the body as it is, within TOLERANCE of `at`. There are two secrets while they are changed."""
    parts = [part.partition("=")[::2] for part in header.split(",")]
    stamp = next((value for name, value in parts if name.strip() == "t"), "")
    macs = [value for name, value in parts if name.strip() == "v1"]
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12 and macs):
        raise NotGenuine("no signature")
    if not any(hmac.compare_digest(mac.encode("utf-8", "replace"), _mac(stamp, body, secret).encode()) for secret in secrets for mac in macs):
        raise NotGenuine("another signature")
    if abs(at.timestamp() - int(stamp)) > TOLERANCE:
        raise NotGenuine("too old or too new")


def _mac(stamp: str, body: bytes, secret: str) -> str:
    return hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
