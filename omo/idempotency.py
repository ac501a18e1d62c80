"""One effect and one answer per key, however often a request is repeated."""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from omo.models import IdempotencyRecord


class KeyReused(Exception):
    """The key was used before, for a different request."""


def fingerprint(*parts: Any) -> str:
    """A digest by which a repeat of a request is told from another request under the same key."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def once(scope: str, key: str, *, request: str, at: datetime, act: Callable[[], Any], answer: Any = None) -> Any:
    """Run `act` once per (scope, key) and return its answer (JSON); a repeat gets the first answer without running it.

    `request` is the request's fingerprint. The answer is kept in act's own transaction, so a crash leaves neither; a second caller waits for the
    first on the unique index. Who knows beforehand what `act` will answer, such as a number drawn for it, gives `answer`: it is kept with the key,
    which saves a statement. Raises KeyReused for another request under the key, and whatever `act` raises (nothing is kept then).
    """
    with transaction.atomic(savepoint=False):
        if not _first(scope, key, request, at, answer):
            record = IdempotencyRecord.objects.select_for_update().get(scope=scope, key=key)
            if record.fingerprint != request:
                raise KeyReused(key)
            return record.answer
        given = act()
        if answer is None:
            IdempotencyRecord.objects.filter(scope=scope, key=key).update(answer=given)
        return given


def _first(scope: str, key: str, request: str, at: datetime, answer: Any) -> bool:
    """Whether this call is the first under the key; waits for a rival that is still running."""
    kept = None if answer is None else connection.ops.adapt_json_value(answer, None)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO omo_idempotencyrecord (scope, key, fingerprint, created_at, answer) VALUES (%s, %s, %s, %s, %s) ON CONFLICT (scope, key) DO NOTHING",
            [scope, key, request, connection.ops.adapt_datetimefield_value(at), kept],
        )
        return cursor.rowcount == 1


def forget(scope: str, *, before: datetime) -> int:
    """Forget the answers of a scope that were given before a moment; a repeat after that counts as a new request. Returns how many."""
    return IdempotencyRecord.objects.filter(scope=scope, created_at__lt=before).delete()[0]
