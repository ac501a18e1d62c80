"""What an order still costs after parts of it were cancelled: told from its lines and deliveries, so that no order of cancelling loses or doubles a cent."""

from collections import Counter
from collections.abc import Collection

from orders.models import Fulfilment, FulfilmentLine, Order, OrderLine


def worth(line: OrderLine, units: int) -> int:
    """What `units` of an order line cost if they are the first to be cancelled, in minor units: all of the line's total for all of its units.

    What the rest costs is rounded down, so any sequence of cancelling sums to the total exactly.
    """
    return line.total - line.total * (line.quantity - units) // line.quantity


def cancelled_of(order: Order, *, ending: Collection[int] = ()) -> int:
    """What of the order's total is not owed any more, in minor units: its cancelled units, and its delivery once no parcel goes out or went out.

    Reads the lines and fulfilments as they are now; two statements. `ending` are the ids of fulfilments that count as cancelled, to know beforehand.
    """
    lines: dict[int, OrderLine] = {}
    units = Counter[int]()
    for line in FulfilmentLine.objects.filter(fulfilment__order=order).select_related("order_line", "fulfilment"):
        lines[line.order_line_id] = line.order_line
        units[line.order_line_id] += line.quantity if line.fulfilment.state in Fulfilment.OVER or line.fulfilment_id in ending else line.cancelled
    return sum(worth(lines[pk], count) for pk, count in units.items()) + _delivery_of(order, ending)


def _delivery_of(order: Order, ending: Collection[int]) -> int:
    if not order.delivery_total:
        return 0
    parcels = Fulfilment.objects.filter(order=order, kind=Fulfilment.Kind.DELIVERY).values_list("pk", "state")
    return order.delivery_total if all(state in Fulfilment.OVER or pk in ending for pk, state in parcels) else 0
