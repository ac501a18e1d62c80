"""The lines of the cart: how many, how they are received, saved for later and brought back."""

import functools
from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from orders import carts
from orders.cart_forms import RestoreForm, WayForm
from orders.forms import QuantityForm
from orders.models import Cart, CartLine
from orders.views import basket, cart_groups, cart_page
from orders.views.cart import label_of
from orders.views.rows import stores_shown
from stores import labels
from stores.models import Variant
from stores.templatetags.stock_words import named
from stores.views.places import back_to

Change = Callable[[HttpRequest, CartLine], HttpResponse | None]


def of_line(change: Change) -> Callable[[HttpRequest, str], HttpResponse]:
    """A view that changes a line of this browser's cart, by its SKU, and shows the cart again. It changes by POST only."""

    @require_POST
    @functools.wraps(change)
    def view(request: HttpRequest, sku: str) -> HttpResponse:
        lines = CartLine.objects.select_related("cart", "variant__product", "label", "store")
        line = get_object_or_404(lines, cart=basket.current(request), variant__sku=sku)
        try:
            answer = change(request, line)
        except carts.CartIsOrdered:
            return _ordered_meanwhile(request)
        return answer or _changed(request, line.cart)

    return view


@of_line
def set_quantity(request: HttpRequest, line: CartLine) -> HttpResponse | None:
    """Change how many of a line; 0 removes it and can be undone."""
    form = QuantityForm(request.POST)
    if not form.is_valid():
        return cart_page.show(request, basket.current(request), form=form, wrong=line.variant.sku, status=422)
    quantity = form.cleaned_data["quantity"]
    carts.set_quantity(line.cart, line.variant, quantity=quantity, at=timezone.now())
    if not quantity:
        request.session[cart_page.REMOVED] = _removed(line)
    return None


@of_line
def receive(request: HttpRequest, line: CartLine) -> HttpResponse | None:
    """Collect a line where the cart is collected or in a store of its own, or have it delivered."""
    form = WayForm(request.POST, stores=stores_shown(), delivers=cart_groups.delivers())
    if not form.is_valid():
        return cart_page.show(request, basket.current(request), form=form, wrong=line.variant.sku, status=422)
    way, store = form.cleaned_data["how"]
    carts.receive(line.cart, line.variant, way=way, store=store, at=timezone.now())
    return None


@of_line
def save_for_later(request: HttpRequest, line: CartLine) -> HttpResponse | None:
    """Put a line aside."""
    carts.save_for_later(line.cart, line.variant, at=timezone.now())
    request.session[basket.SAVED] = True
    messages.success(request, f"Saved for later: {named(line.variant)}. It waits below.")
    return None


@of_line
def bring_back(request: HttpRequest, line: CartLine) -> HttpResponse | None:
    """Buy what was saved for later."""
    try:
        carts.bring_back(line.cart, line.variant, at=timezone.now())
    except carts.NotOnSale:
        messages.error(request, f"{named(line.variant)} is no longer sold. It stays where it was.")
    return None


@require_POST
def restore(request: HttpRequest, sku: str) -> HttpResponse:
    """Undo that a line was removed."""
    variant, form, at = get_object_or_404(Variant.objects.select_related("product"), sku=sku), RestoreForm(request.POST), timezone.now()
    if not form.is_valid():
        messages.error(request, "This cannot be undone any more. Add it again.")
        return redirect("cart")
    data = form.cleaned_data
    store = next((one for one in stores_shown() if one.code == data["store"]), None)
    before = {"quantity": data["quantity"], "label": label_of(data["label"], variant), "way": data["way"], "store": store, "saved_at": form.saved_at(at)}
    cart = basket.opened(request, at=at)
    try:
        carts.restore(cart, variant, **before, at=at)
    except carts.CartIsOrdered:
        return _ordered_meanwhile(request)
    except carts.NotOnSale:
        messages.error(request, f"{named(variant)} is no longer sold.")
    except carts.TooManyInCart as refusal:
        messages.error(request, f"There are {refusal.held} in your cart, and {settings.MAX_LINE_QUANTITY} is the most of one item.")
    return _changed(request, cart)


@require_POST
def receive_all(request: HttpRequest) -> HttpResponse:
    """Have everything delivered, or collect everything where the cart is collected."""
    form = WayForm(request.POST, stores=(), delivers=cart_groups.delivers())
    cart = basket.current(request)
    if cart is None or not form.is_valid():
        messages.error(request, "Nothing was changed.")
        return redirect("cart")
    try:
        carts.receive_all(cart, way=form.cleaned_data["how"][0], at=timezone.now())
    except carts.CartIsOrdered:
        return _ordered_meanwhile(request)
    return _changed(request, cart)


@require_POST
def agree_to_prices(request: HttpRequest) -> HttpResponse:
    """The customer has read which prices changed."""
    cart = basket.current(request)
    if cart is None:
        return redirect("cart")
    try:
        carts.agree_to_prices(cart, at=timezone.now())
    except carts.CartIsOrdered:
        return _ordered_meanwhile(request)
    return _changed(request, cart)


def _removed(line: CartLine) -> dict[str, object]:
    """The line as `restore` takes it, with its name."""
    return {
        "sku": line.variant.sku,
        "name": named(line.variant),
        "quantity": line.quantity,
        "way": line.way,
        "store": line.store.code if line.store else "",
        "saved": bool(line.saved_at),
        "label": labels.signed_code(line.label) if line.label else "",
    }


def _changed(request: HttpRequest, cart: Cart) -> HttpResponse:
    """Back to the cart, or to where the form says; the badge counts anew."""
    basket.show(request, carts.lines_of(cart))
    return redirect(back_to(request)) if request.POST.get("next") else redirect("cart")


def _ordered_meanwhile(request: HttpRequest) -> HttpResponse:
    messages.error(request, "This cart was ordered a moment ago. Nothing was changed.")
    return redirect("cart")
