"""The cart: what is in it, and adding to it. Its lines change in `cart_lines`."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from omo import lists
from orders import carts
from orders.forms import AddForm
from orders.models import Cart, CartLine
from orders.views import basket, cart_page, product_page
from orders.views.rows import stores_shown
from stores import availability, catalogue, labels
from stores.models import ShelfLabel, Store, Variant
from stores.templatetags.stock_words import named
from stores.views.places import back_to


@never_cache
@require_safe
def cart(request: HttpRequest) -> HttpResponse:
    """What is in the cart, whether the store has it, and the way to the checkout."""
    lists.asked(request.GET)
    return cart_page.show(request, basket.current(request))


@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """Put a variant into the cart, with the shelf label it was scanned from."""
    variant = carts.variant_of(request.POST.get("sku", "")[:40].replace("\x00", ""))
    if variant is None:
        raise Http404("No such variant")
    code = request.POST.get("label", "")
    label = label_of(code, variant)
    form = AddForm(request.POST)
    if not form.is_valid():
        return _product(request, variant, label, code, form, 422)
    at = timezone.now()
    try:
        held = basket.opened(request, at=at)
        carts.add(held, variant, quantity=form.cleaned_data["quantity"], label=label, at=at)
    except carts.NotOnSale:
        return product_page.no_longer_sold(request, variant.product, status=409)
    except carts.TooManyInCart as refusal:
        form.add_error("quantity", f"There are {refusal.held} in your cart, and {settings.MAX_LINE_QUANTITY} is the most of one item.")
        return _product(request, variant, label, code, form, 409)
    except carts.CartIsOrdered:
        messages.error(request, "This cart was ordered a moment ago. Nothing was added. Add it again for a new order.")
        return redirect("cart")
    lines = carts.lines_of(held)
    basket.show(request, lines)
    line = next(line for line in lines if line.variant_id == variant.pk)
    return _added(request, variant, form.cleaned_data["quantity"], label, code, too_few=_too_few(held, line))


def _added(request: HttpRequest, variant: Variant, quantity: int, label: ShelfLabel | None, code: str, *, too_few: str) -> HttpResponse:
    if request.POST.get("next"):
        return redirect(back_to(request))
    words = format_html('<b>In your cart:</b> {} × {}. {}<a href="{}">Go to the cart</a>', quantity, named(variant), too_few, reverse("cart"))
    messages.add_message(request, messages.WARNING if too_few else messages.SUCCESS, words)
    path = reverse("scan_label", args=[code]) if label else reverse("product", args=[variant.product.slug])
    return redirect(f"{path}?variant={variant.sku}")


def _too_few(cart: Cart, line: CartLine) -> str:
    """What the cart will say of a line if there are fewer than are wanted where it comes from, or, with no store chosen, in every store; else ''."""
    about: Any = {"at": timezone.now(), "holder": carts.holder(cart.pk)}
    if line.way == CartLine.Way.DELIVERY:
        left = sum(found.count for found in availability.of_deliveries([line.variant_id], **about).get(line.variant_id, []))
        return "" if left >= line.quantity else f"Only {left} can be delivered. " if left else "None can be delivered now. "
    store = _collected_at(cart, line)
    if store is None:
        left = max((found.count for found in availability.of_variants([line.variant_id], **about).get(line.variant_id, [])), default=0)
        return "" if left >= line.quantity else f"No store has {line.quantity}. Take fewer, or remove it. "
    left = availability.at_store(store.pk, [line.variant_id], **about)[line.variant_id]
    if left >= line.quantity:
        return ""
    return f"Not enough left: {left} at {store.name}. " if left else f"None at {store.name}. "


def _collected_at(cart: Cart, line: CartLine) -> Store | None:
    """The store in which a line is collected, if it is known and hands over orders."""
    if line.store_id:
        return next((store for store in stores_shown() if store.pk == line.store_id), None)
    return cart.store if cart.store and cart.store.pickup else None


def label_of(code: str, variant: Variant) -> ShelfLabel | None:
    """The label that led here, if it is one of this product's."""
    try:
        label = labels.read(code) if code else None
    except labels.UnknownLabel:
        return None
    return label if label and label.variant.product_id == variant.product_id else None


def _product(request: HttpRequest, variant: Variant, label: ShelfLabel | None, code: str, form: AddForm, status: int) -> HttpResponse:
    variants = catalogue.variants_of(variant.product.slug)
    chosen = next(one for one in variants if one.pk == variant.pk)
    return product_page.show(request, chosen.product, variants, chosen=chosen, label=label, code=code if label else "", form=form, status=status)
