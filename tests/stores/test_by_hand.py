"""Many small changes of one person on one day are one large one."""

from datetime import UTC, datetime, timedelta

import pytest

from stores import adjustments, by_hand, counting, stock, transfers
from stores.models import Adjustment, StockLevel, StockPolicy, Store, Variant
from tests import factories
from tests.factories import NOON
from tests.unchanged import refused

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)


@pytest.fixture(autouse=True)
def policy() -> None:
    """From 10 units on a second person decides."""
    assert StockPolicy.objects.get_or_create(pk=1)[0].large_adjustment == 10


@pytest.fixture
def ben(harbour):
    return factories.staff(harbour, name="Ben Ito")


def adjust(place: Store, goods: Variant, change: int, by, *, key: str, why: str = "counting-error", at=NOON):
    return adjustments.adjust(place, goods, change=change, reason=factories.reason(why), key=key, by=by, at=at)


def on_hand(goods: Variant) -> int:
    return StockLevel.objects.get(variant=goods).on_hand


def test_the_change_that_makes_ten_of_a_day_waits_and_the_ones_before_do_not(harbour, ana):
    mug = factories.stocked(harbour, 40)
    assert adjust(harbour, mug, -4, ana, key="key-1").waits is None
    assert adjust(harbour, mug, -5, ana, key="key-2").waits is None
    waits = adjust(harbour, mug, -1, ana, key="key-3").waits
    assert (on_hand(mug), Adjustment.objects.get(pk=waits).before) == (31, 9)
    with refused(adjustments.AlreadyWaits):
        adjust(harbour, mug, -1, ana, key="key-4")


def test_who_asked_first_and_waited_for_the_other_counts_it_too(harbour, ana):
    """Two pages are sent at once; the moment of a request is when it came, not when it was its turn."""
    mug = factories.stocked(harbour, 40)
    assert adjust(harbour, mug, -6, ana, key="key-1", at=NOON + timedelta(milliseconds=5)).waits is None
    waits = adjust(harbour, mug, -6, ana, key="key-2", at=NOON).waits
    assert (on_hand(mug), Adjustment.objects.get(pk=waits).before) == (34, 6)


def test_more_and_fewer_do_not_cancel_each_other_out(harbour, ana):
    mug = factories.stocked(harbour, 40)
    assert adjust(harbour, mug, -6, ana, key="key-1").waits is None
    assert adjust(harbour, mug, +4, ana, key="key-2").waits


def test_counts_that_differed_damage_and_corrections_count_together(harbour, ana):
    mug = factories.stocked(harbour, 40)
    adjustments.mark_damaged(harbour, mug, units=3, key="key-1", by=ana, at=NOON)
    assert counting.count(harbour, mug, counted=34, reason=factories.reason(), key="key-2", by=ana, at=NOON).waits is None
    assert adjust(harbour, mug, -2, ana, key="key-3").waits is None
    assert by_hand.corrected(harbour, [mug.pk], by=ana, at=NOON) == {mug.pk: 8}
    assert counting.count(harbour, mug, counted=30, reason=factories.reason(), key="key-4", by=ana, at=NOON).waits
    assert on_hand(mug) == 32


def test_every_person_and_all_goods_and_stores_have_a_sum_of_their_own(harbour, ana, ben):
    mug, bowl = factories.stocked(harbour, 40), factories.stocked(harbour, 40)
    station = factories.store("station")
    stock.receive(station, {mug.pk: 40}, reference="delivery:1", by=None, at=NOON)
    adjust(harbour, mug, -9, ana, key="key-1")
    assert adjust(harbour, mug, -9, ben, key="key-2").waits is None
    assert adjust(harbour, bowl, -9, ana, key="key-3").waits is None
    assert adjust(station, mug, -9, ana, key="key-4").waits is None


def test_the_day_is_the_shops(ana):
    """New York is five hours behind: its Tuesday ends at 05:00 in UTC."""
    place = factories.store("east", time_zone="America/New_York")
    mug = factories.stocked(place, 40)
    midnight = datetime(2026, 11, 25, 5, tzinfo=UTC)
    adjust(place, mug, -9, ana, key="key-1", at=midnight - timedelta(hours=20))
    assert adjust(place, mug, -1, ana, key="key-2", at=midnight - timedelta(seconds=1)).waits
    Adjustment.objects.update(state="refused", decided_at=midnight)
    assert adjust(place, mug, -9, ana, key="key-3", at=midnight).waits is None


def test_what_a_second_person_agreed_to_and_what_was_sold_or_sent_does_not_count(harbour, ana, ben):
    mug = factories.stocked(harbour, 60)
    waits = Adjustment.objects.get(pk=adjust(harbour, mug, -20, ana, key="key-1").waits)
    adjustments.approve(waits, by=ben, at=NOON)
    stock.sell(harbour.pk, {mug.pk: 3}, reference="fulfilment:1", by=ana, at=NOON)
    transfers.send(harbour, factories.store("station"), {mug.pk: 5}, key="key-2", by=ana, at=NOON)
    stock.receive(harbour, {mug.pk: 30}, reference="delivery:D-7", by=ana, at=NOON)
    for person in (ana, ben):
        assert by_hand.corrected(harbour, [mug.pk], by=person, at=LATER) == {}
        assert adjust(harbour, mug, -9, person, key="key-3", at=LATER).waits is None
