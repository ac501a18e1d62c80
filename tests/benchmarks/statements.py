"""How many SQL statements a page or an order takes, with one line and with thirty. BEGIN, COMMIT and the session are counted."""

from collections.abc import Callable

from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.benchmarks import people


def counts(products: int) -> dict[str, tuple[int, int]]:
    """Statements of each page, for 1 and for 30 of what it lists."""
    return {
        "list": (_get(people.visitor(1), "/products/?q=no-such-thing-here"), _get(people.visitor(1), "/products/")),
        "product": (_get(people.visitor(1), "/products/product-7/"), _get(people.visitor(1), "/products/product-8/")),
        "queue, kept": (_get(people.clerk(1), "/staff/bench-1/queue/live/?v=0"), _get(people.clerk(2), "/staff/bench-2/queue/live/?v=0")),
        "queue, moved": (_moved(1), _moved(2)),
        "queue, unmoved": (_unmoved(1), _unmoved(2)),
        "place order": (_place(1, products), _place(30, products)),
    }


def _client(who: people.Prepared) -> Client:
    client = Client(SERVER_NAME="127.0.0.1")
    client.cookies[settings.SESSION_COOKIE_NAME] = who.cookies[settings.SESSION_COOKIE_NAME]
    return client


def _count(request: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as captured:
        request()
    return len(captured)


def _get(who: people.Prepared, path: str) -> int:
    client = _client(who)
    client.get(path)
    return _count(lambda: client.get(path))


def _moved(number: int) -> int:
    client = _client(people.clerk(number))
    client.get(f"/staff/bench-{number}/queue/live/?v=0")
    people.move_queue(number)
    return _count(lambda: client.get(f"/staff/bench-{number}/queue/live/?v=0"))


def _unmoved(number: int) -> int:
    client = _client(people.clerk(number))
    path = f"/staff/bench-{number}/queue/live/?v="
    seen = people.poll_version(client.get(path).content.decode())
    return _count(lambda: client.get(path + seen))


def _place(lines: int, products: int) -> int:
    """The second order of a visitor's store: the first one makes the store's counters."""
    taken = 0
    for who, form in people.full_carts(2, products=products, lines=lines):
        client = _client(who)
        taken = _count(lambda client=client, form=form: client.post("/checkout/place-order/", form))
    return taken
