"""Corrections of on hand: small ones at once, large ones by two people."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from omo.idempotency import KeyReused
from omo.models import Event, User
from stores import adjustments, availability, invariants, kept_back, stock
from stores.adjustments import AlreadyWaits, BelowPromised, Decided, NothingToChange, OwnAdjustment, WorksElsewhere, WrongWay
from stores.models import Adjustment, StockLevel, StockMovement, StockReason, Store, Variant
from tests import factories
from tests.factories import NOON
from tests.unchanged import refused, unchanged

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)


@pytest.fixture
def harbour() -> Store:
    """The store; from 10 units on a correction needs a second person."""
    assert kept_back.policy().large_adjustment == 10
    return factories.store()


@pytest.fixture
def ben(harbour) -> User:
    """Works there too."""
    return factories.staff(harbour, name="Ben Ito")


def adjust(place: Store, goods: Variant, change: int, by: User, *, why: str = "own-use", key: str = "key-1", note: str = "", at=NOON):
    return adjustments.adjust(place, goods, change=change, reason=factories.reason(why), note=note, key=key, by=by, at=at)


def books(place: Store, goods: Variant) -> tuple[int, int, int]:
    """On hand, allocated and ATP."""
    level = StockLevel.objects.get(store=place, variant=goods)
    return level.on_hand, level.allocated, availability.at_store(place.pk, [goods.pk], at=LATER)[goods.pk]


def asked(place: Store, goods: Variant, change: int, by: User, **more) -> Adjustment:
    return Adjustment.objects.get(pk=adjust(place, goods, change, by, **more).waits)


def events(*kinds: str) -> list[tuple]:
    rows = Event.objects.filter(kind__in=kinds) if kinds else Event.objects.exclude(kind="stock.received")
    return list(rows.order_by("pk").values_list("kind", "by", "data"))


# Small ones


def test_a_small_correction_is_in_the_books_at_once_with_its_reason_and_one_event(harbour, ana):
    mug = factories.stocked(harbour, 20)
    done = adjust(harbour, mug, -9, ana, note="window display")
    assert (done.change, done.on_hand, done.waits) == (-9, 11, None)
    assert books(harbour, mug) == (11, 0, 11)
    move = StockMovement.objects.latest("pk")
    assert (move.kind, move.quantity, move.reason.code, move.note, move.by) == ("adjusted", -9, "own-use", "window display", ana)
    assert events() == [("stock.adjusted", ana.pk, {"variant": mug.pk, "change": -9, "reason": "own-use", "note": "window display"})]
    assert list(invariants.violations()) == []


def test_goods_that_were_found_come_in_even_where_the_store_never_had_any(harbour, ana):
    vase = factories.variant()
    adjust(harbour, vase, 2, ana, why="found")
    assert books(harbour, vase) == (2, 0, 2)


def test_the_same_form_sent_twice_corrects_once(harbour, ana):
    mug = factories.stocked(harbour, 20)
    first = adjust(harbour, mug, -2, ana)
    with unchanged():
        assert adjust(harbour, mug, -2, ana, at=LATER) == first
    with refused(KeyReused):
        adjust(harbour, mug, -3, ana)
    assert adjust(harbour, mug, -2, ana, key="key-2").on_hand == 16


def test_a_correction_by_nothing_is_refused(harbour, ana):
    mug = factories.stocked(harbour, 20)
    with refused(NothingToChange):
        adjust(harbour, mug, 0, ana)


def test_fewer_than_are_promised_is_refused_with_the_orders_that_wait(harbour, ana):
    mug = factories.stocked(harbour, 10)
    for units in (3, 2):
        factories.order(harbour, (mug, units))
    with refused(BelowPromised) as refusal:
        adjust(harbour, mug, -6, ana)
    assert (refusal.value.left, refusal.value.promised, refusal.value.orders) == (4, 5, 2)
    assert adjust(harbour, mug, -5, ana).on_hand == 5
    assert books(harbour, mug) == (5, 5, 0)


# Damaged, and not to be found


def test_damaged_goods_leave_the_books_one_by_one(harbour, ana):
    mug = factories.stocked(harbour, 20)
    adjustments.mark_damaged(harbour, mug, units=3, note="box fell", key="key-1", by=ana, at=NOON)
    assert books(harbour, mug)[0] == 17
    move = StockMovement.objects.latest("pk")
    assert (move.kind, move.quantity, move.reason.code, move.note) == ("damaged", -3, "damaged", "box fell")
    assert [kind for kind, _, _ in events("stock.damaged", "stock.adjusted")] == ["stock.damaged"]


@pytest.mark.parametrize(("why", "change"), [("damaged", 1), ("theft", 1), ("not-on-shelf", 1), ("found", -1)])
def test_goods_that_were_found_are_never_fewer_and_damaged_or_stolen_ones_never_more(harbour, ana, why, change):
    mug = factories.stocked(harbour, 20)
    with refused(WrongWay) as refusal:
        adjust(harbour, mug, change, ana, why=why)
    assert refusal.value.reason.code == why
    assert adjust(harbour, mug, -change, ana, why=why).on_hand == 20 - change


@pytest.mark.parametrize("change", [1, -1])
def test_what_was_entered_wrongly_may_be_more_or_fewer(harbour, ana, change):
    mug = factories.stocked(harbour, 20)
    assert adjust(harbour, mug, change, ana, why="counting-error").on_hand == 20 + change


def test_the_database_keeps_damage_a_reason_for_fewer(harbour):
    factories.reason("damaged")
    with pytest.raises(IntegrityError), transaction.atomic():
        StockReason.objects.filter(effect="damaged").update(direction="either")


def test_without_a_reason_for_it_nothing_is_marked_damaged(harbour, ana):
    mug = factories.stocked(harbour, 20)
    StockReason.objects.filter(effect="damaged").update(active=False)
    with refused(StockReason.DoesNotExist):
        adjustments.mark_damaged(harbour, mug, units=1, key="key-1", by=ana, at=NOON)


def test_what_is_not_on_the_shelf_is_distrusted_until_it_is_counted(harbour, ana):
    mug = factories.stocked(harbour, 20)
    adjust(harbour, mug, -1, ana, why="not-on-shelf")
    assert books(harbour, mug) == (19, 0, 0)
    assert StockLevel.objects.get(variant=mug).distrusted_at == NOON
    assert [kind for kind, _, _ in events("stock.adjusted", "stock.distrusted")] == ["stock.adjusted", "stock.distrusted"]


# Large ones


@pytest.mark.parametrize("change", [-10, 10, -25])
def test_a_large_correction_waits_and_changes_nothing_until_somebody_else_agrees(harbour, ana, ben, change):
    mug = factories.stocked(harbour, 30)
    waits = asked(harbour, mug, change, ana, why="counting-error", note="back room")
    assert books(harbour, mug) == (30, 0, 30)
    assert list(adjustments.waiting(harbour)) == [waits]
    adjustments.approve(waits, by=ben, at=LATER)
    assert books(harbour, mug)[0] == 30 + change
    waits.refresh_from_db()
    assert (waits.state, waits.asked_by, waits.decided_by, waits.decided_at) == ("approved", ana, ben, LATER)
    assert StockMovement.objects.latest("pk").reference == f"adjustment:{waits.pk}"
    assert [(kind, by) for kind, by, _ in events()] == [("adjustment.asked", ana.pk), ("adjustment.approved", ben.pk)]
    assert list(adjustments.waiting(harbour)) == []
    assert list(invariants.violations()) == []


def test_what_many_are_missing_from_the_shelf_is_distrusted_once_somebody_else_agrees(harbour, ana, ben):
    mug = factories.stocked(harbour, 30)
    waits = asked(harbour, mug, -12, ana, why="not-on-shelf")
    assert books(harbour, mug) == (30, 0, 30)
    adjustments.approve(waits, by=ben, at=LATER)
    assert books(harbour, mug) == (18, 0, 0)
    assert [(kind, by) for kind, by, _ in events()][-2:] == [("adjustment.approved", ben.pk), ("stock.distrusted", ben.pk)]
    assert list(invariants.violations()) == []


def test_who_asked_does_not_decide_and_the_database_says_so_too(harbour, ana, ben):
    waits = asked(harbour, factories.stocked(harbour, 30), -20, ana)
    with refused(OwnAdjustment):
        adjustments.approve(waits, by=ana, at=LATER)
    with refused(OwnAdjustment):
        adjustments.refuse(waits, by=ana, at=LATER)
    with pytest.raises(IntegrityError), transaction.atomic():
        Adjustment.objects.filter(pk=waits.pk).update(state="approved", decided_by=ana)


def test_people_of_other_stores_do_not_decide_but_head_office_does(harbour, ana):
    mug = factories.stocked(harbour, 30)
    waits = asked(harbour, mug, -20, ana)
    with refused(WorksElsewhere):
        adjustments.approve(waits, by=factories.staff(factories.store("station")), at=LATER)
    with refused(WorksElsewhere):
        adjustments.refuse(waits, by=factories.user(), at=LATER)
    adjustments.approve(waits, by=factories.head_office(), at=LATER)
    assert books(harbour, mug)[0] == 10


def test_what_was_promised_meanwhile_is_looked_at_again(harbour, ana, ben):
    mug = factories.stocked(harbour, 30)
    waits = asked(harbour, mug, -20, ana)
    stock.allocate(harbour.pk, {mug.pk: 11}, reference="fulfilment:1", by=None, at=NOON)
    with refused(BelowPromised) as refusal:
        adjustments.approve(waits, by=ben, at=LATER)
    assert (refusal.value.left, refusal.value.promised, refusal.value.orders) == (10, 11, 1)
    stock.release(harbour.pk, {mug.pk: 1}, reference="fulfilment:1", by=None, at=NOON)
    adjustments.approve(waits, by=ben, at=LATER)
    assert books(harbour, mug) == (10, 10, 0)


def test_agreeing_twice_corrects_once_and_a_colleague_is_told(harbour, ana, ben):
    mug, cleo = factories.stocked(harbour, 30), factories.staff(harbour)
    waits = asked(harbour, mug, -20, ana)
    adjustments.approve(waits, by=ben, at=LATER)
    with unchanged():
        adjustments.approve(waits, by=ben, at=LATER)
    for decide in (adjustments.approve, adjustments.refuse):
        with refused(Decided) as refusal:
            decide(waits, by=cleo, at=LATER)
    assert (refusal.value.adjustment.state, refusal.value.adjustment.decided_by) == ("approved", ben)


def test_a_refused_correction_leaves_the_books_as_they_are(harbour, ana, ben):
    mug = factories.stocked(harbour, 30)
    waits = asked(harbour, mug, -20, ana)
    adjustments.refuse(waits, by=ben, at=LATER)
    with unchanged():
        adjustments.refuse(waits, by=ben, at=LATER)
    with refused(Decided):
        adjustments.approve(waits, by=ben, at=LATER)
    assert books(harbour, mug) == (30, 0, 30)
    assert [kind for kind, _, _ in events()] == ["adjustment.asked", "adjustment.refused"]


def test_a_second_large_correction_is_refused_while_one_waits(harbour, ana, ben):
    mug = factories.stocked(harbour, 40)
    waits = asked(harbour, mug, -20, ana)
    with refused(AlreadyWaits) as refusal:
        adjust(harbour, mug, -15, ben, key="key-2")
    assert refusal.value.adjustment == waits
    assert adjust(harbour, mug, -2, ben, key="key-3").on_hand == 38


def test_every_stores_corrections_are_its_own(harbour, ana):
    station = factories.store("station")
    mug = factories.stocked(station, 40)
    asked(station, mug, -20, factories.staff(station))
    assert list(adjustments.waiting(harbour)) == []


def test_the_checker_finds_a_correction_that_was_never_agreed_to(harbour, ana, ben):
    mug = factories.stocked(harbour, 40)
    waits = asked(harbour, mug, -20, ana)
    adjustments.approve(waits, by=ben, at=LATER)
    Adjustment.objects.update(state="refused")
    (found,) = invariants.violations()
    assert (found.invariant, found.subject, found.found, found.expected) == (
        "an adjustment is in the books once it is approved",
        f"adjustment {waits.pk}",
        -20,
        0,
    )
