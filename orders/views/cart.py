"""The cart."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from loyalty import ledger
from omo import lists, memory
from orders import carts, pricing
from orders.forms import AddForm, QuantityForm
from orders.models import Cart, CartLine
from orders.views import basket, product_page
from stores import availability, catalogue, labels, outlook, slots
from stores.availability import Left
from stores.models import ShelfLabel, Store, Variant
from stores.templatetags.stock_words import named
from stores.views.places import back_to


@dataclass(frozen=True)
class Row:
    """A line of the cart with its price and what the store has of it."""

    line: CartLine
    priced: pricing.QuoteLine
    left: int
    elsewhere: Sequence[Left]
    on_sale: bool

    @property
    def short(self) -> bool:
        """Whether the store has too few."""
        return self.left < self.line.quantity

    @cached_property
    def stores(self) -> frozenset[int]:
        """The ids of the other stores that have enough."""
        return frozenset(left.store_id for left in self.elsewhere)


def rows_of(lines: list[CartLine], quote: pricing.Quote, store_id: int | None, *, at: datetime) -> list[Row]:
    """The lines with their stock, in one statement; what the cart holds itself is there for it."""
    holder = carts.holder(lines[0].cart_id) if lines else ""
    stock = availability.of_variants([line.variant_id for line in lines], at=at, holder=holder)
    rows = []
    for line, priced in zip(lines, quote.lines, strict=True):
        lefts = stock.get(line.variant_id, [])
        enough = [left for left in lefts if left.store_id != store_id and left.count >= line.quantity]
        rows.append(Row(line, priced, availability.at(store_id, lefts), enough, line.variant.active and line.variant.product.active))
    return rows


def with_all(rows: Sequence[Row], stores: Sequence[Store]) -> list[Store]:
    """The stores, other than the chosen one, that have everything."""
    return [store for store in stores if all(store.pk in row.stores for row in rows)]


def stores_shown() -> list[Store]:
    """The stores that hand over orders, with their hours, as they were at most a minute ago."""
    return memory.remembered("stores.for_pickup", lambda: list(Store.objects.for_pickup().with_calendar()))


@never_cache
@require_safe
def cart(request: HttpRequest) -> HttpResponse:
    """What is in the cart, whether the store has it, and the way to the checkout."""
    lists.asked(request.GET)
    return show(request, basket.current(request))


def show(request: HttpRequest, found: Cart | None, *, form: QuantityForm | None = None, wrong: str = "", status: int = 200) -> HttpResponse:
    """The page; `wrong` is the SKU of the line that `form` could not change."""
    lines = carts.lines_of(found) if found else []
    quote = carts.quote_of(lines)
    basket.show(request, lines)
    store_id = found.store_id if found else None
    stores = stores_shown() if lines else []
    at = timezone.now()
    rows = rows_of(lines, quote, store_id, at=at)
    store = next((one for one in stores if one.pk == store_id), None)
    complete = with_all(rows, stores)
    loads = slots.loads_of([store], at=at).get(store.pk) if store else None
    complete_ids = {one.pk for one in complete}
    context = {
        "rows": rows,
        "quote": quote,
        "store": store,
        "stores": stores,
        "stores_shown": repr((store_id, [(one.code, one.name, one.street, one.pk in complete_ids) for one in stores])),
        "complete": complete,
        "unsold": any(not row.on_sale for row in rows),
        "outlook": outlook.of_store(store, at=at, loads=loads) if store else None,
        "short": store is not None and any(row.short for row in rows),
        "points": ledger.points_for(quote.total, ledger.rule_shown(at)),
        "removed": request.session.pop("removed", None) if "removed" in request.session else None,
        "form": form,
        "wrong": wrong,
        "most": settings.MAX_LINE_QUANTITY,
    }
    return render(request, "orders/cart.html", context, status=status)


@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """Put a variant into the cart, with the shelf label it was scanned from."""
    variant = get_object_or_404(Variant.objects.select_related("product__category"), sku=request.POST.get("sku", "")[:40].replace("\x00", ""))
    code = request.POST.get("label", "")
    label = _label(code, variant)
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
    wanted = sum(line.quantity for line in lines if line.variant_id == variant.pk)
    return _added(request, variant, form.cleaned_data["quantity"], label, code, too_few=_too_few(held, variant, wanted))


@require_POST
def set_quantity(request: HttpRequest, sku: str) -> HttpResponse:
    """Change how many of a line; 0 removes it and can be undone."""
    held = basket.current(request)
    line = get_object_or_404(CartLine.objects.select_related("variant__product", "label"), cart=held, variant__sku=sku)
    form = QuantityForm(request.POST)
    if not form.is_valid():
        return show(request, held, form=form, wrong=sku, status=422)
    quantity = form.cleaned_data["quantity"]
    try:
        carts.set_quantity(line.cart, line.variant, quantity=quantity, at=timezone.now())
    except carts.CartIsOrdered:
        messages.error(request, "This cart was ordered a moment ago. Nothing was changed.")
        return redirect("cart")
    if not quantity:
        code = labels.signed_code(line.label) if line.label else ""
        request.session["removed"] = {"sku": sku, "quantity": line.quantity, "name": named(line.variant), "label": code}
    basket.show(request, carts.lines_of(line.cart))
    return redirect(back_to(request) if request.POST.get("next") else reverse("cart"))


def _added(request: HttpRequest, variant: Variant, quantity: int, label: ShelfLabel | None, code: str, *, too_few: str) -> HttpResponse:
    if request.POST.get("next"):
        return redirect(back_to(request))
    words = format_html('<b>In your cart:</b> {} × {}. {}<a href="{}">Go to the cart</a>', quantity, named(variant), too_few, reverse("cart"))
    messages.add_message(request, messages.WARNING if too_few else messages.SUCCESS, words)
    path = reverse("scan_label", args=[code]) if label else reverse("product", args=[variant.product.slug])
    return redirect(f"{path}?variant={variant.sku}")


def _too_few(cart: Cart, variant: Variant, wanted: int) -> str:
    """What the cart will say if its store, or without one every store, has fewer than are wanted now; else ''."""
    store = cart.store if cart.store and cart.store.pickup else None
    about: Any = {"at": timezone.now(), "holder": carts.holder(cart.pk)}
    if store:
        left = availability.at_store(store.pk, [variant.pk], **about)[variant.pk]
    else:
        left = max((found.count for found in availability.of_variants([variant.pk], **about).get(variant.pk, [])), default=0)
    if left >= wanted:
        return ""
    if store is None:
        return f"No store has {wanted}. Take fewer, or remove it. "
    return f"Not enough left: {left} at {store.name}. " if left else f"None at {store.name}. "


def _label(code: str, variant: Variant) -> ShelfLabel | None:
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
