"""What nobody collected and what was cancelled: expiring it, opening it again, and putting its goods back."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from omo import lists
from orders import cancellation, keeping, tickets
from orders.models import Fulfilment
from orders.views.cancel_staff import part_at, to_part
from stores import stock
from stores.models import Store
from stores.stock import NotAvailable
from stores.views.at_work import StaffRequest, page, staff_of_store


@require_safe
@staff_of_store
def put_back(request: StaffRequest, store: Store) -> HttpResponse:
    """The bags of what was cancelled or expired, with where they wait, what is in them and where that belongs; the oldest first."""
    lists.asked(request.GET)
    parts = list(Fulfilment.objects.to_put_back(store.pk).select_related("order").prefetch_related("lines__order_line").order_by("id"))
    shelves = tickets.shelves_of(store, {line.variant_id for part in parts for line in part.lines.all()})
    rows = [(part, [(line.picked, line.order_line, ", ".join(shelves[line.variant_id])) for line in part.lines.all() if line.picked]) for part in parts]
    return page(request, "orders/staff/put_back.html", store, {"rows": rows}, at=timezone.now())


@require_POST
@staff_of_store
def put_back_part(request: StaffRequest, store: Store, part: int) -> HttpResponse:
    """Its goods are on the shelf again. A repeat finds nothing to put back."""
    found = part_at(store, part)
    try:
        keeping.put_back(found, by=request.user, at=timezone.now())
    except keeping.NothingToPutBack:
        messages.info(request, f"Nothing of {found.order.number} is to be put back.")
    else:
        messages.success(request, f"{found.order.number} is put back.")
    return redirect("put_back", store.code)


@require_POST
@staff_of_store
def expire(request: StaffRequest, store: Store, part: int) -> HttpResponse:
    """Nobody came for a ready pickup: do not wait until it expires by itself."""
    found = part_at(store, part)
    try:
        keeping.expire(found, by=request.user, at=timezone.now())
    except keeping.NotExpirable:
        messages.warning(request, f"{found.order.number} does not wait, or its hold has not ended. Nothing was changed.")
    else:
        messages.success(request, f"{found.order.number} is expired. The customer is told. Put its goods back.")
    return to_part(store, found)


@require_POST
@staff_of_store
def reopen(request: StaffRequest, store: Store, part: int) -> HttpResponse:
    """The customer has come after all, and the bag is still there."""
    found, at = part_at(store, part), timezone.now()
    try:
        keeping.reopen(found, by=request.user, at=at)
    except keeping.NotReopenable:
        messages.warning(request, f"{found.order.number} has not expired, or its goods are on the shelf again. Nothing was changed.")
    except NotAvailable as refusal:
        stock.note_refusal(refusal, reference=cancellation.reference(found.pk), by=request.user, at=at)
        names = dict(found.lines.values_list("variant_id", "order_line__name"))
        lacking = ", ".join(str(names[short.variant_id]) for short in refusal.shortages)
        messages.error(request, f"Others were promised the goods meanwhile: {lacking}. Nothing was changed. Put the bag back.")
    else:
        found.order.refresh_from_db()
        due = " Take the payment again: the money went back." if found.order.due and found.order.refunded_total else ""
        messages.success(request, f"{found.order.number} waits again until closing time.{due}")
    return to_part(store, found)
