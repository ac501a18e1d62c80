"""The windows that customers can choose: acceptance scenarios P-12 to P-15, closures, pace, and days on which the clocks change."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from stores import hours, slots
from stores.hours import Calendar, Closed, Weekly
from stores.models import Store
from tests.stores.calendars import DUBLIN, NEW_YORK, dublin, week

MONDAY = datetime(2024, 3, 25, 10, tzinfo=UTC)  # in Dublin as in UTC
DAILY = week(*((day, 10, 15) for day in range(7)))
NIGHTLY = week(*((day, 0, 6) for day in range(7)))


def store(**fields) -> Store:
    """A store that needs half an hour, with windows of half an hour."""
    return Store(**{"time_zone": "Europe/Dublin", "lead_minutes": 30, **fields})


def clocks(place: Store, at: datetime, calendar: Calendar = DAILY, **more) -> dict[date, list[str]]:
    """When the offered windows begin, as the store's clock shows it, by day."""
    found = slots.by_day(slots.offered(place, calendar, at=at, **more), calendar)
    return {day: [f"{slot.starts_at.astimezone(calendar.zone):%H:%M}" for slot in windows] for day, windows in found}


def soon(place: Store, at: datetime, calendar: Calendar = DAILY, **more) -> datetime | None:
    """When 'as soon as possible' is, if it is offered."""
    slot = slots.as_soon_as_possible(place, calendar, at=at, **more)
    return slot and slot.starts_at


# What is offered


def test_windows_begin_when_the_goods_are_ready_and_end_at_closing_time():
    """P-12: hours 10:00–15:00, lead 30, spacing 30, Monday 10:00 → nine windows from 10:30, Tuesday ten from 10:00 to 14:30."""
    days = clocks(store(), MONDAY)
    assert days[date(2024, 3, 25)] == ["10:30", "11:00", "11:30", "12:00", "12:30", "13:00", "13:30", "14:00", "14:30"]
    assert days[date(2024, 3, 26)] == ["10:00", "10:30", "11:00", "11:30", "12:00", "12:30", "13:00", "13:30", "14:00", "14:30"]


def test_a_longer_lead_time_offers_later_windows():
    """P-13: lead 60 → Monday eight windows from 11:00."""
    monday = clocks(store(lead_minutes=60), MONDAY)[date(2024, 3, 25)]
    assert (len(monday), monday[0]) == (8, "11:00")


def test_closer_windows_are_more_and_the_last_one_ends_at_closing_time():
    """P-13: spacing 15 → Tuesday twenty windows, the last at 14:45."""
    place = store(slot_spacing=15)
    tuesday = clocks(place, MONDAY)[date(2024, 3, 26)]
    assert (len(tuesday), tuesday[-1]) == (20, "14:45")
    last = [slot for slot in slots.offered(place, DAILY, at=MONDAY) if DAILY.day_of(slot.starts_at) == date(2024, 3, 26)][-1]
    assert last.ends_at == datetime(2024, 3, 26, 15, tzinfo=UTC)


def test_a_lead_time_longer_than_the_day_offers_the_next_day_first():
    """P-13: lead 360 → Monday none, the first date is Tuesday; it counts opening minutes, so Tuesday begins at 11:00."""
    days = clocks(store(lead_minutes=360), MONDAY)
    assert next(iter(days)) == date(2024, 3, 26)
    assert days[date(2024, 3, 26)][0] == "11:00"


def test_on_a_closed_weekday_the_next_open_day_is_first():
    """P-13: Sunday closed and now Sunday 10:00 → the first date is Monday."""
    open_days = week(*((day, 10, 15) for day in range(6)))
    days = clocks(store(), MONDAY - timedelta(days=1), open_days)
    assert next(iter(days)) == date(2024, 3, 25)
    assert days[date(2024, 3, 25)][0] == "10:30"


def test_as_soon_as_possible_needs_the_store_to_be_open_when_the_goods_are_ready():
    """P-14: now + lead equals closing time exactly → not offered; one minute earlier it is."""
    assert soon(store(), MONDAY.replace(hour=14, minute=30)) is None
    assert soon(store(), MONDAY.replace(hour=14, minute=29)) == MONDAY.replace(hour=14, minute=59)
    slot = slots.as_soon_as_possible(store(), DAILY, at=MONDAY.replace(hour=14, minute=29))
    assert (slot.ends_at, slot.slot_starts_at, slot.value) == (MONDAY.replace(hour=15), MONDAY.replace(hour=14, minute=30), "asap@2024-03-25T14:59:00+00:00")


def test_days_and_clocks_are_the_stores():
    """P-15: a New York store 10:00–15:00 at 2024-03-26T03:00Z (Monday 23:00 there) → no window on that Monday, and New York's clock."""
    calendar = week(*((day, 10, 15) for day in range(7)), zone=NEW_YORK)
    days = clocks(store(time_zone="America/New_York"), datetime(2024, 3, 26, 3, tzinfo=UTC), calendar)
    assert date(2024, 3, 25) not in days
    assert days[date(2024, 3, 26)] == ["10:30", "11:00", "11:30", "12:00", "12:30", "13:00", "13:30", "14:00", "14:30"]
    first = slots.offered(store(time_zone="America/New_York"), calendar, at=datetime(2024, 3, 26, 3, tzinfo=UTC))[0]
    assert first.starts_at == datetime(2024, 3, 26, 14, 30, tzinfo=UTC)


@pytest.mark.parametrize(("days", "last"), [(1, date(2024, 3, 25)), (2, date(2024, 3, 26)), (7, date(2024, 3, 31))])
def test_windows_are_offered_for_so_many_days_today_being_the_first(days, last):
    assert list(clocks(store(window_days=days), MONDAY))[-1] == last


def test_the_lunch_break_and_closed_days_have_no_windows():
    split = replace(week((0, 10, 12), (0, 13, 14), (1, 10, 11)), closures=(Closed(date(2024, 3, 26), date(2024, 3, 27), "Stocktaking"),))
    assert clocks(store(), MONDAY, split) == {date(2024, 3, 25): ["10:30", "11:00", "11:30", "13:00", "13:30"]}


def test_a_night_is_offered_on_the_days_that_its_windows_begin_on():
    bar = week((0, 23, 1))
    assert clocks(store(), MONDAY, bar) == {date(2024, 3, 25): ["23:30"], date(2024, 3, 26): ["00:00", "00:30"]}


def test_an_order_after_the_cut_off_is_ready_the_next_day():
    place = store(cut_off=time(12))
    assert soon(place, MONDAY.replace(hour=12)) == MONDAY.replace(hour=12, minute=30)
    assert soon(place, MONDAY.replace(hour=12, minute=1)) == MONDAY + timedelta(days=1, minutes=30)


def test_a_busy_store_promises_later_until_it_is_not_busy_any_more():
    place = store(busy_until=MONDAY + timedelta(minutes=10), busy_minutes=15)
    assert soon(place, MONDAY) == MONDAY + timedelta(minutes=45)
    assert clocks(place, MONDAY)[date(2024, 3, 25)][0] == "11:00"
    assert soon(place, MONDAY + timedelta(minutes=10)) == MONDAY + timedelta(minutes=40)


def test_a_paused_store_offers_nothing_until_the_pause_ends_by_itself():
    place = store(paused_until=MONDAY + timedelta(minutes=30))
    assert (soon(place, MONDAY), clocks(place, MONDAY)) == (None, {})
    with pytest.raises(slots.SlotGone) as refusal:
        slots.choose(place, DAILY, slots.FIRST, at=MONDAY)
    assert refusal.value.reason == slots.PAUSED
    assert soon(place, MONDAY + timedelta(minutes=30)) == MONDAY + timedelta(minutes=60)


def test_a_store_of_unknown_hours_promises_nothing_for_a_closed_day():
    closed = Calendar(DUBLIN, closures=(Closed(date(2024, 3, 25), date(2024, 3, 25), "Stocktaking"),))
    assert slots.earliest(store(), closed, at=MONDAY) is None
    assert soon(store(), MONDAY + timedelta(days=1), closed) == MONDAY + timedelta(days=1, minutes=30)


def test_as_soon_as_possible_does_not_end_where_one_stretch_of_opening_joins_the_next():
    around = week(*((day, *hours) for day in range(7) for hours in ((0, 12), (12, 0))))
    slot = slots.as_soon_as_possible(store(), around, at=MONDAY.replace(hour=23, minute=20))
    assert (slot.starts_at, slot.ends_at) == (MONDAY.replace(hour=23, minute=50), MONDAY.replace(hour=0, minute=20) + timedelta(days=1))


def test_a_store_of_unknown_hours_is_ready_as_soon_as_possible_and_offers_no_windows():
    slot = slots.as_soon_as_possible(store(), Calendar(DUBLIN), at=MONDAY + timedelta(minutes=20))
    assert (slot.starts_at, slot.ends_at, slot.slot_starts_at) == (
        MONDAY + timedelta(minutes=50),
        MONDAY + timedelta(minutes=80),
        MONDAY + timedelta(minutes=30),
    )
    assert slots.offered(store(), Calendar(DUBLIN), at=MONDAY) == []


# Full slots


def test_a_full_slot_is_not_offered_to_anybody():
    place, taken = store(slot_capacity=2), {MONDAY + timedelta(minutes=30): 2, MONDAY + timedelta(minutes=60): 1}
    assert clocks(place, MONDAY, loads=taken)[date(2024, 3, 25)][:2] == ["11:00", "11:30"]
    assert soon(place, MONDAY + timedelta(minutes=10), loads=taken) is None  # 10:40 lies in the slot of 10:30
    assert slots.earliest(place, DAILY, at=MONDAY + timedelta(minutes=10), loads=taken).starts_at == MONDAY + timedelta(minutes=60)


def test_a_store_without_a_capacity_takes_as_many_as_come():
    assert soon(store(), MONDAY, loads={MONDAY + timedelta(minutes=30): 999}) == MONDAY + timedelta(minutes=30)


# What was chosen


def test_what_was_chosen_must_be_offered_now():
    chosen = slots.choose(store(), DAILY, "2024-03-26T10:00:00+00:00", at=MONDAY)
    assert (chosen.starts_at, chosen.ends_at) == (datetime(2024, 3, 26, 10, tzinfo=UTC), datetime(2024, 3, 26, 10, 30, tzinfo=UTC))


@pytest.mark.parametrize(
    "wish",
    [
        "2024-03-25T10:00:00+00:00",  # sooner than the goods are ready
        "2024-03-24T11:00:00+00:00",  # past
        "2024-03-26T10:10:00+00:00",  # not on the grid
        "2024-03-26T16:00:00+00:00",  # closed
        "2024-04-01T10:00:00+00:00",  # farther than can be chosen
        "2024-03-26T10:00:00",
        "2024-03-26T11:00:00+01:00",
        "tomorrow",
        "",
        "asap ",
    ],
)
def test_what_nobody_offered_is_gone(wish):
    with pytest.raises(slots.SlotGone) as refusal:
        slots.choose(store(), DAILY, wish, at=MONDAY)
    assert refusal.value.reason == slots.UNKNOWN


def test_a_store_that_stays_closed_has_no_first_window():
    closed = replace(DAILY, closures=(Closed(date(2024, 3, 25), date(2034, 3, 25), "Rebuilding"),))
    with pytest.raises(slots.SlotGone) as refusal:
        slots.choose(store(), closed, slots.FIRST, at=MONDAY)
    assert refusal.value.reason == slots.CLOSED


# Days on which the clocks change


@pytest.mark.parametrize(
    ("day", "starts"),
    [
        (date(2026, 3, 29), ["00:00", "00:30", "02:00", "02:30", "03:00", "03:30", "04:00", "04:30", "05:00", "05:30"]),
        (date(2026, 10, 25), ["00:00", "00:30", "01:00", "01:30", "01:00", "01:30", *(f"{hour:02}:{minute:02}" for hour in range(2, 6) for minute in (0, 30))]),
    ],
)
def test_in_dublin_no_window_is_missing_and_none_comes_twice_when_the_clocks_change(day, starts):
    place = store(lead_minutes=0, slot_minutes=30)
    midnight = hours.instant(day, time(0), DUBLIN)
    found = [slot for slot in slots.offered(place, NIGHTLY, at=midnight) if NIGHTLY.day_of(slot.starts_at) == day]
    assert [f"{slot.starts_at.astimezone(DUBLIN):%H:%M}" for slot in found] == starts
    assert [slot.starts_at for slot in found] == [midnight + timedelta(minutes=30 * number) for number in range(len(starts))]
    assert len({slot.value for slot in found}) == len(starts)
    assert all(slots.choose(place, NIGHTLY, slot.value, at=midnight) == slot for slot in found)


@pytest.mark.parametrize(("day", "count"), [(date(2026, 3, 8), 46), (date(2026, 11, 1), 50), (date(2026, 11, 2), 48)])
def test_in_new_york_a_whole_day_has_as_many_windows_as_half_hours(day, count):
    around = Calendar(NEW_YORK, tuple(Weekly(number, opens, closes) for number in range(7) for opens, closes in ((time(0), time(12)), (time(12), time(0)))))
    place = store(time_zone="America/New_York", lead_minutes=0, window_days=1)
    found = slots.offered(place, around, at=hours.instant(day, time(0), NEW_YORK))
    assert len({slot.starts_at for slot in found}) == len(found) == count
    assert [slot.ends_at for slot in found[:-1]] == [slot.starts_at for slot in found[1:]]


def test_a_lead_time_over_a_clock_change_counts_real_minutes():
    assert soon(store(lead_minutes=120), dublin(3, 29, 0), NIGHTLY) == dublin(3, 29, 3)
