"""What of a cart is received in which way, as the cart page shows it: what is collected, store by store, and what is delivered; each with its promise."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest

from orders import delivery_quotes
from orders.cart_forms import AT, DELIVERED, HERE
from orders.delivery_quotes import NotDelivered, Quoted
from orders.views import receiving
from orders.views.rows import Row
from stores import outlook, slots
from stores.models import Store
from stores.outlook import Outlook
from stores.templatetags import stock_words

MOST = 5
"""So many other stores are offered for a line."""


@dataclass(frozen=True)
class Choice:
    """A way in which a line can be received, as its menu offers it."""

    value: str
    words: str
    chosen: bool = False
    possible: bool = True


@dataclass(frozen=True)
class ShownRow:
    """A row and the ways to receive it."""

    row: Row
    choices: Sequence[Choice]


@dataclass(frozen=True)
class Group:
    """What is received together. `store` is None where none is chosen, where it takes no orders any more (`lost`), and for what is delivered."""

    rows: Sequence[ShownRow]
    store: Store | None = None
    lost: bool = False
    outlook: Outlook | None = None
    delivered: bool = False
    offers: Sequence[Quoted] = ()

    @property
    def lacks(self) -> bool:
        """Whether something of it cannot be had so."""
        return self.lost or any(shown.row.lacks for shown in self.rows)

    @property
    def cheapest(self) -> Quoted | None:
        """The way to deliver that costs least; None if it is not known where to."""
        return min(self.offers, key=lambda offer: (offer.price, offer.promised_day), default=None)

    @property
    def gap(self) -> str:
        """'Have €12.00 more delivered, and delivery is free', of the option for which least is lacking; '' if it is free or never will be."""
        if self.cheapest is None or not self.cheapest.price:
            return ""
        return min((offer for offer in self.offers if offer.gap), key=lambda offer: offer.gap, default=self.cheapest).gap_in_words


def delivers() -> bool:
    """Whether the shop delivers at all, as it was a minute ago at most."""
    return bool(delivery_quotes.zones_shown() and delivery_quotes.senders_shown())


def groups_of(request: HttpRequest, rows: Sequence[Row], store: Store | None, stores: Sequence[Store], *, at: datetime) -> list[Group]:
    """The rows by how they are received: where the cart is collected first, then other stores, then what is delivered. At most one statement."""
    shown = [ShownRow(row, _choices(row, store, stores)) for row in rows]
    known = {one.pk: one for one in stores}
    together = [one for one in shown if not one.row.apart]
    apart = {place: [one for one in shown if not one.row.delivered and one.row.line.store_id == place] for place in _own_stores(rows)}
    sent = [one for one in shown if one.row.delivered]
    collected = [known[place] for place in apart if place in known]
    loads = slots.loads_of([*([store] if store else []), *collected], at=at)

    def collect(some: Sequence[ShownRow], place: Store | None, *, lost: bool) -> Group:
        promise = outlook.of_store(place, at=at, loads=loads.get(place.pk)) if place else None
        return Group(some, place, lost, promise)

    return [
        *([collect(together, store, lost=False)] if together else []),
        *(collect(some, known.get(place), lost=place not in known) for place, some in apart.items()),
        *([Group(sent, delivered=True, offers=_offers(request, sent, at))] if sent else []),
    ]


def _own_stores(rows: Sequence[Row]) -> list[int]:
    """The stores in which lines are collected apart, in the order of the lines."""
    return list(dict.fromkeys(row.line.store_id for row in rows if row.line.store_id and not row.delivered))


def _choices(row: Row, store: Store | None, stores: Sequence[Store]) -> list[Choice]:
    line = row.line
    found = [Choice(HERE, f"Collect at {store.name}" if store else "Collect where I choose", chosen=not row.apart)]
    own = next((one for one in stores if one.pk == line.store_id), None)
    if line.store_id and not row.delivered:
        found.append(Choice(f"{AT}{own.code}", f"Collect at {own.name}", chosen=True) if own else Choice("", "Choose another store", chosen=True))
    others = [left for left in row.elsewhere if left.store_id not in (line.store_id, store.pk if store else None)]
    found += [Choice(f"{AT}{left.code}", f"Collect at {left.name}, {stock_words.left(left.count)}") for left in others[:MOST]]
    if row.delivered or delivers():
        enough = row.sendable >= line.quantity
        words = "Home delivery" if enough else "Home delivery: too few to send"
        found.append(Choice(DELIVERED, words, chosen=row.delivered, possible=enough or row.delivered))
    return found


def _offers(request: HttpRequest, sent: Sequence[ShownRow], at: datetime) -> list[Quoted]:
    """The ways to deliver to the address that was typed before, else to the country that the shop names first."""
    kept, countries = receiving.kept(request), delivery_quotes.countries(delivery_quotes.zones_shown())
    country = kept.get("to-country") or next(iter(countries), "")
    goods = sum(one.row.priced.total for one in sent)
    try:
        return delivery_quotes.offers(country, kept.get("to-postcode", ""), goods_total=goods, at=at)
    except NotDelivered:
        return []
