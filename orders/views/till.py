"""The till: scan goods and the member's card, take the money, print the receipt."""

import secrets
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from loyalty import ledger
from loyalty.models import PointsEntry
from omo import idempotency
from omo.models.event import Channel
from orders import carts, checkout, scans
from orders import till as tills
from orders.models import Cart, HandOver, Order
from orders.staff_forms import PayForm, QuantityForm
from orders.views import guesses
from stores import availability
from stores.models import Store, Variant
from stores.views.at_work import StaffRequest, page, staff_of_store


@require_safe
@staff_of_store
def till(request: StaffRequest, store: Store) -> HttpResponse:
    """The open sale of this person at this store."""
    return _till_page(request, store)


@require_POST
@staff_of_store
def scan_goods(request: StaffRequest, store: Store) -> HttpResponse:
    """Put what was scanned (`code`) into the sale: goods are added, a member's card is attached, a pickup or a receipt opens at the counter.

    A customer's cart is shown with what it has. `key` is made with the page: the same page sent twice adds once.
    """
    at = timezone.now()
    scan = scans.classify(request.POST.get("code", ""), hosts=scans.own_hosts(request.get_host()))
    found = guesses.resolved(request, store, scan, at=at)
    receipt_of = scan.kind == scans.Kind.ORDER and Order.objects.filter(number=scan.text, channel=Channel.TILL).exists()
    if receipt_of or (found.verdict and found.verdict.pickup):
        return redirect(f"{reverse('scan_code', args=[store.code])}?{urlencode({'code': scan.text})}")
    if found.cart:
        return redirect("customer_cart", store.code, found.cart.code)
    if found.variant is None and found.member is None:
        goods = scans.goods_like(scan.text) if scan.kind == scans.Kind.WORDS else []
        return _till_page(request, store, unknown=scan, goods=goods, status=400 if scan.kind == scans.Kind.TOO_LONG else 422)
    try:
        _take_into(_sale(request, store, at), found, key=request.POST.get("key", "")[:40], at=at)
    except carts.CartIsOrdered:
        return _rung_up_before(request, store)
    except carts.NotOnSale:
        return _till_page(request, store, wrong=f"{found.variant} is not sold any more. Nothing was added.", status=409)
    except carts.TooManyInCart as full:
        words = f"{settings.MAX_LINE_QUANTITY} is the most of one thing in a sale, and there are {full.held} of {full.variant}. Nothing was added."
        return _till_page(request, store, wrong=words, status=409)
    return redirect("till", store.code)


@require_POST
@staff_of_store
def set_quantity(request: StaffRequest, store: Store, sku: str) -> HttpResponse:
    """Make a line hold `quantity`; 0 takes it out."""
    variant, form = get_object_or_404(Variant, sku=sku), QuantityForm(request.POST)
    if not form.is_valid():
        return _till_page(request, store, wrong=f"{variant.sku}: {form.errors['quantity'][0]} Nothing was changed.", status=422)
    try:
        carts.set_quantity(_sale(request, store, timezone.now()), variant, quantity=form.cleaned_data["quantity"], at=timezone.now())
    except carts.CartIsOrdered:
        return _rung_up_before(request, store)
    return redirect("till", store.code)


@require_POST
@staff_of_store
def detach_member(request: StaffRequest, store: Store) -> HttpResponse:
    """Nobody collects points with this sale."""
    at = timezone.now()
    try:
        carts.attach_member(_sale(request, store, at), None, at=at)
    except carts.CartIsOrdered:
        return _rung_up_before(request, store)
    return redirect("till", store.code)


@require_POST
@staff_of_store
def leave_cart(request: StaffRequest, store: Store) -> HttpResponse:
    """Let go of the customer's cart: its goods leave the sale, and it stays as it is."""
    at = timezone.now()
    try:
        tills.leave_cart(_sale(request, store, at), at=at)
    except carts.CartIsOrdered:
        return _rung_up_before(request, store)
    return redirect("till", store.code)


@require_POST
@staff_of_store
def ring_up(request: StaffRequest, store: Store) -> HttpResponse:
    """Take the money and close the sale. A repeat shows the same receipt: the act knows a sale by its number."""
    at, form = timezone.now(), PayForm(request.POST)
    if not form.is_valid():
        return _till_page(request, store, pay=form, status=422)
    data = form.cleaned_data
    cart = _open_sale(request, store) or Cart(store=store)  # none is open: a repeat makes no new sale
    try:
        order = tills.ring_up_sale(cart, tendered=form.tendered(), sale_reference=data["sale_reference"], by=request.user, at=at)
    except tills.NotPaidInFull as short:
        return _till_page(request, store, pay=form, short=short, status=422)
    except (tills.EmptySale, checkout.EmptyCart):
        return _till_page(request, store, wrong="There is nothing to ring up. If the sale is gone, it was rung up before.", status=409)
    except tills.CustomersCartIsGone:
        return _till_page(request, store, wrong="The customer’s cart was ordered or rung up elsewhere meanwhile. Nothing was taken.", status=409)
    except idempotency.KeyReused:
        return _till_page(request, store, wrong="The sale changed while it was rung up. Nothing was taken. Look at it again, then take the money.", status=409)
    return _to_receipt(store, order, data)


@require_safe
@staff_of_store
def receipt(request: StaffRequest, store: Store, number: str) -> HttpResponse:
    """The receipt of a sale at this store's till; `given` is the cash that was given, for the change."""
    order = get_object_or_404(Order.objects.select_related("member"), number=number, store=store, channel=Channel.TILL)
    payments = list(order.payments.order_by("id"))
    cash = sum(payment.amount for payment in payments if payment.tender == "cash")
    given = request.GET.get("given", "")
    given_amount = int(given) if given.isascii() and given.isdigit() and len(given) <= 12 and int(given) > cash > 0 else 0
    points = PointsEntry.objects.filter(order=order, kind=PointsEntry.Kind.EARN).first()
    context = {
        "order": order,
        "lines": list(order.lines.all()),
        "payments": payments,
        "given": given_amount,
        "change": given_amount - cash if given_amount else 0,
        "points": points.points if points else 0,
        "sold": HandOver.objects.select_related("by").filter(fulfilment__order=order).first(),
    }
    return page(request, "orders/receipt.html", store, context, at=timezone.now())


def _sale(request: StaffRequest, store: Store, at: datetime) -> Cart:
    return carts.start_sale(store=store, by=request.user, at=at)


def _open_sale(request: StaffRequest, store: Store) -> Cart | None:
    """The open sale, if there is one."""
    return Cart.objects.select_related("member", "continues__user").filter(user=request.user, store=store, state=Cart.State.OPEN, channel=Channel.TILL).first()


def _take_into(cart: Cart, found: scans.Found, *, key: str, at: datetime) -> None:
    """Attach the member or add one of the goods."""
    if found.member:
        carts.attach_member(cart, found.member, at=at)
    elif found.variant:
        tills.scan_into(cart, found.variant, label=found.label, key=key, at=at)


def _rung_up_before(request: StaffRequest, store: Store) -> HttpResponse:
    """The sale was closed between the page and this change, at another screen of the same person."""
    messages.warning(request, "The sale was rung up meanwhile, so nothing was changed. If you scanned something, scan it again for the next sale.")
    return redirect("till", store.code)


def _to_receipt(store: Store, order: Order, data: dict[str, Any]) -> HttpResponse:
    address = reverse("receipt", args=[store.code, order.number])
    return redirect(f"{address}?given={data['given']}" if data.get("given") and data["tender"] == "cash" else address)


def _till_page(
    request: StaffRequest,
    store: Store,
    *,
    pay: PayForm | None = None,
    short: tills.NotPaidInFull | None = None,
    unknown: scans.Scan | None = None,
    goods: list[Variant] | None = None,
    wrong: str = "",
    status: int = 200,
) -> HttpResponse:
    at = timezone.now()
    cart = _open_sale(request, store)
    lines = carts.lines_of(cart) if cart else []
    quote = carts.quote_of(lines)
    holder = carts.holder(cart.continues_id) if cart and cart.continues_id else ""  # what the customer's phone holds is there for this sale
    left = availability.at_store(store.pk, [line.variant_id for line in lines], at=at, holder=holder) if lines else {}
    member = cart.member if cart else None
    context = {
        "rows": [
            (line, priced, left[line.variant_id] if left[line.variant_id] < line.quantity else None) for line, priced in zip(lines, quote.lines, strict=True)
        ],
        "quote": quote,
        "member": member,
        "customers": cart.continues if cart else None,
        "points": ledger.points_for(quote.total, ledger.rule_at(at)) if member else 0,
        "pay": pay or PayForm(),
        "reference": (pay.data.get("sale_reference") if pay else "") or f"{store.code}:{secrets.token_urlsafe(12)}",
        "key": secrets.token_urlsafe(9),
        "short": short,
        "unknown": unknown,
        "goods": goods or [],
        "wrong": wrong,
    }
    return page(request, "orders/staff/till.html", store, context, at=at, status=status)
