"""The customer's orders, and one of them as it comes closer."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.account.adapter import get_adapter
from django.db.models import Q, QuerySet, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from loyalty import ledger
from loyalty.models import Member
from omo import codes, limits, lists
from omo.models import User
from orders import messages, pickup_codes, promise_causes, promises
from orders.models import Fulfilment, Order
from orders.views import basket
from stores import hours
from stores.views.places import place_of

State = Fulfilment.State
SIZE = 12
OPEN = Fulfilment.OPEN
OURS = (State.PLACED, State.PICKING, State.PACKED)
STEPS = (("Placed", "check", "placed_at"), ("Picking", "check", "picking_at"), ("Ready", "check", "ready_at"), ("Collected", "bag", "collected_at"))
REACHED = {State.PLACED: 0, State.PICKING: 1, State.AWAITING_CUSTOMER: 1, State.PACKED: 1, State.READY: 2, State.COLLECTED: 3}
STOP_POLLING = 286  # htmx's and our own sign for: this is the last answer


@dataclass(frozen=True)
class Step:
    """One step of the tracker; `at` is None when nobody noted the moment."""

    name: str
    icon: str
    done: bool
    current: bool
    at: datetime | None


def orders_of(request: HttpRequest) -> QuerySet[Order]:
    """The orders that this customer may see: their own, those of their membership, and those that this browser may open."""
    mine = Q(number__in=request.session.get("orders", []))
    if isinstance(request.user, User):
        # The card first: asked for within the other conditions, it would make PostgreSQL read every order.
        mine |= Q(user=request.user) | Q(member_id=Member.objects.filter(user=request.user).values_list("pk", flat=True).first() or 0)
    return Order.objects.filter(mine)


@never_cache
@require_safe
def orders(request: HttpRequest) -> HttpResponse:
    """The orders, the newest first."""
    after = lists.asked(request.GET, "page")["page"]
    try:
        rows = orders_of(request).select_related("store").prefetch_related("lines", "fulfilments")
        page = lists.page(rows, order=("-id",), after=after, size=SIZE, name="orders")
    except lists.NoSuchPage as forged:
        raise Http404("No such page") from forged
    found = [(order, order.fulfilments.all()[0], sum(line.quantity for line in order.lines.all())) for order in page.rows]
    return render(request, "orders/orders.html", {"orders": found, "next_cursor": page.next, "first": not after})


@never_cache
@require_safe
def order(request: HttpRequest, number: str) -> HttpResponse:
    """One order: where it is, the pass to show at the counter, what is in it."""
    lists.asked(request.GET)
    found = _own(request, number)
    context = _context(request, found)
    if request.session.get("placed") == number:
        context["placed"] = request.session.pop("placed")
    return render(request, "orders/order.html", context)


@never_cache
@require_safe
def order_live(request: HttpRequest, number: str) -> HttpResponse:
    """204 while nothing has moved since version `v`; else the page's main part, with 286 when nothing will move any more."""
    seen = lists.asked(request.GET, "v")["v"]
    found = _own(request, number)
    pickup = _fulfilment(found)
    if seen == _version(found, pickup, timezone.now()):
        return HttpResponse(status=204)
    return render(request, "orders/_order.html", _context(request, found), status=200 if pickup.state in OPEN else STOP_POLLING)


@never_cache
@require_safe
def open_order(request: HttpRequest, number: str, token: str) -> HttpResponse:
    """The link in a guest's mail: lets this browser open the order, and leaves the secret out of the address bar."""
    limits.count("open_order", get_adapter().get_client_ip(request), most=30)
    found = Order.objects.filter(number=number).first()
    if found is None or not codes.link_opens(messages.PURPOSE, number, token, version=found.access_version):
        raise Http404("No such order")
    basket.may_open(request, number)
    return redirect("order", number=number)


def _own(request: HttpRequest, number: str) -> Order:
    """The order, if it is this customer's. Raises Http404, the same for other people's orders as for none."""
    found = orders_of(request).select_related("store", "member").filter(number=number).first()
    if found is None:
        raise Http404("No such order")
    return found


def _fulfilment(order: Order) -> Fulfilment:
    return order.fulfilments.select_related("store").earliest("id")


def _version(order: Order, pickup: Fulfilment, at: datetime) -> str:
    late = "-late" if _overdue(pickup, at) or _outstayed(pickup, at) else ""
    return f"{pickup.state}-{order.payment_state}-{pickup.due_at.timestamp():.0f}{late}"


def _overdue(pickup: Fulfilment, at: datetime) -> bool:
    """It is our turn, and the promised time is over."""
    return pickup.state in OURS and pickup.due_at < at


def _outstayed(pickup: Fulfilment, at: datetime) -> bool:
    """It is ready, and was to be collected by now."""
    return pickup.state == State.READY and pickup.held_until is not None and pickup.held_until < at


def _context(request: HttpRequest, order: Order) -> dict[str, Any]:
    at = timezone.now()
    pickup = _fulfilment(order)
    pickup.order = order
    place = place_of(pickup.store, at)
    waiting = pickup.kind == Fulfilment.Kind.PICKUP and pickup.state in OPEN
    lines = list(order.lines.select_related("variant__product"))
    digits = pickup_codes.six_digits(pickup) if waiting else ""
    return {
        "order": order,
        "pickup": pickup,
        "store": pickup.store,
        "place": place,
        "week": place.week,
        "today": place.today.weekday(),
        "lines": lines,
        "count": sum(line.quantity for line in lines),
        "steps": _steps(pickup),
        "waiting": waiting,
        "digits": f"{digits[:3]} {digits[3:]}",
        "digits_read": " ".join(digits),
        "qr_text": pickup_codes.qr_text(pickup) if waiting else "",
        "points": _points(order, pickup),
        "version": _version(order, pickup, at),
        "overdue": _overdue(pickup, at),
        "late": promise_causes.minutes_late(pickup.due_at, pickup.ready_at) if pickup.ready_at else 0,
        "outstayed": _outstayed(pickup, at),
        "moved_from": promises.moved_from(pickup) if waiting else None,
        "will_be_held": hours.held_until(place.calendar, hold_days=pickup.store.hold_days, ready=max(pickup.due_at, at)) if waiting else None,
        "is_open": pickup.state in OPEN,
    }


def _points(order: Order, pickup: Fulfilment) -> int:
    """Earned with this order, or to be earned when it is collected."""
    if pickup.state == State.COLLECTED:
        return order.points_entries.aggregate(points=Sum("points"))["points"] or 0
    return ledger.points_for(order.total, ledger.rule_shown(order.placed_at))


def _steps(pickup: Fulfilment) -> list[Step]:
    reached = REACHED.get(State(pickup.state))
    if reached is None:  # expired or cancelled: as far as it came
        reached = max(place for place, (_, _, field) in enumerate(STEPS) if getattr(pickup, field))
    return [Step(name, icon, place <= reached, place == reached, getattr(pickup, field)) for place, (name, icon, field) in enumerate(STEPS)]
