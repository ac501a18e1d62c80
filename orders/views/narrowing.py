"""Narrowing a list of products: by words, category, size, colour, price, and by what can be had in the customer's store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest

from omo import lists, money
from stores import facets
from stores.catalogue import Kind
from stores.models import Category
from stores.views import here

ASKED = ("q", "category", "size", "colour", "least", "most", "here", "order", "page")
NARROWS = ("size", "colour", "least", "most", "here")
ORDERS = ("name", "price")
MOST_AMOUNT = 2**53
"""More than anything costs, and less than any database counts."""


@dataclass(frozen=True)
class Chip:
    """One thing that a list is narrowed by, and the address of the list without it."""

    words: str
    without: str


@dataclass(frozen=True)
class Asked:
    """What is asked of the list. `same` are the questions but for the page, so that links lead to the same list. `wrong` says what cannot be."""

    words: str
    order: str
    page: str
    category: Category | None
    kind: Kind
    same: Mapping[str, str]
    wrong: str = ""

    def address(self, **change: str) -> str:
        """The list with other answers; '' takes one away."""
        return "?" + urlencode({name: value for name, value in {**self.same, **change}.items() if value})


def asked(request: HttpRequest, categories: Sequence[Category]) -> Asked:
    """Read the questions. Raises BadRequest for those that the list does not know, Http404 for a category that does not exist.

    An amount that cannot be read narrows nothing, and `wrong` says so: somebody has typed it. It also says so of a lowest price above the highest.
    """
    given = {name: value.strip() for name, value in lists.asked(request.GET, *ASKED).items()}
    if given["order"] not in ("", *ORDERS):
        raise BadRequest("Products can be ordered by name or by price.")
    if given["here"] not in ("", "yes"):
        raise BadRequest("That is no store.")
    category = next((one for one in categories if one.slug == given["category"]), None)
    if given["category"] and category is None:
        raise Http404("No such category")
    least, most = _amount(given["least"]), _amount(given["most"])
    wrong = _wrong_prices(given, least, most)
    kind = Kind(given["size"], given["colour"], least, most, here.store_id(request) if given["here"] else None)
    same = {name: value for name, value in given.items() if value and name != "page"}
    return Asked(given["q"], given["order"] or ("found" if given["q"] else "name"), given["page"], category, kind, same, wrong=wrong)


def _wrong_prices(given: Mapping[str, str], least: int | None, most: int | None) -> str:
    unread = next((given[name] for name, value in (("least", least), ("most", most)) if given[name] and value is None), "")
    if unread:
        return f"“{unread}” is no amount. Write one such as 12.50."
    if least is not None and most is not None and least > most:
        return f"No price is from {money.words(least)} up to {money.words(most)}. The lower one goes first."
    return ""


def _amount(text: str) -> int | None:
    """Minor units, None for what is empty or no amount."""
    try:
        amount = money.parse(text) if text else None
    except money.NotMoney:
        return None
    return min(amount, MOST_AMOUNT) if amount is not None else None


def chips(asked: Asked, store_name: str) -> list[Chip]:
    """What the list is narrowed by, each to be taken away by itself."""
    kind, found = asked.kind, []
    if kind.size:
        found.append(Chip(f"Size {kind.size}", asked.address(size="")))
    if kind.colour:
        found.append(Chip(kind.colour, asked.address(colour="")))
    if kind.least is not None or kind.most is not None:
        found.append(Chip(_prices(kind), asked.address(least="", most="")))
    if "here" in asked.same:
        found.append(Chip(f"At {store_name} now" if store_name else "At my store now", asked.address(here="")))
    return found


def _prices(kind: Kind) -> str:
    low, high = (money.words(amount) if amount is not None else "" for amount in (kind.least, kind.most))
    return f"{low} to {high}" if low and high else (f"From {low}" if low else f"Up to {high}")


def choices(asked: Asked) -> dict[str, Any]:
    """The sizes (by kind) and colours to choose from; what is chosen is among them, even if nothing is like that any more."""
    sizes, colours = facets.sizes(), facets.colours()
    return {
        "sizes": facets.grouped(sizes if not asked.kind.size or asked.kind.size in sizes else [asked.kind.size, *sizes]),
        "colours": colours if not asked.kind.colour or asked.kind.colour in colours else [asked.kind.colour, *colours],
    }
