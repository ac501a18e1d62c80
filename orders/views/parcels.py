"""The parcels of a store, live on its tablets."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from omo.memory import remembered
from omo.middleware import guards_itself, second_step
from orders import parcel_board
from orders.models import Carrier
from orders.views import queue
from stores.models import Store
from stores.views.at_work import StaffRequest, page, staff_of_store


@require_safe
@staff_of_store
def parcels(request: StaffRequest, store: Store) -> HttpResponse:
    """The four lanes: to pack, packed, on their way, came back."""
    at = timezone.now()
    context = {"lanes": lanes(store, at), "carriers": Carrier.objects.filter(active=True).exists()}
    return page(request, "orders/staff/parcels.html", store, context, at=at)


@guards_itself
@require_safe
def parcels_live(request: HttpRequest, code: str) -> HttpResponse:
    """204 while nothing has moved since `v`, as for the queue of pickups; else the lanes, for people of the store."""
    if queue.nothing_moved(request, code):
        return HttpResponse(status=204)
    return second_step(request) or _moved(request, code=code)


@staff_of_store
def _moved(request: StaffRequest, store: Store) -> HttpResponse:
    return HttpResponse(lanes(store, timezone.now()))


def lanes(store: Store, at: datetime) -> SafeString:
    """The lanes as HTML, the same for everybody who works there, kept in this process until something moves."""
    since = queue.moment(store, at)  # read before the lanes: what moves while they are drawn shows with the next poll
    return remembered(f"parcels:{store.pk}:{since}", lambda: _lanes(store, at, since))


def _lanes(store: Store, at: datetime, since: str) -> SafeString:
    version = queue.signed(store, f"{since}.0")
    return render_to_string("orders/staff/_parcel_lanes.html", {"store": store, "board": parcel_board.board(store, at=at), "version": version})
