"""ATP: on hand − allocated − safety stock, at least 0. Numbers of the acceptance scenario P-01."""

import pytest
from django.urls import reverse

from stores import availability
from stores.availability import Found, Left
from stores.models import StockLevel, Store
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


def found(ids: list[int], store: Store | None, **about: str) -> dict[int, availability.Found]:
    return availability.find_products(ids, store_id=store.pk if store else None, at=factories.NOON, **about)


def test_products_are_found_at_the_store_asked_for_and_elsewhere_only_if_they_are_not_there(django_assert_num_queries):
    harbour, station, mill = factories.store(), factories.store("station"), factories.store("mill")
    closed, window = factories.store("old-mill", active=False), factories.store("window", pickup=False)
    mug, vase, bowl = factories.variant(), factories.variant(), factories.variant()
    second = factories.variant(product=mug.product, sku="M2")
    counts = [(harbour, mug, 2), (harbour, second, 1), (station, mug, 9), (harbour, vase, 0), (station, vase, 3), (mill, vase, 8), (closed, vase, 9)]
    for place, goods, count in [*counts, (window, bowl, 4)]:
        StockLevel.objects.create(store=place, variant=goods, on_hand=count)
    ids = [one.product_id for one in (mug, vase, bowl)]
    with django_assert_num_queries(1):
        assert found(ids, harbour) == {
            mug.product_id: Found(here=3, stores=1),
            vase.product_id: Found(stores=2, others=(left(mill, 6), left(station, 3))),
        }
    with django_assert_num_queries(1):
        assert {key: one.stores for key, one in found(ids, None).items()} == {mug.product_id: 2, vase.product_id: 2}
    assert found(ids, window)[bowl.product_id].here == 4, "what hands over no orders has shelves all the same"
    assert found([], harbour) == {}


def left(place: Store, count: int) -> Left:
    return Left(place.pk, place.code, place.name, count)


def test_what_is_here_in_plenty_is_told_as_many():
    harbour, mug = factories.store(), factories.variant()
    StockLevel.objects.create(store=harbour, variant=mug, on_hand=500)
    assert found([mug.product_id], harbour)[mug.product_id].here == availability.MANY + 1


def test_a_list_with_goods_that_are_not_here_costs_four_statements(client, django_assert_num_queries):
    """The session, the products, their prices, and where they can be had; who chose no store costs no more."""
    harbour, station = factories.store(), factories.store("station")
    for place in [harbour, station] * 3:
        factories.stocked(place, 2)
    client.post(reverse("enter_store", args=[harbour.code]))
    for address in ["/products/", "/products/?size=&order=name"]:
        client.get(address)
        with django_assert_num_queries(4):
            text = client.get(address).content.decode()
        assert text.count(station.name) >= 3


def test_any_number_of_variants_takes_one_statement(django_assert_num_queries):
    harbour = factories.store()
    goods = [factories.stocked(harbour, count + 1).pk for count in range(20)]
    with django_assert_num_queries(1):
        assert list(availability.at_store(harbour.pk, goods, at=factories.NOON).values()) == list(range(1, 21))
    with django_assert_num_queries(1):
        availability.of_variants(goods, at=factories.NOON)
