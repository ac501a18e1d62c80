"""Pages of long lists, without counting a large table."""

from typing import Any

from django.core.paginator import Paginator
from django.db import connections
from django.utils.functional import cached_property

MOST = 5_000


class OfficePaginator(Paginator):
    """Counts up to MOST rows. A longer list says 'more than 5,000', or about how many if PostgreSQL knows; its first MOST rows can be paged through."""

    @cached_property
    def count(self) -> int:
        """How many rows: exact up to MOST, else an estimate above it."""
        estimate = self._estimate()
        return estimate if estimate > MOST else self._counted

    @cached_property
    def num_pages(self) -> int:
        """How many pages can be opened: deep ones would be slow, and searching is quicker than paging."""
        return max(1, -(-min(self.count, MOST) // self.per_page))

    @property
    def words(self) -> str:
        """The count as people read it: '12', 'more than 5,000' or 'about 43,180'."""
        if self.count <= MOST:
            return f"{self.count:,}"
        return f"about {self.count:,}" if self._estimate() > MOST else f"more than {MOST:,}"

    @cached_property
    def _counted(self) -> int:
        rows: Any = self.object_list
        return rows.order_by()[: MOST + 1].count() if hasattr(rows, "query") else len(rows)

    def _estimate(self) -> int:
        """PostgreSQL's own estimate of the table's rows, for a list without a filter; 0 if there is none."""
        rows: Any = self.object_list
        connection = connections[rows.db] if hasattr(rows, "query") else None
        if connection is None or connection.vendor != "postgresql" or rows.query.where or rows.query.distinct or rows.query.is_empty():
            return 0
        return self._known_rows(connection, rows.model._meta.db_table)

    def _known_rows(self, connection: Any, table: str) -> int:
        if not hasattr(self, "_rows"):
            with connection.cursor() as cursor:
                cursor.execute("SELECT reltuples::bigint FROM pg_class WHERE oid = %s::regclass", [connection.ops.quote_name(table)])
                self._rows = cursor.fetchone()[0]
        return self._rows
