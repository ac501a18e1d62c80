"""Stores of an import."""

from datetime import datetime
from typing import Any

from omo.models import User
from stores import gs1
from stores.catalogue_import.columns import Row
from stores.catalogue_import.report import Counts, Problems
from stores.models import Store

KEEP_WHEN_EMPTY = ("name", "time_zone", "pickup")


def check(file: str, rows: list[Row], problems: Problems) -> None:
    """A GLN has a right check digit."""
    for row in rows:
        if row.get("gln") and gs1.check_digit(row["gln"][:-1]) != row["gln"][-1]:
            problems.add(file, row.line, "invalid", column="gln", value=row["gln"], reason="Its check digit is wrong.")


def write(rows: list[Row], *, by: User | None, at: datetime) -> Counts:
    """Make or change the stores. A new store without a name is called after its code."""
    known = {store.code: store for store in Store.objects.all()}
    counts = Counts()
    for row in rows:
        values = {column: value for column, value in row.values.items() if column != "store" and (value or column not in KEEP_WHEN_EMPTY or value is False)}
        store = known.get(row["store"])
        if store is None:
            counts.added += 1
            _save(Store(code=row["store"], **{"name": f"Store {row['store']}", **values}), by, at)
        elif any(getattr(store, column) != value for column, value in values.items()):
            counts.changed += 1
            for column, value in values.items():
                setattr(store, column, value)
            _save(store, by, at)
        else:
            counts.unchanged += 1
    return counts


def _save(store: Any, by: User | None, at: datetime) -> None:
    """With its history in our time and name."""
    store._history_user, store._history_date = by, at
    store.save()
