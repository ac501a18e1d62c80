"""Nights, closed days, special openings and cut-offs: when a store is open although or unless its week says otherwise."""

from dataclasses import replace
from datetime import date, time

import pytest

from stores import hours
from stores.hours import Calendar, Closed, Special
from stores.models import Closure, SpecialOpening, Store
from tests import factories
from tests.stores.calendars import DAILY, DUBLIN, dublin, promised, stretches, week

# Over midnight, closures and special openings


def test_hours_that_close_at_or_before_they_open_last_over_midnight():
    bar = week((4, 18, 2), (5, 18, 0))  # Friday to 02:00, Saturday to midnight
    assert stretches(bar, dublin(11, 27, 12), days=2) == [(dublin(11, 27, 18), dublin(11, 28, 2)), (dublin(11, 28, 18), dublin(11, 29, 0))]
    assert hours.open_until(bar, at=dublin(11, 28, 1, 59)) == dublin(11, 28, 2)
    assert hours.open_until(bar, at=dublin(11, 28, 2)) is None
    assert hours.open_until(bar, at=dublin(11, 28, 23, 59)) == dublin(11, 29, 0)
    assert promised(120, dublin(11, 28, 1), bar) == dublin(11, 28, 19)  # an hour of the night, an hour of the evening


def test_stretches_without_a_break_between_them_are_one_opening():
    assert hours.open_until(week((1, 9, 13), (1, 13, 19)), at=dublin(11, 24, 10)) == dublin(11, 24, 19)


def test_a_closed_day_has_no_opening_whatever_else_is_known_of_it():
    closed = Closed(date(2026, 11, 25), date(2026, 11, 26), "Stocktaking")
    calendar = replace(DAILY, closures=(closed,), specials=(Special(date(2026, 11, 25), time(8), time(22), "Late shopping"),))
    assert hours.open_until(calendar, at=dublin(11, 25, 12)) is None
    assert hours.next_opening(calendar, at=dublin(11, 24, 19)) == dublin(11, 27, 9)
    assert promised(120, dublin(11, 24, 18), calendar) == dublin(11, 27, 10)
    assert hours.held_until(calendar, hold_days=2, ready=dublin(11, 24, 12)) == dublin(11, 24, 19)  # Thursday is closed, too
    assert calendar.closure_on(date(2026, 11, 26)) == closed
    assert calendar.closure_on(date(2026, 11, 27)) is None


def test_special_hours_take_the_place_of_the_weekdays():
    special = (Special(date(2026, 11, 24), time(7), time(9), ""), Special(date(2026, 11, 24), time(20), time(1), "Late shopping"))
    calendar = replace(DAILY, specials=special)
    expected = [(dublin(11, 24, 7), dublin(11, 24, 9)), (dublin(11, 24, 20), dublin(11, 25, 1)), (dublin(11, 25, 9), dublin(11, 25, 19))]
    assert stretches(calendar, dublin(11, 24, 0), days=2) == expected
    assert promised(120, dublin(11, 24, 8), calendar) == dublin(11, 24, 21)


def test_a_store_that_opens_only_on_special_days_is_known_to_be_closed_on_others():
    market = Calendar(DUBLIN, specials=(Special(date(2026, 12, 5), time(10), time(16), "Market"),))
    assert promised(60, dublin(11, 24, 12), market) == dublin(12, 5, 11)
    assert hours.after_working(market, minutes=361, at=dublin(11, 24, 12)) is None


def test_a_night_ends_at_midnight_before_a_closed_day():
    calendar = replace(week((4, 18, 2)), closures=(Closed(date(2026, 11, 28), date(2026, 11, 28), "Stocktaking"),))
    assert stretches(calendar, dublin(11, 27, 12)) == [(dublin(11, 27, 18), dublin(11, 28, 0))]
    calendar = replace(week((4, 18, 2)), closures=(Closed(date(2026, 11, 27), date(2026, 11, 27), "Stocktaking"),))
    assert stretches(calendar, dublin(11, 27, 12), days=2) == []  # nobody opens at midnight what did not open that evening


def test_stretches_that_would_overlap_count_every_minute_once():
    calendar = replace(week((4, 22, 3)), specials=(Special(date(2026, 11, 28), time(0), time(6), ""),))
    assert stretches(calendar, dublin(11, 27, 20), days=2) == [(dublin(11, 27, 22), dublin(11, 28, 3)), (dublin(11, 28, 3), dublin(11, 28, 6))]


@pytest.mark.django_db
def test_a_stores_calendar_is_read_in_one_statement(django_assert_num_queries):
    place = factories.store()
    Closure.objects.create(store=place, first_day=date(2026, 12, 25), last_day=date(2026, 12, 26), reason='Christmas, "all" of it')
    SpecialOpening.objects.create(store=place, day=date(2026, 12, 24), opens=time(9), closes=time(13, 30))
    expected = Calendar(
        DUBLIN,
        DAILY.weekly,
        (Closed(date(2026, 12, 25), date(2026, 12, 26), 'Christmas, "all" of it'),),
        (Special(date(2026, 12, 24), time(9), time(13, 30), ""),),
    )
    with django_assert_num_queries(1):
        assert hours.calendar_of(place) == expected
    with django_assert_num_queries(1):
        assert [hours.calendar_of(one) for one in Store.objects.with_calendar()] == [expected]


# Cut-off


@pytest.mark.parametrize(
    ("at", "counted"),
    [
        (dublin(11, 24, 16), dublin(11, 24, 16)),
        (dublin(11, 24, 16, 1), dublin(11, 25, 9)),
        (dublin(11, 24, 23), dublin(11, 25, 9)),
        (dublin(11, 25, 0, 30), dublin(11, 25, 0, 30)),
    ],
)
def test_an_order_after_the_cut_off_counts_as_of_the_next_days_opening(at, counted):
    assert hours.counted_from(DAILY, time(16), at=at) == counted
    assert hours.counted_from(DAILY, None, at=at) == at


def test_a_lunch_break_after_the_cut_off_is_no_next_day():
    assert hours.counted_from(week((1, 9, 13), (1, 14, 19), (3, 10, 12)), time(12), at=dublin(11, 24, 12, 30)) == dublin(11, 26, 10)
