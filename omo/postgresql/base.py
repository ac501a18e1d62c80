"""The database backend that settings name for PostgreSQL."""

import select

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's, but whether a kept connection still lives is read off its socket.

    Django asks the server with a statement at the first query of every request, which is a fifth of what a page of the shop asks it.
    """

    def is_usable(self) -> bool:
        """Whether the server has left the connection open. An idle one has nothing to say: what can be read is its goodbye."""
        if self.connection is None or self.connection.closed:
            return False
        if self.in_atomic_block or self.errors_occurred:
            return super().is_usable()
        return not select.select([self.connection.fileno()], [], [], 0)[0]
