"""Opening hours in the store's own time, also on the days when the clocks change."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from stores import hours
from stores.hours import Calendar, Weekly
from stores.models import OpeningHours
from tests import factories
from tests.stores.calendars import AUTUMN, DAILY, DUBLIN, NEW_YORK, NIGHTLY, SPRING, dublin, promised, week

# Open or not


@pytest.mark.parametrize(
    ("at", "closes"),
    [
        (dublin(11, 24, 8, 59), None),
        (dublin(11, 24, 9), dublin(11, 24, 19)),
        (dublin(11, 24, 18, 59), dublin(11, 24, 19)),
        (dublin(11, 24, 19), None),
        (dublin(6, 1, 9), dublin(6, 1, 19)),
    ],
)
def test_a_store_is_open_from_opening_until_just_before_closing(at, closes):
    assert hours.open_until(DAILY, at=at) == closes


def test_a_lunch_break_is_closed_and_the_afternoon_opens_next():
    split = week((1, 9, 13), (1, 14, 19))
    assert hours.open_until(split, at=dublin(11, 24, 12)) == dublin(11, 24, 13)
    assert hours.open_until(split, at=dublin(11, 24, 13, 30)) is None
    assert hours.next_opening(split, at=dublin(11, 24, 13, 30)) == dublin(11, 24, 14)
    assert hours.open_until(split, at=dublin(11, 24, 14)) == dublin(11, 24, 19)


def test_the_next_opening_is_looked_for_through_a_whole_week():
    tuesdays = week((1, 9, 19))
    assert hours.next_opening(tuesdays, at=dublin(11, 24, 8)) == dublin(11, 24, 9)
    assert hours.next_opening(tuesdays, at=dublin(11, 24, 9)) == dublin(12, 1, 9)
    assert hours.next_opening(Calendar(DUBLIN), at=dublin(11, 24, 9)) is None


def test_the_day_is_the_stores_not_the_servers():
    """23:00 on a Monday in New York is Tuesday 03:00 in UTC: the store is closed until Tuesday 10:00 of its own."""
    calendar, monday_night = week(*((day, 10, 15) for day in range(7)), zone=NEW_YORK), datetime(2024, 3, 26, 3, tzinfo=UTC)
    assert hours.open_until(calendar, at=monday_night) is None
    assert hours.next_opening(calendar, at=monday_night) == datetime(2024, 3, 26, 10, tzinfo=NEW_YORK)
    assert promised(30, monday_night, calendar) == datetime(2024, 3, 26, 10, 30, tzinfo=NEW_YORK)


# The promised moment


@pytest.mark.parametrize(
    ("minutes", "at", "ready"),
    [
        (120, dublin(11, 24, 12), dublin(11, 24, 14)),
        (120, dublin(11, 24, 17), dublin(11, 24, 19)),
        (120, dublin(11, 24, 17, 1), dublin(11, 25, 9, 1)),
        (120, dublin(11, 24, 20), dublin(11, 25, 11)),
        (120, dublin(11, 24, 3), dublin(11, 24, 11)),
        (0, dublin(11, 24, 12), dublin(11, 24, 12)),
        (0, dublin(11, 24, 20), dublin(11, 25, 9)),
        (25 * 60, dublin(11, 24, 9), dublin(11, 26, 14)),
    ],
)
def test_goods_are_promised_after_so_much_opening_time(minutes, at, ready):
    assert promised(minutes, at) == ready


def test_closed_days_are_passed_over():
    weekdays = week(*((day, 9, 19) for day in range(5)))
    assert promised(120, dublin(11, 27, 18), weekdays) == dublin(11, 30, 10)  # Friday 18:00 → Monday 10:00


def test_a_store_without_known_hours_counts_as_always_open():
    assert promised(120, dublin(11, 24, 23), Calendar(DUBLIN)) == dublin(11, 25, 1)


def test_opening_time_on_the_day_the_clocks_go_forward_misses_an_hour():
    midnight = SPRING.astimezone(UTC)
    assert promised(120, midnight, NIGHTLY) == dublin(3, 29, 3)  # 00:00, then 02:00 at once after 01:00
    assert promised(300, midnight, NIGHTLY) == dublin(3, 29, 6)
    assert promised(301, midnight, NIGHTLY) == dublin(3, 30, 0, 1)


def test_opening_time_on_the_day_the_clocks_go_back_has_an_hour_more():
    midnight = AUTUMN.astimezone(UTC)
    assert promised(60, midnight, NIGHTLY) == datetime(2026, 10, 25, 1, tzinfo=DUBLIN)
    assert promised(120, midnight, NIGHTLY) == datetime(2026, 10, 25, 1, fold=1, tzinfo=DUBLIN)
    assert promised(420, midnight, NIGHTLY) == dublin(10, 25, 6)
    assert promised(421, midnight, NIGHTLY) == dublin(10, 26, 0, 1)


@pytest.mark.parametrize(("placed", "ready"), [(dublin(3, 28, 18), dublin(3, 29, 10)), (dublin(10, 24, 18), dublin(10, 25, 10))])
def test_a_promise_over_the_night_of_a_clock_change_keeps_the_wall_clock(placed, ready):
    assert promised(120, placed) == ready


def test_hours_that_the_clock_jumps_over_begin_and_end_at_the_jump():
    """In Dublin 01:00 is followed by 02:00 on 29 March: 01:30 does not exist."""
    jump = datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert hours.instant(date(2026, 3, 29), time(1, 30), DUBLIN) == jump
    early, late = (OpeningHours(weekday=6, opens=time(0), closes=time(1, 30)), OpeningHours(weekday=6, opens=time(1, 30), closes=time(2, 15)))
    calendar = Calendar(DUBLIN, tuple(Weekly(row.weekday, row.opens, row.closes) for row in (early, late)))
    assert list(hours.intervals(calendar, after=SPRING.astimezone(UTC), days=1)) == [
        (datetime(2026, 3, 29, 0, tzinfo=UTC), jump),
        (jump, datetime(2026, 3, 29, 1, 15, tzinfo=UTC)),
    ]
    assert hours.instant(date(2026, 3, 8), time(2, 59, 59), NEW_YORK) == datetime(2026, 3, 8, 7, tzinfo=UTC)


def test_of_a_time_that_comes_twice_the_first_counts():
    """In Dublin 02:00 is followed by 01:00 on 25 October."""
    assert hours.instant(date(2026, 10, 25), time(1, 30), DUBLIN) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert hours.instant(date(2026, 11, 1), time(1, 30), NEW_YORK) == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "day", "length"),
    [
        (DUBLIN, date(2026, 3, 29), 23),
        (DUBLIN, date(2026, 10, 25), 25),
        (NEW_YORK, date(2026, 3, 8), 23),
        (NEW_YORK, date(2026, 11, 1), 25),
    ],
)
def test_a_store_that_is_open_all_day_is_open_for_as_long_as_the_day_lasts(zone, day, length):
    around = Calendar(zone, tuple(Weekly(number, opens, closes) for number in range(7) for opens, closes in ((time(0), time(12)), (time(12), time(0)))))
    midnight = hours.instant(day, time(0), zone)
    found = list(hours.intervals(around, after=midnight, days=1))
    assert [one.closes for one in found[:-1]] == [one.opens for one in found[1:]]
    assert found[-1].closes - found[0].opens == timedelta(hours=length)


# How long goods wait


@pytest.mark.parametrize(
    ("ready", "until"),
    [
        (dublin(11, 24, 12), dublin(11, 27, 19)),
        (dublin(11, 24, 19, 30), dublin(11, 27, 19)),
        (dublin(11, 24, 0, 30), dublin(11, 27, 19)),
        (dublin(3, 27, 12), dublin(3, 30, 19)),
        (dublin(10, 23, 12), dublin(10, 26, 19)),
        (dublin(3, 26, 12), dublin(3, 29, 19)),
        (dublin(10, 22, 12), dublin(10, 25, 19)),
    ],
)
def test_goods_wait_until_closing_time_of_the_last_day(ready, until):
    assert hours.held_until(DAILY, hold_days=3, ready=ready) == until


def test_goods_wait_until_the_last_closing_before_a_closed_last_day():
    weekdays = week(*((day, 9, 19) for day in range(5)))
    assert hours.held_until(weekdays, hold_days=3, ready=dublin(11, 26, 12)) == dublin(11, 27, 19)  # Thursday + 3 = Sunday → Friday


def test_goods_wait_the_whole_days_where_no_hours_are_known():
    ready = dublin(11, 24, 12)
    assert hours.held_until(Calendar(DUBLIN), hold_days=3, ready=ready) == ready + timedelta(days=3)


@pytest.mark.parametrize("hold_days", [0, 1, 3])
def test_goods_never_stop_waiting_before_the_store_has_opened_again(hold_days):
    """Whatever hour staff finish at, the customer has some opening time left to come."""
    weekdays = week(*((day, 9, 19) for day in range(5)))
    for ready in (dublin(11, day, hour, 5) for day in range(23, 30) for hour in (0, 8, 12, 18, 19, 23)):
        until = hours.held_until(weekdays, hold_days=hold_days, ready=ready)
        assert any(stretch.opens < until and stretch.closes > ready for stretch in hours.intervals(weekdays, after=ready)), ready


@pytest.mark.django_db
def test_an_order_gets_its_moment_from_its_stores_hours():
    harbour = factories.store()
    placed = factories.order(harbour, (factories.stocked(harbour), 1), at=dublin(11, 24, 18))
    assert factories.pickup_of(placed).due_at == dublin(11, 25, 10)


@pytest.mark.django_db
def test_a_lead_time_of_a_week_of_minutes_counts_opening_minutes_however_long_it_takes():
    """10,080 minutes are 168 hours; a store that opens 10 hours a day needs 16.8 days for them."""
    place = factories.store("slow")
    ready = hours.after_working(hours.calendar_of(place), minutes=10_080, at=datetime(2026, 11, 24, 9, 0, tzinfo=UTC))
    assert ready == datetime(2026, 12, 10, 17, 0, tzinfo=UTC)
