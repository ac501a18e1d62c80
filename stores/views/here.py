"""The store that the customer is in, as the session knows it."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest

from stores import hours
from stores.models import Store

KEY = "here"


def enter(request: HttpRequest, store: Store, *, at: datetime) -> None:
    """Be in this store from now on."""
    closes = hours.open_until(hours.calendar_of(store), at=at)
    request.session[KEY] = {
        "id": store.pk,
        "code": store.code,
        "name": store.name,
        "until": f"{closes.astimezone(store.zone):%H:%M}" if closes else "",
        "until_at": closes.timestamp() if closes else 0,
    }


def leave(request: HttpRequest) -> None:
    """Be in no store. The empty value says that this was chosen."""
    request.session[KEY] = None


def store_here(request: HttpRequest) -> dict[str, Any] | None:
    """The store's id, code and name, or None."""
    return request.session.get(KEY)


def store_id(request: HttpRequest) -> int | None:
    """The store's id, or None."""
    here = store_here(request)
    return here["id"] if here else None
