"""How a cart is received, as the checkout shows and asks it: what is collected apart from the rest, and what is delivered."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest

from omo.models import User
from orders import address_book, addresses, delivery_quotes
from orders.delivery_quotes import NotDelivered, Quoted
from orders.door_forms import BOOK, DeliverToForm, typed
from orders.forms import window_name
from orders.models import Address, CartLine
from orders.views import windows
from orders.views.rows import Row
from stores import slots
from stores.models import Store

KEPT = "receiving"
"""In the session: what was typed of the delivery, the way to pay and the windows of other stores, until the order is placed."""
ADDRESSED = ("street", "more", "postcode", "city")
"""What of an address is repeated where the order is placed."""


@dataclass(frozen=True)
class Apart:
    """What is collected in a store that is not the cart's, with the windows to choose from."""

    store: Store
    rows: Sequence[Row]
    windows: windows.Windows

    @property
    def field(self) -> str:
        """By which the form names its window."""
        return window_name(self.store)


@dataclass(frozen=True)
class ToDoor:
    """What is delivered: the form, the ways to deliver to its address, and the one that is chosen. `book` is the customer's, with its lines to read."""

    rows: Sequence[Row]
    form: DeliverToForm
    offers: Sequence[Quoted]
    chosen: Quoted | None
    book: Sequence[tuple[Address, list[str]]]
    from_book: str

    @property
    def goes_to(self) -> str:
        """The address in one line, as far as it is known."""
        written = next((lines[1:] for address, lines in self.book if str(address.pk) == self.from_book), None)
        typed = [str(self.form[name].value() or "") for name in ADDRESSED if name in self.form.fields]
        return ", ".join(filter(None, typed if written is None else written))

    @property
    def echoed(self) -> str:
        """The fields of which `goes_to` is made, while they are typed."""
        return " ".join(self.form[name].html_name for name in ADDRESSED if name in self.form.fields)

    @property
    def country(self) -> str:
        """The name of the country it goes to."""
        known = next((address.country for address, _ in self.book if str(address.pk) == self.from_book), None)
        return addresses.country_name(known or str(self.form["country"].value() or ""))

    @property
    def price(self) -> int:
        """What it costs, as far as it is known; minor units."""
        return self.chosen.price if self.chosen else 0


def is_mixed(request: HttpRequest) -> bool:
    """Whether the page that was sent showed something that is not collected in the cart's store."""
    return "store" not in request.POST or any(name.startswith(("to-", "window-")) for name in request.POST)


def signature(lines: Sequence[CartLine]) -> str:
    """By which a form says how each thing was to be received when the page was shown."""
    ways = ";".join(f"{line.variant_id}:{line.way}:{line.store_id or ''}" for line in lines)
    return hashlib.sha256(ways.encode()).hexdigest()[:32]


def others_of(lines: Sequence[CartLine], stores: Sequence[Store]) -> list[Store]:
    """The stores in which something is collected apart from the rest."""
    wanted = {line.store_id for line in lines if line.store_id and line.way == CartLine.Way.PICKUP}
    return [store for store in stores if store.pk in wanted]


def apart(rows: Sequence[Row], stores: Sequence[Store], wishes: Mapping[str, str], loads: Mapping[int, slots.Loads], *, at: datetime) -> list[Apart]:
    """What is collected apart, store by store. `wishes` are the windows that were chosen before, by the stores' codes."""
    found = []
    for store in others_of([row.line for row in rows], stores):
        here = [row for row in rows if row.line.store_id == store.pk and not row.delivered]
        found.append(Apart(store, here, windows.of_store(store, wish=wishes.get(store.code, ""), at=at, loads=loads.get(store.pk))))
    return found


def to_door(request: HttpRequest, rows: Sequence[Row], *, form: DeliverToForm | None = None, at: datetime) -> ToDoor | None:
    """What is delivered, with the `form` that was sent, or one with what this browser typed before; None if nothing is."""
    sent = [row for row in rows if row.delivered]
    if not sent:
        return None
    form = form or unsent_form(request)
    goods = sum(row.priced.total for row in sent)
    book = [(address, addresses.lines(address)) for address in _book(request)]
    from_book = kept(request).get(BOOK, str(book[0][0].pk) if book else "")
    known = _chosen([address for address, _ in book], from_book)
    offers = _offers(known.country, known.postcode, goods, at) if known else _offers(form["country"].value(), form["postcode"].value(), goods, at)
    wanted = str(form["option"].value() or "")
    chosen = next((offer for offer in offers if str(offer.option.pk) == wanted), offers[0] if offers else None)
    return ToDoor(sent, form, offers, chosen, book, from_book)


def _offers(country: str | None, postcode: str | None, goods: int, at: datetime) -> list[Quoted]:
    try:
        return delivery_quotes.offers(country or "", postcode or "", goods_total=goods, at=at)
    except NotDelivered:
        return []


# What was typed


def kept(request: HttpRequest) -> dict[str, Any]:
    """What this browser typed before."""
    return request.session.get(KEPT, {})


def keep(request: HttpRequest) -> None:
    """Keep what is typed of how the cart is received and paid, as it stands in the form."""
    names = [name for name in request.POST if name.startswith(("to-", "window-")) or name == "method"]
    if names:
        request.session[KEPT] = {name: request.POST[name][:200] for name in names}


def wishes(request: HttpRequest) -> dict[str, str]:
    """The windows that were chosen before at stores that are not the cart's, by the stores' codes."""
    return {name.removeprefix("window-"): value for name, value in kept(request).items() if name.startswith("window-")}


def sent_form(request: HttpRequest) -> DeliverToForm:
    """What was sent of the delivery, to be checked."""
    book = _book(request)
    chosen = _chosen(book, request.POST.get(BOOK, ""))
    form = _form(book, typed(request.POST, name=request.POST.get("name", ""), chosen=chosen))
    if not request.POST.get("name", "").strip():
        form.errors.pop("name", None)  # that a name is missing is said once, where the customer's own is asked
    return form


def unsent_form(request: HttpRequest) -> DeliverToForm:
    """What was typed before, as the form begins; an address of the book is chosen beside it."""
    initial = {name.removeprefix("to-"): value for name, value in kept(request).items() if name.startswith("to-") and value}
    return _form(_book(request), initial=initial)


def _form(book: Sequence[Address], *args: Any, **about: Any) -> DeliverToForm:
    """The form. Beside a book its fields may be hidden; a browser must not insist on them then."""
    return DeliverToForm(*args, countries=_countries(), use_required_attribute=not book, **about)


def _countries() -> list[str]:
    return delivery_quotes.countries(delivery_quotes.zones_shown())


def _book(request: HttpRequest) -> list[Address]:
    return address_book.of(request.user) if isinstance(request.user, User) else []


def _chosen(book: Sequence[Address], wanted: str) -> Address | None:
    return next((address for address in book if str(address.pk) == wanted), None)
