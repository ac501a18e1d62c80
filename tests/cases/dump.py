"""All business tables as they are, to compare before with after."""

from typing import Any

from django.apps import apps
from django.db.models import Model

LOGS = {
    "sessions.Session",
    "usersessions.UserSession",
    "omo.Event",
    "admin.LogEntry",
    "contenttypes.ContentType",
    "auth.Permission",
    "orders.ProviderEvent",
}
"""Sessions, the audit log, and the inbox of what providers told, which may grow by a refusal."""
COUNTERS = {"omo.User": {"last_login"}, "omo.MailedCode": {"tries"}}
"""Columns that count tries or say when somebody signed in."""

Dump = dict[str, list[tuple[Any, ...]]]


def dump() -> Dump:
    """Every row of every business table, in order of its key."""
    return {model._meta.label: _rows(model) for model in apps.get_models() if model._meta.label not in LOGS}


def difference(before: Dump, after: Dump) -> dict[str, dict[str, list[tuple[Any, ...]]]]:
    """The rows that are gone and the rows that are new, table by table; nothing when nothing changed."""
    found = {}
    for label, rows in after.items():
        old, new = set(before[label]), set(rows)
        if old != new:
            found[label] = {"gone": sorted(old - new, key=repr), "new": sorted(new - old, key=repr)}
    return found


def _rows(model: type[Model]) -> list[tuple[Any, ...]]:
    columns = [field.attname for field in model._meta.concrete_fields if field.attname not in COUNTERS.get(model._meta.label, set())]
    return [tuple(map(str, row)) for row in model._base_manager.order_by("pk").values_list(*columns)]
