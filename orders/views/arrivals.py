"""The customer is on the way, or here: two buttons on the order page."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from orders import arrivals
from orders.collecting_forms import ArriveForm
from orders.models import Fulfilment
from orders.views.changes import actor, part_of

NOT_READY = "It does not wait for you at the counter now, so nobody was told. We write to you when it is ready."
NO_SUCH_BAY = "The store has no such bay, so nobody was told. Choose one of the list."


@require_POST
def set_out(request: HttpRequest, number: str, part: int) -> HttpResponse:
    """Tell the store that the customer is on the way."""
    found = part_of(request, number, part)
    try:
        arrivals.set_out(found, by=actor(request), at=timezone.now())
    except arrivals.NotReady:
        messages.warning(request, NOT_READY)
    return _back(found)


@require_POST
def arrive(request: HttpRequest, number: str, part: int) -> HttpResponse:
    """Tell the store that the customer is here, at the counter or in a bay (`bay`)."""
    found, form = part_of(request, number, part), ArriveForm(request.POST)
    try:
        if not form.is_valid():
            raise arrivals.NoSuchBay(request.POST.get("bay", ""))
        arrivals.arrive(found, bay=form.cleaned_data["bay"], by=actor(request), at=timezone.now())
    except arrivals.NotReady:
        messages.warning(request, NOT_READY)
    except arrivals.NoSuchBay:
        messages.warning(request, NO_SUCH_BAY)
    return _back(found)


def _back(part: Fulfilment) -> HttpResponse:
    return redirect(f"{reverse('order', args=[part.order.number])}#part-{part.pk}")
