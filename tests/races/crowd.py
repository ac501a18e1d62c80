"""Many clients at once: real threads, each with a database connection of its own, that start at the same moment."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import connection

from omo import invariants


def at_once(*tasks: Callable[[], Any]) -> list[Any]:
    """Run every task in a thread of its own, all from the same moment; what each returned or raised, in the tasks' order."""
    barrier = threading.Barrier(len(tasks))

    def run(task: Callable[[], Any]) -> Any:
        try:
            _start(barrier)
            return task()
        except Exception as failure:
            return failure
        finally:
            connection.close()

    with ThreadPoolExecutor(len(tasks)) as pool:
        return list(pool.map(run, tasks))


def _start(barrier: threading.Barrier) -> None:
    """Wait for the others; who cannot start keeps nobody waiting. What fails later is that task's own: some may still be on their way out of here."""
    try:
        connection.ensure_connection()
        barrier.wait(timeout=30)
    except Exception:
        barrier.abort()
        raise


def in_step(clients: int, tasks: Sequence[Callable[[], Any]]) -> list[list[Any]]:
    """Every task is done by all clients at the same moment, task after task; for each task, what every client's call of it returned or raised."""
    together = threading.Barrier(clients)

    def one_client() -> list[Any]:
        outcomes: list[Any] = []
        for task in tasks:
            together.wait(timeout=60)
            try:
                outcomes.append(task())
            except Exception as failure:  # whatever it is: who left now would keep the others waiting at the next task
                outcomes.append(failure)
        return outcomes

    return [list(outcomes) for outcomes in zip(*at_once(*[one_client] * clients), strict=True)]


def unguarded(scope: str, key: str, *, request: str, at: datetime, act: Callable[[], Any], answer: Any = None) -> Any:
    """For negative controls: `idempotency.once` that has forgotten everything."""
    return act()


def kinds(outcomes: list[Any]) -> dict[str, int]:
    """How many outcomes there are of each type: `{'Order': 60, 'NotAvailable': 4}`."""
    return dict(Counter(type(outcome).__name__ for outcome in outcomes))


def sound() -> bool:
    """Whether every promise of the house holds now."""
    found = list(invariants.violations())
    assert found == [], found
    return True


@contextmanager
def constraints_off(*tables: str) -> Iterator[None]:
    """For a negative control: the CHECK and UNIQUE constraints of these tables are gone. Afterwards the tables are empty and held again."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE contype IN ('c', 'u') AND conrelid::regclass::text = ANY(%s)",
            [list(tables)],
        )
        held = cursor.fetchall()
        for table, name, _ in held:
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {', '.join(tables)} CASCADE")
            for table, name, definition in held:
                cursor.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')
