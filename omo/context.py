"""What every page shows of the shop itself."""

import time
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.template.defaultfilters import pluralize
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from omo.templatetags.omo import money

WORKS_HERE = "works_here"
"""What the session remembers of somebody who works in a store, from signing in on."""


def shop(request: HttpRequest) -> dict[str, Any]:
    """`shop`: the name and the store the customer is in; `cart_in_short`: the badge's words. All are kept in the session, so a page needs no query for them."""
    session = getattr(request, "session", {})
    return {
        "shop": {
            "name": settings.SHOP_NAME,
            "here": _with_hours(session.get("here")),
            "works_here": session.get(WORKS_HERE, False),
            "demo": not settings.PRODUCTION,
        },
        "cart_in_short": _cart(session.get("cart_count", 0), session.get("cart_total")),
    }


def _cart(count: int, total: int | None) -> SafeString:
    if not count:
        return mark_safe("Cart<small>empty</small>")
    return format_html('<span class="away">Cart, </span>{}<small>{} item{}</small>', money(total), count, pluralize(count))


def _with_hours(here: dict[str, Any] | None) -> dict[str, Any] | None:
    """The store, without the closing time when that has passed."""
    return {**here, "until": ""} if here and here.get("until_at", 0) < time.time() else here
