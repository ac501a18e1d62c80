"""The page of the cart: what is in it and how it is received, what is saved for later, what it costs, and how it goes on elsewhere."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from loyalty import ledger
from orders import cart_ends, carts
from orders.cart_forms import WayForm
from orders.forms import QuantityForm
from orders.models import Cart
from orders.views import basket, cart_groups
from orders.views.rows import rows_of, stock_of, stores_shown, with_all

REMOVED = "removed"
"""In the session: the line that was removed last, as `restore_line` takes it, until the page has shown it."""


def show(request: HttpRequest, found: Cart | None, *, form: QuantityForm | WayForm | None = None, wrong: str = "", status: int = 200) -> HttpResponse:
    """The page; `wrong` is the SKU of the line that `form` could not change."""
    lines, saved = carts.lines_and_saved(found) if found else ([], [])
    quote, at = carts.quote_of(lines), timezone.now()
    basket.show(request, lines)
    stores = stores_shown() if lines or saved else []
    store = next((one for one in stores if found and one.pk == found.store_id), None)
    store_id, stock = store.pk if store else None, stock_of([*lines, *saved], at=at)
    rows = rows_of(lines, quote, store_id, stock=stock, at=at)
    groups = cart_groups.groups_of(request, rows, store, stores, at=at)
    complete = with_all(rows, stores)
    complete_ids = {one.pk for one in complete}
    context: dict[str, Any] = {
        "rows": rows,
        "groups": groups,
        "saved": rows_of(saved, carts.quote_of(saved), store_id, stock=stock, at=at),
        "quote": quote,
        "store": store,
        "stores": stores,
        "stores_shown": repr((store_id, [(one.code, one.name, one.street, one.pk in complete_ids) for one in stores])),
        "complete": complete,
        "together": [row for row in rows if not row.apart],
        "apart": any(row.apart for row in rows),
        "delivers": bool(rows) and cart_groups.delivers(),
        "door": next((group for group in groups if group.delivered), None),
        "repriced": [row for row in rows if row.was is not None],
        "unsold": any(not row.on_sale for row in rows),
        "short": any(row.lacks and not row.apart for row in rows),
        "nowhere": store is None and any(row.short and not row.apart and not row.elsewhere for row in rows),
        "lacks": [group for group in groups if group.lacks],
        "points": ledger.points_for(quote.total, ledger.rule_shown(at)),
        "rung_up": _rung_up(request, found, at) if not lines or (found and found.continues_id) else None,
        "removed": request.session.pop(REMOVED, None) if REMOVED in request.session else None,
        "code": found.code if found else None,
        "code_url": f"{settings.SITE_URL}{reverse('continue_cart', args=[found.code])}" if found and found.code else "",
        "form": form,
        "wrong": wrong,
        "most": settings.MAX_LINE_QUANTITY,
    }
    return render(request, "orders/cart.html", context, status=status)


def _rung_up(request: HttpRequest, found: Cart | None, at: datetime) -> Cart | None:
    """The sale in which a till rang up this cart, or the one before it, a short while ago. Nothing is asked for who never had a cart."""
    user_id = request.user.pk if request.user.is_authenticated else None
    named = request.session.get("cart")
    ids = {one for one in (named, found.pk if found else None, found.continues_id if found else None) if one}
    return cart_ends.last_sale(ids, user_id=user_id, at=at) if ids or user_id else None
