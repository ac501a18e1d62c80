"""From which stores a delivery is sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders import sourcing
from stores.models import Store
from stores.stock import NotAvailable
from tests import factories
from tests.factories import NOON
from tests.orders.delivering import sender

MUG, BOWL, VASE = 1, 2, 3
HARBOUR, STATION, RIVERSIDE = 10, 20, 30


def test_one_store_that_has_all_sends_all():
    left = {HARBOUR: {MUG: 9}, STATION: {MUG: 2, BOWL: 1}}
    assert sourcing.plan({MUG: 2, BOWL: 1}, left) == {STATION: {MUG: 2, BOWL: 1}}


def test_between_equals_the_store_that_is_liked_best_sends():
    assert sourcing.plan({MUG: 1}, {STATION: {MUG: 1}, HARBOUR: {MUG: 5}}) == {STATION: {MUG: 1}}


def test_no_more_parcels_are_sent_than_it_takes_even_if_a_store_looks_better():
    left = {HARBOUR: {MUG: 2, BOWL: 2, VASE: 1, 4: 1}, STATION: {MUG: 2, VASE: 1, 5: 1}, RIVERSIDE: {BOWL: 2, 4: 1, 6: 1}}
    wanted = {MUG: 2, BOWL: 2, VASE: 1, 4: 1, 5: 1, 6: 1}
    assert len(sourcing.greedy(wanted, left)) == 3
    assert sourcing.plan(wanted, left) == {STATION: {MUG: 2, VASE: 1, 5: 1}, RIVERSIDE: {BOWL: 2, 4: 1, 6: 1}}


def test_a_line_that_one_store_has_whole_is_not_divided():
    left = {HARBOUR: {MUG: 1, BOWL: 1}, STATION: {MUG: 1, VASE: 1}, RIVERSIDE: {MUG: 2}}
    shares = sourcing.plan({MUG: 2, BOWL: 1, VASE: 1}, left)
    assert shares == {HARBOUR: {BOWL: 1}, STATION: {VASE: 1}, RIVERSIDE: {MUG: 2}}


def test_a_line_that_no_store_has_whole_comes_from_the_stores_that_have_most():
    left = {HARBOUR: {MUG: 1}, STATION: {MUG: 4}, RIVERSIDE: {MUG: 3}}
    assert sourcing.plan({MUG: 6}, left) == {STATION: {MUG: 4}, RIVERSIDE: {MUG: 2}}


def test_too_little_in_all_stores_is_refused_with_what_is_left():
    with pytest.raises(NotAvailable) as refusal:
        sourcing.plan({MUG: 5, BOWL: 1}, {HARBOUR: {MUG: 2, BOWL: 1}, STATION: {MUG: 2}})
    assert [(short.variant_id, short.wanted, short.left) for short in refusal.value.shortages] == [(MUG, 5, 4)]


GOODS = st.dictionaries(st.integers(1, 4), st.integers(1, 4), min_size=1, max_size=4)
LEFT = st.dictionaries(st.integers(1, 5), st.dictionaries(st.integers(1, 4), st.integers(0, 5), max_size=4), max_size=5)


@given(GOODS, LEFT)
def test_demand_is_met_exactly_from_what_there_is_and_never_in_more_parcels_than_taking_the_best_store_again_and_again(demand, left):
    together = {goods: sum(has.get(goods, 0) for has in left.values()) for goods in demand}
    if any(units > together[goods] for goods, units in demand.items()):
        with pytest.raises(NotAvailable):
            sourcing.plan(demand, left)
        return
    shares = sourcing.plan(demand, left)
    assert {goods: sum(share.get(goods, 0) for share in shares.values()) for goods in demand} == demand
    for store, share in shares.items():
        assert all(0 < units <= left[store][goods] for goods, units in share.items())
    for goods, units in demand.items():
        if any(has.get(goods, 0) >= units for has in left.values()):
            assert sum(goods in share for share in shares.values()) == 1
    usable = {store: sourcing.usable_of(demand, left, store) for store in left}
    assert len(shares) <= len(sourcing.greedy(demand, usable))


@given(GOODS, LEFT)
def test_among_many_stores_demand_is_met_exactly_too(demand, left):
    many = {store: dict.fromkeys(demand, 1) for store in range(100, 100 + sourcing.EXACT)} | left
    shares = sourcing.plan(demand, many)
    assert {goods: sum(share.get(goods, 0) for share in shares.values()) for goods in demand} == demand
    assert all(0 < units <= many[store][goods] for store, share in shares.items() for goods, units in share.items())


@pytest.mark.django_db
class TestStores:
    """What the database has."""

    def test_only_open_stores_that_deliver_send_and_only_what_may_be_promised(self, django_assert_num_queries):
        harbour, station = sender("harbour"), sender("station")
        pickup_only, shut = factories.store("old-town"), sender("riverside")
        mug = factories.stocked(harbour, 3)
        for place, units in ((station, 5), (pickup_only, 9), (shut, 9)):
            factories.stock.receive(place, {mug.pk: units}, reference="more", by=None, at=NOON)
        Store.objects.filter(pk=shut.pk).update(active=False)
        factories.order(station, (mug, 1))  # of five one is promised
        with django_assert_num_queries(1):
            assert sourcing.choose({mug.pk: 4}, at=NOON) == {station.pk: {mug.pk: 4}}
        assert sourcing.choose({mug.pk: 6}, at=NOON) == {station.pk: {mug.pk: 4}, harbour.pk: {mug.pk: 2}}
        with pytest.raises(NotAvailable) as refusal:
            sourcing.choose({mug.pk: 8}, at=NOON)
        assert [(short.wanted, short.left) for short in refusal.value.shortages] == [(8, 7)]

    def test_the_store_whose_shelf_was_scanned_sends_if_it_can(self):
        harbour, station = sender("harbour"), sender("station")
        mug = factories.stocked(harbour, 3)
        factories.stock.receive(station, {mug.pk: 5}, reference="more", by=None, at=NOON)
        assert sourcing.choose({mug.pk: 2}, at=NOON) == {station.pk: {mug.pk: 2}}
        assert sourcing.choose({mug.pk: 2}, at=NOON, prefer_store_id=harbour.pk) == {harbour.pk: {mug.pk: 2}}
        assert sourcing.choose({mug.pk: 4}, at=NOON, prefer_store_id=harbour.pk) == {station.pk: {mug.pk: 4}}

    def test_between_stores_with_as_much_left_the_name_decides(self):
        station, harbour = sender("station"), sender("harbour")
        mug = factories.stocked(station, 3)
        factories.stock.receive(harbour, {mug.pk: 3}, reference="more", by=None, at=NOON)
        assert sourcing.choose({mug.pk: 1}, at=NOON) == {harbour.pk: {mug.pk: 1}}
