"""One parcel: packed, shipped, delivered; or back, and then sent again or taken back."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from orders import addresses, parcel_board, parcels, promises
from orders import delivery as acts
from orders.delivery_forms import DeliverForm, FailForm, ShipForm
from orders.models import Fulfilment, FulfilmentLine
from orders.staff_forms import PickedForm
from orders.views.pickup import lines_of
from orders.views.promises import promise_row
from stores.models import Store
from stores.views.at_work import StaffRequest, page, staff_of_store

State = Fulfilment.State
WHOLE, PICKS = "orders/staff/parcel.html", "orders/staff/_parcel_picks.html"
UNPAID = "The order is not paid yet. It comes back here by itself when it is."


@require_safe
@staff_of_store
def parcel(request: StaffRequest, store: Store, number: str) -> HttpResponse:
    """A parcel: what goes into it, where it goes, and what can be done next."""
    return parcel_page(request, store, parcel_at(store, number))


@require_safe
@staff_of_store
def parcel_slip(request: StaffRequest, store: Store, number: str) -> HttpResponse:
    """The packing slip that goes into the parcel (A5)."""
    found = parcel_at(store, number)
    return render(request, "orders/staff/parcel_slip.html", {**_printed(store, found), "lines": lines_of(found)})


@require_safe
@staff_of_store
def parcel_label(request: StaffRequest, store: Store, number: str) -> HttpResponse:
    """The address label that goes onto the parcel (A6), with the QR by which our scanners know it."""
    return render(request, "orders/staff/parcel_label.html", _printed(store, parcel_at(store, number)))


@require_POST
@staff_of_store
def start_packing(request: StaffRequest, store: Store, number: str) -> HttpResponse:
    """Claim a parcel. A repeat by the same person opens the list again."""
    found = parcel_at(store, number)
    return _done(request, store, found, lambda at: acts.start_packing(found, by=request.user, at=at), after=State.PICKING, mine=True)


@require_POST
@staff_of_store
def pick_for_parcel(request: StaffRequest, store: Store, number: str, line: int) -> HttpResponse:
    """Tick or untick a line: `picked` is how many units of it are in the parcel."""
    found, form, live = parcel_at(store, number), PickedForm(request.POST), bool(request.headers.get("HX-Request"))
    row = get_object_or_404(FulfilmentLine.objects.select_related("order_line"), pk=line, fulfilment=found)
    template, most = PICKS if live else WHOLE, row.quantity - row.short - row.cancelled
    if not form.is_valid():
        return parcel_page(request, store, found, wrong=str(form.errors["picked"][0]), template=template, status=422)
    if form.cleaned_data["picked"] > most:
        return parcel_page(request, store, found, wrong=f"Only {most} of {row.order_line.name} go with this parcel.", template=template, status=422)
    try:
        acts.pick(row, picked=form.cleaned_data["picked"], by=request.user, at=timezone.now())
    except acts.NotLegal as conflict:
        return _conflict(request, store, conflict.parcel)
    if live:
        return parcel_page(request, store, found, template=template)
    return redirect(reverse("parcel", args=[store.code, number]) + "#picks")


@require_POST
@staff_of_store
def mark_packed(request: StaffRequest, store: Store, number: str) -> HttpResponse:
    """All is in the parcel. What is left to do with it is on its page, where it can be undone."""
    found = parcel_at(store, number)
    try:
        return _done(request, store, found, lambda at: acts.mark_packed(found, by=request.user, at=at), after=State.PACKED)
    except acts.NotAllPicked as lacking:
        words = f"{lacking.left} item{'s' if lacking.left > 1 else ''} not ticked yet. Tick everything that is in the parcel first."
        return parcel_page(request, store, found, wrong=words, status=409)


@require_POST
@staff_of_store
def undo_packed(request: StaffRequest, store: Store, number: str) -> HttpResponse:
    """Open the parcel again."""
    found = parcel_at(store, number)
    return _done(request, store, found, lambda at: acts.undo_packed(found, by=request.user, at=at), after=State.PICKING)


@require_POST
@staff_of_store
def ship(request: StaffRequest, store: Store, number: str) -> HttpResponse:
    """The parcel leaves with a carrier, alone. Back to the board."""
    found, form = parcel_at(store, number), ShipForm(request.POST)
    if not form.is_valid():
        return parcel_page(request, store, found, form=form, status=422)
    return _sent(request, store, found, form, acts.ship)


@require_POST
@staff_of_store
def deliver(request: StaffRequest, store: Store, number: str) -> HttpResponse:
    """The customer has it."""
    found, form = parcel_at(store, number), DeliverForm(request.POST)
    if not form.is_valid():
        return parcel_page(request, store, found, deliver_form=form, status=422)
    note = form.cleaned_data["note"]
    return _done(request, store, found, lambda at: acts.deliver(found, note=note, by=request.user, at=at), after=State.DELIVERED)


@require_POST
@staff_of_store
def fail(request: StaffRequest, store: Store, number: str) -> HttpResponse:
    """It came back, and why."""
    found, form = parcel_at(store, number), FailForm(request.POST)
    if not form.is_valid():
        return parcel_page(request, store, found, fail_form=form, status=422)
    reason = form.cleaned_data["reason"]
    return _done(request, store, found, lambda at: acts.fail(found, reason=reason, by=request.user, at=at), after=State.FAILED)


@require_POST
@staff_of_store
def send_again(request: StaffRequest, store: Store, number: str) -> HttpResponse:
    """What came back goes out once more."""
    found, form = parcel_at(store, number), ShipForm(request.POST)
    if not form.is_valid():
        return parcel_page(request, store, found, form=form, status=422)
    return _sent(request, store, found, form, acts.send_again)


@require_POST
@staff_of_store
def take_back(request: StaffRequest, store: Store, number: str) -> HttpResponse:
    """What came back stays here: its goods are on hand again, and the customer's money goes back."""
    found = parcel_at(store, number)
    return _done(request, store, found, lambda at: acts.take_back(found, by=request.user, at=at), after=State.CANCELLED)


def parcel_at(store: Store, number: str) -> Fulfilment:
    """The parcel of an order at this store, else 404, also for another store's."""
    rows = Fulfilment.objects.select_related("order__member", "picker", "delivery__carrier", "delivery__hand_off", "hand_over")
    found = rows.filter(store=store, kind=Fulfilment.Kind.DELIVERY, order__number=number).order_by("id").last()
    if found is None:
        raise Http404
    found.store = store
    return found


def parcel_page(
    request: StaffRequest, store: Store, parcel: Fulfilment, *, wrong: str = "", template: str = WHOLE, status: int = 200, **forms: Form
) -> HttpResponse:
    """The parcel's page, with `form`, `deliver_form` or `fail_form` as it was typed."""
    at, lines = timezone.now(), lines_of(parcel)
    picked, items = sum(line.picked for line in lines), sum(line.going for line in lines)  # type: ignore[attr-defined]
    carrier = parcel.delivery.carrier_id
    context: dict[str, Any] = {
        "parcel": parcel,
        "order": parcel.order,
        "delivery": parcel.delivery,
        "address": addresses.lines(parcel.delivery),
        "lines": lines,
        "picked": picked,
        "items": items,
        "share": 100 * picked // items if items else 100,
        "badge": parcel_board.badge_of(parcel, today=at.astimezone(store.zone).date(), at=at),
        "form": ShipForm(initial={"carrier": carrier}),
        "deliver_form": DeliverForm(),
        "fail_form": FailForm(),
        "wrong": wrong,
        "promised": promise_row(promises.of_pickup(parcel), store) if template == WHOLE else None,
        **forms,
    }
    return page(request, template, store, context, at=at, status=status)


def _printed(store: Store, parcel: Fulfilment) -> dict[str, Any]:
    return {
        "store": store,
        "parcel": parcel,
        "order": parcel.order,
        "delivery": parcel.delivery,
        "address": addresses.lines(parcel.delivery),
        "code": parcels.label_text(parcel),
    }


def _done(request: StaffRequest, store: Store, parcel: Fulfilment, act: Callable[[Any], None], *, after: str, mine: bool = False) -> HttpResponse:
    """Do it and show the parcel. What is in the state `after` already (with `mine`: by this person) was sent twice, and is shown as well."""
    try:
        act(timezone.now())
    except acts.Unpaid:
        return parcel_page(request, store, parcel_at(store, parcel.order.number), wrong=UNPAID, status=409)
    except acts.NotLegal as conflict:
        if conflict.parcel.state != after or (mine and conflict.parcel.picker_id != request.user.pk):
            return _conflict(request, store, conflict.parcel)
    return redirect("parcel", store.code, parcel.order.number)


def _sent(request: StaffRequest, store: Store, parcel: Fulfilment, form: ShipForm, act: Callable[..., None]) -> HttpResponse:
    """A parcel goes out, with its carrier and number. Back to the board, where the next one waits."""
    data = form.cleaned_data
    try:
        act(parcel, carrier=data["carrier"], tracking=data["tracking"], by=request.user, at=timezone.now())
    except acts.TrackingTaken:
        form.add_error("tracking", f"Another parcel of {data['carrier']} has this number. Scan this parcel's own label.")
        return parcel_page(request, store, parcel_at(store, parcel.order.number), form=form, status=409)
    except acts.Unpaid:
        return parcel_page(request, store, parcel_at(store, parcel.order.number), wrong=UNPAID, status=409)
    except acts.NotLegal as conflict:
        if conflict.parcel.state != State.SHIPPED:
            return _conflict(request, store, conflict.parcel)
    else:
        messages.success(request, f"{parcel.order.number} is on its way with {data['carrier']}. The customer is told.")
    return redirect("parcels", store.code)


def _conflict(request: StaffRequest, store: Store, now: Fulfilment) -> HttpResponse:
    """Somebody was faster: say who, and show the parcel as it is now."""
    state = now.state_words
    who = now.picker.get_short_name() if now.picker and now.picker_id != request.user.pk else ""
    words = f"{who} was faster: {now.order.number} is {state} now." if who else f"It is {state} now."
    if request.headers.get("HX-Request"):
        messages.warning(request, words)
        return HttpResponse(status=409, headers={"HX-Refresh": "true"})
    return parcel_page(request, store, parcel_at(store, now.order.number), wrong=words, status=409)
