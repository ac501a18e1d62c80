"""Checkout: one page, guests first."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from loyalty import ledger
from omo import lists, memory
from omo.idempotency import KeyReused
from omo.models import User
from omo.models.event import Channel
from orders import carts
from orders import checkout as acts
from orders.forms import CheckoutForm
from orders.models import Cart, CartLine, Order
from orders.views import basket, holding, windows
from orders.views.cart import Row, rows_of, stores_shown, with_all
from stores import outlook, slots
from stores.models import Store
from stores.outlook import Outlook
from stores.stock import NotAvailable

REFUSALS: dict[type[Exception], str] = {
    acts.PriceChanged: "price",
    acts.NoPickup: "no_pickup",
    carts.NotOnSale: "unsold",
    KeyReused: "reused",
    slots.SlotFull: "full",
}
"""Why the act refused, as the page says it."""
ABOUT_THE_STORE = {"no_pickup", "full", "gone", "paused"}
"""After these the stores are read anew: what this process remembers of them was not true any more."""


@dataclass(frozen=True)
class Choice:
    """A store to collect in: what it can promise to an order of this moment, and of how many things it has too little."""

    store: Store
    outlook: Outlook
    lacking: int
    chosen: bool

    @property
    def facts(self) -> tuple[Any, ...]:
        """All that is shown of it."""
        return (self.store.code, self.store.street, self.lacking, self.chosen, self.outlook.facts)


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
    form = CheckoutForm(initial=_known_contact(request), stores=stores_shown())
    return _show(request, lines, form, chosen=chosen, wish=asked["slot"], key=secrets.token_urlsafe(16))


@require_POST
def place_order(request: HttpRequest) -> HttpResponse:
    """Place the order, or show the page again with what stands in the way; nothing is changed then."""
    form = CheckoutForm(request.POST, stores=stores_shown())
    cart = basket.current(request)
    at = timezone.now()
    if not form.is_valid():
        return _again(request, cart, form, status=422)
    fields = form.cleaned_data
    # Also if the page named no store yet, or no window in this store: that page had nothing to agree to.
    if "seen_store" in request.POST and (fields["seen_store"] != fields["store"].code or "slot" not in request.POST):
        return _again(request, cart, form, refusal="other_store", status=409)
    try:
        order = acts.place_order(
            cart,
            channel=Channel.WEB,
            contact=acts.Contact(fields["name"], fields["email"]),
            store=fields["store"],
            slot=fields["slot"],
            seen_total=fields["seen_total"],
            idempotency_key=fields["key"],
            by=request.user if request.user.is_authenticated else None,
            at=at,
        )
    except NotAvailable as refusal:
        holding.note_refusal(request, refusal, cart, fields["store"], at=at)
        return _again(request, cart, form, refusal="short", shortages={short.variant_id: short.left for short in refusal.shortages}, status=409)
    except slots.SlotGone as refusal:
        return _again(request, cart, form, refusal="paused" if refusal.reason == slots.PAUSED else "gone", status=409)
    except tuple(REFUSALS) as refusal:
        return _again(request, cart, form, refusal=REFUSALS[type(refusal)], status=409)
    except acts.EmptyCart:
        return nothing_to_order(request)
    return _placed(request, order, new=order.placed_at == at)


def _placed(request: HttpRequest, order: Order, *, new: bool) -> HttpResponse:
    """To the order's page. A repeat of the request leaves a cart that was begun since as it is."""
    basket.may_open(request, order.number)
    request.session["contact"] = {"name": order.name, "email": order.email}
    if new:
        basket.forget(request)
        request.session["placed"] = order.number
    return redirect("order", number=order.number)


def _again(
    request: HttpRequest, cart: Cart | None, form: CheckoutForm, *, refusal: str = "", shortages: dict[int, int] | None = None, status: int
) -> HttpResponse:
    """The page with what was typed and what is wrong. The key stays, unless it was used for another order."""
    lines = carts.lines_of(cart) if cart else []
    if not lines:
        return nothing_to_order(request)
    fields = form.cleaned_data
    request.session["contact"] = {"name": fields.get("name", ""), "email": fields.get("email", "")}
    chosen = fields["store"].code if "store" in fields else ""
    key = (fields.get("key") if refusal != "reused" else None) or secrets.token_urlsafe(16)
    wish = fields.get("slot", "")
    return _show(request, lines, form, chosen=chosen, wish=wish, key=key, refusal=refusal, shortages=shortages or {}, status=status)


def nothing_to_order(request: HttpRequest) -> HttpResponse:
    """The cart is empty, or was ordered in another window; then that order is named."""
    return render(request, "orders/nothing_to_order.html", {"numbers": request.session.get("orders", [])[-1:]}, status=409)


def _show(
    request: HttpRequest,
    lines: list[CartLine],
    form: CheckoutForm,
    *,
    chosen: str,
    wish: str = "",
    key: str,
    refusal: str = "",
    shortages: Mapping[int, int] | None = None,
    status: int = 200,
) -> HttpResponse:
    at = timezone.now()
    quote = carts.quote_of(lines)
    anew = refusal in ABOUT_THE_STORE
    stores = list(Store.objects.for_pickup().with_calendar()) if anew else stores_shown()
    chosen_store = next((store for store in stores if store.code == chosen), stores[0] if len(stores) == 1 else None)
    rows = rows_of(lines, quote, chosen_store.pk if chosen_store else None, at=at)
    loads = slots.loads_of(stores, at=at)
    choices = _choices(stores, rows, chosen_store, at, loads, anew=anew)
    context = {
        "form": form,
        "rows": rows,
        "quote": quote,
        "choices": choices,
        "chosen": next((choice for choice in choices if choice.chosen), None),
        "windows": windows.of_store(chosen_store, wish=wish, at=at, loads=loads.get(chosen_store.pk)) if chosen_store else None,
        "complete": with_all(rows, stores),
        "short": [(row, (shortages or {}).get(row.line.variant_id, row.left)) for row in rows if chosen_store and row.short],
        "points": ledger.points_for(quote.total, ledger.rule_shown(at)),
        "holding": holding.shown(request, chosen_store, at=at),
        "refusal": refusal,
        "key": key,
    }
    return render(request, "orders/checkout.html", context, status=status)


def _choices(stores: Sequence[Store], rows: Sequence[Row], chosen: Store | None, at: datetime, loads: Mapping[int, slots.Loads], *, anew: bool) -> list[Choice]:
    """The stores with what they can promise: the chosen one now, the others as they were within this minute, or all of them `anew`."""

    def outlooks() -> dict[int, Outlook]:
        return {store.pk: outlook.of_store(store, at=at, loads=loads.get(store.pk)) for store in stores}

    found = outlooks() if anew else memory.remembered(f"outlooks:{at:%H:%M}", outlooks)
    now = {} if chosen is None or anew else {chosen.pk: outlook.of_store(chosen, at=at, loads=loads.get(chosen.pk))}
    return [Choice(store, now.get(store.pk) or found[store.pk], _lacking(store, rows, chosen), store == chosen) for store in stores]


def _lacking(store: Store, rows: Sequence[Row], chosen: Store | None) -> int:
    return sum(row.short if store == chosen else store.pk not in row.stores for row in rows)


def _known_contact(request: HttpRequest) -> dict[str, Any]:
    """What we know of who orders: typed before in this browser, else of the account."""
    typed = request.session.get("contact")
    if typed:
        return typed
    return {"name": request.user.name, "email": request.user.email} if isinstance(request.user, User) else {}
