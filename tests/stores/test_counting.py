"""Blind counts: what agrees, what differs and why, and what a count ends."""

from datetime import timedelta

import pytest

from omo.idempotency import KeyReused
from omo.models import Event, User
from stores import adjustments, availability, counting, holds, invariants, kept_back
from stores.adjustments import BelowPromised, WrongWay
from stores.counting import Counted, Differs
from stores.models import Adjustment, KeptBack, StockLevel, StockMovement, Store, Variant
from tests import factories
from tests.factories import NOON
from tests.unchanged import refused, unchanged

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)


def count(place: Store, goods: Variant, counted: int, by: User, *, why: str = "", key: str = "key-1", at=LATER) -> Counted:
    reason = factories.reason(why) if why else None
    return counting.count(place, goods, counted=counted, reason=reason, key=key, by=by, at=at)


def level(place: Store, goods: Variant) -> StockLevel:
    return StockLevel.objects.get(store=place, variant=goods)


def atp(place: Store, goods: Variant) -> int:
    return availability.at_store(place.pk, [goods.pk], at=LATER)[goods.pk]


def kinds() -> list[str]:
    return list(Event.objects.exclude(kind="stock.received").order_by("pk").values_list("kind", flat=True))


def test_a_count_that_agrees_is_noted_and_ends_distrust_and_doubt(harbour, ana):
    mug = factories.stocked(harbour, 9)
    kept_back.distrust(level(harbour, mug), why="Not on the shelf", by=ana, at=NOON)
    kept_back.set_buffer(level(harbour, mug), 2, why="short pick", at=NOON)
    assert atp(harbour, mug) == 0
    assert count(harbour, mug, 9, ana) == Counted(9, 9, None)
    assert (level(harbour, mug).counted_at, level(harbour, mug).on_hand, atp(harbour, mug)) == (LATER, 9, 9)
    event = Event.objects.get(kind="stock.counted")
    assert (event.by, event.subject, event.data) == (ana, f"level:{level(harbour, mug).pk}", {"variant": mug.pk, "change": 0, "reason": "", "note": ""})
    assert not StockMovement.objects.filter(kind="counted").exists()


def test_a_count_that_differs_is_told_with_all_numbers_and_changes_nothing(harbour, ana):
    mug = factories.stocked(harbour, 9)
    factories.order(harbour, (mug, 2))
    holds.take({harbour.pk: {mug.pk: 1}}, holder="cart:77", at=LATER)
    with refused(Differs) as refusal:
        count(harbour, mug, 7, ana)
    told = refusal.value
    assert (told.counted, told.booked, told.promised, told.held, told.change) == (7, 9, 2, 1, -2)


def test_with_a_reason_the_books_say_what_was_counted(harbour, ana):
    mug = factories.stocked(harbour, 9)
    assert count(harbour, mug, 7, ana, why="theft") == Counted(7, 9, None)
    assert (level(harbour, mug).on_hand, level(harbour, mug).counted_at, atp(harbour, mug)) == (7, LATER, 7)
    move = StockMovement.objects.latest("pk")
    assert (move.kind, move.quantity, move.reason.code, move.by) == ("counted", -2, "theft", ana)
    assert kinds() == ["stock.counted"]
    assert list(invariants.violations()) == []


def test_the_same_count_sent_twice_counts_once(harbour, ana):
    mug = factories.stocked(harbour, 9)
    first = count(harbour, mug, 7, ana, why="theft")
    with unchanged():
        assert count(harbour, mug, 7, ana, why="theft", at=LATER + timedelta(minutes=1)) == first
    with refused(KeyReused):
        count(harbour, mug, 6, ana, why="theft")


def test_goods_that_the_store_never_had_can_be_counted(harbour, ana):
    vase = factories.variant()
    assert count(harbour, vase, 0, ana) == Counted(0, 0, None)
    assert count(harbour, vase, 3, ana, why="found", key="key-2") == Counted(3, 0, None)
    assert atp(harbour, vase) == 3


def test_fewer_than_are_promised_is_refused_with_the_orders_that_wait(harbour, ana):
    mug = factories.stocked(harbour, 9)
    for units in (3, 1):
        factories.order(harbour, (mug, units))
    for why in ("", "theft"):
        with refused(BelowPromised) as refusal:
            count(harbour, mug, 3, ana, why=why)
    assert (refusal.value.left, refusal.value.promised, refusal.value.orders) == (3, 4, 2)
    assert count(harbour, mug, 4, ana, why="theft").booked == 9
    assert atp(harbour, mug) == 0


def test_what_was_handed_over_is_no_order_that_waits(harbour, ana):
    mug = factories.stocked(harbour, 9)
    factories.collected(factories.order(harbour, (mug, 3)), ana)
    factories.order(harbour, (mug, 2))
    with refused(BelowPromised) as refusal:
        count(harbour, mug, 1, ana)
    assert (refusal.value.promised, refusal.value.orders) == (2, 1)


def test_a_large_difference_waits_for_a_second_person_and_then_is_a_count(harbour, ana):
    mug, ben = factories.stocked(harbour, 30), factories.staff(harbour)
    kept_back.distrust(level(harbour, mug), why="Not on the shelf", by=ana, at=NOON)
    done = count(harbour, mug, 12, ana, why="theft")
    waits = Adjustment.objects.get(pk=done.waits)
    assert (waits.kind, waits.change, waits.state) == ("counted", -18, "waiting")
    assert (level(harbour, mug).on_hand, level(harbour, mug).counted_at, atp(harbour, mug)) == (30, None, 0)
    adjustments.approve(waits, by=ben, at=LATER + timedelta(hours=1))
    assert (level(harbour, mug).on_hand, level(harbour, mug).counted_at, atp(harbour, mug)) == (12, LATER, 12)
    assert kinds() == ["stock.distrusted", "adjustment.asked", "adjustment.approved"]


def test_far_fewer_than_the_books_say_are_not_promised_while_a_second_person_is_asked(harbour, ana):
    mug, ben = factories.stocked(harbour, 30), factories.staff(harbour)
    waits = Adjustment.objects.get(pk=count(harbour, mug, 12, ana, why="theft").waits)
    assert (level(harbour, mug).on_hand, atp(harbour, mug)) == (30, 0)
    assert KeptBack.objects.get(level=level(harbour, mug)).why == "12 were counted, the books say 30; a second person is asked"
    adjustments.refuse(waits, by=ben, at=LATER + timedelta(hours=1))
    assert atp(harbour, mug) == 0, "nobody knows until it is counted again"
    assert count(harbour, mug, 30, ben, key="key-2").change == 0
    assert atp(harbour, mug) == 30


def test_far_more_than_the_books_say_leave_what_is_promised_as_it_is(harbour, ana):
    mug = factories.stocked(harbour, 30)
    assert count(harbour, mug, 50, ana, why="found").waits
    assert atp(harbour, mug) == 30


def test_what_is_distrusted_after_the_count_stays_so_when_that_is_approved(harbour, ana):
    mug, ben = factories.stocked(harbour, 30), factories.staff(harbour)
    waits = Adjustment.objects.get(pk=count(harbour, mug, 12, ana, why="theft").waits)
    assert not adjustments.distrust(harbour, mug, why="Not on the shelf", by=ben, at=LATER + timedelta(minutes=5)), "it was distrusted with the count"
    adjustments.approve(waits, by=ben, at=LATER + timedelta(hours=1))
    assert (level(harbour, mug).on_hand, atp(harbour, mug)) == (12, 0)


def test_a_newer_count_supersedes_what_waits(harbour, ana):
    mug, ben = factories.stocked(harbour, 30), factories.staff(harbour)
    first = count(harbour, mug, 12, ana, why="theft").waits
    second = count(harbour, mug, 14, ben, why="theft", key="key-2").waits
    assert count(harbour, mug, 30, ana, key="key-3").change == 0
    assert list(Adjustment.objects.order_by("pk").values_list("pk", "state", "decided_by")) == [(first, "refused", None), (second, "refused", None)]
    asked_twice = ["adjustment.asked", "stock.distrusted", "adjustment.superseded", "adjustment.asked"]
    assert kinds() == [*asked_twice, "adjustment.superseded", "stock.counted"]
    with refused(adjustments.Decided):
        adjustments.approve(Adjustment.objects.get(pk=second), by=factories.staff(harbour), at=LATER)
    assert level(harbour, mug).on_hand == 30


@pytest.mark.parametrize(("counted", "why"), [(11, "damaged"), (11, "theft"), (7, "found")])
def test_a_reason_for_the_other_way_is_none(harbour, ana, counted, why):
    mug = factories.stocked(harbour, 9)
    with refused(WrongWay):
        count(harbour, mug, counted, ana, why=why)


def test_only_reasons_that_fit_are_offered():
    for code in ("found", "theft", "counting-error"):
        factories.reason(code)
    more, fewer = (set(counting.reasons(change).values_list("code", flat=True)) for change in (2, -2))
    assert ("found" in more, "theft" in more, "counting-error" in more) == (True, False, True)
    assert ("found" in fewer, "theft" in fewer, "counting-error" in fewer) == (False, True, True)


def test_no_reason_for_a_difference_distrusts_what_was_just_counted(harbour):
    assert "not-on-shelf" not in counting.reasons().values_list("code", flat=True)
    assert "theft" in counting.reasons().values_list("code", flat=True)
