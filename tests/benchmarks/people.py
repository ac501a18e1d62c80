"""People who are signed in, and carts that are full, before the clock starts."""

import uuid
from datetime import timedelta
from importlib import import_module
from typing import NamedTuple

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.utils import timezone

from omo.models import User
from orders import queue
from orders.models import Cart, CartLine
from stores import labels
from stores.models import ShelfLabel, Store, Variant
from tests.benchmarks.client import SECRET

SessionStore = import_module(settings.SESSION_ENGINE).SessionStore


class Prepared(NamedTuple):
    """The cookies of a visitor, and the store they are in."""

    cookies: dict[str, str]
    store: str


def clerk(number: int) -> Prepared:
    """Somebody who works in the store bench-<number>."""
    person = User.objects.get(email=f"staff{number}@bench.test")
    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.save()
    return Prepared({settings.SESSION_COOKIE_NAME: session.session_key}, f"bench-{number}")


def visitor(number: int) -> Prepared:
    """A guest who has entered the store bench-<number>, so that the browser has the cookie of a form, too."""
    session = SessionStore()
    session["here"] = {"code": f"bench-{number}", "name": f"Bench {number}", "until": "23:59", "id": number}
    session.save()
    return Prepared({settings.SESSION_COOKIE_NAME: session.session_key, settings.CSRF_COOKIE_NAME: SECRET}, f"bench-{number}")


def full_carts(count: int, *, products: int, lines: int = 3, hot: bool = False) -> list[tuple[Prepared, dict[str, str]]]:
    """Guests with `lines` lines in the cart, each with the form that places the order. `hot`: every cart holds product 1 of store 1."""
    at, ready = timezone.now(), []
    carts = Cart.objects.bulk_create(Cart(channel="web", store_id=1 if hot else n % 50 + 1, created_at=at, updated_at=at) for n in range(count))
    wanted = [[1 if hot and line == 0 else (n * 31 + line * 17) % (products - 1) + 2 for line in range(lines)] for n in range(count)]
    CartLine.objects.bulk_create(
        [CartLine(cart=cart, variant_id=variant, quantity=1) for cart, variants in zip(carts, wanted, strict=True) for variant in variants], batch_size=5000
    )
    prices = dict(Variant.objects.filter(pk__lte=products).values_list("pk", "price"))
    for cart, variants in zip(carts, wanted, strict=True):
        session = SessionStore()
        session["cart"] = cart.pk
        session["here"] = {"code": f"bench-{cart.store_id}", "name": f"Bench {cart.store_id}", "until": "23:59", "id": cart.store_id}
        session.set_expiry(timedelta(hours=2))
        session.save()
        form = {"name": "Bench Customer", "email": "customer@bench.test", "store": f"bench-{cart.store_id}", "method": "in_store", "key": uuid.uuid4().hex}
        form["seen_total"] = str(sum(prices[variant] for variant in variants))
        ready.append((Prepared({settings.SESSION_COOKIE_NAME: session.session_key}, f"bench-{cart.store_id}"), form))
    return ready


def label_addresses() -> list[str]:
    """The paths of a hundred shelf labels of store 1."""
    return [labels.address(label).removeprefix(settings.SITE_URL) for label in ShelfLabel.objects.filter(store=Store.objects.get(code="bench-1"))]


def poll_version(html: str) -> str:
    """The version that a queue's lanes carry, to be sent with the next poll."""
    return html.partition('data-poll-version="')[2].partition('"')[0]


def move_queue(store_id: int) -> None:
    """Something has happened in the store."""
    queue.raise_version(store_id)
