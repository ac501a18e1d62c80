"""A shop for every run of a fault: a copy of one prepared database, and customers who are about to press the button."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction

from omo import invariants
from orders.models import Order
from tests import services
from tests.benchmarks import people
from tests.benchmarks.client import Browser
from tests.benchmarks.seed import Size, seed
from tests.benchmarks.server import OURS, Server, running
from tests.services import Cluster

SIZE = Size(products=100, orders=50, entries=100)
BUTTON = "/checkout/place-order/"
DOMAIN = "faults.test"
PLACED = 302
CUT_OFF = 0
"""The status of an answer that did not come."""


class Answer(NamedTuple):
    """What a customer was told: the status, and the order's page or after how many seconds to come again."""

    status: int
    told: str = ""


@dataclass
class Customer:
    """Somebody with a full cart and the form that places the order, whose key stays the same however often it is sent."""

    cookies: dict[str, str]
    form: dict[str, str]
    heard: list[Answer] = field(default_factory=list)

    @property
    def email(self) -> str:
        """By which their orders are found, without asking the table of keys."""
        return self.form["email"]

    @property
    def acknowledged(self) -> str:
        """The page of the order that they were told of, '' if of none."""
        return next((answer.told for answer in self.heard if answer.status == PLACED), "")

    def press(self, port: int) -> Answer:
        """Press the button once, in the browser as it was before, and remember the answer."""
        try:
            page = Browser(port, dict(self.cookies)).post(BUTTON, self.form, expect=0)
            answer = Answer(page.status, page.headers.get("location", page.headers.get("retry-after", "")))
        except OSError:
            answer = Answer(CUT_OFF)
        self.heard.append(answer)
        return answer


def prepare(place: Cluster) -> None:
    """Make the database that the others are copies of."""
    _use(services.fresh_database(place.url, "prepared"))
    call_command("migrate", verbosity=0)
    seed(SIZE)
    connection.close()


@contextmanager
def shop(place: Cluster) -> Iterator[str]:
    """A shop of its own, which this process asks as long as the block goes on: the address of its database."""
    url = services.fresh_database(place.url, "faults", template="prepared")
    _use(url)
    try:
        yield url
    finally:
        connection.close()
        services.drop_database(url)


def _use(url: str) -> None:
    """From now on, this process asks the database at `url`, of the same server."""
    connection.close()
    connection.settings_dict["NAME"] = url.rpartition("/")[2]


@contextmanager
def served(url: str, *, workers: int, guards_off: str = "") -> Iterator[Server]:
    """The shop on this database, without the guards that are named (see guards_off.py). What it complains of goes to server.log in the state folder."""
    application = "tests.faults.guards_off:application" if guards_off else OURS
    environment = {"DATABASE_URL": url, "GUARDS_OFF": guards_off}
    with Path(settings.STATE_DIR, "server.log").open("ab") as log, running(application, ["-w", str(workers), "--preload"], environment, log) as web:
        yield web


def customers(count: int) -> list[Customer]:
    """So many customers, each with three lines in the cart."""
    with transaction.atomic():
        ready = people.full_carts(count, products=SIZE.products)
    connection.close()
    return [Customer(who.cookies, {**form, "email": f"{form['key']}@{DOMAIN}"}) for who, form in ready]


# What the books say afterwards

# Of an order that is written whole, each of these finds at least one row.
PARTS = {
    "lines": "orders_orderline part WHERE part.order_id = o.id",
    "fulfilment": "orders_fulfilment part WHERE part.order_id = o.id",
    "goods in its fulfilments": "orders_fulfilmentline part JOIN orders_fulfilment f ON f.id = part.fulfilment_id WHERE f.order_id = o.id",
    "promise": "orders_promise part JOIN orders_fulfilment f ON f.id = part.fulfilment_id WHERE f.order_id = o.id",
    "allocation": "stores_stockmovement part JOIN orders_fulfilment f ON part.reference = 'fulfilment:' || f.id WHERE f.order_id = o.id",
    "place in a window": "stores_slotbooking part JOIN orders_fulfilment f ON part.reference = 'fulfilment:' || f.id WHERE f.order_id = o.id",
    "event": "omo_event part WHERE part.order_id = o.id AND part.kind = 'order.placed'",
    "message": "omo_message part WHERE part.order_id = o.id AND part.kind = 'order_placed'",
    "key": "omo_idempotencyrecord part WHERE part.scope = 'place_order' AND part.answer = to_jsonb(o.number)",
}


def half_written() -> dict[str, int]:
    """{part: how many of the customers' orders lack it}, and what there is of orders that are not there; empty if all is whole."""
    with connection.cursor() as cursor:
        found = {f"without {part}": _count(cursor, _orders_lacking(rows)) for part, rows in PARTS.items()}
        found["keys without an order"] = _count(
            cursor,
            "omo_idempotencyrecord r WHERE r.scope = 'place_order' AND NOT EXISTS (SELECT 1 FROM orders_order o WHERE to_jsonb(o.number) = r.answer)",
        )
        found["closed carts without an order"] = max(_count(cursor, "orders_cart WHERE state = 'ordered'") - _count(cursor, f"orders_order o WHERE {_OURS}"), 0)
    found["broken invariants"] = len(list(invariants.violations()))
    return {part: count for part, count in found.items() if count}


def in_words(broken: dict[str, int]) -> str:
    """What `half_written` found, for the table."""
    return ", ".join(f"{count} {part}" for part, count in broken.items()) or "nothing half-written"


_OURS = f"o.email LIKE '%%@{DOMAIN}'"


def _orders_lacking(rows: str) -> str:
    return f"orders_order o WHERE {_OURS} AND NOT EXISTS (SELECT 1 FROM {rows})"


def _count(cursor: Any, rows: str) -> int:
    cursor.execute(f"SELECT count(*) FROM {rows}", [])
    return cursor.fetchone()[0]


def orders_of(people_: Sequence[Customer]) -> dict[str, list[str]]:
    """{customer's address: the pages of the orders that are in the books}."""
    connection.close()
    found: dict[str, list[str]] = {customer.email: [] for customer in people_}
    for email, number in Order.objects.filter(email__in=list(found)).values_list("email", "number"):
        found[email].append(f"/orders/{number}/")
    return found
