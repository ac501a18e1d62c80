"""A seeded shop of a chosen size, written with COPY."""

import random
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any, NamedTuple

from django.db import connection, models

from loyalty.models import Member, PointsEntry
from omo.models import Event, Message, User
from orders import pickup, pickup_codes
from orders.models import Fulfilment, FulfilmentLine, HandOver, Order, OrderLine, Payment, QueueVersion
from stores import gs1
from stores.models import Assignment, Category, OpeningHours, Product, ShelfLabel, StockLevel, StockMovement, Store, Variant
from stores.models.catalogue import searchable

STORES = 50
OPEN_PER_STORE = 50
ON_HAND = 1_000_000
START = datetime(2026, 1, 1, tzinfo=UTC)
WORDS = "harbour pine tide linen wool quay drift skein market fjord ember ridge meadow slate copper willow".split()


class Size(NamedTuple):
    """How much there is of everything."""

    products: int
    orders: int
    entries: int

    @property
    def members(self) -> int:
        """About a hundred points entries each."""
        return max(self.entries // 100, 100)


SIZES = {"S": Size(1_000, 2_500, 1_000), "M": Size(10_000, 100_000, 1_000_000), "L": Size(100_000, 1_000_000, 10_000_000)}


def seed(size: Size, *, number: int = 1) -> None:
    """Fill an empty database; the same `number` gives the same shop. Stores have the codes bench-1 … bench-50, products the slugs product-1 …"""
    draw = random.Random(number)
    _places()
    _catalogue(size, draw)
    _stock(size)
    _people(size)
    _orders(size, draw)
    _points(size)
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"ANALYZE {table}")
    _reset_sequences()


def copy(model: type[models.Model], rows: Iterable[dict[str, Any]]) -> None:
    """COPY rows into a model's table; columns that a row lacks get the field's default."""
    fields = list(model._meta.concrete_fields)
    columns = ", ".join(f'"{field.column}"' for field in fields)
    with connection.cursor() as cursor, cursor.copy(f"COPY {model._meta.db_table} ({columns}) FROM STDIN") as sink:
        defaults = {field.attname: field.get_default() for field in fields}
        for row in rows:
            values = {**defaults, **row}
            sink.write_row(
                [
                    field.get_db_prep_save(values[field.attname], connection) if field.attname in ("data", "payload") else values[field.attname]
                    for field in fields
                ]
            )


def _places() -> None:
    copy(
        Store,
        ({"id": n, "code": f"bench-{n}", "name": f"Bench {n}", "city": "Dublin", "street": f"Quay {n}", "pay_in_store": True} for n in range(1, STORES + 1)),
    )
    hours = ((store, day) for store in range(1, STORES + 1) for day in range(7))
    copy(OpeningHours, ({"id": n, "store_id": store, "weekday": day, "opens": time(0, 0), "closes": time(23, 59)} for n, (store, day) in enumerate(hours, 1)))
    copy(QueueVersion, ({"store_id": n, "version": 1} for n in range(1, STORES + 1)))


def _catalogue(size: Size, draw: random.Random) -> None:
    copy(Category, ({"id": n, "name": f"Category {n}", "slug": f"category-{n}", "position": n} for n in range(1, 51)))
    names = [f"{draw.choice(WORDS)} {draw.choice(WORDS)} {n}".capitalize() for n in range(1, size.products + 1)]
    copy(
        Product,
        (
            {
                "id": n,
                "name": name,
                "slug": f"product-{n}",
                "category_id": n % 50 + 1,
                "drawing": "coat",
                "summary": "Waxed cotton",
                "search_text": searchable(name, "Waxed cotton"),
            }
            for n, name in enumerate(names, 1)
        ),
    )
    copy(
        Variant,
        (
            {
                "id": n,
                "product_id": n,
                "sku": f"B{n}",
                "gtin": gs1.restricted_gtin(str(n)),
                "size": "M",
                "colour": "Pine",
                "tint": "#3f5f4c",
                "price": _price(n),
            }
            for n in range(1, size.products + 1)
        ),
    )
    copy(ShelfLabel, ({"id": n, "code": f"{n:010d}", "store_id": 1, "variant_id": n, "shelf": f"A{n % 40}", "created_at": START} for n in range(1, 101)))


def _stock(size: Size) -> None:
    """Every store has much of everything, less what is promised, and has sold what was collected."""
    pairs = [(store, variant) for store in range(1, STORES + 1) for variant in range(1, size.products + 1)]
    waiting = _open_orders(size)
    promised = Counter((n % STORES + 1, _goods(n, size)) for n in waiting)
    sold = range(1, waiting.start)
    gone = Counter((n % STORES + 1, _goods(n, size)) for n in sold)
    copy(
        StockLevel,
        ({"id": n, "store_id": pair[0], "variant_id": pair[1], "on_hand": ON_HAND, "allocated": promised[pair]} for n, pair in enumerate(pairs, 1)),
    )
    copy(
        StockMovement,
        (
            {"id": n, "store_id": pair[0], "variant_id": pair[1], "kind": "received", "quantity": ON_HAND + gone[pair], "reference": "seed", "at": START}
            for n, pair in enumerate(pairs, 1)
        ),
    )
    moved = [(n, {"kind": "sold", "quantity": -1}) for n in sold] + [(n, {"kind": "allocated", "allocated": 1}) for n in waiting]
    about = {"reference": "seed", "at": START}
    copy(StockMovement, ({"id": len(pairs) + n, "store_id": n % STORES + 1, "variant_id": _goods(n, size), **about, **moves} for n, moves in moved))


def _people(size: Size) -> None:
    copy(User, ({"id": n, "email": f"staff{n}@bench.test", "name": f"Staff {n}", "password": "!", "date_joined": START} for n in range(1, STORES + 1)))
    copy(Assignment, ({"id": n, "user_id": n, "store_id": n} for n in range(1, STORES + 1)))
    copy(Member, ({"id": n, "number": f"60{n:08d}", "name": f"Member {n}", "joined_at": START, "joined_channel": "web"} for n in range(1, size.members + 1)))


def _open_orders(size: Size) -> range:
    """The newest orders are the open ones: fifty in every store."""
    return range(max(size.orders - STORES * OPEN_PER_STORE, 0) + 1, size.orders + 1)


def _goods(order: int, size: Size) -> int:
    return order * 7919 % size.products + 1


def _price(variant: int) -> int:
    return 500 + variant % 9000


def _orders(size: Size, draw: random.Random) -> None:
    waiting = _open_orders(size)
    everything = range(1, size.orders + 1)
    spread = timedelta(days=300) / size.orders

    def at(n: int) -> datetime:
        return START + spread * n

    copy(
        Order,
        (
            {
                "id": n, "number": f"HP-{n:07d}", "channel": "web", "store_id": n % STORES + 1, "member_id": n % size.members + 1, "name": f"Customer {n}",
                "email": f"c{n}@bench.test", "placed_at": at(n), "total": _price(_goods(n, size)), "currency": "EUR",
                "payment_state": "unpaid" if n in waiting else "paid",
            }
            for n in everything
        ),
    )  # fmt: skip
    copy(
        OrderLine,
        (
            {
                "id": n, "order_id": n, "variant_id": _goods(n, size), "sku": f"B{_goods(n, size)}", "name": "Something", "words": "Pine, M", "quantity": 1,
                **dict.fromkeys(("list_price", "unit_price", "total"), _price(_goods(n, size))),
            }
            for n in everything
        ),
    )  # fmt: skip
    copy(Fulfilment, (_fulfilment(n, n in waiting, at(n)) for n in everything))
    copy(
        FulfilmentLine,
        (
            {
                "id": n,
                "fulfilment_id": n,
                "order_line_id": n,
                "variant_id": _goods(n, size),
                "quantity": 1,
                "picked": 0 if n in waiting else 1,
                "collected": 0 if n in waiting else 1,
            }
            for n in everything
        ),
    )
    collected = range(1, waiting.start)
    copy(Event, (_event(n, n, "order.placed", at(n), size) for n in everything))
    copy(Event, (_event(size.orders + n, n, "pickup.collected", at(n), size) for n in collected))
    copy(HandOver, ({"id": n, "fulfilment_id": n, "method": "qr", "at": at(n)} for n in collected))
    copy(Payment, ({"id": n, "order_id": n, "tender": "card", "amount": _price(_goods(n, size)), "store_id": n % STORES + 1, "at": at(n)} for n in collected))
    _tell((n, at(n)) for n in waiting if _state(n, waiting=True) == "ready")


def _event(event: int, n: int, kind: str, at: datetime, size: Size) -> dict[str, Any]:
    about = {"store_id": n % STORES + 1, "member_id": n % size.members + 1, "order_id": n, "subject": f"fulfilment:{n}"}
    return {"id": event, "at": at, "kind": kind, "channel": "web", **about}


def _tell(ready: Iterable[tuple[int, datetime]]) -> None:
    """Whoever's order is ready was told."""
    copy(
        Message,
        (
            {
                "id": n, "kind": "pickup_ready", "dedup_key": pickup.ready_key(n, at), "state": "sent", "available_at": at, "created_at": at, "order_id": n,
            }
            for n, at in ready
        ),
    )  # fmt: skip


def _state(n: int, *, waiting: bool) -> str:
    return ("placed", "placed", "picking", "ready")[n // STORES % 4] if waiting else "collected"


def _fulfilment(n: int, waiting: bool, at: datetime) -> dict[str, Any]:
    state = _state(n, waiting=waiting)
    return {
        "id": n, "order_id": n, "store_id": n % STORES + 1, "kind": "pickup", "state": state, "public_id": f"{n:010d}",
        "code_digest": pickup_codes.PURPOSE + f"{n:058d}", "due_at": at + timedelta(hours=2), "placed_at": at,
        "picking_at": at if state != "placed" else None, "ready_at": at if state in ("ready", "collected") else None,
        "collected_at": at if state == "collected" else None,
    }  # fmt: skip


def _points(size: Size) -> None:
    """A point for every full euro of what was collected, by the rule that a new database has; and as many entries from elsewhere as are wanted."""
    collected = range(1, _open_orders(size).start)

    def entry(n: int) -> dict[str, Any]:
        earned = {"points": _price(_goods(n, size)) // 100, "source": f"fulfilment:{n}"} if n in collected else {"points": 1, "source": f"seed:{n}"}
        return {"id": n, "member_id": n % size.members + 1, "kind": "earn", "channel": "web", "at": START, **earned}

    copy(PointsEntry, (entry(n) for n in range(1, max(size.entries, len(collected)) + 1)))
    with connection.cursor() as cursor:
        sums = "SELECT member_id, sum(points) AS total FROM loyalty_pointsentry GROUP BY 1"
        cursor.execute(f"UPDATE loyalty_member SET balance = sums.total FROM ({sums}) sums WHERE sums.member_id = id")


def _reset_sequences() -> None:
    """Later rows get ids after the copied ones."""
    for model in _models():
        with connection.cursor() as cursor:
            table, key = model._meta.db_table, model._meta.pk.column
            sequence, last = f"pg_get_serial_sequence('{table}', '{key}')", f"(SELECT max({key}) FROM {table})"
            cursor.execute(f"SELECT setval({sequence}, GREATEST({last}, 1)) WHERE {sequence} IS NOT NULL")


def _models() -> Iterator[type[models.Model]]:
    yield from (Category, Product, Variant, ShelfLabel, Store, OpeningHours, StockLevel, StockMovement, User, Assignment, Member)
    yield from (Order, OrderLine, Fulfilment, FulfilmentLine, HandOver, Payment, Event, Message, PointsEntry)
