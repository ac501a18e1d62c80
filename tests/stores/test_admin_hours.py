"""Special openings, closures and pace on a store's page in admin."""

from datetime import UTC, date, datetime, time

import pytest
import time_machine
from django.urls import reverse

from stores.models import Closure, SpecialOpening, Store
from tests import factories
from tests.factories import NOON
from tests.office import errors, filled, url

pytestmark = pytest.mark.django_db
EVE = "2026-12-24"
ONE_CLOSURE = {"closures-TOTAL_FORMS": "1", "closures-0-first_day": "2026-11-26", "closures-0-last_day": "2026-11-27", "closures-0-reason": "Stocktaking"}


@pytest.fixture
def office(client):
    """The browser of somebody of head office with every right."""
    client.force_login(factories.head_office())
    with time_machine.travel(NOON, tick=False):
        yield client


@pytest.fixture
def store() -> Store:
    return factories.store()


def special(*rows: tuple[str, str, str]) -> dict[str, str]:
    """The form's fields for special openings of (day, opens, closes)."""
    typed = {"special_openings-TOTAL_FORMS": str(len(rows))}
    for number, (day, opens, closes) in enumerate(rows):
        typed |= {f"special_openings-{number}-{name}": value for name, value in (("day", day), ("opens", opens), ("closes", closes))}
    return typed


def test_a_store_gets_special_openings_and_closures(office, store):
    days = special(("2026-12-24", "08:00", "13:00"), ("2026-12-24", "20:00", "01:00"), ("2026-12-25", "01:00", "02:00"))
    assert filled(office, url(Store, "change", store.pk), **ONE_CLOSURE, **days).status_code == 302
    assert list(SpecialOpening.objects.values_list("day", "opens", "closes")) == [
        (date(2026, 12, 24), time(8), time(13)),
        (date(2026, 12, 24), time(20), time(1)),
        (date(2026, 12, 25), time(1), time(2)),
    ]
    assert Closure.objects.values_list("first_day", "last_day", "reason").get() == (date(2026, 11, 26), date(2026, 11, 27), "Stocktaking")


@pytest.mark.parametrize(
    ("typed", "refused"),
    [
        (special(("2026-12-24", "08:00", "08:00")), {"special_openings-0-closes": "Closing must be after opening."}),
        (
            special(("2026-12-24", "08:00", "13:00"), ("2026-12-24", "12:00", "14:00")),
            {"special_openings-1-opens": "This overlaps with 24 Dec 2026 08:00–13:00."},
        ),
        (
            special(("2026-12-25", "01:00", "05:00"), ("2026-12-24", "20:00", "02:00")),
            {"special_openings-0-opens": "This overlaps with 24 Dec 2026 20:00–02:00."},
        ),
        ({**ONE_CLOSURE, "closures-0-last_day": "2026-11-25"}, {"closures-0-last_day": "The last day is before the first."}),
        ({**ONE_CLOSURE, "closures-0-reason": ""}, {"closures-0-reason": "This field is required."}),
    ],
)
def test_days_that_are_wrong_are_refused_beside_the_field(office, store, typed, refused):
    answer = filled(office, url(Store, "change", store.pk), **typed)
    assert {field: words[0][: len(refused[field])] for field, words in errors(answer).items()} == refused
    assert not SpecialOpening.objects.exists()
    assert not Closure.objects.exists()


def test_pickups_on_the_days_of_a_new_closure_are_told_with_the_way_to_move_them(office, store):
    factories.order(store, (factories.stocked(store), 1), slot=datetime(2026, 11, 26, 10, tzinfo=UTC).isoformat())
    filled(office, url(Store, "change", store.pk), **ONE_CLOSURE)
    text = office.get(url(Store)).content.decode()
    assert f'1 pickup is booked while the store is not open. <a href="{reverse("closed_days", args=["harbour"])}">Move it</a>' in text


def test_pickups_that_shorter_hours_leave_outside_are_told_too(office, store):
    factories.order(store, (factories.stocked(store), 1), slot=datetime(2026, 11, 26, 18, 30, tzinfo=UTC).isoformat())
    thursday = store.opening_hours.get(weekday=3)
    hours = {"opening_hours-TOTAL_FORMS": "7", "opening_hours-INITIAL_FORMS": "7"}
    at = list(store.opening_hours.values_list("pk", flat=True)).index(thursday.pk)
    assert filled(office, url(Store, "change", store.pk), **hours, **{f"opening_hours-{at}-closes": "18:00"}).status_code == 302
    thursday.refresh_from_db()
    assert thursday.closes == time(18)
    assert "1 pickup is booked while the store is not open." in office.get(url(Store)).content.decode()


def test_the_pace_is_set_in_the_shops_time_and_capacity_may_be_blank(office, store):
    pause = {"paused_until_0": "2026-11-24", "paused_until_1": "15:00:00", "paused_reason": "Delivery", "slot_capacity": "4"}
    assert filled(office, url(Store, "change", store.pk), **pause).status_code == 302
    store.refresh_from_db()
    assert (store.paused_until, store.paused_reason, store.slot_capacity) == (datetime(2026, 11, 24, 15, tzinfo=UTC), "Delivery", 4)
    assert filled(office, url(Store, "change", store.pk), slot_capacity="").status_code == 302
    store.refresh_from_db()
    assert store.slot_capacity is None
