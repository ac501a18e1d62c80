"""The money of an order as its customer reads it: what each part still costs, what was cancelled, and what goes back."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from omo import money
from orders import owed
from orders.models import Fulfilment, FulfilmentLine, Order, Payment, Refund


@dataclass(frozen=True)
class Sums:
    """What an order is made of, in minor units: goods + delivery − cancelled is what is owed for it."""

    goods: int
    delivery: int
    cancelled_goods: int
    cancelled_delivery: int

    @property
    def cancelled(self) -> int:
        """Goods and delivery together."""
        return self.cancelled_goods + self.cancelled_delivery

    @property
    def owed(self) -> int:
        """What the order costs after that."""
        return self.goods + self.delivery - self.cancelled


def going(line: FulfilmentLine, part: Fulfilment) -> int:
    """How many units of a line come to the customer this way, or came."""
    return 0 if part.state in Fulfilment.OVER else line.quantity - line.short - line.cancelled


def cancelled(line: FulfilmentLine, part: Fulfilment) -> int:
    """How many units of a line are not owed any more."""
    return line.quantity if part.state in Fulfilment.OVER else line.cancelled


def shares(lines: Iterable[tuple[FulfilmentLine, Fulfilment]]) -> dict[int, int]:
    """{fulfilment line id: what its units cost that are still owed}, in minor units. `lines` are all of an order's, with their order lines.

    An order line that goes several ways is shared out so that the shares sum to what is owed for it exactly.
    """
    of_line: dict[int, list[tuple[FulfilmentLine, Fulfilment]]] = defaultdict(list)
    for line, part in lines:
        of_line[line.order_line_id].append((line, part))
    found: dict[int, int] = {}
    for together in of_line.values():
        sold = together[0][0].order_line
        left = sold.total - owed.worth(sold, sum(cancelled(line, part) for line, part in together))
        units, before = sum(line.quantity - cancelled(line, part) for line, part in together), 0
        for line, part in together:
            after = before + line.quantity - cancelled(line, part)
            found[line.pk] = left * after // units - left * before // units if units else 0
            before = after
    return found


def of_part(part: Fulfilment) -> int:
    """What the goods of one part of an order cost that are still owed, in minor units; one statement."""
    lines = FulfilmentLine.objects.filter(fulfilment__order=part.order_id).select_related("order_line", "fulfilment").order_by("id")
    owed_for = shares((line, line.fulfilment) for line in lines)
    return sum(owed_for[line.pk] for line in lines if line.fulfilment_id == part.pk)


def sums(order: Order, lines: Sequence[tuple[FulfilmentLine, Fulfilment]]) -> Sums:
    """What an order's total is made of, and what of it was cancelled. `lines` are as `shares` has them."""
    goods = order.total - order.delivery_total
    cancelled_goods = goods - sum(shares(lines).values())
    return Sums(goods, order.delivery_total, cancelled_goods, order.cancelled_total - cancelled_goods)


def refunds_of(order: Order) -> list[Refund]:
    """What was given back, or is to be, the first first; one statement, and none for an order of which nothing is."""
    if not order.refunded_total:
        return []
    return list(Refund.objects.filter(payment__order=order).exclude(state=Refund.State.FAILED).select_related("payment", "store").order_by("id"))


def under_way(refunds: Iterable[Refund]) -> int:
    """How much of it is to go back still, in minor units."""
    return sum(one.amount for one in refunds if one.state == Refund.State.REQUESTED)


def in_words(refunds: Iterable[Refund]) -> list[str]:
    """What becomes of the money that goes back, a sentence for each way."""
    groups: dict[tuple[bool, bool, str], int] = defaultdict(int)
    for one in refunds:
        by_itself, done = one.payment.tender == Payment.Tender.ONLINE, one.state == Refund.State.DONE
        groups[by_itself, done, one.store.name if one.store and not by_itself else ""] += one.amount
    return [_sentence(money.words(amount), *about) for about, amount in groups.items()]


def _sentence(amount: str, by_itself: bool, done: bool, store: str) -> str:
    if by_itself:
        return f"{amount} went back the way you paid it." if done else f"{amount} is on its way back the way you paid it; a bank may take some days."
    return f"{amount} was given back to you{' at ' + store if store else ''}." if done else f"{amount} waits for you{' at ' + store if store else ''}."
