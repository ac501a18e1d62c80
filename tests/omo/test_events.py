"""The event log, and that what is written once stays as it is: refused in Python and by the database."""

import pytest
from django.db import DatabaseError, connection, transaction

from loyalty.models import EarnRule, PointsEntry
from omo import events
from omo.models import Event
from omo.models.append_only import RowIsFinal
from orders.models import Payment
from stores.models import StockMovement
from tests import factories
from tests.factories import NOON
from tests.unchanged import refused, unchanged

pytestmark = pytest.mark.django_db
FINAL = [Event, StockMovement, PointsEntry, Payment]


@pytest.fixture
def facts():
    """One row or more of every append-only table: an order of a member, paid and collected."""
    EarnRule.objects.create(points=1, amount=100, valid_from=NOON)
    harbour, marta = factories.store(), factories.user()
    factories.member(user=marta, email=marta.email)
    placed = factories.order(harbour, (factories.stocked(harbour), 1), owner=marta)
    factories.collected(placed, factories.staff(harbour))


def test_an_event_says_what_happened_when_by_whom_and_about_what():
    harbour, ana = factories.store(), factories.user(name="Ana Costa")
    events.record("stock.counted", at=NOON, by=ana, store_id=harbour.pk, subject="count:7", data={"levels": 3})
    event = Event.objects.get()
    assert (event.kind, event.at, event.by, event.store, event.order, event.member) == ("stock.counted", NOON, ana, harbour, None, None)
    assert (event.subject, event.data, event.channel, str(event)) == ("count:7", {"levels": 3}, "", "stock.counted count:7")


@pytest.mark.parametrize("table", FINAL, ids=lambda model: model.__name__)
def test_python_edits_and_deletes_no_fact(facts, table):
    fact = table.objects.order_by("pk").first()
    for change in (
        fact.save,
        fact.delete,
        lambda: table.objects.update(at=NOON),
        table.objects.all().delete,
        lambda: table.objects.bulk_update([fact], ["at"]),
        lambda: table.objects.update_or_create(pk=fact.pk, defaults={"at": NOON}),
    ):
        with refused(RowIsFinal):
            change()


@pytest.mark.parametrize("table", FINAL, ids=lambda model: model.__name__)
def test_the_database_edits_no_fact(facts, table):
    with unchanged(), pytest.raises(DatabaseError, match="never edited"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table._meta.db_table} SET at = at")


@pytest.mark.postgresql
@pytest.mark.parametrize("table", FINAL, ids=lambda model: model.__name__)
def test_postgresql_deletes_no_fact(facts, table):
    with unchanged(), pytest.raises(DatabaseError, match="never edited or deleted"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table._meta.db_table}")
