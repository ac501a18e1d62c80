"""Going on at another device: a code for the cart, and what opens under it there. Looking changes nothing."""

from typing import Any

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from omo import limits, lists
from omo.models import User
from orders import cart_codes, carts
from orders.models import Cart
from orders.views import basket

MOST = 20
"""Codes that open nothing, from one address in a minute."""


@require_POST
def draw_cart_code(request: HttpRequest) -> HttpResponse:
    """Draw the code of this browser's cart, and show it there."""
    cart = basket.current(request)
    if cart:
        try:
            cart_codes.draw(cart, at=timezone.now())
        except carts.CartIsOrdered:
            messages.error(request, "This cart was ordered a moment ago. Nothing was changed.")
    return redirect("cart")


@never_cache
@require_safe
def continue_cart(request: HttpRequest, cart_code: str) -> HttpResponse:
    """What is in the cart with this code, and the button that takes it over."""
    lists.asked(request.GET)
    found = _found(request, cart_code)
    if found is None:
        return _unknown(request)
    lines, saved = carts.lines_and_saved(found)
    quote, own = carts.quote_of(lines), basket.current(request)
    context: dict[str, Any] = {"code": found.code, "rows": list(zip(lines, quote.lines, strict=True)), "saved": saved, "quote": quote, "cart": found}
    context |= {"is_own": own == found, "joins": own is not None and own != found and bool(request.session.get("cart_count"))}
    return render(request, "orders/continue_cart.html", context)


@require_POST
def take_over_cart(request: HttpRequest, cart_code: str) -> HttpResponse:
    """Let the cart go on in this browser, or with the customer who is signed in."""
    found, at = _found(request, cart_code), timezone.now()
    if found is None:
        return _unknown(request)
    try:
        merged = cart_codes.take_over(cart_code, into=basket.opened(request, at=at), user=_user(request), at=at)
    except (cart_codes.UnknownCode, carts.CartIsOrdered):
        return _unknown(request)
    if not merged.came and found != merged.cart:
        return _unknown(request)  # another device was faster
    basket.show(request, carts.lines_of(merged.cart))
    basket.tell(request, merged, whence="from the other device")
    return redirect("cart")


def _found(request: HttpRequest, code: str) -> Cart | None:
    """The cart with this code, if it may be taken over here; what opens nothing is counted. Raises limits.TooManyTries."""
    origin = get_adapter().get_client_ip(request) or ""
    limits.refuse_after("cart-code", origin, most=MOST)
    found = cart_codes.find_for(code, _user(request))
    if found is None:
        limits.count("cart-code", origin, most=MOST)
    return found


def _unknown(request: HttpRequest) -> HttpResponse:
    """The same words for a code that is nobody's and for one of another account."""
    return render(request, "orders/continue_cart_unknown.html", status=404)


def _user(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None
