"""The promises of a store: how many it keeps, and what broke the others."""

from datetime import timedelta
from typing import Any

from django.core.exceptions import BadRequest
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from omo import lists
from orders import promise_words
from orders import promises as ledger
from orders.models import Promise, PromiseOutcome
from stores.models import Store
from stores.views.at_work import StaffRequest, page, staff_of_store

PERIODS = (7, 30, 90)
"""Days that a rate can be asked for, today with them."""
SIZE = 20
COUNTED = tuple(promise_words.BROKEN)
JUST_BEFORE = timedelta(microseconds=1)
"""How long before a promise its stock is shown: the promise itself takes some of it."""


@require_safe
@staff_of_store
def promises(request: StaffRequest, store: Store) -> HttpResponse:
    """The store's rate for some days in words and number, and the promises that were broken, the last one first."""
    at = timezone.now()
    asked = lists.asked(request.GET, "days", "page")
    days = days_asked(asked["days"])
    since = ledger.beginning(days, at=at, zone=store.zone)
    broken = PromiseOutcome.objects.filter(promise__store=store, promise__ready_by__gte=since, cause__in=COUNTED)
    try:
        found = lists.page(broken.select_related("promise__fulfilment__order"), order=("-id",), after=asked["page"], size=SIZE, name="promises")
    except lists.NoSuchPage as forged:
        raise Http404("No such page") from forged
    context = {
        **rate_words(ledger.rate([store], since=since, at=at)[0]),
        "days": days,
        "periods": PERIODS,
        "since": since,
        "rows": [_row(outcome, store) for outcome in found.rows],
        "next_url": f"?days={days}&{urlencode({'page': found.next})}" if found.next else "",
        "first_url": f"?days={days}" if asked["page"] else "",
    }
    return page(request, "orders/staff/promises.html", store, context, at=at)


def days_asked(text: str) -> int:
    """The period that the address names, 30 days if it names none. Raises BadRequest."""
    if text not in {"", *map(str, PERIODS)}:
        raise BadRequest("This page does not know such a period.")
    return int(text or 30)


def rate_words(rate: ledger.Rate) -> dict[str, Any]:
    """A rate as a page shows it: the numbers, and the causes that there were."""
    causes = [(words, rate.broken[cause]) for cause, words in promise_words.BROKEN.items() if rate.broken[cause]]
    return {"rate": rate, "decided": rate.kept + rate.failed, "causes": causes}


def promise_row(promise: Promise | None, store: Store) -> dict[str, Any] | None:
    """A promise as pages show it: what was promised, how it ended if it has, and what it was made of. None for none."""
    if promise is None:
        return None
    promise.store = store
    outcome = getattr(promise, "outcome", None)
    if outcome:
        outcome.promise = promise
    return {
        "promise": promise,
        "outcome": outcome,
        "end": promise_words.end(outcome) if outcome else "",
        "inputs": promise_words.inputs(promise),
        "before": (promise.at - JUST_BEFORE).isoformat(),
    }


def _row(outcome: PromiseOutcome, store: Store) -> dict[str, Any] | None:
    promise = outcome.promise
    promise.outcome = outcome
    return promise_row(promise, store)
