"""The customer's cart, as the session knows it: which one it is, and the badge on top of every page."""

from datetime import datetime
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from omo.models import User
from omo.models.event import Channel
from orders import carts
from orders.models import Cart, CartLine
from stores.models import Store
from stores.views import here

ORDERS_KEPT = 50


def current(request: HttpRequest) -> Cart | None:
    """The open cart of this customer or browser, with its store; None if there is none. It is collected in the store that the customer is in."""
    cart = _found(request, request.user)
    if cart and here.KEY in request.session and cart.store_id != here.store_id(request):
        cart.store_id = here.store_id(request)  # read so everywhere; written with the next change
    return cart


def opened(request: HttpRequest, *, at: datetime) -> Cart:
    """The open cart, made if there is none, with the store of the session written into it."""
    cart = _found(request, request.user)
    if cart is None:
        cart = carts.start(user=request.user if request.user.is_authenticated else None, at=at)
        _own(request, cart)
    if here.KEY in request.session and cart.store_id != here.store_id(request):
        carts.choose_store(cart, Store.objects.filter(pk=here.store_id(request) or 0).first(), at=at)
    return cart


def show(request: HttpRequest, lines: list[CartLine]) -> None:
    """Keep the badge's numbers, so that other pages need no query for them."""
    quote = carts.quote_of(lines)
    if (request.session.get("cart_count", 0), request.session.get("cart_total", 0)) != (quote.count, quote.total):
        request.session["cart_count"], request.session["cart_total"] = quote.count, quote.total


def forget(request: HttpRequest) -> None:
    """The cart has become an order."""
    for key in ("cart", "cart_count", "cart_total"):
        request.session.pop(key, None)


def may_open(request: HttpRequest, number: str) -> None:
    """Let this browser open an order from now on."""
    numbers = [kept for kept in request.session.get("orders", []) if kept != number]
    request.session["orders"] = [*numbers, number][-ORDERS_KEPT:]


@receiver(user_logged_in)
def merge_on_sign_in(request: HttpRequest, user: User, **kwargs: Any) -> None:
    """What the browser's cart holds goes with the customer who signs in."""
    cart = _found(request, user)
    if cart:
        show(request, carts.lines_of(cart))


def _found(request: HttpRequest, user: User | AnonymousUser) -> Cart | None:
    open_carts = Cart.objects.filter(state=Cart.State.OPEN, channel=Channel.WEB).select_related("store")
    guest_id = request.session.get("cart")
    if not isinstance(user, User):
        return open_carts.filter(pk=guest_id, user=None).first() if guest_id else None
    if guest_id:
        guest = open_carts.filter(pk=guest_id, user=None).first()
        request.session.pop("cart", None)
        if guest:
            at = timezone.now()
            return carts.merge(guest, carts.start(user=user, store=guest.store, at=at), at=at)
    return open_carts.filter(user=user).first()


def _own(request: HttpRequest, cart: Cart) -> None:
    if cart.user_id is None:
        request.session["cart"] = cart.pk
