"""The pick list: what staff do until a pickup is ready."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from orders import payments, promises, proxies, tickets
from orders import pickup as pickups
from orders.models import Fulfilment, FulfilmentLine
from orders.staff_forms import PickedForm, PlaceForm
from orders.views.promises import promise_row
from stores.models import Store
from stores.views.at_work import StaffRequest, page, staff_of_store

State = Fulfilment.State
WHOLE = "orders/staff/pickup.html"


@require_safe
@staff_of_store
def pickup(request: StaffRequest, store: Store, number: str) -> HttpResponse:
    """The pick list of one pickup, and what can be done next."""
    return _pickup_page(request, store, pickup_at(store, number))


@require_safe
@staff_of_store
def slip(request: StaffRequest, store: Store, number: str) -> HttpResponse:
    """The slip for the picker and the bag. Its QR is the order number: it opens the pickup here, and is no proof for collecting."""
    found = pickup_at(store, number)
    context = {
        "store": store,
        "pickup": found,
        "order": found.order,
        "lines": lines_of(found),
        "at": timezone.now(),
    }
    return render(request, "orders/slip.html", context)


@require_POST
@staff_of_store
def start_picking(request: StaffRequest, store: Store, number: str) -> HttpResponse:
    """Claim a pickup. A repeat by the same person opens the list again."""
    found = pickup_at(store, number)
    try:
        pickups.start_picking(found, by=request.user, at=timezone.now())
    except pickups.Unpaid:
        return _pickup_page(request, store, found, wrong="It is not paid yet. It comes to the queue as soon as it is.", status=409)
    except pickups.NotLegal as conflict:
        mine = conflict.pickup.state == State.PICKING and conflict.pickup.picker_id == request.user.pk
        if not mine:
            return _conflict(request, store, conflict)
    return redirect("pickup", store.code, number)


@require_POST
@staff_of_store
def pick(request: StaffRequest, store: Store, number: str, line: int) -> HttpResponse:
    """Tick or untick a line: `picked` is how many units of it are in the bag."""
    found = pickup_at(store, number)
    row = get_object_or_404(FulfilmentLine.objects.select_related("fulfilment__order"), pk=line, fulfilment=found)
    template = "orders/staff/_picks.html" if request.headers.get("HX-Request") else WHOLE
    form = PickedForm(request.POST)
    if not form.is_valid():
        return _pickup_page(request, store, found, wrong=str(form.errors["picked"][0]), template=template, status=422)
    most = row.quantity - row.short - row.cancelled
    if form.cleaned_data["picked"] > most:
        return _pickup_page(request, store, found, wrong=f"Only {most} of {row.order_line.name} were ordered.", template=template, status=422)
    try:
        pickups.pick(row, picked=form.cleaned_data["picked"], by=request.user, at=timezone.now())
    except pickups.NotLegal as conflict:
        return _conflict(request, store, conflict)
    if request.headers.get("HX-Request"):
        return _pickup_page(request, store, found, template=template)
    return redirect(reverse("pickup", args=[store.code, number]) + "#picks")


@require_POST
@staff_of_store
def mark_ready(request: StaffRequest, store: Store, number: str) -> HttpResponse:
    """All is in the bag. Back to the queue, where it can be undone for some seconds."""
    found = pickup_at(store, number)
    form = PlaceForm(request.POST)
    if not form.is_valid():
        return _pickup_page(request, store, found, form=form, status=422)
    try:
        pickups.mark_ready(found, place=form.cleaned_data["place"], by=request.user, at=timezone.now())
    except pickups.NotAllPicked as lacking:
        words = f"{lacking.left} item{'s' if lacking.left > 1 else ''} not ticked yet. Tick everything that is in the bag first."
        return _pickup_page(request, store, found, form=form, wrong=words, status=409)
    except pickups.NotLegal as conflict:
        if conflict.pickup.state != State.READY:
            return _conflict(request, store, conflict)
    return redirect(f"{reverse('queue', args=[store.code])}?ready={number}")


@require_POST
@staff_of_store
def undo_ready(request: StaffRequest, store: Store, number: str) -> HttpResponse:
    """Take back 'ready' before the customer is told."""
    found = pickup_at(store, number)
    try:
        pickups.undo_ready(found, by=request.user, at=timezone.now())
    except pickups.TooLateToUndo:
        words = f"Too late to undo: the customer is told that {number} is ready. It stays ready."
        return _pickup_page(request, store, found, wrong=words, status=409)
    except pickups.NotLegal as conflict:
        if conflict.pickup.state != State.PICKING:
            return _conflict(request, store, conflict)
    return redirect("pickup", store.code, number)


def pickup_at(store: Store, number: str) -> Fulfilment:
    """The pickup of an order at this store, else 404, also for another store's."""
    found = Fulfilment.objects.select_related("order", "picker").filter(store=store, kind=Fulfilment.Kind.PICKUP, order__number=number).first()
    if found is None:
        raise Http404
    found.store = store
    return found


def lines_of(pickup: Fulfilment) -> list[FulfilmentLine]:
    """The lines with what was ordered, and `shelves`: where the store keeps it."""
    lines = list(pickup.lines.select_related("order_line", "variant__product"))
    shelves = tickets.shelves_of(pickup.store, [line.variant_id for line in lines])
    for line in lines:
        line.shelves = ", ".join(shelves.get(line.variant_id, []))  # type: ignore[attr-defined]
        line.going = line.quantity - line.short - line.cancelled  # type: ignore[attr-defined]
    return sorted(lines, key=lambda line: (line.shelves == "", line.shelves, line.pk))  # type: ignore[attr-defined]


def _pickup_page(
    request: StaffRequest,
    store: Store,
    pickup: Fulfilment,
    *,
    form: PlaceForm | None = None,
    wrong: str = "",
    template: str = WHOLE,
    status: int = 200,
) -> HttpResponse:
    at = timezone.now()
    lines = lines_of(pickup)
    picked, items = sum(line.picked for line in lines), sum(line.going for line in lines)  # type: ignore[attr-defined]
    context = {
        "pickup": pickup,
        "order": pickup.order,
        "lines": lines,
        "picked": picked,
        "items": items,
        "share": 100 * picked // items if items else 100,
        "form": form or PlaceForm(),
        "wrong": wrong,
        "due": payments.due(pickup.order),
        "collector": proxies.of_pickup(pickup) if pickup.state in Fulfilment.OPEN else None,
        "badge": tickets.badge_of(pickup, at=at, zone=store.zone),
        "undo": pickups.undo_seconds(pickup, at=at),
        "promised": promise_row(promises.of_pickup(pickup), store) if template == WHOLE else None,
    }
    return page(request, template, store, context, at=at, status=status)


def _conflict(request: StaffRequest, store: Store, conflict: pickups.NotLegal) -> HttpResponse:
    """Somebody was faster: say who, and show the pickup as it is now."""
    now = conflict.pickup
    who = now.picker.get_short_name() if now.picker and now.picker_id != request.user.pk else ""
    words = f"{who} was faster: {now.order.number} is {now.state_words} now." if who else f"It is {now.state_words} now."
    if request.headers.get("HX-Request"):
        messages.warning(request, words)
        return HttpResponse(status=409, headers={"HX-Refresh": "true"})
    return _pickup_page(request, store, pickup_at(store, now.order.number), wrong=words, status=409)
