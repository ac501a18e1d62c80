"""Rows of several tables by one statement of our own, for what nearly every page reads: Django takes longer to make such a statement than to run it."""

from functools import cached_property
from typing import Any

from django.db import connection
from django.db.models import Model


class Joined:
    """A statement that reads a row of each of `models` at once; `tail` (FROM … WHERE … ORDER BY …) gives their tables these aliases."""

    def __init__(self, tail: str, **models: type[Model]) -> None:
        self._fields = [field for model in models.values() for field in model._meta.concrete_fields]
        columns = ", ".join(f"{alias}.{field.column}" for alias, model in models.items() for field in model._meta.concrete_fields)
        self._statement = f"SELECT {columns} {tail}"
        self._models = [(model, [field.attname for field in model._meta.concrete_fields]) for model in models.values()]

    def read(self, *values: Any) -> list[list[Any]]:
        """For each row a list of instances, None for a table in which an outer join found nothing."""
        with connection.cursor() as cursor:
            cursor.execute(self._statement, values)
            return [self._made(list(row)) for row in cursor.fetchall()]

    @cached_property
    def _converters(self) -> list[tuple[int, Any, Any]]:
        """What makes Python's values of the database's, and in which place: SQLite keeps moments as text and truth as numbers."""
        columns = [(place, field.get_col(field.model._meta.db_table)) for place, field in enumerate(self._fields)]
        return [(place, make, col) for place, col in columns for make in (*connection.ops.get_db_converters(col), *col.get_db_converters(connection))]

    def _made(self, row: list[Any]) -> list[Any]:
        for place, make, column in self._converters:
            row[place] = make(row[place], column, connection)
        made, begin = [], 0
        for model, names in self._models:
            end = begin + len(names)
            made.append(model.from_db(connection.alias, names, row[begin:end]) if any(value is not None for value in row[begin:end]) else None)
            begin = end
        return made
