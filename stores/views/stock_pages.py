"""What the pages of stock share: the goods of an address, what was scanned, and the words for refusals that several of them meet."""

import secrets
from typing import TypeVar

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from stores import adjustments, goods_scans
from stores.models import Store, Variant
from stores.stock_forms import KeyedForm

AnyKeyed = TypeVar("AnyKeyed", bound=KeyedForm)

SENT_BEFORE = "This page was sent before with other numbers, and what it said then holds. Nothing was changed now. Look at the goods as they are."


def new_key() -> str:
    """The key of a form that is about to be shown."""
    return secrets.token_urlsafe(12)


def with_new_key(form: AnyKeyed) -> AnyKeyed:
    """The form as it was typed, with another key: sent again, it is another request."""
    form.data = {**{name: form.data.get(name, "") for name in form.fields}, "key": new_key()}
    return form


def goods_named(sku: str) -> Variant:
    """The variant of an address, else 404."""
    return get_object_or_404(Variant.objects.select_related("product"), sku=sku)


def scanned(request: HttpRequest, store: Store, text: str) -> Variant | None:
    """The goods that a scanned or typed text stands for."""
    return goods_scans.goods_of(text, store=store, hosts=goods_scans.own_hosts(request.get_host()))


def units(count: int) -> str:
    """'1 unit', '3 units'."""
    return f"{count} unit{'' if count == 1 else 's'}"


def below_promised(refusal: adjustments.BelowPromised) -> str:
    """Why so few are refused: fewer than nothing, or fewer than customers wait for."""
    if refusal.left < 0 and not refusal.promised:
        return f"There are not so many in the books: {units(-refusal.left)} too few. Count the goods instead."
    orders = f"{refusal.orders} order{'' if refusal.orders == 1 else 's'}"
    return f"{refusal.promised} are promised to {orders}, and {max(refusal.left, 0)} would be left. Nothing was changed."


def already_waits(refusal: adjustments.AlreadyWaits) -> str:
    """Why a second large change is refused."""
    waits = refusal.adjustment
    return f"{waits.change:+d} by {waits.asked_by} waits for a second person. Have that decided first. Nothing was changed."
