"""The one price function, for cart, checkout, till, API and try-out. Pure: no database, no clock, integers only.

It knows list prices today; promotions join here and nowhere else.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from omo import money


@dataclass(frozen=True)
class Item:
    """What is to be priced: a variant, how many, its list price in minor units; `sold_for` is the exact total of a sale that has already happened."""

    variant_id: int
    quantity: int
    list_price: int
    sold_for: int | None = None


@dataclass(frozen=True)
class QuoteLine:
    """A priced item. `total` is exact, `unit_price` is for people to read."""

    variant_id: int
    quantity: int
    list_price: int
    unit_price: int
    total: int


@dataclass(frozen=True)
class Quote:
    """A priced basket. `goods` is the sum of the lines' totals, `total` that and what the delivery costs, `count` the number of units."""

    lines: tuple[QuoteLine, ...]
    goods: int
    delivery: int
    count: int

    @property
    def total(self) -> int:
        """What is to pay."""
        return self.goods + self.delivery


def quote(items: Iterable[Item], *, delivery: int = 0) -> Quote:
    """Price the items, in their order, and the delivery of what of them is delivered."""
    lines = tuple(_line(item) for item in items)
    return Quote(lines, sum(line.total for line in lines), delivery, sum(line.quantity for line in lines))


def _line(item: Item) -> QuoteLine:
    total = item.list_price * item.quantity if item.sold_for is None else item.sold_for
    return QuoteLine(item.variant_id, item.quantity, item.list_price, money.share(total, item.quantity), total)
