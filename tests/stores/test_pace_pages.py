"""Hours and pace: pausing, promising later and closing days, by the staff of a store; and what customers read of it."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from django.urls import reverse

from omo.models import Event
from stores.models import Closure, SpecialOpening, Store
from tests import factories
from tests.unchanged import unchanged

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def at_noon():
    """A Tuesday in November."""
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def store():
    return factories.store("harbour")


@pytest.fixture
def ana(client, store):
    """The browser's user works at the store."""
    person = factories.staff(store)
    client.force_login(person)
    return person


def press(client, name, **typed):
    return client.post(reverse(name, args=["harbour"]), typed)


def shows(client, name="pace") -> str:
    return client.get(reverse(name, args=["harbour"])).content.decode()


@pytest.mark.parametrize(
    ("typed", "until"),
    [
        ({"pause-span": "30"}, NOON + timedelta(minutes=30)),
        ({"pause-span": "60"}, NOON + timedelta(hours=1)),
        ({"pause-span": "day"}, datetime(2026, 11, 25, tzinfo=UTC)),
        ({"pause-span": "time", "pause-clock": "15:45"}, datetime(2026, 11, 24, 15, 45, tzinfo=UTC)),
    ],
)
def test_staff_pause_new_orders_with_a_reason_and_everybody_reads_it(client, store, ana, typed, until):
    press(client, "pause", **typed, **{"pause-reason": "Delivery at the door"})
    store.refresh_from_db()
    assert (store.paused_until, store.paused_reason) == (until, "Delivery at the door")
    event = Event.objects.get(kind="store.paused")
    assert (event.store, event.by, event.at) == (store, ana, NOON)
    assert event.data == {"until": until.astimezone(store.zone).isoformat(), "reason": "Delivery at the door"}
    assert "Paused until" in shows(client)
    assert "New orders are paused until" in shows(client, "queue")
    for page in (reverse("store", args=["harbour"]), reverse("stores")):
        text = client.get(page).content.decode()
        assert "takes no orders until" in text
        assert "Delivery at the door" in text


def test_a_pause_ends_by_itself(client, store, ana):
    press(client, "pause", **{"pause-span": "30"})
    with time_machine.travel(NOON + timedelta(minutes=30), tick=False):
        assert "Orders come in as usual" in shows(client)
        assert "paused" not in shows(client, "queue")
        assert "takes no orders" not in client.get(reverse("stores")).content.decode()


def test_staff_promise_later_for_a_while(client, store, ana):
    press(client, "slow_down", **{"busy-minutes": "30", "busy-span": "60", "busy-reason": "Saturday rush"})
    store.refresh_from_db()
    assert (store.busy_minutes, store.busy_until, store.busy_reason) == (30, NOON + timedelta(hours=1), "Saturday rush")
    assert "Promises 30 minutes later until" in shows(client)
    assert "Promises are 30 minutes later until" in shows(client, "queue")
    assert "Harbour is busy.</b> Saturday rush. Orders take 30 minutes longer until" in client.get(reverse("store", args=["harbour"])).content.decode()


def test_staff_resume_before_the_time_is_over(client, store, ana):
    press(client, "pause", **{"pause-span": "60", "pause-reason": "Delivery"})
    press(client, "slow_down", **{"busy-minutes": "15", "busy-span": "60", "busy-reason": "Rush"})
    store.refresh_from_db()
    assert (store.paused_reason, store.busy_reason) == ("Delivery", "Rush"), "each has its own words"
    press(client, "resume")
    store.refresh_from_db()
    assert (store.paused_until, store.paused_reason, store.busy_until, store.busy_reason) == (None, "", None, "")
    assert Event.objects.filter(kind="store.resumed").count() == 1
    press(client, "resume")
    assert Event.objects.filter(kind="store.resumed").count() == 1


@pytest.mark.parametrize(
    ("act", "typed", "reason"),
    [
        ("pause", {}, "Say how long."),
        ("pause", {"pause-span": "90"}, "not one of the available choices"),
        ("pause", {"pause-span": "time"}, "Give the time."),
        ("pause", {"pause-span": "time", "pause-clock": "12:00"}, "That time is over. Choose a later one of today."),
        ("pause", {"pause-span": "time", "pause-clock": "soon"}, "A time, such as 15:30."),
        ("pause", {"pause-span": "30", "pause-reason": "so " * 30}, "at most 80"),
        ("slow_down", {"busy-span": "30", "busy-minutes": "7"}, "not one of the available choices"),
        ("close_days", {"first_day": "2026-11-26", "last_day": "2026-11-27"}, "Customers want to know why"),
        ("close_days", {"first_day": "2026-11-27", "last_day": "2026-11-26", "reason": "x"}, "The last day is before the first."),
        ("close_days", {"first_day": "2026-11-20", "last_day": "2026-11-23", "reason": "x"}, "That day is over."),
        ("close_days", {"first_day": "tomorrow", "last_day": "2026-11-26", "reason": "x"}, "Enter a valid date."),
    ],
)
def test_what_cannot_be_is_refused_beside_the_field_and_nothing_is_changed(client, store, ana, act, typed, reason):
    with unchanged():
        answer = press(client, act, **typed)
    assert answer.status_code == 422
    assert reason in answer.content.decode()


def test_days_are_closed_and_opened_again(client, store, ana):
    press(client, "close_days", first_day="2026-11-26", last_day="2026-11-27", reason="Stocktaking")
    closure = Closure.objects.get()
    assert (closure.store, closure.first_day, closure.last_day, closure.reason) == (store, date(2026, 11, 26), date(2026, 11, 27), "Stocktaking")
    page = shows(client)
    assert "Thu 26 Nov" in page
    assert "Stocktaking" in page
    press(client, "open_again", closure=closure.pk)
    press(client, "open_again", closure=closure.pk)
    assert not Closure.objects.exists()
    assert list(Event.objects.filter(kind__startswith="store.days").order_by("id").values_list("kind", flat=True)) == ["store.days_closed", "store.days_opened"]


def test_a_closing_that_is_sent_twice_closes_once(client, store, ana):
    for _ in range(2):
        press(client, "close_days", first_day="2026-11-26", last_day="2026-11-27", reason="Stocktaking")
    assert Closure.objects.count() == 1
    assert Event.objects.filter(kind="store.days_closed").count() == 1


@pytest.mark.parametrize(("first", "last"), [("0001-01-01", "2026-11-25"), ("2026-11-26", "9999-12-31")])
def test_a_store_can_be_closed_since_ever_and_for_good(client, store, ana, first, last):
    press(client, "close_days", first_day=first, last_day=last, reason="Moving")
    assert Closure.objects.count() == 1
    assert "Moving" in shows(client)


def test_another_stores_closure_is_not_opened_here(client, store, ana):
    closure = Closure.objects.create(store=factories.store("station"), first_day=date(2026, 11, 26), last_day=date(2026, 11, 26), reason="Stocktaking")
    press(client, "open_again", closure=closure.pk)
    assert Closure.objects.get() == closure


def test_customers_read_of_closed_days_and_special_hours_ahead(client, store):
    Closure.objects.create(store=store, first_day=date(2026, 12, 25), last_day=date(2026, 12, 26), reason="Christmas")
    Closure.objects.create(store=store, first_day=date(2026, 11, 1), last_day=date(2026, 11, 2), reason="Long ago")
    SpecialOpening.objects.create(store=store, day=date(2026, 12, 24), opens=time(8), closes=time(13), reason="Christmas Eve")
    text = client.get(reverse("store", args=["harbour"])).content.decode()
    assert "Closed ahead" in text
    assert "Fri 25 Dec" in text
    assert "Sat 26 Dec" in text
    assert "Christmas Eve" in text
    assert "<time>08:00–13:00</time>" in text
    assert "Long ago" not in text


def test_a_store_that_is_closed_today_says_why_and_when_it_opens_next(client, store):
    Closure.objects.create(store=store, first_day=date(2026, 11, 24), last_day=date(2026, 11, 24), reason="Stocktaking")
    for page in (reverse("store", args=["harbour"]), reverse("stores")):
        text = client.get(page).content.decode()
        assert "Stocktaking" in text
        assert "opens tomorrow" in text
    assert Store.objects.get().paused_until is None
