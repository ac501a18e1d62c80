"""Who works where."""

import pytest
from django.contrib.auth.models import AnonymousUser

from stores import staff
from stores.models import Assignment, Store
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def stores() -> dict[str, Store]:
    """Two open stores and a closed one."""
    return {"harbour": factories.store(), "station": factories.store("station"), "old-mill": factories.store("old-mill", active=False)}


def test_staff_work_in_the_open_stores_they_are_assigned_to(stores):
    ana = factories.staff(stores["harbour"])
    Assignment.objects.create(user=ana, store=stores["old-mill"])
    assert staff.workplaces(ana) == [stores["harbour"]]


def test_head_office_works_in_every_open_store(stores):
    assert staff.workplaces(factories.head_office()) == [stores["harbour"], stores["station"]]


@pytest.mark.parametrize("who", [AnonymousUser, factories.user], ids=["nobody", "a customer"])
def test_customers_work_nowhere(stores, who):
    person = who()
    assert staff.workplaces(person) == []


@pytest.mark.parametrize("fields", [{}, {"is_staff": True}], ids=["staff", "head office"])
def test_who_has_left_works_nowhere_at_once(stores, fields):
    ana = factories.staff(stores["harbour"], **fields)
    ana.is_active = False
    ana.save()
    assert staff.workplaces(ana) == []


def test_an_ended_assignment_counts_at_once(stores):
    ana = factories.staff(stores["harbour"])
    ana.assignments.all().delete()
    assert staff.workplaces(ana) == []


def test_another_stores_orders_are_not_among_ones_own(stores):
    ana, bo = factories.staff(stores["harbour"]), factories.staff(stores["station"], name="Bo")
    assert list(Store.objects.for_actor(ana)) == [stores["harbour"]]
    assert list(Store.objects.for_actor(bo)) == [stores["station"]]
