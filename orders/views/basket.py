"""The customer's cart, as the session knows it: which one it is, and the badge on top of every page."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.signals import user_logged_in
from django.db import DEFAULT_DB_ALIAS
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from omo.models import User
from orders import cart_ends, carts, merging
from orders.models import Cart, CartLine
from stores.models import Store
from stores.templatetags import stock_words
from stores.views import here

ORDERS_KEPT = 50
HELD = "held"
SAVED = "saved"
"""In the session: that something of this browser's cart was saved for later."""


def current(request: HttpRequest) -> Cart | None:
    """The open cart of this customer or browser, with its store; None if there is none. It is collected in the store that the customer is in."""
    cart = _found(request, request.user)
    if cart and here.KEY in request.session and cart.store_id != here.store_id(request):
        cart.store_id = here.store_id(request)  # read so everywhere; written with the next change
    return cart


def named(request: HttpRequest) -> Cart | None:
    """The cart that the session names, unread: for acts that find out by themselves whether it is open still. A customer's own is looked up."""
    cart_id = request.session.get("cart")
    return current(request) if request.user.is_authenticated or not cart_id else Cart.from_db(DEFAULT_DB_ALIAS, ["id"], [cart_id])


def opened(request: HttpRequest, *, at: datetime) -> Cart:
    """The open cart, made if there is none, with the store of the session written into it."""
    cart = _found(request, request.user)
    if cart is None:
        cart = carts.start(user=request.user if request.user.is_authenticated else None, store=_store(request), at=at)
        _own(request, cart)
    if here.KEY in request.session and cart.store_id != here.store_id(request):
        carts.choose_store(cart, _store(request), at=at)
    return cart


def show(request: HttpRequest, lines: list[CartLine]) -> None:
    """Keep the badge's numbers, so that other pages need no query for them."""
    quote = carts.quote_of(lines)
    if (request.session.get("cart_count", 0), request.session.get("cart_total", 0)) != (quote.count, quote.total):
        request.session["cart_count"], request.session["cart_total"] = quote.count, quote.total


def holder(request: HttpRequest) -> str:
    """The name under which this browser's checkout holds goods, '' if it holds none that we know of. Asks no database."""
    return request.session.get(HELD, "")


def forget(request: HttpRequest) -> None:
    """The cart has become an order. What was saved for later goes on in a cart that is found by the old one."""
    for key in ("cart_count", "cart_total", HELD, *(() if request.session.get(SAVED) else ("cart",))):
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


def tell(request: HttpRequest, merged: merging.Merged, *, whence: str) -> None:
    """Say what came into the cart, and of what there is more now. `whence` as in '2 items from this browser'."""
    if not merged.came:
        return
    joined = f"{merged.came} item{'s' if merged.came > 1 else ''} {whence} joined your cart."
    more = (f"{stock_words.named(one.variant)} was there already, now {one.now}{_capped(one)}." for one in merged.met)
    messages.info(request, " ".join((joined, *more)), fail_silently=True)


def _capped(met: merging.Met) -> str:
    return f", the most of one item ({settings.MAX_LINE_QUANTITY})" if met.capped else ""


def _found(request: HttpRequest, user: User | AnonymousUser) -> Cart | None:
    guest_id = request.session.get("cart")
    guest = _guest(request, guest_id) if guest_id else None
    if not isinstance(user, User):
        return guest
    if guest_id:
        request.session.pop("cart", None)
        if guest:
            at, held_as = timezone.now(), carts.holder(guest.pk)
            merged = merging.merge(guest, carts.start(user=user, store=guest.store, at=at), at=at)
            if holder(request) == held_as:
                request.session[HELD] = carts.holder(merged.cart.pk)
            tell(request, merged, whence="from this browser")
            return merged.cart
    return carts.open_of(user)


def _guest(request: HttpRequest, guest_id: int) -> Cart | None:
    """The open cart of this browser: the one that its session names, or the one in which that goes on since it was rung up."""
    cart = carts.open_at(guest_id)
    if cart is None:
        cart = cart_ends.following(guest_id)
        if cart:
            request.session["cart"] = cart.pk
    return cart


def _store(request: HttpRequest) -> Store | None:
    store_id = here.store_id(request)
    return Store.objects.filter(pk=store_id).first() if store_id else None


def _own(request: HttpRequest, cart: Cart) -> None:
    if cart.user_id is None:
        request.session["cart"] = cart.pk
