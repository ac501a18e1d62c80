"""The queue of a store, live on its tablets."""

import hmac
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from omo import codes
from omo.memory import remembered
from omo.middleware import guards_itself, second_step
from orders import pickup, tickets
from orders import queue as queues
from orders.models import Fulfilment
from stores.models import Store
from stores.views.at_work import StaffRequest, page, staff_of_store

LONGEST_VERSION = 120


@require_safe
@staff_of_store
def queue(request: StaffRequest, store: Store) -> HttpResponse:
    """The three lanes, and for some seconds the way back from what was just marked ready (`?ready=<number>`)."""
    at = timezone.now()
    return page(request, "orders/staff/queue.html", store, {"lanes": lanes(store, at)[0], "dock": _just_ready(request, store, at)}, at=at)


@guards_itself
@require_safe
def queue_live(request: HttpRequest, code: str) -> HttpResponse:
    """204 while nothing has moved since `v`, else the lanes; `X-New: 1` says that an order or its customer came in meanwhile.

    Tablets ask this every few seconds, so a `v` that we signed for somebody of this store is believed as long as it is the newest: who holds it learns
    that nothing has moved, at the cost of one small statement. Everything else is for people of the store only.
    """
    if nothing_moved(request, code):
        return HttpResponse(status=204)
    return second_step(request) or _moved(request, code=code)


@staff_of_store
def _moved(request: StaffRequest, store: Store) -> HttpResponse:
    newest = request.GET.get("v", "").rpartition(".")[0].rpartition(".")[2]
    html, newest_now = lanes(store, timezone.now())
    known = [int(number) if number.isascii() and number.isdigit() and len(number) < 19 else None for number in newest.split("-")]
    fresh = len(known) == len(newest_now) and any(was is not None and was < now for was, now in zip(known, newest_now, strict=True))
    return HttpResponse(html, headers={"X-New": "1"} if fresh else None)


def nothing_moved(request: HttpRequest, code: str) -> bool:
    """Whether `v` is a version that we signed for this store, and the newest; at the cost of one small statement."""
    seen = request.GET.get("v", "")
    version, _, signature = seen.rpartition(".")
    ours = len(seen) < LONGEST_VERSION and hmac.compare_digest(signature.encode(), _signature(code, version).encode())
    return ours and version.rpartition(".")[0] == f"{queues.version_at(code)}.{_minute(timezone.now())}"


def signed(store: Store, version: str) -> str:
    """A version as it is given to the store's tablets."""
    return f"{version}.{_signature(store.code, version)}"


def _signature(code: str, version: str) -> str:
    return codes.digest("queue", f"{code}:{version}")[:20]


def _minute(at: datetime) -> int:
    return int(at.timestamp() // 60)


def moment(store: Store, at: datetime) -> str:
    """The queue's version and the minute: lateness is worded anew once a minute."""
    return f"{queues.version_at(store.code)}.{_minute(at)}"


Newest = tuple[int, int]
"""The newest order that nobody has begun, and when the last customer came who waits here, in seconds; 0 for none."""


def lanes(store: Store, at: datetime) -> tuple[SafeString, Newest]:
    """The lanes as HTML, and what is newest in them.

    They are the same for everybody who works there, so this process keeps them for the other tablets until something moves.
    """
    since = moment(store, at)  # read before the lanes: what moves while they are drawn shows with the next poll
    return remembered(f"lanes:{store.pk}:{since}", lambda: _lanes(store, at, since))


def _lanes(store: Store, at: datetime, since: str) -> tuple[SafeString, Newest]:
    board = tickets.board(store, at=at)
    here = tickets.waiting_now(board)
    placed = max((ticket.pickup.pk for ticket in board[tickets.TO_PICK].tickets if ticket.claimable), default=0)
    newest = (placed, max((int(ticket.here_at.timestamp()) for ticket in here if ticket.here_at), default=0))
    # The addresses of all cards begin alike; made once, not once per card.
    pickups_at = reverse("pickup", args=[store.code, "-"]).removesuffix("-/")
    version = f"{since}.{newest[0]}-{newest[1]}"
    context = {
        "store": store,
        "board": board,
        "here": here,
        "version": signed(store, version),
        "pickups_at": pickups_at,
        "scan_at": reverse("scan_code", args=[store.code]),
    }
    return render_to_string("orders/staff/_lanes.html", context), newest


def _just_ready(request: StaffRequest, store: Store, at: datetime) -> dict[str, Any] | None:
    number = request.GET.get("ready", "")
    if not number or len(number) > 20:
        return None
    found = Fulfilment.objects.filter(store=store, kind=Fulfilment.Kind.PICKUP, order__number=number).first()
    seconds = pickup.undo_seconds(found, at=at) if found else 0
    return {"number": number, "place": found.place, "seconds": seconds} if found and seconds else None
