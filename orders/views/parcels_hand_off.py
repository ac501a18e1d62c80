"""The hand-off to a courier: parcels scanned into a list, taken together, and a list with a code for both sides.

The list lives in the page's address while it is put together, as lists of goods do.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest, ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from omo import lists
from omo.strictness import takes_many
from orders import addresses, delivery, parcels
from orders.delivery_forms import HandOffForm, TrackingField
from orders.models import Carrier, Delivery, Fulfilment, HandOff
from stores.models import Store
from stores.views.at_work import StaffRequest, page, staff_of_store

BETWEEN = "~"
MOST = 20
"""As many parcels as one address carries with their numbers."""
State = Fulfilment.State


@dataclass
class Row:
    """A parcel of the list, its tracking number as typed, and what is wrong with that."""

    parcel: Fulfilment
    tracking: str = ""
    wrong: str = ""


@require_safe
@staff_of_store
def new_hand_off(request: StaffRequest, store: Store) -> HttpResponse:
    """A hand-off as it is put together: `list` has the parcels so far with their numbers; without it, nothing was scanned yet."""
    query = request.GET.copy()
    listed = query.pop("list", [""])[0]
    asked = lists.asked(query, "carrier", "courier")
    parts = listed.split(BETWEEN) if listed else []
    if len(parts) % 2 or len(parts) > 2 * MOST:
        raise BadRequest("This is no list of parcels.")
    rows = _rows(store, zip(parts[::2], parts[1::2], strict=True))
    usual = {"carrier": rows[0].parcel.delivery.carrier_id} if rows else {}
    return _draft_page(request, store, rows, HandOffForm(initial={**usual, **{name: text for name, text in asked.items() if text}}))


@require_POST
@takes_many("parcel", "tracking")
@staff_of_store
def add_to_hand_off(request: StaffRequest, store: Store) -> HttpResponse:
    """The list with what was scanned (`code`): a parcel's label adds it, any other code is the carrier's number of the last one. Nothing leaves yet."""
    rows, code = _posted(request, store), request.POST.get("code", "").strip()
    found = parcels.find(code.upper()) if code else None
    wrong = ""
    if found and (found.store_id != store.pk or found.state != State.PACKED):
        wrong = f"{found.order.number} is not packed here. Nothing was added."
    elif found and all(row.parcel != found for row in rows):
        if len(rows) >= MOST:
            wrong = "The list is full. Hand these off first, then start another list."
        else:
            rows = [*rows, Row(found)]
    elif code and not found and rows and not rows[-1].tracking:
        rows[-1] = _row(rows[-1].parcel, code)
    elif code and not found:
        wrong = f"“{code[:40]}” is no label of a parcel. Scan a parcel's own label first, then the carrier's."
    if wrong or any(row.wrong for row in rows):
        return _draft_page(request, store, rows, _unbound(request), wrong=wrong, status=422)
    kept = {name: request.POST.get(name, "")[:60] for name in ("carrier", "courier")}
    return redirect(_address(store, rows, **kept))


@require_POST
@takes_many("parcel", "tracking")
@staff_of_store
def hand_off(request: StaffRequest, store: Store) -> HttpResponse:
    """The courier takes all parcels of the list. A repeat opens the list that was made."""
    rows, form = _posted(request, store), HandOffForm(request.POST)
    if not rows or not form.is_valid() or any(row.wrong for row in rows):
        return _draft_page(request, store, rows, form, wrong="" if rows else "Scan at least one parcel.", status=422)
    sent = [delivery.Sent(row.parcel, row.tracking) for row in rows]
    data = form.cleaned_data
    try:
        made = delivery.hand_off(store, sent, carrier=data["carrier"], courier=data["courier"], by=request.user, at=timezone.now())
    except delivery.TrackingTaken as taken:
        row = next(row for row in rows if row.tracking == taken.tracking)
        row.wrong = f"Another parcel of {data['carrier']} has this number."
        return _draft_page(request, store, rows, form, status=409)
    except delivery.Unpaid as unpaid:
        return _draft_page(request, store, rows, form, wrong=f"{unpaid.parcel.order.number} is not paid yet. Take it off the list.", status=409)
    except delivery.NotLegal as conflict:
        return _repeated(store, rows) or _draft_page(request, store, rows, form, wrong=_left_before(conflict.parcel), status=409)
    messages.success(request, f"{len(rows)} parcel{'s are' if len(rows) > 1 else ' is'} on the way with {data['courier']}. The customers are told.")
    return redirect("hand_off_list", store.code, made.code)


@require_safe
@staff_of_store
def hand_off_list(request: StaffRequest, store: Store, handoff: str) -> HttpResponse:
    """What the courier took, twice: one list stays at the store, the other goes along."""
    made = get_object_or_404(HandOff.objects.select_related("carrier", "by"), store=store, code=handoff)
    taken = Delivery.objects.filter(hand_off=made).select_related("fulfilment__order").order_by("fulfilment__order__number")
    rows = [(one, addresses.lines(one)) for one in taken]
    return render(request, "orders/staff/parcel_hand_off_list.html", {"store": store, "made": made, "rows": rows, "copies": [store.name, made.carrier.name]})


def _posted(request: StaffRequest, store: Store) -> list[Row]:
    """The list as it was posted, in rows of `parcel` and `tracking`; one that is ticked to be taken off (`off`) is out."""
    ids, numbers = request.POST.getlist("parcel"), request.POST.getlist("tracking")
    if len(ids) != len(numbers) or len(ids) > MOST or any("\x00" in text for text in (*ids, *numbers)):
        raise BadRequest("This is no list of parcels.")
    return [row for row in _rows(store, zip(ids, numbers, strict=True)) if row.parcel.public_id != request.POST.get("off")]


def _rows(store: Store, asked: Iterable[tuple[str, str]]) -> list[Row]:
    """The store's parcels of these ids, in their order."""
    wanted = dict(asked)
    rows = Fulfilment.objects.filter(store=store, kind=Fulfilment.Kind.DELIVERY, public_id__in=list(wanted)).select_related("order", "delivery__carrier")
    known = {parcel.public_id: parcel for parcel in rows}
    return [_row(known[public_id], typed) for public_id, typed in wanted.items() if public_id in known]


def _row(parcel: Fulfilment, typed: str) -> Row:
    try:
        return Row(parcel, TrackingField(required=False).clean(typed))
    except ValidationError as wrong:
        return Row(parcel, typed[:60], wrong.messages[0])


def _address(store: Store, rows: Iterable[Row], **kept: str) -> str:
    listed = BETWEEN.join(f"{row.parcel.public_id}{BETWEEN}{row.tracking}" for row in rows)
    query = urlencode({name: text for name, text in {"list": listed, **kept}.items() if text})
    return f"{reverse('new_hand_off', args=[store.code])}?{query}"


def _unbound(request: StaffRequest) -> HandOffForm:
    """The form with what was typed, but without complaints about what is still empty."""
    return HandOffForm(initial={name: request.POST.get(name, "")[:60] for name in ("carrier", "courier")})


def _repeated(store: Store, rows: list[Row]) -> HttpResponse | None:
    """The hand-off that took all these parcels already, if the page was sent twice."""
    made = set(Delivery.objects.filter(fulfilment__in=[row.parcel for row in rows]).values_list("hand_off__code", flat=True))
    code = made.pop() if len(made) == 1 else None
    return redirect("hand_off_list", store.code, code) if code else None


def _left_before(parcel: Fulfilment) -> str:
    return f"{parcel.order.number} is {parcel.state_words} now. Take it off the list; nothing left yet."


def _chosen(form: HandOffForm) -> Carrier | None:
    """The carrier that the page shows as the one that takes them."""
    offered, value = Carrier.objects.filter(active=True), str(form["carrier"].value() or "")
    return next((one for one in offered if str(one.pk) == value), None) or offered.first()


def _draft_page(request: StaffRequest, store: Store, rows: list[Row], form: HandOffForm, *, wrong: str = "", status: int = 200) -> HttpResponse:
    listed = {row.parcel.pk for row in rows}
    here = Fulfilment.objects.filter(store=store, kind=Fulfilment.Kind.DELIVERY, state=State.PACKED).select_related("order", "delivery__carrier")
    waiting = [parcel for parcel in here.order_by("due_at", "id")[:100] if parcel.pk not in listed]
    everything = _address(store, [*rows, *(Row(parcel) for parcel in waiting)]) if waiting and len(rows) + len(waiting) <= MOST else ""
    context: dict[str, Any] = {"rows": rows, "waiting": waiting, "everything": everything, "form": form, "wrong": wrong, "chosen": _chosen(form)}
    return page(request, "orders/staff/parcel_hand_off.html", store, context, at=timezone.now(), status=status)
