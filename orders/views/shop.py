"""The shop window: the start page, lists of products, and a product."""

from collections.abc import Sequence
from urllib.parse import urlencode

from django.core.exceptions import BadRequest
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from omo import kept, lists
from orders.views import product_page
from stores import catalogue
from stores.models import Category, Product

SIZE = 24
ORDERS = {"name": ("name", "id"), "price": ("cheapest", "id")}


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Welcome, and the first products."""
    page = _page(catalogue.on_shelf(), order="name", after="")
    shelf, next_url = product_page.shelf_of(request, page.rows), _next(page, {})
    chips = [category for category in catalogue.categories() if category.parent_id is None]
    context = {"shelf": shelf, "chips": chips, "next_url": next_url}
    return kept.page(request, "orders/home.html", context, facts=repr((shelf.facts, _named(chips), next_url)))


@require_safe
def products(request: HttpRequest) -> HttpResponse:
    """A list of products: searched, of a category, by name or price; 24 at a time."""
    asked = lists.asked(request.GET, "q", "category", "order", "page")
    words, order = asked["q"].strip(), asked["order"] or "name"
    if order not in ORDERS:
        raise BadRequest("Products can be ordered by name or by price.")
    categories = catalogue.categories()
    category = _chosen(categories, asked["category"])
    found = catalogue.on_shelf(words=words, categories=catalogue.within(category, categories) if category else None)
    page = _page(found, order=order, after=asked["page"])
    same = {name: value for name, value in asked.items() if value and name != "page"}
    shelf = product_page.shelf_of(request, page.rows)
    parent_id = category.pk if category else None
    parent = next((one for one in categories if category and one.pk == category.parent_id), None)
    chips = [one for one in categories if one.parent_id == parent_id]
    asked_for = {
        "words": words,
        "order": order,
        "next_url": _next(page, same),
        "first_url": f"?{urlencode(same)}" if asked["page"] else "",
        "by_name": urlencode({**same, "order": "name"}),
        "by_price": urlencode({**same, "order": "price"}),
    }
    context = {"shelf": shelf, "category": category, "parent": parent, "chips": chips, **asked_for}
    return kept.page(request, "orders/products.html", context, facts=repr((shelf.facts, _named([category, parent, *chips]), asked_for)))


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


def _chosen(categories: list[Category], slug: str) -> Category | None:
    category = next((one for one in categories if one.slug == slug), None)
    if slug and category is None:
        raise Http404("No such category")
    return category


def _page(found: QuerySet[Product], *, order: str, after: str) -> lists.Page:
    try:
        return lists.page(catalogue.with_cheapest(found) if order == "price" else found, order=ORDERS[order], after=after, size=SIZE, name=f"products:{order}")
    except lists.NoSuchPage as forged:
        raise Http404("No such page") from forged


def _next(page: lists.Page, kept: dict[str, str]) -> str:
    return f"?{urlencode({**kept, 'page': page.next})}" if page.next else ""
