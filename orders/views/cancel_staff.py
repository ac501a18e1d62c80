"""The store changes or cancels a part of an order, with a reason that the customer reads."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.http import require_POST, require_safe

from omo import lists
from orders import cancellation, changes, money_back, payments
from orders.cancel_forms import KeepForm, MoveForm, ReasonForm
from orders.cancellation import Cause
from orders.models import Fulfilment
from orders.views.changes import lines_of, windows_of
from stores import slots
from stores.models import Store
from stores.templatetags.moments import window
from stores.views.at_work import StaffRequest, page, staff_of_store

OVER = "It is {} now. Nothing was changed."
REFUSED = (changes.NotChangeable, cancellation.NotCancellable)


def part_at(store: Store, part: int) -> Fulfilment:
    """A part of an order that is at this store, else 404, also for another store's."""
    found = Fulfilment.objects.select_related("order").filter(store=store, pk=part).exclude(kind=Fulfilment.Kind.CARRY_OUT).first()
    if found is None:
        raise Http404
    found.store = store
    return found


def to_part(store: Store, part: Fulfilment) -> HttpResponse:
    """Back to where staff see it: the pickup's page, or the queue."""
    return redirect("pickup", store.code, part.order.number) if part.kind == Fulfilment.Kind.PICKUP else redirect("queue", store.code)


@require_safe
@staff_of_store
def staff_change(request: StaffRequest, store: Store, part: int) -> HttpResponse:
    """What the store can do: another window, fewer units, or cancelling all of it."""
    lists.asked(request.GET)
    return _show(request, store, part_at(store, part))


@require_POST
@staff_of_store
def staff_move_window(request: StaffRequest, store: Store, part: int) -> HttpResponse:
    """Another window, with a reason."""
    found, form = part_at(store, part), MoveForm(request.POST)
    if not form.is_valid():
        return _show(request, store, found, move=form, status=422)
    about = {"slot": form.cleaned_data["slot"], "reason": form.cleaned_data["reason"]}
    try:
        slot = changes.move_window(found, **about, cause=Cause.STORE, by=request.user, at=timezone.now())
    except changes.NotChangeable as refusal:
        return _over(request, store, refusal.fulfilment)
    except changes.NothingChanged:
        return _show(request, store, found, wrong="It has that window already. Nothing was changed.", status=409)
    except slots.SlotFull:
        return _show(request, store, found, wrong="That window was taken a moment ago. Nothing was changed. Choose another.", status=409)
    except slots.SlotGone:
        return _show(request, store, found, wrong="That window is not offered any more. Nothing was changed. Choose another.", status=409)
    messages.success(request, format_html("{} is moved to {}. The customer is told.", found.order.number, window(slot.starts_at, slot.ends_at, store)))
    return to_part(store, found)


@require_POST
@staff_of_store
def staff_take_off(request: StaffRequest, store: Store, part: int) -> HttpResponse:
    """Fewer units, with a reason; keeping none cancels it."""
    found, form = part_at(store, part), ReasonForm(request.POST, prefix="lines")
    keep = KeepForm(request.POST, lines=lines_of(found))
    if not (form.is_valid() and keep.is_valid() and keep.lines):
        return _show(request, store, found, keep=keep, taken=form, status=422)
    if not keep.taken_off():
        return _show(request, store, found, wrong="All units are kept. Nothing was changed.", status=409)
    try:
        cancellation.cancel_lines(found, keep.taken_off(), reason=form.cleaned_data["reason"], cause=Cause.STORE, by=request.user, at=timezone.now())
    except cancellation.NotCancellable as refusal:
        return _over(request, store, refusal.fulfilment or found)
    except cancellation.NotSoMany:
        return _show(request, store, found, wrong="There are fewer left than this page showed. Nothing was changed. Look again.", status=409)
    bag = " Take them out of the bag." if found.picking_at else ""
    messages.success(request, f"Taken off {found.order.number}. The customer is told.{bag}")
    return to_part(store, found)


@require_POST
@staff_of_store
def staff_cancel(request: StaffRequest, store: Store, part: int) -> HttpResponse:
    """All of it, with a reason. A repeat finds it cancelled."""
    found, form = part_at(store, part), ReasonForm(request.POST, prefix="all")
    if not form.is_valid():
        return _show(request, store, found, cancel=form, status=422)
    try:
        cancellation.cancel_fulfilment(found, reason=form.cleaned_data["reason"], cause=Cause.STORE, by=request.user, at=timezone.now())
    except cancellation.NotCancellable as refusal:
        return _over(request, store, refusal.fulfilment or found)
    bag = " Its goods are to be put back." if Fulfilment.objects.to_put_back(store.pk).filter(pk=found.pk).exists() else ""
    messages.success(request, f"{found.order.number} is cancelled. The customer is told.{bag}")
    return to_part(store, found)


def _over(request: StaffRequest, store: Store, now: Fulfilment) -> HttpResponse:
    return _show(request, store, part_at(store, now.pk), wrong=OVER.format(now.state_words), status=409)


def _show(
    request: StaffRequest,
    store: Store,
    part: Fulfilment,
    *,
    wrong: str = "",
    move: MoveForm | None = None,
    keep: KeepForm | None = None,
    taken: ReasonForm | None = None,
    cancel: ReasonForm | None = None,
    status: int = 200,
) -> HttpResponse:
    at = timezone.now()
    changeable = part.state in Fulfilment.OPEN
    pickup = part.kind == Fulfilment.Kind.PICKUP
    context = {
        "part": part,
        "order": part.order,
        "changeable": changeable,
        "windows": windows_of(store, part.due_at.isoformat(), at) if changeable and pickup else None,
        "move": move or MoveForm(),
        "keep": keep or KeepForm(lines=lines_of(part)),
        "taken": taken or ReasonForm(prefix="lines"),
        "cancel": cancel or ReasonForm(prefix="all"),
        "due": payments.due(part.order),
        "money": money_back.foretold_to_staff(part.order, ending=[part.pk]) if changeable else "",
        "wrong": wrong,
    }
    return page(request, "orders/staff/cancel.html", store, context, at=at, status=status)
