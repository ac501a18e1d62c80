"""Holds of a live checkout. Numbers of the acceptance scenarios P-04, P-05 and P-06."""

from datetime import datetime, timedelta

import pytest
from django.conf import settings

from stores import availability, holds, stock
from stores.models import Hold, StockLevel, Store, Variant
from stores.stock import NotAvailable, Shortage
from tests import factories
from tests.factories import NOON
from tests.unchanged import refused, unchanged

pytestmark = pytest.mark.django_db
MARTA, JONAS = "cart:1", "cart:2"
WHY = {"reference": "test:1", "by": None}


def left(place: Store, goods: Variant, at: datetime, holder: str = "") -> int:
    return availability.at_store(place.pk, [goods.pk], at=at, holder=holder)[goods.pk]


def later(minutes: float = 0, *, seconds: float = 0) -> datetime:
    return NOON + timedelta(minutes=minutes, seconds=seconds)


# What others see


def test_others_see_what_is_not_held_and_see_it_again_a_second_after_the_hold_expires(harbour, settings):
    """P-04: on hand 10, a guest holds 3 for 7 minutes; no worker runs."""
    settings.HOLD_MINUTES = 7
    mug = factories.stocked(harbour, 10)
    held = holds.take(harbour.pk, {mug.pk: 3}, holder=MARTA, at=NOON)
    assert (held.until, held.extensions, held.goods) == (later(7), 0, {mug.pk: 3})
    assert left(harbour, mug, later(6, seconds=59)) == 7
    assert StockLevel.objects.values_list("on_hand", "allocated").get() == (10, 0)
    assert left(harbour, mug, later(7, seconds=1)) == 10
    assert Hold.objects.filter(ended_at=None).count() == 1


def test_every_page_counts_holds_in_the_same_way(harbour):
    mug = factories.stocked(harbour, 4)
    holds.take(harbour.pk, {mug.pk: 3}, holder=MARTA, at=NOON)
    for holder, count in [("", 1), (JONAS, 1), (MARTA, 4)]:
        about = {"at": NOON, "holder": holder}
        assert left(harbour, mug, NOON, holder) == count
        assert [one.count for one in availability.of_variants([mug.pk], **about)[mug.pk]] == [count]
        assert availability.find_variants([mug.pk], store_id=harbour.pk, **about)[mug.pk].here == count
        assert availability.find_products([mug.product_id], store_id=harbour.pk, **about)[mug.product_id].here == count
        assert availability.find_products([mug.product_id], store_id=None, **about)[mug.product_id].others[0].count == count


def test_what_is_held_by_others_is_not_promised_to_an_order(harbour):
    mug = factories.stocked(harbour, 5)
    holds.take(harbour.pk, {mug.pk: 4}, holder=MARTA, at=NOON)
    with refused(NotAvailable) as refusal:
        stock.allocate(harbour.pk, {mug.pk: 2}, holder=JONAS, at=NOON, **WHY)
    assert refusal.value.shortages == [Shortage(mug.pk, 2, 1)]
    assert refusal.value.shortages[0].figures.held == 4
    stock.allocate(harbour.pk, {mug.pk: 1}, holder=JONAS, at=NOON, **WHY)
    stock.allocate(harbour.pk, {mug.pk: 4}, holder=MARTA, at=NOON, **WHY)
    assert left(harbour, mug, NOON) == 0
    assert Hold.objects.values_list("ended_at", flat=True).get() == NOON, "the order ends the hold"


# Once, however often it is asked


def test_the_same_step_submitted_twice_holds_once_and_no_longer(harbour):
    """P-05."""
    mug = factories.stocked(harbour, 10)
    holds.take(harbour.pk, {mug.pk: 3}, holder=MARTA, at=NOON)
    with unchanged():
        held = holds.take(harbour.pk, {mug.pk: 3}, holder=MARTA, at=later(4))
    assert held.until == later(10), "asking again is no activity"
    assert Hold.objects.values_list("quantity", flat=True).get() == 3


def test_a_hold_of_what_is_not_left_is_refused_with_what_is(harbour):
    """P-06: on hand 5, another live hold of 4, 3 are wanted."""
    mug = factories.stocked(harbour, 5)
    holds.take(harbour.pk, {mug.pk: 4}, holder=MARTA, at=NOON)
    with refused(NotAvailable) as refusal:
        holds.take(harbour.pk, {mug.pk: 3}, holder=JONAS, at=NOON)
    assert refusal.value.shortages == [Shortage(mug.pk, 3, 1)]


def test_a_refused_change_keeps_what_is_held(harbour):
    mug, bowl = factories.stocked(harbour, 5), factories.stocked(harbour, 1)
    holds.take(harbour.pk, {mug.pk: 2}, holder=MARTA, at=NOON)
    with refused(NotAvailable):
        holds.take(harbour.pk, {mug.pk: 3, bowl.pk: 2}, holder=MARTA, at=NOON)


def test_other_quantities_and_goods_keep_the_time_and_leave_their_history(harbour):
    mug, bowl = factories.stocked(harbour, 5), factories.stocked(harbour, 5)
    holds.take(harbour.pk, {mug.pk: 2, bowl.pk: 1}, holder=MARTA, at=NOON)
    held = holds.take(harbour.pk, {mug.pk: 4}, holder=MARTA, at=later(3))
    assert (held.until, held.goods) == (later(10), {mug.pk: 4})
    rows = Hold.objects.order_by("id").values_list("level__variant_id", "quantity", "at", "expires_at", "ended_at")
    assert list(rows) == [
        (mug.pk, 2, NOON, later(10), later(3)),
        (bowl.pk, 1, NOON, later(10), later(3)),
        (mug.pk, 4, later(3), later(10), None),
    ]
    assert (left(harbour, mug, later(3)), left(harbour, bowl, later(3))) == (1, 5)


def test_another_store_ends_the_hold_in_the_first(harbour):
    mug, station = factories.stocked(harbour, 5), factories.store("station")
    stock.receive(station, {mug.pk: 2}, reference="delivery:2", by=None, at=NOON)
    holds.take(harbour.pk, {mug.pk: 2}, holder=MARTA, at=NOON)
    held = holds.take(station.pk, {mug.pk: 2}, holder=MARTA, at=later(1))
    assert (held.store_id, held.until) == (station.pk, later(11))
    assert (left(harbour, mug, later(1)), left(station, mug, later(1))) == (5, 0)


# Time


def test_activity_extends_a_hold_eleven_times_and_not_once_more(harbour):
    mug = factories.stocked(harbour, 10)
    holds.take(harbour.pk, {mug.pk: 3}, holder=MARTA, at=NOON)
    for turn in range(1, settings.HOLD_EXTENSIONS + 1):
        assert holds.extend(MARTA, at=later(9 * turn)), turn
    assert Hold.objects.values_list("extensions", "expires_at").get() == (11, later(9 * 11 + 10))
    with unchanged():
        assert not holds.extend(MARTA, at=later(9 * 11 + 5))
    assert left(harbour, mug, later(9 * 11 + 9)) == 7
    assert left(harbour, mug, later(9 * 11 + 10)) == 10


def test_what_has_lapsed_is_not_extended_but_taken_anew_if_it_is_there(harbour):
    mug = factories.stocked(harbour, 5)
    holds.take(harbour.pk, {mug.pk: 4}, holder=MARTA, at=NOON)
    with unchanged():
        assert not holds.extend(MARTA, at=later(10))
    lapsed = holds.of(MARTA)
    assert (lapsed.until, lapsed.goods) == (later(10), {mug.pk: 4})
    held = holds.take(harbour.pk, {mug.pk: 4}, holder=MARTA, at=later(12))
    assert held.until == later(22)
    assert list(Hold.objects.order_by("id").values_list("at", "ended_at")) == [(NOON, later(10)), (later(12), None)]


def test_who_comes_back_after_a_lapse_is_told_what_is_left(harbour):
    mug = factories.stocked(harbour, 5)
    holds.take(harbour.pk, {mug.pk: 4}, holder=MARTA, at=NOON)
    holds.take(harbour.pk, {mug.pk: 3}, holder=JONAS, at=later(11))
    with refused(NotAvailable) as refusal:
        holds.take(harbour.pk, {mug.pk: 4}, holder=MARTA, at=later(12))
    assert refusal.value.shortages == [Shortage(mug.pk, 4, 2)]


def test_a_checkout_that_ends_frees_its_goods_at_once(harbour):
    mug = factories.stocked(harbour, 5)
    holds.take(harbour.pk, {mug.pk: 4}, holder=MARTA, at=NOON)
    holds.end(MARTA, at=later(2))
    assert left(harbour, mug, later(2)) == 5
    assert holds.of(MARTA) is None
    with unchanged():
        holds.end(MARTA, at=later(3))


def test_what_a_checkout_holds_goes_with_the_customer_for_as_long_as_it_would_have_been_kept(harbour):
    mug, bowl = factories.stocked(harbour, 5), factories.stocked(harbour, 5)
    holds.take(harbour.pk, {mug.pk: 1, bowl.pk: 1}, holder=JONAS, at=NOON)
    holds.take(harbour.pk, {mug.pk: 4}, holder=MARTA, at=NOON)
    holds.hand_over(MARTA, to=JONAS, at=later(3))
    assert (holds.of(MARTA), holds.of(JONAS)) == (None, holds.Held(harbour.pk, later(10), 0, {mug.pk: 4}))
    assert (left(harbour, mug, later(3)), left(harbour, bowl, later(3))) == (1, 5), "what he held before is free"
    assert left(harbour, mug, later(3), JONAS) == 5
    with unchanged():
        holds.hand_over(MARTA, to=JONAS, at=later(4))
    holds.take(harbour.pk, {mug.pk: 1}, holder=MARTA, at=later(5))
    holds.take(harbour.pk, {mug.pk: 1}, holder=JONAS, at=later(14))
    with unchanged():
        holds.hand_over(MARTA, to=JONAS, at=later(16))  # hers has lapsed, his has not


def test_tidying_up_changes_what_nobody_sees(harbour):
    mug = factories.stocked(harbour, 9)
    for number in range(3):
        holds.take(harbour.pk, {mug.pk: 1}, holder=f"cart:{number}", at=later(number))
    with unchanged():
        assert holds.tidy(at=later(13)) == 0, "who comes back now is told that the hold has lapsed"
    assert holds.tidy(at=later(11) + holds.TOLD_FOR) == 2
    assert list(Hold.objects.order_by("id").values_list("ended_at", flat=True)) == [later(10), later(11), None]
    assert left(harbour, mug, later(11)) == 8
    assert holds.tidy(at=later(11) + holds.TOLD_FOR) == 0


# Caps


def test_a_checkout_holds_no_more_than_its_share(harbour, settings):
    settings.HOLD_UNITS_PER_CHECKOUT = 5
    mug = factories.stocked(harbour, 50)
    holds.take(harbour.pk, {mug.pk: 5}, holder=MARTA, at=NOON)
    with refused(holds.TooMuchHeld):
        holds.take(harbour.pk, {mug.pk: 6}, holder=MARTA, at=NOON)


def test_an_address_with_many_carts_holds_no_more_than_its_share(harbour, settings):
    settings.HOLD_UNITS_PER_ADDRESS = 6
    mug = factories.stocked(harbour, 50)
    holds.take(harbour.pk, {mug.pk: 4}, holder=MARTA, origin="one address", at=NOON)
    with refused(holds.TooMuchHeld):
        holds.take(harbour.pk, {mug.pk: 3}, holder=JONAS, origin="one address", at=NOON)
    holds.take(harbour.pk, {mug.pk: 3}, holder="cart:3", origin="another address", at=NOON)
    holds.take(harbour.pk, {mug.pk: 3}, holder=JONAS, origin="one address", at=later(10))
