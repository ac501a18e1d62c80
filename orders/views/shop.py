"""The shop window: the start page, lists of products, and a product."""

from collections.abc import Sequence

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_safe

from omo import kept, lists
from orders.views import basket, cart_groups, narrowing, product_page
from stores import catalogue
from stores.models import Category, Product
from stores.views import here

SIZE = 24
ORDERS = {"name": ("name", "id"), "price": ("cheapest", "id"), "found": ("id",)}
"""What a search finds comes in the catalogue's order: by name, a word that many products have would cost more with every product."""


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Welcome, and the first products."""
    page = _page(catalogue.on_shelf(), order="name", after="")
    shelf, next_url = product_page.shelf_of(request, page.rows), f"?page={page.next}" if page.next else ""
    chips = [category for category in catalogue.categories() if category.parent_id is None]
    context = {"shelf": shelf, "chips": chips, "next_url": next_url, "delivers": cart_groups.delivers()}
    return kept.page(request, "orders/home.html", context, facts=repr((shelf.facts, _named(chips), next_url, context["delivers"])))


@require_safe
def products(request: HttpRequest) -> HttpResponse:
    """A list of products: searched, of a category, narrowed, by name or price; 24 at a time."""
    categories = catalogue.categories()
    asked = narrowing.asked(request, categories)
    category, store = asked.category, here.store_here(request) or {"name": ""}
    within = catalogue.within(category, categories) if category else None
    found = catalogue.on_shelf(words=asked.words, categories=within, kind=asked.kind, at=timezone.now(), holder=basket.holder(request))
    page = _page(found, order=asked.order, after=asked.page)
    shelf = product_page.shelf_of(request, page.rows)
    parent = next((one for one in categories if category and one.pk == category.parent_id), None)
    chips = [(one.name, asked.address(category=one.slug)) for one in categories if one.parent_id == (category.pk if category else None)]
    shown = {
        "asked": asked.same,
        "words": asked.words,
        "wrong": asked.wrong,
        "order": asked.order,
        "narrowed": narrowing.chips(asked, store["name"]),
        "wide": asked.address(**dict.fromkeys(narrowing.NARROWS, "")),
        "chips": chips,
        "next_url": asked.address(page=page.next) if page.next else "",
        "first_url": asked.address() if asked.page else "",
        "by_name": asked.address(order="name"),
        "by_price": asked.address(order="price"),
        **narrowing.choices(asked),
    }
    context = {"shelf": shelf, "category": category, "parent": parent, **shown}
    return kept.page(request, "orders/products.html", context, facts=repr((shelf.facts, _named([category, parent]), shown)))


@require_safe
def product(request: HttpRequest, slug: str) -> HttpResponse:
    """One product; `variant` is the SKU of the chosen one."""
    sku = lists.asked(request.GET, "variant")["variant"]
    variants = catalogue.variants_of(slug)
    if not variants:
        return product_page.no_longer_sold(request, get_object_or_404(Product, slug=slug))
    chosen = next((variant for variant in variants if variant.sku == sku), None)
    if sku and chosen is None:
        raise Http404("No such variant")
    return product_page.show(request, variants[0].product, variants, chosen=chosen)


def _named(categories: Sequence[Category | None]) -> list[tuple[str, str]]:
    """All that pages show of categories."""
    return [(one.slug, one.name) if one else ("", "") for one in categories]


def _page(found: QuerySet[Product], *, order: str, after: str) -> lists.Page:
    try:
        return lists.page(catalogue.with_cheapest(found) if order == "price" else found, order=ORDERS[order], after=after, size=SIZE, name=f"products:{order}")
    except lists.NoSuchPage as forged:
        raise Http404("No such page") from forged
