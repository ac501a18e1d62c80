"""The customer has a pickup in another store, or a delivery at another address."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from omo import lists
from orders import addresses, cancellation, changes, delivery_quotes
from orders.address_forms import AddressForm
from orders.cancel_forms import WindowForm
from orders.models import Fulfilment
from orders.views import changes as pages
from orders.views.rows import stores_shown
from stores import availability, outlook, slots, stock
from stores.models import Store
from stores.outlook import Outlook
from stores.stock import NotAvailable

State = Fulfilment.State


@dataclass(frozen=True)
class There:
    """A store that the pickup could be moved to: what it can promise, and of how many things it has too little."""

    store: Store
    outlook: Outlook
    lacking: int


@never_cache
@require_safe
def other_stores(request: HttpRequest, number: str, part: int) -> HttpResponse:
    """The stores with what each has; with `store` the windows of that one, and the button that moves it there."""
    asked = lists.asked(request.GET, "store")
    return _stores_page(request, _pickup(request, number, part), asked["store"])


@require_POST
def change_store(request: HttpRequest, number: str, part: int) -> HttpResponse:
    """All of the pickup is collected in another store, in a window of it."""
    found, form = _pickup(request, number, part), WindowForm(request.POST)
    store = next((store for store in stores_shown() if store.code == request.POST.get("store")), None)
    if store is None:
        return _stores_page(request, found, "", wrong="Choose one of the stores.", status=422)
    if not form.is_valid():
        return _stores_page(request, found, store.code, wrong="Choose one of the windows.", status=422)
    by, at = pages.actor(request), timezone.now()
    try:
        changes.change_store(found, store=store, slot=form.cleaned_data["slot"], by=by, at=at)
    except NotAvailable as refusal:
        stock.note_refusal(refusal, reference=cancellation.reference(found.pk), by=by, at=at)
        return _stores_page(request, found, "", wrong=f"{store.name} has not enough any more. Nothing was changed.", status=409)
    except pages.REFUSALS as refusal:
        if isinstance(refusal, changes.NotChangeable):
            return pages.refuse(request, found, refusal)
        return _stores_page(request, found, store.code, wrong=pages.WORDS[type(refusal)], status=409)
    messages.success(request, f"Changed: collect it at {store.name}. The pickup code is a new one.")
    return redirect("order", number=number)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def change_address(request: HttpRequest, number: str, part: int) -> HttpResponse:
    """Deliver to another address, on the same terms."""
    found = pages.part_of(request, number, part)
    if found.kind != Fulfilment.Kind.DELIVERY:
        raise Http404("No such delivery")
    countries = delivery_quotes.countries(delivery_quotes.zones_shown())
    form = AddressForm(request.POST if request.method == "POST" else None, countries=countries, initial=AddressForm.initial_of(found.delivery))
    if request.method != "POST" or not form.is_valid():
        return _address_page(request, found, form, status=422 if request.method == "POST" else 200)
    try:
        changes.change_address(found, address=form.address(), by=pages.actor(request), at=timezone.now())
    except addresses.Wrong as wrong:
        for field, words in wrong.errors.items():
            form.add_error(field if field in form.fields else None, words)
        return _address_page(request, found, form, status=422)
    except pages.REFUSALS as refusal:
        return _address_page(request, found, form, wrong=pages.WORDS[type(refusal)], status=409)
    messages.success(request, "Changed: it goes to the new address. We have written to you.")
    return redirect("order", number=number)


def _pickup(request: HttpRequest, number: str, part: int) -> Fulfilment:
    found = pages.part_of(request, number, part)
    if found.kind != Fulfilment.Kind.PICKUP:
        raise Http404("No such pickup")
    return found


def _stores_page(request: HttpRequest, part: Fulfilment, code: str, *, wrong: str = "", status: int = 200) -> HttpResponse:
    at = timezone.now()
    if part.state != State.PLACED:
        return pages.show(request, part, wrong=wrong or pages.BEGUN, status=409)
    choices = _choices(part, at)
    chosen = next((choice for choice in choices if choice.store.code == code and not choice.lacking), None)
    context = {
        "part": part,
        "order": part.order,
        "choices": choices,
        "chosen": chosen,
        "windows": pages.windows_of(chosen.store, "", at) if chosen else None,
        "wrong": wrong,
    }
    return render(request, "orders/change_store.html", context, status=status)


def _choices(part: Fulfilment, at: datetime) -> Sequence[There]:
    """Every other store that hands over orders; those that have everything first."""
    demand = cancellation.demand_of(part)
    known = availability.of_variants(demand, at=at)
    taken = set(changes.pickup_stores(part.order))
    stores = [store for store in stores_shown() if store.pk not in taken]
    loads = slots.loads_of(stores, at=at)

    def lacking(store: Store) -> int:
        return sum(availability.at(store.pk, known.get(variant_id, ())) < units for variant_id, units in demand.items())

    found = [There(store, outlook.of_store(store, at=at, loads=loads.get(store.pk)), lacking(store)) for store in stores]
    return sorted(found, key=lambda there: (there.lacking, there.store.name))


def _address_page(request: HttpRequest, part: Fulfilment, form: AddressForm, *, wrong: str = "", status: int = 200) -> HttpResponse:
    lines = addresses.lines(part.delivery)
    context = {"part": part, "order": part.order, "form": form, "lines": lines, "wrong": wrong}
    return render(request, "orders/change_address.html", context, status=status)
