"""Pickups for which the store is not open any more: listed for the staff of the store, moved with one press, and the customer is told."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.core import mail
from django.urls import reverse

from omo import invariants, needs, outbox
from omo.models import Event, Message
from orders import closures, pickup
from orders.models import Fulfilment, Promise
from stores import closed_days, hours, slots
from stores.models import SlotBooking, SlotLoad, Store
from tests import factories
from tests.factories import NOON
from tests.unchanged import refused, unchanged

pytestmark = pytest.mark.django_db
WEDNESDAY_TEN, THURSDAY_NINE = datetime(2026, 11, 25, 10, tzinfo=UTC), datetime(2026, 11, 26, 9, tzinfo=UTC)


@pytest.fixture
def store() -> Store:
    return factories.store("harbour")


@pytest.fixture
def ana(store):
    return factories.staff(store)


def booked(store: Store, slot: datetime = WEDNESDAY_TEN) -> Fulfilment:
    """A pickup for that window."""
    placed = factories.order(store, (factories.stocked(store), 1), slot=slot.isoformat())
    return factories.pickup_of(placed)


def close(store: Store, ana, first: date = date(2026, 11, 25), last: date = date(2026, 11, 25)):
    return closed_days.close_days(store, first_day=first, last_day=last, reason="Stocktaking", by=ana, at=NOON)


def outside(store: Store) -> int:
    """How many bookings are for times at which the store is not open."""
    return closed_days.booked_outside(store, hours.calendar_of(store), at=NOON)


def test_the_pickups_of_the_closed_days_are_stranded_and_no_others(store, ana):
    wednesday, thursday = booked(store), booked(store, THURSDAY_NINE)
    station = factories.store("station")
    booked(station)
    close(store, ana)
    found = closures.stranded([store, station], at=NOON)
    assert [(one.pickup, one.closure.reason) for one in found] == [(wednesday, "Stocktaking")]
    assert outside(store) == 1
    assert factories.pickup_of(thursday.order).due_at == THURSDAY_NINE


def test_days_are_the_stores():
    """23:00 of a Wednesday in New York is Thursday 04:00 in UTC."""
    store = factories.store("harbour", time_zone="America/New_York")
    store.opening_hours.update(opens="20:00", closes="23:30")
    late = booked(store, datetime(2026, 11, 26, 4, tzinfo=UTC))
    close(store, None, date(2026, 11, 26), date(2026, 11, 26))
    assert closures.stranded([store], at=NOON) == []
    close(store, None)
    assert [one.pickup for one in closures.stranded([store], at=NOON)] == [late]


def test_a_pickup_is_moved_to_the_next_window_and_the_customer_is_told(store, ana):
    stranded = booked(store)
    close(store, ana)
    slot = closures.move(stranded, by=ana, at=NOON)
    moved = factories.pickup_of(stranded.order)
    assert (moved.due_at, moved.window_ends, moved.held_until) == (THURSDAY_NINE, THURSDAY_NINE + timedelta(minutes=30), None)
    assert slot.starts_at == THURSDAY_NINE
    assert dict(SlotLoad.objects.values_list("starts_at", "booked")) == {WEDNESDAY_TEN: 0, THURSDAY_NINE: 1}
    assert SlotBooking.objects.get(released_at=None).starts_at == THURSDAY_NINE
    event = Event.objects.get(kind="pickup.moved")
    assert (event.by, event.store, event.order, event.subject) == (ana, store, stranded.order, f"fulfilment:{stranded.pk}")
    assert event.data == {"from": WEDNESDAY_TEN.isoformat(), "to": THURSDAY_NINE.isoformat()}
    message = Message.objects.get(kind="pickup_moved")
    assert message.payload == {"fulfilment": stranded.pk, "due_at": THURSDAY_NINE.isoformat()}
    assert closures.stranded([store], at=NOON) == []
    assert list(invariants.violations()) == []


def test_full_windows_are_passed_over(store, ana):
    Store.objects.update(slot_capacity=1)
    stranded, _ = booked(store), booked(store, THURSDAY_NINE)
    close(store, ana)
    assert closures.move(stranded, by=ana, at=NOON).starts_at == THURSDAY_NINE + timedelta(minutes=30)


def test_a_long_closure_moves_farther_than_customers_could_choose(store, ana):
    stranded = booked(store)
    close(store, ana, last=date(2026, 12, 31))
    assert closures.move(stranded, by=ana, at=NOON).starts_at == datetime(2027, 1, 1, 9, tzinfo=UTC)


def test_goods_that_are_ready_wait_longer_when_they_are_moved(store, ana):
    stranded = booked(store)
    factories.ready(stranded.order, ana)
    close(store, ana)
    closures.move(stranded, by=ana, at=NOON)
    assert factories.pickup_of(stranded.order).held_until == datetime(2026, 11, 29, 19, tzinfo=UTC)


def test_who_comes_early_leaves_the_place_to_somebody_else(store, ana):
    early = booked(store)
    factories.collected(early.order, ana)
    assert SlotLoad.objects.get(starts_at=WEDNESDAY_TEN).booked == 0
    assert SlotBooking.objects.get().released_at == NOON
    close(store, ana)
    assert outside(store) == 0


def test_what_is_on_no_closed_day_or_over_is_not_moved(store, ana):
    fine, gone = booked(store, THURSDAY_NINE), booked(store)
    factories.collected(gone.order, ana)
    close(store, ana)
    for one in (fine, gone):
        with refused(closures.NotStranded):
            closures.move(one, by=ana, at=NOON)


def test_moving_twice_moves_once(store, ana):
    stranded = booked(store)
    close(store, ana)
    closures.move(stranded, by=ana, at=NOON)
    with refused(closures.NotStranded):
        closures.move(stranded, by=ana, at=NOON)
    assert Message.objects.filter(kind="pickup_moved").count() == 1


def test_without_another_window_nothing_is_changed(store, ana):
    stranded = booked(store)
    close(store, ana)
    store.opening_hours.all().delete()
    with refused(closures.NoWindow):
        closures.move(stranded, by=ana, at=NOON)


def test_the_mail_names_the_new_window_and_is_withdrawn_once_it_is_not_true(store, ana):
    stranded = booked(store)
    closure = close(store, ana)
    closures.move(stranded, by=ana, at=NOON)
    outbox.deliver(outbox.claim(at=NOON))  # the order's own
    outbox.deliver(outbox.claim(at=NOON))
    letter = mail.outbox[-1]
    assert "Harbour is closed then, collect it Thursday 26 November, 09:00" in letter.subject
    assert "Thursday 26 November, 09:00–09:30" in letter.body
    assert "You have paid nothing yet." in letter.body
    close(store, ana, date(2026, 11, 26), date(2026, 11, 26))
    closures.move(stranded, by=ana, at=NOON)
    Fulfilment.objects.update(due_at=WEDNESDAY_TEN)
    outbox.deliver(outbox.claim(at=NOON))
    assert Message.objects.filter(kind="pickup_moved").order_by("id").last().state == Message.State.WITHDRAWN
    assert closure.reason == "Stocktaking"


def test_the_former_promise_is_broken_by_the_closure_and_a_new_one_is_made(store, ana):
    stranded = booked(store)
    close(store, ana)
    closures.move(stranded, by=ana, at=NOON)
    made = list(Promise.objects.filter(fulfilment=stranded).order_by("id"))
    assert [one.ready_by for one in made] == [WEDNESDAY_TEN, THURSDAY_NINE]
    assert made[0].outcome.cause == "closed"


# Pages


@pytest.fixture
def at_noon():
    with time_machine.travel(NOON, tick=False):
        yield


def test_closing_days_leads_to_what_is_booked_on_them_with_one_action_each(client, at_noon, store, ana):
    stranded = booked(store)
    client.force_login(ana)
    answer = client.post(reverse("close_days", args=["harbour"]), {"first_day": "2026-11-25", "last_day": "2026-11-25", "reason": "Stocktaking"}, follow=True)
    text = answer.content.decode()
    assert answer.redirect_chain[-1][0] == reverse("closed_days", args=["harbour"])
    assert "1 pickup is booked while the store is not open" in text
    assert stranded.order.number in text
    assert text.count("Closed: Stocktaking") == 1
    answer = client.post(reverse("move_pickup", args=["harbour", stranded.order.number]), follow=True)
    assert "The customer is told." in answer.content.decode()
    assert factories.pickup_of(stranded.order).due_at == THURSDAY_NINE
    with unchanged():
        answer = client.post(reverse("move_pickup", args=["harbour", stranded.order.number]), follow=True)
    assert "needs no other window: Harbour is open then. Nothing was changed." in answer.content.decode()


def test_what_nobody_can_move_says_why_and_stays(client, at_noon, store, ana):
    stranded = booked(store)
    close(store, ana)
    store.opening_hours.all().delete()
    client.force_login(ana)
    assert "No window later on" in client.get(reverse("closed_days", args=["harbour"])).content.decode()
    answer = client.post(reverse("move_pickup", args=["harbour", stranded.order.number]), follow=True)
    assert "It is not known when Harbour opens again" in answer.content.decode()


def test_a_window_that_is_taken_meanwhile_is_tried_again_by_a_second_press(client, at_noon, store, ana, monkeypatch):
    stranded = booked(store)
    close(store, ana)
    client.force_login(ana)

    def taken(*args, **kwargs):
        raise slots.SlotFull

    monkeypatch.setattr("stores.slots.move", taken)
    answer = client.post(reverse("move_pickup", args=["harbour", stranded.order.number]), follow=True)
    assert "Move it again." in answer.content.decode()
    assert factories.pickup_of(stranded.order).due_at == WEDNESDAY_TEN


def test_another_stores_pickup_does_not_exist_here(client, at_noon, store, ana):
    station = factories.store("station")
    theirs = booked(station)
    client.force_login(ana)
    assert client.post(reverse("move_pickup", args=["harbour", theirs.order.number])).status_code == 404


def test_head_office_is_told_of_pickups_on_closed_days(at_noon, store, ana):
    booked(store), booked(store, WEDNESDAY_TEN + timedelta(hours=1))
    assert [need for need in needs.needs(at=NOON) if "is not open" in need.words] == []
    close(store, ana)
    found = [need for need in needs.needs(at=NOON) if "is not open" in need.words]
    assert [(need.words, need.count, need.url, need.tone) for need in found] == [
        ("pickups are booked while Harbour is not open", 2, reverse("closed_days", args=["harbour"]), "stop")
    ]


def test_the_queue_and_the_slip_show_the_window(client, at_noon, store, ana):
    stranded = booked(store)
    client.force_login(ana)
    assert "· 10:00–10:30" in client.get(reverse("queue", args=["harbour"])).content.decode()
    assert "due Wed 25 Nov, 10:00–10:30" in client.get(reverse("slip", args=["harbour", stranded.order.number])).content.decode()
    assert pickup.undo_seconds(stranded, at=NOON) == 0


def test_the_customers_page_follows_a_move(client, at_noon, store, ana):
    stranded = booked(store)
    session = client.session
    session["orders"] = [stranded.order.number]
    session.save()
    url = reverse("order_live", args=[stranded.order.number])
    seen = client.get(reverse("order", args=[stranded.order.number])).context["version"]
    assert client.get(url, {"v": seen}).status_code == 204
    close(store, ana)
    closures.move(stranded, by=ana, at=NOON)
    answer = client.get(url, {"v": seen})
    assert answer.status_code == 200
    text = answer.content.decode()
    assert "Thu 26 Nov" in text
    assert "Your pickup was moved, and we are sorry." in text
    assert "Harbour is closed at the time that we promised first: tomorrow" in text
