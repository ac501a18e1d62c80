"""Proof that a refusal changed nothing: every business table before and after."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.apps import apps
from django.db import transaction

from omo.models import Event

ROOMS = ("omo", "stores", "loyalty", "orders")


def everything() -> dict[str, list[tuple]]:
    """Every row of every table of ours, by table."""
    models = [model for room in ROOMS for model in apps.get_app_config(room).get_models()]
    return {model._meta.db_table: list(model._base_manager.order_by("pk").values_list()) for model in models}


@contextmanager
def refused(because: type[Exception]) -> Iterator[pytest.ExceptionInfo]:
    """The block is refused with this exception, and no row of ours is another afterwards.

    The block runs in a transaction of its own, as an act does when no test is around it.
    """
    before = everything()
    with pytest.raises(because) as refusal, transaction.atomic():
        yield refusal
    after = everything()
    assert [table for table in before if before[table] != after[table]] == []


@contextmanager
def unchanged(*, noting: str = "") -> Iterator[None]:
    """The block succeeds and changes no row of ours, but for one event of the kind `noting`, which tells that something was refused."""
    before = everything()
    yield
    after = everything()
    if noting:
        newest = Event.objects.latest("pk")
        assert newest.kind == noting
        after["omo_event"] = after["omo_event"][:-1]
    assert [table for table in before if before[table] != after[table]] == []
