"""The customer changes what was ordered: window, store, name and units of a pickup, address of a delivery; and has it held for longer."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from omo import lists
from omo.models import User
from orders import cancellation, changes, keeping, money_back
from orders.cancel_forms import CollectorForm, KeepForm, WindowForm
from orders.cancellation import Cause
from orders.models import Fulfilment
from orders.views import windows
from orders.views.my_orders import orders_of
from stores import slots
from stores.models import Store
from stores.templatetags.moments import window

BEGUN = "Somebody has begun to put it together, so it cannot be changed here any more. Nothing was changed. Call the store if you need to."
NOW = {
    Fulfilment.State.FAILED: "could not be delivered",
    Fulfilment.State.AWAITING_CUSTOMER: "waits for your answer",
    Fulfilment.State.EXPIRED: "was not collected in time",
    Fulfilment.State.CANCELLED: "was cancelled",
}
UNCHANGED = "It is that way already. Nothing was changed."
FULL = "That window was taken a moment ago. Nothing was changed. Choose another."
GONE = "That window is not offered any more. Nothing was changed. Choose another."


def part_of(request: HttpRequest, number: str, part: int) -> Fulfilment:
    """The part of an order of this customer. Raises Http404, the same for other people's as for none."""
    order = orders_of(request).select_related("store", "member").filter(number=number).first()
    found = order and Fulfilment.objects.select_related("store").filter(order=order, pk=part).exclude(kind=Fulfilment.Kind.CARRY_OUT).first()
    if order is None or not found:
        raise Http404("No such order")
    found.order = order
    return found


def actor(request: HttpRequest) -> User | None:
    """Who does it: the customer's account, if they are signed in."""
    return request.user if isinstance(request.user, User) else None


def how_far(part: Fulfilment) -> str:
    """How far a part is, to go on a sentence about it: 'is being picked'."""
    if part.kind == Fulfilment.Kind.DELIVERY and part.state == Fulfilment.State.PICKING:
        return "is being packed"
    return NOW.get(Fulfilment.State(part.state), f"is {part.state_words}")


@never_cache
@require_safe
def change_order(request: HttpRequest, number: str, part: int) -> HttpResponse:
    """What can be changed of a part of an order, each with its own button, and the way to cancelling it."""
    lists.asked(request.GET)
    return show(request, part_of(request, number, part))


@require_POST
def change_window(request: HttpRequest, number: str, part: int) -> HttpResponse:
    """Another window in the same store."""
    found, form = part_of(request, number, part), WindowForm(request.POST)
    if not form.is_valid():
        return show(request, found, wrong=_first(form), status=422)
    try:
        slot = changes.move_window(found, slot=form.cleaned_data["slot"], cause=Cause.CUSTOMER, by=actor(request), at=timezone.now())
    except REFUSALS as refusal:
        return refuse(request, found, refusal)
    when = window(slot.starts_at, slot.ends_at, found.store)
    messages.success(request, format_html("Changed: collect it {}. We have written to you.", when))
    return redirect("order", number=number)


@require_POST
def rename_collector(request: HttpRequest, number: str, part: int) -> HttpResponse:
    """Another name for the counter."""
    found, form = part_of(request, number, part), CollectorForm(request.POST)
    if not form.is_valid():
        return show(request, found, collector=form, status=422)
    try:
        changes.rename_collector(found, name=form.cleaned_data["name"], by=actor(request), at=timezone.now())
    except REFUSALS as refusal:
        return refuse(request, found, refusal)
    messages.success(request, f"Changed: the bag is for {form.cleaned_data['name']}.")
    return redirect("order", number=number)


@require_POST
def take_off(request: HttpRequest, number: str, part: int) -> HttpResponse:
    """Fewer units. Who keeps nothing is asked whether to cancel."""
    found = part_of(request, number, part)
    form = KeepForm(request.POST, lines=lines_of(found))
    if not form.is_valid() or not form.lines:
        return show(request, found, keep=form, status=422)
    if form.keeps_nothing():
        return redirect("cancel", number=number, part=part)
    if not form.taken_off():
        return refuse(request, found, changes.NothingChanged())
    at = timezone.now()
    try:
        cancellation.cancel_lines(found, form.taken_off(), reason="", cause=Cause.CUSTOMER, by=actor(request), at=at)
    except REFUSALS as refusal:
        return refuse(request, found, refusal)
    found.order.refresh_from_db()
    messages.success(request, f"Taken off. {money_back.in_words(found.order, at=at)}")
    return redirect("order", number=number)


@require_POST
def hold_longer(request: HttpRequest, number: str, part: int) -> HttpResponse:
    """Have a ready pickup held for as many days more, once."""
    found = part_of(request, number, part)
    try:
        until = keeping.extend(found, by=actor(request), at=timezone.now())
    except keeping.NotExtendable as refusal:
        again = refusal.pickup.extended_at is not None
        words = "It was held for longer once before; that is possible one time." if again else "It does not wait for you now, so it cannot be held for longer."
        return show(request, refusal.pickup, wrong=f"{words} Nothing was changed.", status=409)
    messages.success(request, format_html("We hold it until {}.", window(until, None, found.store)))
    return redirect("order", number=number)


REFUSALS = (
    changes.NotChangeable,
    changes.NothingChanged,
    changes.NotCollectedThere,
    changes.OtherTerms,
    cancellation.NotCancellable,
    cancellation.NotSoMany,
    slots.SlotFull,
    slots.SlotGone,
)
WORDS: dict[type[Exception], str] = {
    changes.NotChangeable: BEGUN,
    cancellation.NotCancellable: BEGUN,
    changes.NothingChanged: UNCHANGED,
    changes.NotCollectedThere: "Your order cannot be collected in that store. Nothing was changed. Choose another.",
    changes.OtherTerms: "We deliver to that address on other terms, or not at all. Nothing was changed. Cancel this order, and order anew to that address.",
    cancellation.NotSoMany: "There are fewer left than you saw. Nothing was changed. Look again.",
    slots.SlotFull: FULL,
    slots.SlotGone: GONE,
}


def refuse(request: HttpRequest, part: Fulfilment, refusal: Exception) -> HttpResponse:
    """The page as it is now, with the reason in words."""
    return show(request, part_of(request, part.order.number, part.pk), wrong=WORDS[type(refusal)], status=409)


def lines_of(part: Fulfilment) -> list[Any]:
    """The lines with what was ordered."""
    return list(part.lines.select_related("order_line", "variant__product"))


def show(
    request: HttpRequest, part: Fulfilment, *, wrong: str = "", collector: CollectorForm | None = None, keep: KeepForm | None = None, status: int = 200
) -> HttpResponse:
    """The page."""
    at = timezone.now()
    placed = part.state == Fulfilment.State.PLACED
    pickup = part.kind == Fulfilment.Kind.PICKUP
    context = {
        "part": part,
        "order": part.order,
        "store": part.store,
        "how_far": how_far(part),
        "placed": placed,
        "pickup": pickup,
        "windows": windows_of(part.store, part.due_at.isoformat(), at) if placed and pickup else None,
        "collector": collector or CollectorForm(initial={"name": part.order.name}),
        "keep": keep or KeepForm(lines=lines_of(part)),
        "addressable": not pickup and part.state in (Fulfilment.State.PLACED, Fulfilment.State.PICKING),
        "longer": keeping.longer(part) if pickup else None,
        "wrong": wrong,
    }
    return render(request, "orders/change.html", context, status=status)


def windows_of(store: Store, wish: str, at: datetime) -> windows.Windows:
    """The windows of a store as it is now."""
    fresh = Store.objects.with_calendar().get(pk=store.pk)
    return windows.of_store(fresh, wish=wish, at=at, loads=slots.loads_of([fresh], at=at).get(fresh.pk))


def _first(form: Form) -> str:
    return str(next(iter(form.errors.values()))[0])
