"""The receipt of an order: what was bought, paid and given back, for paper and for returns."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import BadRequest
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from omo import lists
from orders import order_money, owed
from orders.models import Fulfilment, FulfilmentLine, Order, OrderLine
from orders.views.my_orders import own_order
from stores.models import Store

A4, ROLL = "", "roll"


@dataclass(frozen=True)
class Row:
    """An order line as it was sold, with the units that were cancelled and what they are worth in minor units."""

    line: OrderLine
    gone: int

    @property
    def gone_total(self) -> int:
        """What is not owed for them."""
        return owed.worth(self.line, self.gone)


@never_cache
@require_safe
def order_receipt(request: HttpRequest, number: str) -> HttpResponse:
    """The receipt on a sheet of A4, or with `paper=roll` on a roll of 80 mm."""
    paper = lists.asked(request.GET, "paper")["paper"]
    if paper not in (A4, ROLL):
        raise BadRequest("A receipt is printed on a sheet or on a roll.")
    found = own_order(request, number)
    store = Store.objects.get(pk=found.store_id)
    with timezone.override(store.zone):
        return render(request, "orders/order_receipt.html", {"store": store, "roll": paper == ROLL, **_context(found)})


def _context(found: Order) -> dict[str, Any]:
    lines = FulfilmentLine.objects.filter(fulfilment__order=found).select_related("order_line", "fulfilment__store").order_by("id")
    pairs = [(line, line.fulfilment) for line in lines]
    gone = Counter[int]()
    for line, part in pairs:
        gone[line.order_line_id] += order_money.cancelled(line, part)
    return {
        "order": found,
        "rows": [Row(line, gone[line.pk]) for line in found.lines.all()],
        "places": _places(part for _, part in pairs),
        "sums": order_money.sums(found, pairs),
        "payments": list(found.payments.order_by("id")),
        "refunds": order_money.refunds_of(found),
        "points": found.points_entries.aggregate(points=Sum("points"))["points"] or 0,
        "at": timezone.now(),
    }


def _places(parts: Iterable[Fulfilment]) -> list[Fulfilment]:
    """The parts of the order, each once."""
    return list({part.pk: part for part in parts}.values())
