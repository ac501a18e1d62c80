"""Rows that are written once: ledgers, movements and events. Corrections are new rows."""

from typing import Any

from django.db import models


class RowIsFinal(Exception):
    """Somebody tried to change or delete a row of an append-only table."""


class AppendOnlyQuerySet(models.QuerySet):
    """A queryset that reads and inserts, and refuses everything else. The database refuses it too (see migrations)."""

    def update(self, **kwargs: Any) -> int:
        """Refused. Raises RowIsFinal."""
        raise RowIsFinal(f"{self.model._meta.verbose_name_plural} are never edited")

    def delete(self) -> tuple[int, dict[str, int]]:
        """Refused. Raises RowIsFinal."""
        raise RowIsFinal(f"{self.model._meta.verbose_name_plural} are never deleted")


class AppendOnly(models.Model):
    """Base of every table whose rows are facts."""

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert the row. Raises RowIsFinal if it is in the table already."""
        if not self._state.adding:
            raise RowIsFinal(f"a {self._meta.verbose_name} is never edited")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Refused. Raises RowIsFinal."""
        raise RowIsFinal(f"a {self._meta.verbose_name} is never deleted")
