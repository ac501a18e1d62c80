"""Holds of a live checkout. Numbers of the acceptance scenarios P-04, P-05 and P-06."""

import pytest
from django.db import transaction

from stores import availability, holds, stock
from stores.models import Hold, StockLevel
from stores.stock import NotAvailable, Shortage
from tests import factories
from tests.factories import NOON
from tests.stores.held import JONAS, MARTA, also_at, later, left
from tests.unchanged import refused, unchanged

pytestmark = pytest.mark.django_db
WHY = {"reference": "test:1", "by": None}


# What others see


def test_others_see_what_is_not_held_and_see_it_again_a_second_after_the_hold_expires(harbour, settings):
    """P-04: on hand 10, a guest holds 3 for 7 minutes; no worker runs."""
    settings.HOLD_MINUTES = 7
    mug = factories.stocked(harbour, 10)
    held = holds.take({harbour.pk: {mug.pk: 3}}, holder=MARTA, at=NOON)
    assert (held.until, held.extensions, held.goods) == (later(7), 0, {harbour.pk: {mug.pk: 3}})
    assert left(harbour, mug, later(6, seconds=59)) == 7
    assert StockLevel.objects.values_list("on_hand", "allocated").get() == (10, 0)
    assert left(harbour, mug, later(7, seconds=1)) == 10
    assert Hold.objects.filter(ended_at=None).count() == 1


def test_every_page_counts_holds_in_the_same_way(harbour):
    mug = factories.stocked(harbour, 4)
    holds.take({harbour.pk: {mug.pk: 3}}, holder=MARTA, at=NOON)
    for holder, count in [("", 1), (JONAS, 1), (MARTA, 4)]:
        about = {"at": NOON, "holder": holder}
        assert left(harbour, mug, NOON, holder) == count
        assert [one.count for one in availability.of_variants([mug.pk], **about)[mug.pk]] == [count]
        assert availability.find_variants([mug.pk], store_id=harbour.pk, **about)[mug.pk].here == count
        assert availability.find_products([mug.product_id], store_id=harbour.pk, **about)[mug.product_id].here == count
        assert availability.find_products([mug.product_id], store_id=None, **about)[mug.product_id].others[0].count == count


def test_what_is_held_by_others_is_not_promised_to_an_order(harbour):
    mug = factories.stocked(harbour, 5)
    holds.take({harbour.pk: {mug.pk: 4}}, holder=MARTA, at=NOON)
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
    holds.take({harbour.pk: {mug.pk: 3}}, holder=MARTA, at=NOON)
    with unchanged():
        held = holds.take({harbour.pk: {mug.pk: 3}}, holder=MARTA, at=later(4))
    assert held.until == later(10), "asking again is no activity"
    assert Hold.objects.values_list("quantity", flat=True).get() == 3


def test_a_hold_of_what_is_not_left_is_refused_with_what_is(harbour):
    """P-06: on hand 5, another live hold of 4, 3 are wanted."""
    mug = factories.stocked(harbour, 5)
    holds.take({harbour.pk: {mug.pk: 4}}, holder=MARTA, at=NOON)
    with refused(NotAvailable) as refusal:
        holds.take({harbour.pk: {mug.pk: 3}}, holder=JONAS, at=NOON)
    assert refusal.value.shortages == [Shortage(mug.pk, 3, 1)]


def test_a_refused_change_keeps_what_is_held(harbour):
    mug, bowl = factories.stocked(harbour, 5), factories.stocked(harbour, 1)
    holds.take({harbour.pk: {mug.pk: 2}}, holder=MARTA, at=NOON)
    with refused(NotAvailable):
        holds.take({harbour.pk: {mug.pk: 3, bowl.pk: 2}}, holder=MARTA, at=NOON)


def test_other_quantities_and_goods_keep_the_time_and_leave_their_history(harbour):
    mug, bowl = factories.stocked(harbour, 5), factories.stocked(harbour, 5)
    holds.take({harbour.pk: {mug.pk: 2, bowl.pk: 1}}, holder=MARTA, at=NOON)
    held = holds.take({harbour.pk: {mug.pk: 4}}, holder=MARTA, at=later(3))
    assert (held.until, held.goods) == (later(10), {harbour.pk: {mug.pk: 4}})
    rows = Hold.objects.order_by("id").values_list("level__variant_id", "quantity", "at", "expires_at", "ended_at")
    assert list(rows) == [
        (mug.pk, 2, NOON, later(10), later(3)),
        (bowl.pk, 1, NOON, later(10), later(3)),
        (mug.pk, 4, later(3), later(10), None),
    ]
    assert (left(harbour, mug, later(3)), left(harbour, bowl, later(3))) == (1, 5)


def test_another_store_ends_the_hold_in_the_first_and_keeps_its_time(harbour):
    mug = factories.stocked(harbour, 5)
    station = also_at("station", mug, 2)
    holds.take({harbour.pk: {mug.pk: 2}}, holder=MARTA, at=NOON)
    held = holds.take({station.pk: {mug.pk: 2}}, holder=MARTA, at=later(1))
    assert (held.goods, held.until, held.extensions) == ({station.pk: {mug.pk: 2}}, later(10), 0)
    assert (left(harbour, mug, later(1)), left(station, mug, later(1))) == (5, 0)


def test_an_order_ends_what_its_checkout_held_also_where_it_takes_nothing(harbour):
    mug = factories.stocked(harbour, 5)
    station = also_at("station", mug, 2)
    holds.take({harbour.pk: {mug.pk: 2}}, holder=MARTA, at=NOON)
    stock.allocate(station.pk, {mug.pk: 2}, holder=MARTA, at=later(1), **WHY)
    assert (left(harbour, mug, later(1)), left(station, mug, later(1))) == (5, 0)


# In several stores at once


def test_a_checkout_holds_what_it_collects_in_one_store_and_gets_from_another(harbour):
    mug, bowl = factories.stocked(harbour, 5), factories.stocked(harbour, 3)
    station = also_at("station", mug, 4)
    goods = {harbour.pk: {mug.pk: 2, bowl.pk: 1}, station.pk: {mug.pk: 3}}
    held = holds.take(goods, holder=MARTA, at=NOON)
    assert held == holds.Held(later(10), 0, goods)
    assert holds.of(MARTA) == held
    assert (left(harbour, mug, NOON), left(harbour, bowl, NOON), left(station, mug, NOON)) == (3, 2, 1)
    with unchanged():
        holds.take(goods, holder=MARTA, at=later(4))
    assert holds.extend(MARTA, at=later(5))
    assert holds.of(MARTA) == holds.Held(later(15), 1, goods)
    holds.take({station.pk: {mug.pk: 3}}, holder=MARTA, at=later(6))
    assert holds.of(MARTA) == holds.Held(later(15), 1, {station.pk: {mug.pk: 3}})
    assert (left(harbour, mug, later(6)), left(harbour, bowl, later(6)), left(station, mug, later(6))) == (5, 3, 1)


def test_a_refusal_says_at_which_store_there_is_too_little_and_holds_nothing_at_the_others(harbour):
    mug, bowl = factories.stocked(harbour, 5), factories.stocked(harbour, 1)
    station = also_at("station", mug, 2)
    with refused(NotAvailable) as refusal:
        holds.take({harbour.pk: {mug.pk: 5, bowl.pk: 1}, station.pk: {mug.pk: 3, bowl.pk: 1}}, holder=MARTA, at=NOON)
    assert refusal.value.shortages == [Shortage(mug.pk, 3, 2), Shortage(bowl.pk, 1, 0)]
    assert [short.store_id for short in refusal.value.shortages] == [station.pk, station.pk]


def test_what_is_left_in_one_store_is_not_held_in_another(harbour):
    mug = factories.stocked(harbour, 5)
    station = also_at("station", mug, 5)
    holds.take({harbour.pk: {mug.pk: 5}, station.pk: {mug.pk: 1}}, holder=JONAS, at=NOON)
    with refused(NotAvailable) as refusal:
        holds.take({station.pk: {mug.pk: 4}, harbour.pk: {mug.pk: 1}}, holder=MARTA, at=NOON)
    short = refusal.value.shortages
    assert [(one.store_id, one.variant_id, one.wanted, one.left, one.figures.held) for one in short] == [(harbour.pk, mug.pk, 1, 0, 5)]


@pytest.mark.parametrize("places", [1, 5])
def test_the_number_of_statements_does_not_grow_with_the_stores(harbour, places, django_assert_num_queries):
    mug = factories.stocked(harbour, 5)
    demand = {harbour.pk: {mug.pk: 1}}
    for number in range(1, places):
        demand[also_at(f"place-{number}", mug, 5).pk] = {mug.pk: 1}
    with transaction.atomic(), django_assert_num_queries(4):  # the levels, its own holds, the new holds, how long they may live
        holds.take(demand, holder=MARTA, at=NOON)


# Caps


def test_a_checkout_holds_no_more_than_its_share(harbour, settings):
    settings.HOLD_UNITS_PER_CHECKOUT = 5
    mug = factories.stocked(harbour, 50)
    holds.take({harbour.pk: {mug.pk: 5}}, holder=MARTA, at=NOON)
    with refused(holds.TooMuchHeld):
        holds.take({harbour.pk: {mug.pk: 6}}, holder=MARTA, at=NOON)


def test_an_address_with_many_carts_holds_no_more_than_its_share(harbour, settings):
    settings.HOLD_UNITS_PER_ADDRESS = 6
    mug = factories.stocked(harbour, 50)
    holds.take({harbour.pk: {mug.pk: 4}}, holder=MARTA, origin="one address", at=NOON)
    with refused(holds.TooMuchHeld):
        holds.take({harbour.pk: {mug.pk: 3}}, holder=JONAS, origin="one address", at=NOON)
    holds.take({harbour.pk: {mug.pk: 3}}, holder="cart:3", origin="another address", at=NOON)
    holds.take({harbour.pk: {mug.pk: 3}}, holder=JONAS, origin="one address", at=later(10))
