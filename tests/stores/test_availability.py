"""ATP: on hand − allocated − safety stock, at least 0. Numbers of the acceptance scenario P-01."""

import pytest

from stores import availability
from stores.models import StockLevel
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("on_hand", "allocated", "safety", "atp"),
    [(10, 0, 0, 10), (10, 0, 3, 7), (10, 5, 0, 5), (10, 5, 3, 2), (10, 10, 0, 0), (3, 0, 5, 0), (3, 3, 5, 0), (0, 0, 0, 0)],
)
def test_what_may_be_promised(on_hand, allocated, safety, atp):
    harbour, mug = factories.store(), factories.variant()
    StockLevel.objects.create(store=harbour, variant=mug, on_hand=on_hand, allocated=allocated, safety_stock=safety)
    assert availability.at_store(harbour.pk, [mug.pk], at=factories.NOON) == {mug.pk: atp}
    assert [left.count for left in availability.of_variants([mug.pk], at=factories.NOON)[mug.pk]] == ([atp] if atp else [])


def test_a_variant_that_the_store_never_had_has_none():
    harbour, mug = factories.store(), factories.variant()
    assert availability.at_store(harbour.pk, [mug.pk], at=factories.NOON) == {mug.pk: 0}
    assert availability.at_store(harbour.pk, [], at=factories.NOON) == {}


def test_every_open_store_that_has_some_is_named():
    harbour, station, closed = factories.store(), factories.store("station"), factories.store("old-mill", active=False)
    mug, vase = factories.variant(), factories.variant()
    for place, count in [(harbour, 2), (station, 0), (closed, 9)]:
        StockLevel.objects.create(store=place, variant=mug, on_hand=count)
    StockLevel.objects.create(store=station, variant=vase, on_hand=4)
    found = availability.of_variants([mug.pk, vase.pk], at=factories.NOON)
    assert {goods: {left.store_id: left.count for left in lefts} for goods, lefts in found.items()} == {mug.pk: {harbour.pk: 2}, vase.pk: {station.pk: 4}}


def test_any_number_of_variants_takes_one_statement(django_assert_num_queries):
    harbour = factories.store()
    goods = [factories.stocked(harbour, count + 1).pk for count in range(20)]
    with django_assert_num_queries(1):
        assert list(availability.at_store(harbour.pk, goods, at=factories.NOON).values()) == list(range(1, 21))
    with django_assert_num_queries(1):
        availability.of_variants(goods, at=factories.NOON)
