"""Going to the checkout: its goods are held for a while, so that nobody else is promised them meanwhile."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.views.decorators.http import require_POST

from orders import carts, checkout, parts
from orders.forms import CheckoutForm
from orders.models import Cart
from orders.views import basket, receiving
from orders.views.rows import stores_shown
from stores import holds, slots, stock
from stores.models import Store


@dataclass(frozen=True)
class Holding:
    """What a checkout page says of its hold: until when the goods are kept, or until when they were, by the clock of a store that keeps them."""

    store: Store
    until: datetime
    lapsed: bool
    can_extend: bool


@require_POST
def start_checkout(request: HttpRequest) -> HttpResponse:
    """Hold the cart's goods at its stores, or at `store` what goes together, and show the checkout. Doing it again is activity: the hold lasts longer."""
    cart, at = basket.current(request), timezone.now()
    if cart is None:
        return redirect("cart")
    form = CheckoutForm(request.POST, stores=stores_shown())
    form.is_valid()  # whatever is wrong is said when the order is placed
    typed = form.cleaned_data
    if "name" in request.POST:
        keep_typed(request, typed)
    store = typed.get("store") or cart.store
    if store is None or (store.active and store.pickup and not slots.paused(store, at=at)):
        _hold(request, cart, store, at)
    asked = {"store": store.code} if store and typed.get("store") else {}
    if typed.get("slot", slots.FIRST) != slots.FIRST and request.POST.get("seen_store") == asked.get("store"):
        asked["slot"] = typed["slot"]  # the window of another store is none of this one
    return redirect(f"{reverse('checkout')}?{urlencode(asked)}" if asked else "checkout")


def keep_typed(request: HttpRequest, typed: Mapping[str, Any]) -> None:
    """Keep what was typed in this browser, for the next time the page is shown."""
    request.session["contact"] = {"name": typed.get("name", ""), "email": typed.get("email", "")}
    receiving.keep(request)


def shown(request: HttpRequest, store: Store | None, *, at: datetime) -> Holding | None:
    """What to say of this browser's hold at a store, or without one at those that would send it; None if it has none there.

    One statement, or two without a store, and none for who never held anything.
    """
    holder = basket.holder(request)
    held = holds.of(holder) if holder else None
    if held is None or (store and store.pk not in held.goods):
        return None
    keeper = store or Store.objects.filter(pk__in=list(held.goods), delivers=True).order_by("id").first()
    return Holding(keeper, held.until, held.until <= at, held.can_extend) if keeper else None


def note_refusal(request: HttpRequest, refusal: stock.NotAvailable, cart: Cart | None, *, at: datetime) -> None:
    """Keep the numbers by which a customer was refused."""
    by = request.user if request.user.is_authenticated else None
    stock.note_refusal(refusal, reference=carts.holder(cart.pk) if cart else "", by=by, at=at)


def _hold(request: HttpRequest, cart: Cart, store: Store | None, at: datetime) -> None:
    """Hold what can be held. What cannot, the checkout page says by itself: it shows what is left, or that there is nothing to order."""
    holder = carts.holder(cart.pk)
    try:
        checkout.hold(cart, store, origin=_origin(request), at=at)
    except (checkout.EmptyCart, parts.NoStore):
        return
    except stock.NotAvailable as refusal:
        note_refusal(request, refusal, cart, at=at)
        return
    except holds.TooMuchHeld:
        messages.info(request, "That is more than we can keep for you while you check out. You can order it as long as it is there.")
        return
    except holds.HeldTooOften:
        messages.info(request, "We have kept these goods for you as often as we can. You can order them as long as they are there.")
        return
    if request.session.get(basket.HELD) != holder:
        request.session[basket.HELD] = holder
    else:
        holds.extend(holder, at=at)


def _origin(request: HttpRequest) -> str:
    """A digest of the address that this request comes from; the address itself is kept nowhere."""
    return salted_hmac("orders.holding", get_adapter().get_client_ip(request) or "").hexdigest()
