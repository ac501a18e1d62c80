"""What every page shows of the shop itself."""

import time
from typing import Any

from django.conf import settings
from django.http import HttpRequest

WORKS_HERE = "works_here"
"""What the session remembers of somebody who works in a store, from signing in on."""


def shop(request: HttpRequest) -> dict[str, Any]:
    """`shop`: the name, the store the customer is in and the cart in short. All are kept in the session, so a page needs no query for them."""
    session = getattr(request, "session", {})
    return {
        "shop": {
            "name": settings.SHOP_NAME,
            "here": _with_hours(session.get("here")),
            "cart_count": session.get("cart_count", 0),
            "cart_total": session.get("cart_total"),
            "works_here": session.get(WORKS_HERE, False),
            "demo": not settings.PRODUCTION,
        }
    }


def _with_hours(here: dict[str, Any] | None) -> dict[str, Any] | None:
    """The store, without the closing time when that has passed."""
    return {**here, "until": ""} if here and here.get("until_at", 0) < time.time() else here
