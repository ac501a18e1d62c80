"""Sessions in the database, as Django keeps them, with one bare statement to read and one to write: nearly every page asks for its session."""

from typing import Any

from django.contrib.sessions.backends.base import CreateError, UpdateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseSession
from django.db import connection
from django.utils import timezone

READ = "SELECT session_data FROM django_session WHERE session_key = %s AND expire_date > %s"
CREATE = "INSERT INTO django_session (session_data, expire_date, session_key) VALUES (%s, %s, %s) ON CONFLICT (session_key) DO NOTHING"
WRITE = "UPDATE django_session SET session_data = %s, expire_date = %s WHERE session_key = %s"


class SessionStore(DatabaseSession):
    """Django's store. Making the statements took longer than running them, and one of them needs no transaction around it."""

    def load(self) -> dict[str, Any]:
        """What the session holds; nothing, under a new key, if it is unknown or over."""
        with connection.cursor() as cursor:
            cursor.execute(READ, [self.session_key, connection.ops.adapt_datetimefield_value(timezone.now())])
            row = cursor.fetchone()
        if row is None:
            self._session_key = None
            return {}
        return self.decode(row[0])

    def save(self, must_create: bool = False) -> None:
        """Write it. Raises UpdateError if it has ended meanwhile, and CreateError for a key that is taken."""
        if self.session_key is None:
            return self.create()
        held = self.encode(self._get_session(no_load=must_create))  # type: ignore[attr-defined]
        with connection.cursor() as cursor:
            cursor.execute(CREATE if must_create else WRITE, [held, connection.ops.adapt_datetimefield_value(self.get_expiry_date()), self.session_key])
            if cursor.rowcount != 1:
                raise CreateError if must_create else UpdateError
