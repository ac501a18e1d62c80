"""Checkout: one page, guests first."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from omo import lists
from omo.idempotency import KeyReused
from omo.models import User
from omo.models.event import Channel
from orders import carts, delivery_quotes, parts, payments
from orders import checkout as acts
from orders.door_forms import DeliverToForm
from orders.forms import CheckoutForm
from orders.models import CartLine, Order
from orders.views import basket, checkout_page, holding, paying, receiving
from orders.views.rows import stores_shown
from stores import slots
from stores.stock import NotAvailable

REFUSALS: dict[type[Exception], str] = {
    acts.PriceChanged: "price",
    parts.NoPickup: "no_pickup",
    carts.NotOnSale: "unsold",
    KeyReused: "reused",
    slots.SlotFull: "full",
    payments.MethodNotOffered: "method",
    delivery_quotes.NotDelivered: "not_delivered",
    delivery_quotes.OptionGone: "option",
    parts.NoAddress: "ways",
    parts.NoStore: "ways",
    parts.NoWindow: "ways",
}
"""Why the act refused, as the page says it."""


@never_cache
@require_safe
def checkout(request: HttpRequest) -> HttpResponse:
    """The page, for the store in the session or the one asked for."""
    asked = lists.asked(request.GET, "store", "slot")
    cart = basket.current(request)
    lines = carts.lines_of(cart) if cart else []
    if not lines:
        return redirect("cart")
    chosen = asked["store"] or (cart.store.code if cart and cart.store else "")
    return checkout_page.show(request, lines, CheckoutForm(initial=_known_contact(request), stores=stores_shown()), chosen=chosen, wish=asked["slot"])


@require_POST
def place_order(request: HttpRequest) -> HttpResponse:
    """Place the order, or show the page again with what stands in the way; nothing is changed then."""
    lines = checkout_page.lines_now(request) if receiving.is_mixed(request) else []
    form, door, at = _form(request, lines), _door(request, lines), timezone.now()
    if not form.is_valid() or (door and not door.is_valid()):
        return _again(request, form, door, status=422)
    if changed := _not_as_shown(request, form, lines):
        return _again(request, form, door, refusal=changed, status=409)
    fields, cart = form.cleaned_data, basket.named(request)
    try:
        order = acts.place_order(
            cart,
            channel=Channel.WEB,
            contact=acts.Contact(fields["name"], fields["email"], door.cleaned_data["phone"] if door else ""),
            store=fields["store"],
            slot=fields["slot"],
            windows=form.windows(),
            delivery=door.wish() if door else None,
            method=fields["method"],
            seen_total=fields["seen_total"],
            idempotency_key=fields["key"],
            by=request.user if request.user.is_authenticated else None,
            at=at,
        )
    except NotAvailable as refusal:
        holding.note_refusal(request, refusal, cart, at=at)
        return _again(request, form, door, refusal="short", shortages={short.variant_id: short.left for short in refusal.shortages}, status=409)
    except slots.SlotGone as refusal:
        return _again(request, form, door, refusal="paused" if refusal.reason == slots.PAUSED else "gone", status=409)
    except tuple(REFUSALS) as refusal:
        return _again(request, form, door, refusal=REFUSALS[type(refusal)], status=409)
    except acts.EmptyCart:
        return checkout_page.nothing_to_order(request)
    return _placed(request, order, new=order.placed_at == at)


def _form(request: HttpRequest, lines: Sequence[CartLine]) -> CheckoutForm:
    """What was sent, to be checked against how the cart's lines are received. Without lines: all of them in the one store of the page."""
    stores = stores_shown()
    together = not lines or any(line.way == CartLine.Way.PICKUP and line.store_id is None for line in lines)
    return CheckoutForm(request.POST, stores=stores, others=receiving.others_of(lines, stores), together=together)


def _door(request: HttpRequest, lines: Sequence[CartLine]) -> DeliverToForm | None:
    return receiving.sent_form(request) if any(line.way == CartLine.Way.DELIVERY for line in lines) else None


def _not_as_shown(request: HttpRequest, form: CheckoutForm, lines: Sequence[CartLine]) -> str:
    """Why what was sent is not what the page showed; '' if it is. A page that named no store yet, or no window in it, had nothing to agree to."""
    fields = form.cleaned_data
    if lines and fields["seen_ways"] != receiving.signature(lines):
        return "ways"
    if fields["store"] and "seen_store" in request.POST and (fields["seen_store"] != fields["store"].code or "slot" not in request.POST):
        return "other_store"
    return ""


def _placed(request: HttpRequest, order: Order, *, new: bool) -> HttpResponse:
    """To the provider's page, or if nothing is to be paid now, to the order's. A repeat of the request leaves a cart that was begun since as it is."""
    basket.may_open(request, order.number)
    request.session["contact"] = {"name": order.name, "email": order.email}
    if new:
        basket.forget(request)
        request.session.pop(receiving.KEPT, None)
    if order.payment_due_by is not None:
        return paying.to_provider(request, order)
    if new:
        request.session["placed"] = order.number
    return redirect("order", number=order.number)


def _again(
    request: HttpRequest, form: CheckoutForm, door: DeliverToForm | None, *, refusal: str = "", shortages: dict[int, int] | None = None, status: int
) -> HttpResponse:
    """The page with what was typed and what is wrong. The key stays, unless it was used for another order."""
    lines = checkout_page.lines_now(request)
    if not lines:
        return checkout_page.nothing_to_order(request)
    fields = form.cleaned_data
    holding.keep_typed(request, fields)
    chosen = fields["store"].code if fields.get("store") else ""
    key = fields.get("key", "") if refusal != "reused" else ""
    about: dict[str, Any] = {"chosen": chosen, "wish": fields.get("slot", ""), "key": key, "refusal": refusal, "shortages": shortages}
    return checkout_page.show(request, lines, form, door=door, status=status, **about)


def _known_contact(request: HttpRequest) -> dict[str, Any]:
    """What we know of who orders: typed before in this browser, else of the account."""
    typed = request.session.get("contact")
    if typed:
        return typed
    return {"name": request.user.name, "email": request.user.email} if isinstance(request.user, User) else {}
