"""A customer's cart at the counter: what it has, what of it is here, and ringing it up at the till."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from loyalty.models import Member
from orders import cart_codes, carts, till
from orders.models import Cart, CartLine
from stores import availability
from stores.models import Store
from stores.templatetags.stock_words import named
from stores.views.at_work import StaffRequest, page, staff_of_store


@require_safe
@staff_of_store
def customer_cart(request: StaffRequest, store: Store, cart_code: str) -> HttpResponse:
    """What the cart with this code has."""
    return _show(request, store, _found(cart_code))


@require_POST
@staff_of_store
def ring_up_here(request: StaffRequest, store: Store, cart_code: str) -> HttpResponse:
    """Put the cart's goods into this person's open sale. The customer's cart stays as it is until the money is taken."""
    cart, at = _found(cart_code), timezone.now()
    try:
        left_out = till.continue_cart(carts.start_sale(store=store, by=request.user, at=at), cart, at=at)
    except (carts.CartIsOrdered, till.CustomersCartIsGone):
        return _show(request, store, cart, wrong="The sale or the cart was closed meanwhile. Nothing was changed. Scan the code again.", status=409)
    except till.OtherCart:
        return _show(request, store, cart, wrong="Your open sale rings up another customer’s cart. Finish it or take that out first.", status=409)
    except till.EmptySale:
        return _show(request, store, cart, wrong="There is nothing to ring up.", status=409)
    if left_out:
        messages.warning(request, _words(left_out))
    return redirect("till", store.code)


def _found(code: str) -> Cart:
    found = cart_codes.find(code)
    if found is None:
        raise Http404("No such cart")
    return found


def _words(left_out: list[CartLine]) -> str:
    names = ", ".join(f"{line.quantity} × {named(line.variant)}" for line in left_out)
    return f"Not in the sale, because it is not sold any more or there would be too many: {names}."


def _show(request: StaffRequest, store: Store, cart: Cart, *, wrong: str = "", status: int = 200) -> HttpResponse:
    lines, saved = carts.lines_and_saved(cart)
    quote, at = carts.quote_of(lines), timezone.now()
    left = availability.at_store(store.pk, [line.variant_id for line in lines], at=at, holder=carts.holder(cart.pk)) if lines else {}
    context = {
        "cart": cart,
        "rows": [(line, priced, left[line.variant_id]) for line, priced in zip(lines, quote.lines, strict=True)],
        "saved": len(saved),
        "quote": quote,
        "member": Member.objects.of(cart.user),
        "wrong": wrong,
    }
    return page(request, "orders/staff/customer_cart.html", store, context, at=at, status=status)
