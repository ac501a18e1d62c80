"""The lines of a cart as pages show them: with their price, and what there is of them where they come from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from omo import memory
from orders import carts, pricing
from orders.models import CartLine
from stores import availability
from stores.availability import Left
from stores.models import Store


@dataclass(frozen=True)
class Row:
    """A line of the cart with its price, and how many there are where it comes from: in its store (None: not chosen yet), or in all stores that deliver.

    `elsewhere` are the other stores in which enough can be collected, `sendable` is how many all stores that deliver have.
    """

    line: CartLine
    priced: pricing.QuoteLine
    store_id: int | None
    left: int
    elsewhere: Sequence[Left]
    on_sale: bool
    sendable: int

    @property
    def was(self) -> int | None:
        """What one cost when the customer agreed to it, in minor units, if that is not what it costs now."""
        seen = self.line.seen_price
        return seen if seen is not None and seen != self.line.variant.price else None

    @property
    def delivered(self) -> bool:
        """Whether it is delivered, and not collected."""
        return self.line.way == CartLine.Way.DELIVERY

    @property
    def apart(self) -> bool:
        """Whether it has a way of its own and is not collected where the cart is."""
        return self.delivered or self.line.store_id is not None

    @property
    def short(self) -> bool:
        """Whether there are too few."""
        return self.left < self.line.quantity

    @property
    def lacks(self) -> bool:
        """Whether it cannot be had as it is wished for: there are too few where it comes from, and it is known where that is."""
        return self.short and (self.delivered or self.store_id is not None)

    @cached_property
    def stores(self) -> frozenset[int]:
        """The ids of the other stores that have enough."""
        return frozenset(left.store_id for left in self.elsewhere)


@dataclass(frozen=True)
class Stock:
    """Where the variants of a cart can be collected, and from where they can be delivered."""

    collected: Mapping[int, list[Left]]
    delivered: Mapping[int, list[Left]]


def stock_of(lines: Sequence[CartLine], *, at: datetime) -> Stock:
    """Where there is how much of the lines of a cart; what the cart holds itself is there for it. One statement, none without lines."""
    if not lines:
        return Stock({}, {})
    return Stock(*availability.of_ways([line.variant_id for line in lines], at=at, holder=carts.holder(lines[0].cart_id)))


def rows_of(lines: list[CartLine], quote: pricing.Quote, store_id: int | None, *, stock: Stock | None = None, at: datetime) -> list[Row]:
    """The lines with their stock, which is read in one statement if it is not given."""
    stock = stock or stock_of(lines, at=at)
    return [_row(line, priced, store_id, stock) for line, priced in zip(lines, quote.lines, strict=True)]


def _row(line: CartLine, priced: pricing.QuoteLine, store_id: int | None, stock: Stock) -> Row:
    lefts, on_sale = stock.collected.get(line.variant_id, []), line.variant.active and line.variant.product.active
    sendable = sum(one.count for one in stock.delivered.get(line.variant_id, []))
    place = None if line.way == CartLine.Way.DELIVERY else line.store_id or store_id
    left = sendable if line.way == CartLine.Way.DELIVERY else availability.at(place, lefts)
    enough = [one for one in lefts if one.store_id != place and one.count >= line.quantity]
    return Row(line, priced, place, left, enough, on_sale, sendable)


def with_all(rows: Sequence[Row], stores: Sequence[Store]) -> list[Store]:
    """The stores, other than the chosen one, that have everything that is collected where the cart is."""
    together = [row for row in rows if not row.apart]
    return [store for store in stores if together and all(store.pk in row.stores for row in together)]


def stores_shown() -> list[Store]:
    """The stores that hand over orders, with their hours, as they were at most a minute ago."""
    return memory.remembered("stores.for_pickup", lambda: list(Store.objects.for_pickup().with_calendar()))
