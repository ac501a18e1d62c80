"""Pickups for which the store is not open any more, for its staff: each with the one thing to do."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.http import require_POST, require_safe

from omo import lists
from orders import closures
from orders.models import Fulfilment
from stores.models import Store
from stores.slots import SlotFull
from stores.templatetags.moments import window
from stores.views.at_work import StaffRequest, page, staff_of_store


@require_safe
@staff_of_store
def closed_days(request: StaffRequest, store: Store) -> HttpResponse:
    """The pickups whose windows are on closed days or outside the hours that the store has now, the next one first."""
    lists.asked(request.GET)
    at = timezone.now()
    found = closures.with_next(store, closures.stranded([store], at=at), at=at)
    return page(request, "orders/staff/closed_days.html", store, {"stranded": found}, at=at)


@require_POST
@staff_of_store
def move(request: StaffRequest, store: Store, number: str) -> HttpResponse:
    """Move one to the next window. A repeat finds nothing to move."""
    pickup = get_object_or_404(Fulfilment.objects.select_related("order"), store=store, kind=Fulfilment.Kind.PICKUP, order__number=number)
    try:
        slot = closures.move(pickup, by=request.user, at=timezone.now())
    except closures.NotStranded:
        messages.info(request, f"{number} needs no other window: {store.name} is open then. Nothing was changed.")
    except closures.NoWindow:
        messages.error(request, f"It is not known when {store.name} opens again. Nothing was changed. Enter its hours first.")
    except SlotFull:
        messages.warning(request, "That window was taken a moment ago. Nothing was changed. Move it again.")
    else:
        when = window(slot.starts_at, slot.ends_at, store)
        messages.success(request, format_html("{} is moved to {}. The customer is told.", number, when))
    return redirect("closed_days", store.code)
