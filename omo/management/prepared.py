"""Commands that need a database which is where this code needs it."""

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import OperationalError


def lacks_migrations() -> bool:
    """Whether the database is empty or of an older code. Raises CommandError if it does not answer."""
    try:
        executor = MigrationExecutor(connection)
    except OperationalError as failure:
        raise CommandError(f"The database does not answer: {str(failure).strip()}\nCheck DATABASE_URL.") from failure
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


class PreparedCommand(BaseCommand):
    """Refuses a database that is not prepared, in one sentence instead of a table that is not there."""

    requires_migrations_checks = True

    def check_migrations(self) -> None:
        """Raises CommandError where Django would only print a notice."""
        if lacks_migrations():
            raise CommandError("The database is not prepared. Run `.venv/bin/python manage.py migrate`.")
