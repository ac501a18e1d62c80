"""Suggestions while somebody types into a search field. Without scripts the field's form searches as ever."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from omo import lists
from stores import catalogue
from stores.models import Category, Product
from stores.models.catalogue import searchable

MOST_PRODUCTS, MOST_CATEGORIES, LOOKED_AT = 6, 3, 30
SHORTEST = 2
"""Letters of the Latin kind; one kana or kanji says enough."""


@dataclass(frozen=True)
class Suggestions:
    """What may be meant."""

    products: list[Product]
    categories: list[Category]

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.products) + len(self.categories)


@require_safe
def suggest(request: HttpRequest) -> HttpResponse:
    """The list under a search field, in two statements."""
    words = lists.asked(request.GET, "q")["q"].strip()
    return render(request, "orders/_suggestions.html", {"words": words, "found": suggestions(words)})


def suggestions(words: str) -> Suggestions:
    """The products and categories that words lead to; those whose name begins so come first."""
    text = searchable(words)
    if not text or (text.isascii() and len(text) < SHORTEST):
        return Suggestions([], [])
    rows = list(catalogue.on_shelf(words=words).order_by("id")[:LOOKED_AT])
    rows.sort(key=lambda product: (not searchable(product.name).startswith(text), product.name))
    products = rows[:MOST_PRODUCTS]
    catalogue.price(products)
    return Suggestions(products, [one for one in catalogue.categories() if text in searchable(one.name)][:MOST_CATEGORIES])
