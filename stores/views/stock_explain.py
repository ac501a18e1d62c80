"""Why was it 3 at 14:05: what could be promised at a past instant, as a sum with the rows that made it."""

from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from omo import lists
from stores import availability, stock_lists
from stores.models import Store
from stores.stock_forms import instant
from stores.time_machine import SHOWN, Explanation
from stores.views.at_work import StaffRequest, page, staff_of_store
from stores.views.stock_pages import goods_named


@require_safe
@staff_of_store
def explain(request: StaffRequest, store: Store, sku: str) -> HttpResponse:
    """What could be promised at the instant `at`, in the store's own time; without it, now."""
    variant, typed, now = goods_named(sku), lists.asked(request.GET, "at")["at"].strip(), timezone.now()
    wrong = ""
    try:
        moment = instant(typed, store.zone) if typed else now
        if moment > now:
            moment, wrong = now, "That is still to come. This is how it is now."
    except ValidationError as no_moment:
        moment, wrong = now, f"{no_moment.message} This is how it is now."
    found = availability.explain(store, variant, moment)
    context = {
        "variant": variant,
        "found": found,
        "moment": moment.astimezone(store.zone),
        "typed_at": moment.astimezone(store.zone).replace(tzinfo=None).isoformat(timespec="seconds"),
        "wrong": wrong,
        "refusals": stock_lists.refusals(store, variant, at=now),
        **_sum(found),
    }
    return page(request, "stores/stock/explain.html", store, context, at=now, status=422 if wrong else 200)


def _sum(found: Explanation) -> dict[str, Any]:
    """What the sum comes to before 'at least 0' and distrust, and how much older movements make, which are not shown one by one."""
    figures = found.figures
    shown = sum(move.quantity for move in found.movements)
    return {
        "plain": figures.free,
        "older": figures.on_hand - shown if len(found.movements) == SHOWN else 0,
    }
