"""The pickup at its store, up to ready: each legal step, and every other one refused."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from omo.models import Event, Message
from orders import pickup
from orders.models import Fulfilment, FulfilmentLine
from orders.pickup import NotAllPicked, NotLegal, TooLateToUndo
from tests import factories
from tests.factories import NOON
from tests.unchanged import refused

pytestmark = pytest.mark.django_db
State = Fulfilment.State


def steps(world) -> list[str]:
    """The kinds of the order's events."""
    return list(Event.objects.filter(order=world.order).order_by("pk").values_list("kind", flat=True))


# The straight way


def test_picking_begins_and_the_picker_is_known(world):
    before = factories.queue_version(world.harbour.pk)
    pickup.start_picking(world.pickup, by=world.ana, at=NOON)
    now = world.pickup
    assert (now.state, now.picker, now.picking_at) == (State.PICKING, world.ana, NOON)
    event = Event.objects.get(kind="pickup.picking")
    assert (event.by, event.at, event.order, event.member, event.store) == (world.ana, NOON, world.order, world.card, world.harbour)
    assert (event.channel, event.subject) == ("web", f"fulfilment:{now.pk}")
    assert factories.queue_version(world.harbour.pk) == before + 1


def test_a_line_is_ticked_unticked_and_ticked_in_part(world):
    pickup.start_picking(world.pickup, by=world.ana, at=NOON)
    line = world.pickup.lines.first()
    for picked in (2, 0, 1):
        pickup.pick(line, picked=picked, by=world.ana, at=NOON)
        assert FulfilmentLine.objects.get(pk=line.pk).picked == line.picked == picked
    assert Event.objects.filter(kind="pickup.picked").latest("pk").data == {"line": line.pk, "picked": 1}


def test_no_more_is_picked_than_was_ordered(world):
    pickup.start_picking(world.pickup, by=world.ana, at=NOON)
    line = world.pickup.lines.first()
    with refused(NotLegal):
        pickup.pick(line, picked=3, by=world.ana, at=NOON)
    FulfilmentLine.objects.filter(pk=line.pk).update(short=1)
    with refused(NotLegal):
        pickup.pick(line, picked=2, by=world.ana, at=NOON)
    pickup.pick(line, picked=1, by=world.ana, at=NOON)


def test_ready_says_where_and_until_when_and_tells_the_customer_after_the_time_to_undo(picked, settings):
    settings.UNDO_SECONDS = 20
    pickup.mark_ready(picked.pickup, place="R-14", by=picked.ana, at=NOON)
    now = picked.pickup
    assert (now.state, now.ready_at, now.place) == (State.READY, NOON, "R-14")
    assert now.held_until == datetime(2026, 11, 27, 19, tzinfo=UTC)
    message = Message.objects.get(kind="pickup_ready")
    assert (message.order, message.available_at, message.state) == (picked.order, NOON + timedelta(seconds=25), "due")
    assert message.payload == {"fulfilment": now.pk, "ready_at": NOON.isoformat()}
    assert Event.objects.get(kind="pickup.ready").data == {"place": "R-14"}


def test_what_is_ready_long_before_its_window_waits_as_long_as_the_customer_was_promised(world):
    """Chosen for Sunday ten and held for three days: until Wednesday evening, however early it is picked."""
    sunday = datetime(2026, 11, 29, 10, tzinfo=UTC)
    placed = factories.order(world.harbour, (factories.stocked(world.harbour), 1), slot=sunday.isoformat())
    assert factories.ready(placed, world.ana).held_until == datetime(2026, 12, 2, 19, tzinfo=UTC)


def test_what_is_not_all_picked_is_not_ready_and_the_units_are_counted(world):
    pickup.start_picking(world.pickup, by=world.ana, at=NOON)
    pickup.pick(world.pickup.lines.first(), picked=1, by=world.ana, at=NOON)
    with refused(NotAllPicked) as refusal:
        pickup.mark_ready(world.pickup, by=world.ana, at=NOON)
    assert refusal.value.left == 2
    FulfilmentLine.objects.update(short=1)  # what is short need not be picked
    pickup.mark_ready(world.pickup, by=world.ana, at=NOON)


def test_each_step_leaves_one_event(ready):
    ready.pay()
    ready.hand_over()
    assert steps(ready) == [
        *["order.placed", "pickup.picking", "pickup.picked", "pickup.picked", "pickup.ready", "payment.taken"],
        *["pickup.collected", "points.earned"],
    ]


# Undo


def test_a_slip_is_undone_within_the_time_and_the_message_is_withdrawn_when_its_turn_comes(ready, settings):
    pickup.undo_ready(ready.pickup, by=ready.ana, at=NOON + timedelta(seconds=settings.UNDO_SECONDS - 1))
    now = ready.pickup
    assert (now.state, now.ready_at, now.held_until, now.place) == (State.PICKING, None, None, "")
    assert steps(ready)[-1] == "pickup.ready_undone"
    pickup.mark_ready(now, place="R-15", by=ready.ana, at=NOON + timedelta(seconds=30))
    assert Message.objects.filter(kind="pickup_ready").count() == 2


def test_after_the_time_the_customer_has_been_told(ready, settings):
    with refused(TooLateToUndo):
        pickup.undo_ready(ready.pickup, by=ready.ana, at=NOON + timedelta(seconds=settings.UNDO_SECONDS))


def test_an_old_page_cannot_undo_after_the_time(picked, settings):
    old_page = picked.pickup
    pickup.mark_ready(picked.pickup, by=picked.ana, at=NOON)
    with refused(TooLateToUndo):
        pickup.undo_ready(old_page, by=picked.ana, at=NOON + timedelta(seconds=settings.UNDO_SECONDS + 60))


def test_ready_pressed_again_changes_nothing_and_sends_nothing(ready):
    with refused(NotLegal):
        pickup.mark_ready(ready.pickup, by=ready.ana, at=NOON + timedelta(seconds=5))
    assert Message.objects.filter(kind="pickup_ready").count() == 1


def test_a_moment_means_the_same_in_every_zone(picked):
    """Whoever passes the store's own time gets a message that still holds."""
    pickup.mark_ready(picked.pickup, by=picked.ana, at=NOON.astimezone(ZoneInfo("Asia/Tokyo")))
    assert picked.pickup.ready_at == NOON
    assert datetime.fromisoformat(Message.objects.get(kind="pickup_ready").payload["ready_at"]) == NOON


# Every other edge

STEPS = {
    "start_picking": lambda world: pickup.start_picking(world.pickup, by=world.ana, at=NOON),
    "pick": lambda world: pickup.pick(world.pickup.lines.first(), picked=1, by=world.ana, at=NOON),
    "mark_ready": lambda world: pickup.mark_ready(world.pickup, by=world.ana, at=NOON),
    "undo_ready": lambda world: pickup.undo_ready(world.pickup, by=world.ana, at=NOON),
}
LEGAL = {("start_picking", "placed"), ("pick", "picking"), ("mark_ready", "picking"), ("undo_ready", "ready")}


@pytest.mark.parametrize("state", State.values)
@pytest.mark.parametrize("step", STEPS)
def test_only_the_legal_edges_are_taken(picked, step, state):
    Fulfilment.objects.update(state=state)
    if (step, state) in LEGAL:
        STEPS[step](picked)
        return
    with refused(NotLegal) as refusal:
        STEPS[step](picked)
    assert refusal.value.pickup.state == state


@pytest.mark.parametrize("step", ["start_picking", "mark_ready", "undo_ready"])
def test_what_is_carried_out_of_the_store_is_no_pickup(picked, step):
    Fulfilment.objects.update(kind="carry_out", state={"start_picking": "placed", "mark_ready": "picking", "undo_ready": "ready"}[step])
    with refused(NotLegal):
        STEPS[step](picked)


def test_the_slower_of_two_colleagues_is_told_who_was_faster(world):
    bo, page = factories.staff(world.harbour, name="Bo"), world.pickup
    pickup.start_picking(world.pickup, by=world.ana, at=NOON)
    with refused(NotLegal) as refusal:
        pickup.start_picking(page, by=bo, at=NOON)
    assert refusal.value.pickup.picker == world.ana
