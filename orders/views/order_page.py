"""One order as it comes closer: every part of it, live."""

from typing import Any

from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from loyalty import ledger
from omo import lists
from orders import order_money, tracking
from orders.models import Fulfilment, Order, Refund
from orders.views import order_parts, paying
from orders.views.my_orders import own_order
from orders.views.order_parts import Part

STOP_POLLING = 286  # htmx's and our own sign for: this is the last answer


@never_cache
@require_safe
def order(request: HttpRequest, number: str) -> HttpResponse:
    """One order: how far each part of it is, the passes to show at counters, what is in it and what it costs."""
    lists.asked(request.GET)
    context = _context(request, own_order(request, number))
    placed = request.session.pop("placed") if request.session.get("placed") == number else ""
    context["placed"] = placed if any(part.fulfilment.state not in Fulfilment.OVER for part in context["parts"]) else ""  # it may be cancelled by now
    return render(request, "orders/order.html", context)


@never_cache
@require_safe
def order_live(request: HttpRequest, number: str) -> HttpResponse:
    """204 while nothing has moved since version `v`; else the page's main part, with 286 when nothing will move any more."""
    seen = lists.asked(request.GET, "v")["v"]
    found = own_order(request, number)
    parts, money_moves = tracking.parts_of(found), tracking.refunding(found)
    if seen == tracking.version(found, parts, money_moves=money_moves, at=timezone.now()):
        return HttpResponse(status=204)
    context = _context(request, found)
    return render(request, "orders/_order.html", context, status=200 if context["moves"] else STOP_POLLING)


def _context(request: HttpRequest, found: Order) -> dict[str, Any]:
    at = timezone.now()
    followed, refunds = tracking.parts_of(found), order_money.refunds_of(found)
    parts = order_parts.shown(found, followed, at=at)
    money_moves = tracking.refunding(found)
    return {
        "order": found,
        "parts": parts,
        "alone": parts[0] if len(parts) == 1 else None,
        "store": parts[0].store,
        "moves": not tracking.over(followed, money_moves=money_moves),
        "version": tracking.version(found, followed, money_moves=money_moves, at=at),
        "tried": found.attempts.last() if found.pays_online else None,
        "under_way": paying.under_way(request, found),
        "sums": _sums(found, parts),
        "money_moves": money_moves,
        "money_words": order_money.in_words(refunds),
        **_going_back(found, refunds),
        **_points(found, parts),
    }


def _going_back(found: Order, refunds: list[Refund]) -> dict[str, int]:
    """What of its money was given back, and what is to be."""
    under_way = order_money.under_way(refunds)
    return {"given_back": found.refunded_total - under_way, "to_give_back": under_way}


def _sums(found: Order, parts: list[Part]) -> order_money.Sums | None:
    """What the total is made of; None if that is plain: goods only, all of them wanted, and nothing that goes back."""
    goods = found.total - found.delivery_total
    gone = goods - sum(part.total for part in parts)
    sums = order_money.Sums(goods, found.delivery_total, gone, found.cancelled_total - gone)
    plain = len(parts) == 1 and not (sums.delivery or sums.cancelled or found.refunded_total or 0 < found.paid_total < found.total)
    return None if plain else sums


def _points(found: Order, parts: list[Part]) -> dict[str, int]:
    """Earned with what was received, and to be earned with what still comes: nothing does before it is paid."""
    if not found.member_id:
        return {"earned": 0, "to_earn": 0}
    rule = ledger.rule_shown(found.placed_at)
    coming = [part.total for part in parts if part.promised and part.fulfilment.state not in (*Fulfilment.RECEIVED, *Fulfilment.OVER)]
    received = any(part.fulfilment.state in Fulfilment.RECEIVED for part in parts)
    earned = found.points_entries.aggregate(points=Sum("points"))["points"] if received else 0
    return {"earned": earned or 0, "to_earn": sum(ledger.points_for(total, rule) for total in coming)}
