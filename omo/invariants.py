"""The registry of invariant checks: one module per app, named by string path."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from django.db import connection, transaction
from django.utils.module_loading import import_string

CHECKS = [
    "stores.invariants.violations",
    "loyalty.invariants.violations",
    "orders.invariants.violations",
    "orders.delivery_invariants.violations",
    "orders.cancel_invariants.violations",
    "orders.payment_invariants.violations",
    "orders.collecting_invariants.violations",
]


@dataclass(frozen=True)
class Violation:
    """A promise that does not hold: its name, the row, and the numbers that disagree."""

    invariant: str
    subject: str
    found: Any
    expected: Any


def violations() -> Iterator[dict[str, Any]]:
    """Every violation in the database, as plain dictionaries: all of one moment, so that a shop at work can be checked."""
    with _one_moment():
        for path in CHECKS:
            for violation in import_string(path)():
                yield asdict(violation)


@contextmanager
def _one_moment() -> Iterator[None]:
    """One snapshot, for as long as it takes. SQLite is not held for that long: its only writer would have to wait."""
    if connection.vendor != "postgresql":
        yield
        return
    inside = connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        if not inside:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SET LOCAL statement_timeout = 0")
        yield
