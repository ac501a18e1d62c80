"""The customer cancels a part of an order, or all of it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from orders import cancellation, money_back
from orders.cancel_forms import ORDER, CancelForm
from orders.cancellation import Cause
from orders.models import Fulfilment
from orders.views import paying
from orders.views.changes import actor, how_far, part_of

State = Fulfilment.State
REASON = "You cancelled it."


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, number: str, part: int) -> HttpResponse:
    """What is cancelled and what becomes of the money; pressed, it is. Pressed again, the same answer; too late, it says so."""
    found, form = part_of(request, number, part), CancelForm(request.POST)
    if request.method != "POST":
        return _page(request, found)
    if not form.is_valid():
        return _page(request, found, wrong=str(form.errors["what"][0]), status=422)
    at = timezone.now()
    try:
        if form.cleaned_data["what"] == ORDER:
            cancellation.cancel_order(found.order, reason=REASON, cause=Cause.CUSTOMER, by=actor(request), at=at)
        else:
            cancellation.cancel_fulfilment(found, reason=REASON, cause=Cause.CUSTOMER, by=actor(request), at=at)
    except cancellation.NotCancellable as refusal:
        if _is_cancelled(found, whole=form.cleaned_data["what"] == ORDER):
            messages.info(request, "It is cancelled already. Nothing was changed.")
            return redirect("order", number=number)
        return _page(request, part_of(request, number, part), wrong=_words(refusal, number), status=409)
    found.order.refresh_from_db()
    messages.success(request, f"Cancelled. {money_back.in_words(found.order, at=at)}")
    return redirect("order", number=number)


def _is_cancelled(part: Fulfilment, *, whole: bool) -> bool:
    """Whether what was asked for is so already: this part, or with `whole` every part of its order."""
    asked = Fulfilment.objects.filter(order=part.order) if whole else Fulfilment.objects.filter(pk=part.pk)
    return not asked.exclude(state=State.CANCELLED).exists()


def _words(refusal: cancellation.NotCancellable, number: str) -> str:
    now = refusal.fulfilment
    if now is None or now.state in Fulfilment.OVER:
        return "It is cancelled already. Nothing was changed."
    return f"Order {number} {how_far(now)} at {now.store.name}, so it cannot be cancelled here any more. Nothing was changed."


def _page(request: HttpRequest, part: Fulfilment, *, wrong: str = "", status: int = 200) -> HttpResponse:
    order = part.order
    parts = list(Fulfilment.objects.filter(order=order, state__in=Fulfilment.OPEN).select_related("store").order_by("id"))
    context = {
        "part": part,
        "order": order,
        "store": part.store,
        "lines": [(cancellation.going(line), line.order_line) for line in part.lines.select_related("order_line__variant__product")],
        "others": len([one for one in parts if one.pk != part.pk]),
        "whole": len(parts) > 1 and all(one.state == State.PLACED for one in parts),
        "how_far": how_far(part),
        "cancellable": part.state == State.PLACED,
        "under_way": paying.under_way(request, order),
        "money": money_back.foretold(order, ending=[part.pk]),
        "money_of_all": money_back.foretold(order, ending=[one.pk for one in parts]),
        "wrong": wrong,
    }
    return render(request, "orders/cancel.html", context, status=status)
