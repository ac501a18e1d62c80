"""The migration operation by which the database itself keeps append-only tables."""

from typing import Any

from django.db.migrations import RunPython

POSTGRESQL = """
CREATE OR REPLACE FUNCTION omo_row_is_final() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'rows of % are never edited or deleted', TG_TABLE_NAME; END $$;
CREATE TRIGGER {table}_final BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION omo_row_is_final();
"""
# SQLite has no TRUNCATE, by which the test runner empties tables on PostgreSQL; so there only edits are refused.
SQLITE = "CREATE TRIGGER {table}_final BEFORE UPDATE ON {table} BEGIN SELECT RAISE(ABORT, 'rows of {table} are never edited'); END;"


def keep_append_only(table: str) -> RunPython:
    """An operation after which UPDATE (and on PostgreSQL DELETE) on `table` fails."""
    return RunPython(*_both_ways(table))


def lift_append_only(table: str) -> RunPython:
    """The reverse, before a migration that changes `table`: on SQLite that makes the table anew, and the triggers of the old one are lost."""
    forwards, backwards = _both_ways(table)
    return RunPython(backwards, forwards)


def _both_ways(table: str) -> tuple[Any, Any]:

    def forwards(_apps: Any, schema_editor: Any) -> None:
        sql = POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(sql.format(table=table))

    def backwards(_apps: Any, schema_editor: Any) -> None:
        suffix = f" ON {table}" if schema_editor.connection.vendor == "postgresql" else ""
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(f"DROP TRIGGER {table}_final{suffix}")

    return forwards, backwards
