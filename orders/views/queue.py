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

QUEUE = ("code", "name", "time_zone", "paused_until", "busy_until", "busy_minutes", "busy_reason", "queue_version__version")
"""What the queue needs of its store; tablets ask for it every few seconds."""
LONGEST_VERSION = 120


@require_safe
@staff_of_store(only=QUEUE)
def queue(request: StaffRequest, store: Store) -> HttpResponse:
    """The three lanes, and for some seconds the way back from what was just marked ready (`?ready=<number>`)."""
    at = timezone.now()
    return page(request, "orders/staff/queue.html", store, {"lanes": lanes(store, at)[0], "dock": _just_ready(request, store, at)}, at=at)


@guards_itself
@require_safe
def queue_live(request: HttpRequest, code: str) -> HttpResponse:
    """204 while nothing has moved since `v`, else the lanes; `X-New: 1` says that an order came in meanwhile.

    Tablets ask this every few seconds, so a `v` that we signed for somebody of this store is believed as long as it is the newest: who holds it learns
    that nothing has moved, at the cost of one small statement. Everything else is for people of the store only.
    """
    seen = request.GET.get("v", "")
    version, _, signature = seen.rpartition(".")
    ours = len(seen) < LONGEST_VERSION and hmac.compare_digest(signature.encode(), _signature(code, version).encode())
    if ours and version.rpartition(".")[0] == f"{queues.version_at(code)}.{_minute(timezone.now())}":
        return HttpResponse(status=204)
    return second_step(request) or _moved(request, code=code)


@staff_of_store(only=QUEUE)
def _moved(request: StaffRequest, store: Store) -> HttpResponse:
    newest = request.GET.get("v", "").rpartition(".")[0].rpartition(".")[2]
    html, newest_now = lanes(store, timezone.now())
    fresh = newest.isascii() and newest.isdigit() and len(newest) < 19 and int(newest) < newest_now
    return HttpResponse(html, headers={"X-New": "1"} if fresh else None)


def _signature(code: str, version: str) -> str:
    return codes.digest("queue", f"{code}:{version}")[:20]


def _minute(at: datetime) -> int:
    return int(at.timestamp() // 60)


def moment(store: Store, at: datetime) -> str:
    """The queue's version and the minute: lateness is worded anew once a minute."""
    counter = getattr(store, "queue_version", None)
    return f"{counter.version if counter else 0}.{_minute(at)}"


def lanes(store: Store, at: datetime) -> tuple[SafeString, int]:
    """The lanes as HTML, and the newest order that nobody has begun (0: none).

    They are the same for everybody who works there, so this process keeps them for the other tablets until something moves.
    """
    return remembered(f"lanes:{store.pk}:{moment(store, at)}", lambda: _lanes(store, at))


def _lanes(store: Store, at: datetime) -> tuple[SafeString, int]:
    board = tickets.board(store, at=at)
    newest = max((ticket.pickup.pk for ticket in board[tickets.TO_PICK].tickets if ticket.claimable), default=0)
    # The addresses of all cards begin alike; made once, not once per card.
    pickups_at = reverse("pickup", args=[store.code, "-"]).removesuffix("-/")
    version = f"{moment(store, at)}.{newest}"
    context = {
        "store": store,
        "board": board,
        "version": f"{version}.{_signature(store.code, version)}",
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
