"""The promise ledger: what was promised, and how it ended."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from loyalty.models import EarnRule
from omo import invariants
from omo.models.append_only import RowIsFinal
from orders import pickup, promises
from orders.models import Fulfilment, Order, OrderLine, Promise, PromiseOutcome
from orders.promise_causes import Facts, causes, minutes_late, on_record
from stores import hours, slots
from stores.models import Closure, SpecialOpening
from stores.stock import NotAvailable
from tests import factories
from tests.factories import NOON
from tests.orders.promising import TWO, after, collected, handed_over
from tests.unchanged import refused

pytestmark = pytest.mark.django_db
Cause = PromiseOutcome.Cause


@pytest.fixture
def mug(harbour):
    return factories.stocked(harbour, 1000, price=1250)


# What is promised


def test_an_order_is_a_promise_of_these_goods_here_by_then_for_so_much(world):
    mug, bowl = world.order.lines.all()
    promise = Promise.objects.get()
    assert (promise.fulfilment, promise.store, promise.at) == (world.pickup, world.harbour, NOON)
    assert (promise.ready_by, promise.window_ends, promise.total, promise.points) == (TWO, after(30), 3499, 34)
    assert promise.goods == [
        {"sku": mug.sku, "name": f"{mug.name}, Blue", "quantity": 2, "unit_price": 1250},
        {"sku": bowl.sku, "name": f"{bowl.name}, Blue", "quantity": 1, "unit_price": 999},
    ]
    assert promise.inputs == {
        "lead_minutes": 120,
        "cut_off": None,
        "hours": [{"weekday": 1, "opens": "09:00", "closes": "19:00"}],
        "special": [],
        "closures": [],
        "slot": {"soon": True, "capacity": None},
    }
    assert promises.of_pickup(world.pickup) == promise


def test_whoever_shows_no_card_is_promised_no_points(harbour, mug):
    EarnRule.objects.create(points=1, amount=100, valid_from=NOON - timedelta(days=1))
    factories.order(harbour, (mug, 1))
    assert Promise.objects.get().points == 0


def test_a_refused_order_promises_nothing(harbour):
    with refused(NotAvailable):
        factories.order(harbour, (factories.stocked(harbour, 1), 2))
    assert not Promise.objects.exists()


def test_a_promise_is_one_statement(world):
    waiting, lines = world.pickup, list(world.order.lines.all())
    with CaptureQueriesContext(connection) as counted:
        promises.make(waiting, lines=lines, total=3499, inputs={}, at=NOON)
    assert [query["sql"].split()[0] for query in counted if "SAVEPOINT" not in query["sql"]] == ["INSERT"]


def test_promises_and_their_ends_are_never_edited(harbour, mug, ana):
    outcome = collected(harbour, ana, mug)
    for row in (outcome, outcome.promise):
        with pytest.raises(RowIsFinal):
            row.save()
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE {row._meta.db_table} SET at = '2026-01-01'")


def test_the_inputs_are_those_of_the_days_that_the_promise_spans(harbour):
    harbour.lead_minutes, harbour.cut_off, harbour.busy_minutes, harbour.busy_reason = 600, NOON.time(), 15, "Delivery late"
    harbour.busy_until, harbour.paused_until = NOON + timedelta(hours=1), NOON
    Closure.objects.create(store=harbour, first_day=date(2026, 11, 20), last_day=date(2026, 11, 23), reason="Over")
    Closure.objects.create(store=harbour, first_day=date(2026, 12, 25), last_day=date(2026, 12, 26), reason="Christmas")
    for day in (25, 26):
        SpecialOpening.objects.create(store=harbour, day=date(2026, 11, day), opens="08:00", closes="22:00", reason="Late shopping")
    calendar = hours.calendar_of(harbour)
    assert promises.inputs_of(harbour, calendar, ready_by=NOON + timedelta(days=1), at=NOON, slot={"capacity": 5, "booked": 3}) == {
        "lead_minutes": 600,
        "cut_off": "12:00",
        "hours": [{"weekday": day, "opens": "09:00", "closes": "19:00"} for day in (1, 2)],
        "special": [{"day": "2026-11-25", "opens": "08:00", "closes": "22:00", "reason": "Late shopping"}],
        "closures": [{"first_day": "2026-12-25", "last_day": "2026-12-26", "reason": "Christmas"}],
        "busy": {"minutes": 15, "until": "2026-11-24T13:00:00+00:00", "reason": "Delivery late"},
        "slot": {"capacity": 5, "booked": 3},
    }


# How it ends


def test_what_was_ready_in_time_was_kept_whenever_it_is_collected(harbour, mug, ana):
    outcome = collected(harbour, ana, mug, minutes=-12)
    assert (outcome.kept, outcome.cause, outcome.at) == (True, "none", after(-2))
    assert outcome.data == {"ready_at": after(-12).isoformat()}
    left_lying = factories.order(harbour, (mug, 1))
    factories.ready(left_lying, ana, at=TWO)
    assert handed_over(left_lying, ana, at=NOON + timedelta(days=2)).kept


@pytest.mark.parametrize(("seconds", "kept", "late"), [(59, True, None), (60, False, 1), (61, False, 1), (1259, False, 20)])
def test_the_promised_minute_is_in_time_to_its_end(harbour, mug, ana, seconds, kept, late):
    outcome = collected(harbour, ana, mug, minutes=seconds / 60)
    assert (outcome.kept, outcome.cause, outcome.data.get("minutes_late")) == (kept, "none" if kept else "late", late)


def test_ready_settles_nothing_because_it_can_be_undone(harbour, mug, ana):
    placed = factories.order(harbour, (mug, 1))
    waiting = factories.ready(placed, ana, at=after(-1))
    pickup.undo_ready(waiting, by=ana, at=after(-1, 1))
    assert not PromiseOutcome.objects.exists()
    pickup.mark_ready(waiting, by=ana, at=after(5))
    assert not PromiseOutcome.objects.exists()
    outcome = handed_over(placed, ana, at=after(30))
    assert (outcome.cause, outcome.data) == ("late", {"ready_at": after(5).isoformat(), "minutes_late": 5})


def test_goods_that_were_missing_broke_the_promise(harbour, mug, ana):
    outcome = collected(harbour, ana, mug, short=1)
    assert (outcome.kept, outcome.cause) == (False, "short")
    assert outcome.data["short"] == [{"sku": mug.sku, "name": mug.product.name, "quantity": 1}]


def test_another_price_than_the_promised_one_broke_it(harbour, mug, ana):
    placed = factories.order(harbour, (mug, 2))
    OrderLine.objects.filter(order=placed).update(total=2600)
    Order.objects.filter(pk=placed.pk).update(total=2600)
    factories.ready(placed, ana)
    outcome = handed_over(placed, ana, at=TWO)
    assert (outcome.kept, outcome.cause, outcome.data["taken"]) == (False, "price", 2600)


def test_a_closure_that_was_added_later_is_why_it_was_late(harbour, mug, ana):
    placed = factories.order(harbour, (mug, 1))
    Closure.objects.create(store=harbour, first_day=NOON.date(), last_day=NOON.date(), reason="No power")
    factories.ready(placed, ana, at=TWO + timedelta(days=1))
    outcome = handed_over(placed, ana, at=TWO + timedelta(days=1))
    assert (outcome.cause, outcome.data["minutes_late"]) == ("closed", 1440)
    assert outcome.data["closure"] == {"first_day": "2026-11-24", "last_day": "2026-11-24", "reason": "No power"}


def test_a_closure_that_was_known_then_excuses_nothing(harbour, mug, ana):
    placed = factories.order(harbour, (mug, 1))
    Closure.objects.create(store=harbour, first_day=NOON.date(), last_day=NOON.date(), reason="No power")
    waiting = factories.pickup_of(placed)
    known = promises.inputs_of(harbour, hours.calendar_of(harbour), ready_by=TWO, at=NOON)
    promises.replace(waiting, cause=Cause.STAFF, inputs=known, at=NOON)
    factories.ready(placed, ana, at=after(20))
    assert handed_over(placed, ana, at=after(30)).cause == "late"


def test_an_order_that_ends_early_says_who_ended_it(harbour, mug):
    ends = [(Cause.STAFF, -30, "staff"), (Cause.STAFF, 30, "staff"), (Cause.WITHDRAWN, -30, "withdrawn"), (Cause.WITHDRAWN, 30, "late")]
    for cause, minutes, expected in ends:
        waiting = factories.pickup_of(factories.order(harbour, (mug, 1)))
        outcome = promises.settle(waiting, cause=cause, at=after(minutes))
        assert (outcome.kept, outcome.cause) == (False, expected)


def test_a_promise_ends_once_and_without_one_nothing_ends(harbour, mug):
    waiting = factories.pickup_of(factories.order(harbour, (mug, 1)))
    assert promises.settle(waiting, cause=Cause.STAFF, at=TWO) is not None
    assert promises.settle(waiting, cause=Cause.STAFF, at=TWO) is None
    assert promises.replace(waiting, cause=Cause.CLOSED, inputs={}, at=TWO) is None
    assert PromiseOutcome.objects.count() == Promise.objects.count() == 1


def test_a_pickup_that_is_moved_ends_one_promise_and_makes_another(world):
    waiting = world.pickup
    waiting.due_at, waiting.window_ends = TWO + timedelta(days=1), after(30) + timedelta(days=1)
    waiting.save()
    slots.move(world.harbour, slots.Slot(waiting.due_at, waiting.window_ends, waiting.due_at), reference=f"fulfilment:{waiting.pk}", at=NOON)
    closure = Closure.objects.create(store=world.harbour, first_day=NOON.date(), last_day=NOON.date(), reason="No power")
    moved = promises.replace(waiting, cause=Cause.CLOSED, inputs={"lead_minutes": 120}, at=NOON + timedelta(minutes=5))
    former, latter = Promise.objects.order_by("id")
    assert (former.outcome.cause, former.outcome.kept, former.outcome.data["closure"]["reason"]) == ("closed", False, closure.reason)
    assert latter == moved == promises.of_pickup(waiting)
    assert (latter.goods, latter.total, latter.points, latter.at) == (former.goods, 3499, 34, NOON + timedelta(minutes=5))
    assert (latter.ready_by, latter.window_ends, latter.inputs) == (waiting.due_at, waiting.window_ends, {"lead_minutes": 120})
    assert list(invariants.violations()) == []


def facts(**fields):
    return Facts(**{"ready_by": TWO, "ready_at": TWO, "at": after(10), "promised": 100, "taken": 100, **fields})


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({}, []),
        ({"ready_at": after(1)}, ["late"]),
        ({"ready_at": None}, ["late"]),
        ({"ready_at": None, "at": TWO}, []),
        ({"ready_at": after(1), "short": [{"sku": "A"}]}, ["short", "late"]),
        ({"ready_at": after(1), "closure": {"reason": "No power"}}, ["closed"]),
        ({"closure": {"reason": "No power"}}, []),
        ({"short": [{"sku": "A"}], "ended": Cause.STAFF, "ready_at": None}, ["short", "staff", "late"]),
        ({"taken": 99, "ready_at": after(1)}, ["price", "late"]),
        ({"ended": Cause.CLOSED, "closure": {"reason": "No power"}}, ["closed"]),
        ({"ended": Cause.WITHDRAWN}, ["withdrawn"]),
        ({"ended": Cause.WITHDRAWN, "ready_at": None}, ["late", "withdrawn"]),
    ],
)
def test_the_cause_that_explains_the_others_comes_first(fields, found):
    assert causes(facts(**fields)) == found
    assert on_record(facts(**fields)).get("also", []) == found[1:]


def test_lateness_is_counted_in_minutes_of_the_clock():
    assert [minutes_late(after(0, 37), moment) for moment in (after(-5), after(0, 59), after(1), after(120, 5))] == [0, 0, 1, 120]


# The checker


def test_a_pickup_without_its_promise_is_found(harbour, mug):
    first = factories.pickup_of(factories.order(harbour, (mug, 1)))
    Fulfilment.objects.create(order=first.order, store=harbour, kind="pickup", public_id="ABCDEFGHJK", due_at=TWO, placed_at=NOON)
    assert [(one["invariant"], one["found"]) for one in invariants.violations()] == [("a pickup has one promise, until it ends", "0 of 0 not settled, placed")]


def test_pickups_from_before_the_ledger_need_none(harbour, mug, ana):
    goods = factories.order(harbour, (mug, 1))
    before = Fulfilment.objects.create(pk=-1, order=goods, store=harbour, kind="pickup", public_id="ABCDEFGHJK", due_at=TWO, placed_at=NOON)
    assert list(invariants.violations()) == []
    assert promises.of_pickup(before) is None


def test_an_end_without_its_outcome_and_a_due_time_of_its_own_are_found(harbour, mug):
    for fields in ({"state": "expired"}, {"due_at": after(15)}):
        with transaction.atomic():
            factories.order(harbour, (mug, 1))
            Fulfilment.objects.filter(state="placed").update(**fields)
            found = {one["invariant"] for one in invariants.violations()}
            transaction.set_rollback(True)
        assert {"state": "a pickup has one promise, until it ends", "due_at": "the queue is due when it was promised"}[next(iter(fields))] in found


def test_a_kept_promise_with_a_cause_is_found(harbour, mug):
    waiting = factories.pickup_of(factories.order(harbour, (mug, 1)))
    PromiseOutcome.objects.create(promise=promises.of_pickup(waiting), kept=True, cause="late", at=TWO)
    assert "a promise is kept or has a cause" in {one["invariant"] for one in invariants.violations()}
