"""The page of a product: what it costs, where it can be had, and putting it into the cart."""

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
from orders.views import basket, cart_groups
from stores import availability, catalogue, distance, finder, outlook, slots
from stores.availability import NOWHERE, Found
from stores.distance import Point
from stores.models import Picture, Product, ShelfLabel, Store, Variant
from stores.templatetags import moments
from stores.views import here, position

Stock = Mapping[int, Found]
ALTERNATIVES = 8


@dataclass(frozen=True)
class There:
    """Another store that has it: how many, and how far it is if we know where the customer is."""

    name: str
    code: str
    count: int
    far: str = ""


@dataclass(frozen=True)
class Tile:
    """A variant to choose: the words on it, whether it is the chosen one, and what can be had of it."""

    variant: Variant
    words: str
    chosen: bool
    count: int
    elsewhere: "There | None" = None
    photo: Picture | None = None


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
    store_id, near = here.store_id(request), position.point(request, at=at)
    stock = availability.find_variants([variant.pk for variant in on_sale], store_id=store_id, at=at, holder=basket.holder(request), near=near)
    variant = chosen or _first_to_have(on_sale, stock)
    photos = vars(variants[0].product)["photos"]
    found, picker = stock.get(variant.pk, NOWHERE), Picker(stock, store_id is not None, near, position.unit(request))
    promise = _promise(store_id, at) if found.here else ""
    context = {
        "product": product,
        "variant": variant,
        "left_here": found.here,
        "others": picker.others(variant),
        "photo": _photo(photos, variant),
        "elsewhere": found.elsewhere,
        "only_on_the_shelf": found.only_on_the_shelf,
        "colours": _colours(on_sale, variant, picker, photos),
        "sizes": _sizes(on_sale, variant, picker),
        "points": ledger.points_for(variant.price, ledger.rule_shown(at)),
        "label": label,
        "code": code,
        **_of_shop(),
    }
    if form:
        return render(request, "orders/product.html", {**context, "promise": promise, "form": form}, status=status)
    return kept.page(request, "orders/product.html", context, facts=_facts(context, variants), late={"promise": promise} if promise else {})


def _of_shop() -> dict[str, Any]:
    """What holds for every product: the most of one line, and whether the shop delivers."""
    return {"most": settings.MAX_LINE_QUANTITY, "delivers": cart_groups.delivers()}


def _facts(context: dict[str, Any], variants: Sequence[Variant]) -> str:
    """All that the page shows of the product but the promise, which moves on with the clock."""
    product, label = context["product"], context["label"]
    goods = (product.slug, product.name, product.summary, product.description, product.brand, product.drawing, product.category.name, product.category.slug)
    sorts = [(one.sku, one.price, one.tint, one.colour, one.size) for one in variants]
    tiles = [(tile.variant.sku, tile.count, tile.elsewhere) for tile in [*context["colours"], *context["sizes"]]]
    photos = [(one.digest, one.width, one.height, one.colour, one.words) for one in vars(variants[0].product)["photos"]]
    place = (context["left_here"], context["others"], context["elsewhere"], context["only_on_the_shelf"])
    scanned = label and (context["code"], label.shelf, label.store_id, label.store.code, label.store.name)
    return repr((goods, sorts, photos, context["variant"].sku, tiles, place, context["points"], scanned, context["most"], context["delivers"]))


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
        picture = shown["picture"]
        prices = (shown["cheapest"], shown["dearest"], shown["tint"], picture and (picture.digest, picture.width, picture.height))
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


@dataclass(frozen=True)
class Picker:
    """What of a product can be had, seen from where the customer is."""

    stock: Stock
    in_store: bool
    near: Point | None
    unit: str

    def others(self, variant: Variant) -> list[There]:
        """The other stores that have a variant: the nearest if we know from where, else those that have most."""
        found = self.stock.get(variant.pk, NOWHERE).others
        return [There(left.name, left.code, left.count, self._far(left.store_id)) for left in found]

    def tile(self, variant: Variant, words: str, *, chosen: bool, photo: Picture | None = None) -> Tile:
        """A variant to choose: how many there are here, else where there are some."""
        found, others, words = self.stock.get(variant.pk, NOWHERE), self.others(variant), words or variant.sku
        if found.here or not self.in_store:
            return Tile(variant, words, chosen, found.here or min(sum(left.count for left in others), availability.MANY + 1), photo=photo)
        return Tile(variant, words, chosen, 0, others[0] if others else None, photo)

    def _far(self, store_id: int) -> str:
        point = finder.points().get(store_id) if self.near else None
        return distance.words(self.near.to(point), self.unit) if self.near and point else ""


def _colours(variants: Sequence[Variant], chosen: Variant, picker: Picker, photos: Sequence[Picture]) -> list[Tile]:
    """One tile per colour, leading to the same size where there is one."""
    tiles: dict[str, Variant] = {}
    for variant in sorted(variants, key=lambda variant: variant.size != chosen.size):
        tiles.setdefault(variant.colour, variant)
    order = list(dict.fromkeys(variant.colour for variant in variants))
    if len(order) < 2:
        return []
    pictured = {photo.colour: photo for photo in reversed(photos) if photo.colour}
    return [picker.tile(tiles[colour], colour, chosen=colour == chosen.colour, photo=pictured.get(colour)) for colour in order]


def _sizes(variants: Sequence[Variant], chosen: Variant, picker: Picker) -> list[Tile]:
    """One tile per size in the chosen colour."""
    same = [variant for variant in variants if variant.colour == chosen.colour]
    tiles = [picker.tile(variant, variant.size, chosen=variant == chosen) for variant in same]
    return tiles if len(tiles) > 1 else []


def _photo(photos: Sequence[Picture], variant: Variant) -> Picture | None:
    """The first picture of the variant's colour, else the first of all colours, else none: another colour's would deceive."""
    return next((photo for colour in (variant.colour, "") for photo in photos if photo.colour == colour), None)


def _promise(store_id: int | None, at: datetime) -> str:
    """When an order placed in this minute could be collected in the store that the customer is in, and until when it would be held."""
    return "" if store_id is None else memory.remembered(f"promise:{store_id}:{at:%H:%M}", lambda: _promising(store_id, at))


def _promising(store_id: int, at: datetime) -> str:
    """'' for a store that hands over no orders, or has no window free."""
    store = Store.objects.for_pickup().with_calendar().filter(pk=store_id).first()
    if store is None:
        return ""
    found = outlook.of_store(store, at=at, loads=slots.loads_of([store], at=at).get(store_id))
    if found.paused:
        return format_html("No orders here until {}", moments.until(store.paused_until, store))
    if found.first is None:
        return ""
    begins, ends = (moment.replace(second=0, microsecond=0) for moment in (found.first.starts_at, found.first.ends_at))
    when = moments.window(begins, ends, store)
    return format_html("Collect here {}, held until {}", when, moments.until(found.held_until, store))
