"""The customer's address book."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from omo.models import User
from orders import address_book, delivery_quotes
from orders import addresses as rules
from orders.address_forms import AddressForm
from orders.models import Address

DELETED = "deleted_address"
"""In the session: the address that was deleted last, until something else changes."""

ASK = "ask"
"""Sent with what is typed so far to be asked for what the chosen country has; nothing is kept or said to be wrong."""


class Owner(HttpRequest):
    """A request of a customer who is signed in."""

    user: User


@never_cache
@require_safe
@login_required
def addresses(request: Owner) -> HttpResponse:
    """The addresses, the preferred one first; and the way back from the last deletion."""
    rows = [(address, [line for line in rules.lines(address) if line != address.name]) for address in address_book.of(request.user)]
    return render(request, "orders/addresses.html", {"rows": rows, "deleted": request.session.get(DELETED), "full": len(rows) >= address_book.MOST})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def add_address(request: Owner) -> HttpResponse:
    """A new address."""
    if ASK in request.POST:
        return _asked_anew(request)
    form = AddressForm(request.POST if request.method == "POST" else None, countries=_countries(), initial={"name": request.user.name})
    if request.method != "POST" or not form.is_valid():
        return _form_page(request, form, status=422 if request.method == "POST" else 200)
    try:
        address_book.keep(request.user, form.address(), at=timezone.now())
    except address_book.Full:
        form.add_error(None, f"The book holds {address_book.MOST} addresses. Delete one that you do not need, then add this one.")
        return _form_page(request, form, status=409)
    return _back(request, "The address is in your book.")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def edit_address(request: Owner, address: int) -> HttpResponse:
    """An address as it is, to be changed. Orders keep the address that they were placed with."""
    found = _own(request, address)
    if ASK in request.POST:
        return _asked_anew(request, address=found)
    form = AddressForm(request.POST if request.method == "POST" else None, countries=_countries(), initial=AddressForm.initial_of(found))
    if request.method != "POST" or not form.is_valid():
        return _form_page(request, form, address=found, status=422 if request.method == "POST" else 200)
    try:
        address_book.change(found, form.address(), at=timezone.now())
    except address_book.Gone:
        messages.warning(request, "This address was deleted meanwhile. Nothing was changed.")
        return redirect("addresses")
    return _back(request, "The address is changed. Orders that were placed keep the one they had.")


@require_POST
@login_required
def prefer_address(request: Owner, address: int) -> HttpResponse:
    """Offer this address first."""
    try:
        address_book.prefer(_own(request, address), at=timezone.now())
    except address_book.Gone:
        messages.warning(request, "This address was deleted meanwhile. Nothing was changed.")
        return redirect("addresses")
    return _back(request, "This address is offered first from now on.")


@require_POST
@login_required
def delete_address(request: Owner, address: int) -> HttpResponse:
    """Delete an address; what it was stays in the session, so that it can be undone."""
    found = _own(request, address)
    was: dict[str, Any] = {**rules.columns(rules.parts_of(found)), "preferred": found.preferred}
    try:
        address_book.forget(found, at=timezone.now())
    except address_book.Gone:
        pass  # deleted in another window: what was wanted is so
    request.session[DELETED] = was
    return redirect("addresses")


@require_POST
@login_required
def restore_address(request: Owner) -> HttpResponse:
    """Take the last deletion back. A repeat changes nothing more."""
    was = request.session.get(DELETED)
    if not was:
        return redirect("addresses")
    parts = rules.Parts(**{field: was[field] for field in rules.FIELDS})
    try:
        kept = address_book.keep(request.user, parts, at=timezone.now())
    except address_book.Full:
        messages.warning(request, "The book is full. Delete another address first, then undo.")
        return redirect("addresses")
    if was["preferred"]:
        address_book.prefer(kept, at=timezone.now())
    return _back(request, "The address is back in your book.")


def _own(request: Owner, address: int) -> Address:
    """The customer's own address, else 404."""
    return get_object_or_404(Address.objects.select_related("user"), pk=address, user=request.user)


def _countries() -> list[str]:
    return delivery_quotes.countries(delivery_quotes.zones_shown())


def _back(request: Owner, words: str) -> HttpResponse:
    """To the list, with what was done. A deletion before that cannot be undone any more."""
    request.session.pop(DELETED, None)
    messages.success(request, words)
    return redirect("addresses")


def _asked_anew(request: Owner, *, address: Address | None = None) -> HttpResponse:
    """The page with what is typed so far, as the country chosen on it calls and needs it."""
    return _form_page(request, AddressForm(countries=_countries(), initial=request.POST.dict()), address=address)


def _form_page(request: Owner, form: AddressForm, *, address: Address | None = None, status: int = 200) -> HttpResponse:
    return render(request, "orders/addresses_edit.html", {"form": form, "address": address}, status=status)
