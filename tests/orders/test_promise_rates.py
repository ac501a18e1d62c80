"""The rate: how many promises a store keeps, what broke the others, and what is not decided yet."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from omo import invariants
from orders import promises
from orders.models import PromiseOutcome
from stores.models import Closure, OpeningHours
from tests import factories
from tests.factories import NOON
from tests.orders.promising import TWO, after, collected

pytestmark = pytest.mark.django_db
Cause = PromiseOutcome.Cause


@pytest.fixture
def mug(harbour):
    return factories.stocked(harbour, 1000, price=1250)


def rate(*stores, since=NOON - timedelta(days=1), until=None, at=TWO + timedelta(days=9)):
    return promises.rate(stores, since=since, until=until, at=at)


@pytest.mark.slow
def test_of_a_hundred_orders_seven_late_and_three_short_ninety_were_kept(harbour, mug, ana):
    late, short = {8: 1, 21: 5, 34: 20, 47: 61, 60: 90, 73: 100, 99: 119}, {15, 16, 88}
    for number in range(1, 101):
        at = NOON + timedelta(minutes=number, days=number % 5)
        collected(harbour, ana, mug, minutes=late.get(number, -15), short=int(number in short), at=at)
    expected = [(True, "none")] * 100
    for number in late:
        expected[number - 1] = (False, "late")
    for number in short:
        expected[number - 1] = (False, "short")
    before = list(PromiseOutcome.objects.order_by("promise_id").values_list("kept", "cause"))
    assert before == expected
    assert list(PromiseOutcome.objects.filter(cause="late").order_by("promise_id").values_list("data__minutes_late", flat=True)) == list(late.values())
    _change_everything_that_it_was_made_of(harbour, mug)
    (found,) = rate(harbour)
    assert (found.percent, found.kept, found.failed, found.withdrawn, found.open, found.late) == (90, 90, 10, 0, 0, 0)
    assert {cause: count for cause, count in found.broken.items() if count} == {"late": 7, "short": 3}
    assert list(PromiseOutcome.objects.order_by("promise_id").values_list("kept", "cause")) == expected
    assert [one for one in invariants.violations() if "promise" in one["invariant"]] == []


def _change_everything_that_it_was_made_of(place, goods):
    OpeningHours.objects.filter(store=place).delete()
    Closure.objects.create(store=place, first_day=NOON.date(), last_day=date(2026, 12, 24), reason="Moved")
    place.lead_minutes, place.time_zone = 5, "Asia/Tokyo"
    place.save()
    goods.price = 1
    goods.save()


def test_the_rate_is_of_what_was_promised_for_the_period(harbour, mug, ana):
    for days, minutes in ((0, 5), (1, -5), (2, -5), (2, -5)):
        collected(harbour, ana, mug, minutes=minutes, at=NOON + timedelta(days=days))
    assert [(found.kept, found.failed, found.percent) for found in rate(harbour)] == [(3, 1, 75)]
    assert [(found.kept, found.failed, found.percent) for found in rate(harbour, since=after(1))] == [(3, 0, 100)]
    assert [(found.kept, found.failed, found.percent) for found in rate(harbour, until=TWO + timedelta(days=2))] == [(1, 1, 50)]
    assert [(found.kept, found.failed, found.percent) for found in rate(harbour, until=TWO)] == [(0, 0, None)]


def test_what_is_open_and_what_of_it_is_late_so_far(harbour, mug, ana):
    for _ in range(2):
        factories.order(harbour, (mug, 1))
    factories.ready(factories.order(harbour, (mug, 1)), ana, at=after(-20))
    factories.ready(factories.order(harbour, (mug, 1)), ana, at=after(3))
    seen = [(found.open, found.late, found.percent) for minutes in (-1, 0.9, 1, 10) for found in rate(harbour, at=after(minutes))]
    assert seen == [(4, 1, None), (4, 1, None), (4, 3, None), (4, 3, None)]


def test_what_the_customer_withdrew_counts_neither_way(harbour, mug, ana):
    collected(harbour, ana, mug)
    promises.settle(factories.pickup_of(factories.order(harbour, (mug, 1))), cause=Cause.WITHDRAWN, at=NOON)
    (found,) = rate(harbour)
    assert (found.percent, found.kept, found.failed, found.withdrawn) == (100, 1, 0, 1)


@pytest.mark.parametrize(
    ("kept", "failed", "percent"),
    [(0, 0, None), (1, 0, 100), (0, 1, 0), (2, 1, 67), (1, 2, 33), (1, 1, 50), (1, 7, 13), (1999, 1, 99), (1, 1999, 1), (199, 1, 99)],
)
def test_a_hundred_percent_means_all_of_them(kept, failed, percent):
    assert promises.Rate(None, kept, {"late": failed}, 0, 0, 0).percent == percent


def test_stores_are_counted_apart_and_together_in_as_many_statements_as_one(harbour, mug, ana):
    garden, empty = factories.store("garden-street"), factories.store("old-town")
    tom, bowl = factories.staff(garden), factories.stocked(garden, 50)
    collected(harbour, ana, mug)
    collected(garden, tom, bowl, minutes=4)
    collected(garden, tom, bowl, short=1)
    factories.order(garden, (bowl, 1))
    with CaptureQueriesContext(connection) as one:
        rate(harbour)
    with CaptureQueriesContext(connection) as counted:
        found = rate(harbour, garden, empty)
    assert len(counted) == len(one) == 2
    assert [(one.store, one.percent, one.open) for one in found] == [(harbour, 100, 0), (garden, 0, 1), (empty, None, 0)]
    everywhere = promises.together(found)
    assert (everywhere.percent, everywhere.kept, everywhere.failed, everywhere.broken["late"], everywhere.open) == (33, 1, 2, 1, 1)
    assert promises.together([]).percent is None
