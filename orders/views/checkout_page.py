"""The checkout's one page: what is ordered, how it is received and paid, and what it comes to."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.safestring import SafeString

from loyalty import ledger
from omo import kept, memory
from orders import carts, payments
from orders.door_forms import DeliverToForm
from orders.forms import CheckoutForm
from orders.models import CartLine
from orders.views import basket, holding, receiving, windows
from orders.views.rows import Row, rows_of, stores_shown, with_all
from stores import outlook, slots
from stores.models import Store
from stores.outlook import Outlook
from stores.templatetags.stock_words import named

ABOUT_THE_STORE = {"no_pickup", "full", "gone", "paused"}
"""After these the stores are read anew: what this process remembers of them was not true any more."""


@dataclass(frozen=True)
class Choice:
    """A store to collect in: what it can promise to an order of this moment, and of how many things it has too little; if it is one, which (`missing`)."""

    store: Store
    outlook: Outlook
    lacking: int
    missing: str
    chosen: bool

    @property
    def facts(self) -> tuple[Any, ...]:
        """All that is shown of it."""
        return (self.store.code, self.store.street, self.lacking, self.missing, self.chosen, self.outlook.facts)

    @property
    def drawn(self) -> SafeString:
        """How it stands on the page."""
        return kept.piece("orders/_choice.html", {"choice": self}, facts=self.facts)


def show(
    request: HttpRequest,
    lines: list[CartLine],
    form: CheckoutForm,
    *,
    door: DeliverToForm | None = None,
    chosen: str,
    wish: str = "",
    key: str = "",
    refusal: str = "",
    shortages: Mapping[int, int] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page. `chosen` is the code of the store where what goes together is collected, `wish` its window; `door` the form of the delivery as it was sent."""
    at, anew = timezone.now(), refusal in ABOUT_THE_STORE
    stores = list(Store.objects.for_pickup().with_calendar()) if anew else stores_shown()
    chosen_store = next((store for store in stores if store.code == chosen), stores[0] if len(stores) == 1 else None)
    rows = rows_of(lines, carts.quote_of(lines), chosen_store.pk if chosen_store else None, at=at)
    loads = slots.loads_of(stores, at=at)
    to_door = receiving.to_door(request, rows, form=door, at=at)
    quote = carts.quote_of(lines, delivery=to_door.price if to_door else 0)
    collected = _collected(request, rows, stores, chosen_store, wish, loads, at, anew=anew)
    context = {
        "form": form,
        "rows": rows,
        "quote": quote,
        **collected,
        "door": to_door,
        "ways": receiving.signature(lines),
        **_payment(request, [one.store for one in (collected["chosen"], *collected["apart"]) if one], rows),
        "blocked": _blocked(rows, collected["apart"]),
        "complete": with_all(rows, stores),
        "short": [(row, (shortages or {}).get(row.line.variant_id, row.left)) for row in rows if row.lacks],
        "points": ledger.points_for(quote.goods, ledger.rule_shown(at)),
        "refusal": refusal,
        "key": key or secrets.token_urlsafe(16),
    }
    return render(request, "orders/checkout.html", context, status=status)


def _collected(
    request: HttpRequest,
    rows: Sequence[Row],
    stores: Sequence[Store],
    chosen: Store | None,
    wish: str,
    loads: Mapping[int, slots.Loads],
    at: datetime,
    *,
    anew: bool,
) -> dict[str, Any]:
    """What is collected: together in the store that is chosen for it, with the stores to choose from, and apart in others; and how long it is kept."""
    together = [row for row in rows if not row.apart]
    choices = _choices(stores, together, chosen, at, loads, anew=anew) if together else []
    apart = receiving.apart(rows, stores, receiving.wishes(request), loads, at=at) if len(together) < len(rows) else []
    kept_at = chosen if together else next((one.store for one in apart), None)
    return {
        "together": together,
        "choices": choices,
        "chosen": next((choice for choice in choices if choice.chosen), None),
        "windows": windows.of_store(chosen, wish=wish, at=at, loads=loads.get(chosen.pk)) if chosen and together else None,
        "apart": apart,
        "holding": holding.shown(request, kept_at, at=at) if chosen or not together else None,
    }


def nothing_to_order(request: HttpRequest) -> HttpResponse:
    """The cart is empty, or was ordered in another window; then that order is named."""
    return render(request, "orders/nothing_to_order.html", {"numbers": request.session.get("orders", [])[-1:]}, status=409)


def lines_now(request: HttpRequest) -> list[CartLine]:
    """What is in this browser's cart."""
    cart = basket.current(request)
    return carts.lines_of(cart) if cart else []


@dataclass(frozen=True)
class Method:
    """A way to pay, as the page offers it."""

    name: str
    chosen: bool

    @property
    def in_store(self) -> bool:
        """Whether it is paid at the counter."""
        return self.name == payments.IN_STORE


def _payment(request: HttpRequest, stores: Sequence[Store], rows: Sequence[Row]) -> dict[str, Any]:
    """The ways to pay. In the store is offered until a store is chosen that takes no money."""
    delivery = any(row.delivered for row in rows)
    offered = payments.methods_for(stores or ([] if delivery else stores_shown()), delivery=delivery)
    before = request.POST.get("method") or receiving.kept(request).get("method", "")
    chosen = before if before in offered else next(iter(offered), "")
    methods = [Method(name, name == chosen) for name in offered]
    return {"methods": methods, "pays_in_store": any(method.in_store and method.chosen for method in methods)}


def _blocked(rows: Sequence[Row], apart: Sequence[receiving.Apart]) -> bool:
    """Whether something that has its own way cannot be had in that way."""
    return any(row.apart and row.lacks for row in rows) or any(one.windows.chosen is None for one in apart)


def _choices(stores: Sequence[Store], rows: Sequence[Row], chosen: Store | None, at: datetime, loads: Mapping[int, slots.Loads], *, anew: bool) -> list[Choice]:
    """The stores with what they can promise: the chosen one now, the others as they were within this minute, or all of them `anew`."""

    def outlooks() -> dict[int, Outlook]:
        return {store.pk: outlook.of_store(store, at=at, loads=loads.get(store.pk)) for store in stores}

    found = outlooks() if anew else memory.remembered(f"outlooks:{at:%H:%M}", outlooks)
    now = {} if chosen is None or anew else {chosen.pk: outlook.of_store(chosen, at=at, loads=loads.get(chosen.pk))}
    return [Choice(store, now.get(store.pk) or found[store.pk], *_lacking(store, rows, chosen), store == chosen) for store in stores]


def _lacking(store: Store, rows: Sequence[Row], chosen: Store | None) -> tuple[int, str]:
    """Of how many things a store has too little, and the name of one of them."""
    short = [row for row in rows if (row.short if store == chosen else store.pk not in row.stores)]
    return len(short), named(short[0].line.variant) if short else ""
