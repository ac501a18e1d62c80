"""Sessions in the database, as Django keeps them, with one bare statement to read and one to write: nearly every page asks for its session."""

from typing import Any

from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseSession
from django.db import connection
from django.utils import timezone

READ = "SELECT session_data FROM django_session WHERE session_key = %s AND expire_date > %s"


class SessionStore(DatabaseSession):
    """Django's store. Making the statements took longer than running them, and one UPDATE needs no transaction around it."""

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
        if must_create or self.session_key is None:
            super().save(must_create)
            return
        fields = {"session_data": self.encode(dict(self.items())), "expire_date": self.get_expiry_date()}
        if not self.model.objects.filter(session_key=self.session_key).update(**fields):
            raise UpdateError
