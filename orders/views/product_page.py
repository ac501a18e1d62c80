"""The page of a product: what it costs, where it can be had, and putting it into the cart."""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.html import format_html

from loyalty import ledger
from omo import kept, memory
from orders.forms import AddForm
from orders.views import basket
from stores import availability, catalogue, hours, slots
from stores.availability import NOWHERE, Found
from stores.models import Product, ShelfLabel, Store, Variant
from stores.templatetags import moments
from stores.views import here

Stock = Mapping[int, Found]
ALTERNATIVES = 8


@dataclass(frozen=True)
class Tile:
    """A variant to choose: the words on it, whether it is the chosen one, and what can be had of it."""

    variant: Variant
    words: str
    chosen: bool
    count: int
    elsewhere: str = ""


def show(
    request: HttpRequest,
    product: Product,
    variants: Sequence[Variant],
    *,
    chosen: Variant | None = None,
    label: ShelfLabel | None = None,
    code: str = "",
    form: AddForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page, in four statements at most. Without a chosen variant it opens with one that can be had."""
    on_sale = [variant for variant in variants if variant.active]
    if not product.active or not on_sale or (chosen and not chosen.active):
        return no_longer_sold(request, product)
    at = timezone.now()
    store_id = here.store_id(request)
    stock = availability.find_variants([variant.pk for variant in on_sale], store_id=store_id, at=at, holder=basket.holder(request))
    variant = chosen or _first_to_have(on_sale, stock)
    found = stock.get(variant.pk, NOWHERE)
    promise = _promise(store_id, at) if found.here else ""
    context = {
        "product": product,
        "variant": variant,
        "left_here": found.here,
        "others": found.others,
        "elsewhere": found.elsewhere,
        "only_on_the_shelf": found.only_on_the_shelf,
        "colours": _colours(on_sale, variant, stock, in_store=store_id is not None),
        "sizes": _sizes(on_sale, variant, stock, in_store=store_id is not None),
        "points": ledger.points_for(variant.price, ledger.rule_shown(at)),
        "label": label,
        "code": code,
        "most": settings.MAX_LINE_QUANTITY,
    }
    if form:
        return render(request, "orders/product.html", {**context, "promise": promise, "form": form}, status=status)
    return kept.page(request, "orders/product.html", context, facts=_facts(context, variants), late={"promise": promise} if promise else {})


def _facts(context: dict[str, Any], variants: Sequence[Variant]) -> str:
    """All that the page shows of the product but the promise, which moves on with the clock."""
    product, label = context["product"], context["label"]
    goods = (product.slug, product.name, product.summary, product.description, product.brand, product.drawing, product.category.name, product.category.slug)
    sorts = [(one.sku, one.price, one.tint, one.colour, one.size) for one in variants]
    tiles = [(tile.variant.sku, tile.count, tile.elsewhere) for tile in [*context["colours"], *context["sizes"]]]
    place = (context["left_here"], context["others"], context["elsewhere"], context["only_on_the_shelf"])
    scanned = label and (context["code"], label.shelf, label.store_id, label.store.code, label.store.name)
    return repr((goods, sorts, context["variant"].sku, tiles, place, context["points"], scanned, context["most"]))


def no_longer_sold(request: HttpRequest, product: Product, *, status: int = 200) -> HttpResponse:
    """What stands where a product was, with others of its category."""
    rows = list(catalogue.on_shelf(categories=[product.category_id]).exclude(pk=product.pk).order_by("name", "id")[:ALTERNATIVES])
    return render(request, "orders/no_longer_sold.html", {"product": product, "shelf": shelf_of(request, rows)}, status=status)


@dataclass(frozen=True)
class Card:
    """A product in a list, with where it can be had."""

    product: Product
    found: Found
    in_store: bool

    @property
    def facts(self) -> str:
        """All that the card shows, so that it is drawn anew only when one of them changes."""
        product, found = self.product, self.found
        shown = vars(product)
        prices = (shown["cheapest"], shown["dearest"], shown["tint"])
        return repr((product.slug, product.name, product.drawing, prices, self.in_store, found.here, found.stores, found.others[:1]))


@dataclass(frozen=True)
class Shelf:
    """The cards of a page."""

    cards: list[Card]

    @property
    def facts(self) -> str:
        """All that the cards show."""
        return "".join(card.facts for card in self.cards)


def shelf_of(request: HttpRequest, products: Sequence[Product]) -> Shelf:
    """The products with their prices and their stock, in two statements."""
    catalogue.price(products)
    store_id = here.store_id(request)
    stock = availability.find_products([product.pk for product in products], store_id=store_id, at=timezone.now(), holder=basket.holder(request))
    return Shelf([Card(product, stock.get(product.pk, NOWHERE), store_id is not None) for product in products])


def _first_to_have(variants: Sequence[Variant], stock: Stock) -> Variant:
    def worth(variant: Variant) -> tuple[bool, bool, int]:
        found = stock.get(variant.pk, NOWHERE)
        return (found.here > 0, found.stores > 0, -variants.index(variant))

    return max(variants, key=worth)


def _colours(variants: Sequence[Variant], chosen: Variant, stock: Stock, *, in_store: bool) -> list[Tile]:
    """One tile per colour, leading to the same size where there is one."""
    tiles: dict[str, Variant] = {}
    for variant in sorted(variants, key=lambda variant: variant.size != chosen.size):
        tiles.setdefault(variant.colour, variant)
    order = list(dict.fromkeys(variant.colour for variant in variants))
    if len(order) < 2:
        return []
    return [_tile(tiles[colour], colour, chosen=colour == chosen.colour, stock=stock, in_store=in_store) for colour in order]


def _sizes(variants: Sequence[Variant], chosen: Variant, stock: Stock, *, in_store: bool) -> list[Tile]:
    """One tile per size in the chosen colour."""
    same = [variant for variant in variants if variant.colour == chosen.colour]
    tiles = [_tile(variant, variant.size, chosen=variant == chosen, stock=stock, in_store=in_store) for variant in same]
    return tiles if len(tiles) > 1 else []


def _tile(variant: Variant, words: str, *, chosen: bool, stock: Stock, in_store: bool) -> Tile:
    found, words = stock.get(variant.pk, NOWHERE), words or variant.sku
    if found.here or not in_store:
        return Tile(variant, words, chosen, found.here or min(sum(left.count for left in found.others), availability.MANY + 1))
    return Tile(variant, words, chosen, 0, found.others[0].name if found.others else "")


def _promise(store_id: int | None, at: datetime) -> str:
    """When an order placed now would be ready in the store that the customer is in."""
    store = memory.remembered(f"hours:{store_id}", functools.partial(_opening, store_id)) if store_id is not None else None
    ready = slots.ready_at(store, hours.calendar_of(store), at=at) if store else None
    if store is None or ready is None:
        return ""
    return format_html("{} by <time>{}</time>", moments.day(ready, store), moments.clock(ready, store))


def _opening(store_id: int) -> Store | None:
    return Store.objects.for_pickup().with_calendar().filter(pk=store_id).first()
