"""Stock: promises, hand-overs, sales and counts, each with its movements. Numbers of the acceptance scenarios P-01, P-02, P-03 and P-07."""

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omo.models import Event
from stores import availability, invariants, stock
from stores.models import StockLevel, StockMovement, Store, Variant
from stores.stock import BelowAllocated, NotAvailable, Shortage
from tests import factories
from tests.factories import NOON
from tests.unchanged import refused, unchanged

pytestmark = pytest.mark.django_db
WHY = {"reference": "test:1", "by": None, "at": NOON}


def level(place: Store, goods: Variant) -> tuple[int, int, int]:
    """On hand, allocated and ATP."""
    held = StockLevel.objects.get(store=place, variant=goods)
    return held.on_hand, held.allocated, availability.at_store(place.pk, [goods.pk], at=NOON)[goods.pk]


def moves(place: Store) -> list[tuple[str, int]]:
    """The movements, oldest first."""
    return list(StockMovement.objects.filter(store=place).exclude(quantity=0).order_by("pk").values_list("kind", "quantity"))


# Promises


def test_a_promise_leaves_on_hand_and_takes_what_may_still_be_promised(harbour):
    mug = factories.stocked(harbour, 10)
    stock.allocate(harbour.pk, {mug.pk: 5}, **WHY)
    assert level(harbour, mug) == (10, 5, 5)
    stock.hand_out(harbour.pk, {mug.pk: 3}, **WHY)
    assert level(harbour, mug) == (7, 2, 5)
    assert moves(harbour) == [("received", 10), ("sold", -3)]


def test_the_last_unit_can_be_promised_and_one_more_is_refused_with_what_is_left(harbour):
    mug = factories.stocked(harbour, 3)
    with refused(NotAvailable) as refusal:
        stock.allocate(harbour.pk, {mug.pk: 4}, **WHY)
    assert refusal.value.shortages == [Shortage(mug.pk, 4, 3)]
    stock.allocate(harbour.pk, {mug.pk: 3}, **WHY)
    with refused(NotAvailable) as refusal:
        stock.allocate(harbour.pk, {mug.pk: 1}, **WHY)
    assert refusal.value.shortages == [Shortage(mug.pk, 1, 0)]


def test_safety_stock_is_not_promised(harbour):
    mug = factories.stocked(harbour, 10)
    StockLevel.objects.update(safety_stock=3)
    with refused(NotAvailable) as refusal:
        stock.allocate(harbour.pk, {mug.pk: 8}, **WHY)
    assert refusal.value.shortages == [Shortage(mug.pk, 8, 7)]
    stock.allocate(harbour.pk, {mug.pk: 7}, **WHY)
    assert level(harbour, mug) == (10, 7, 0)


def test_one_short_variant_refuses_the_whole_demand_and_every_shortage_is_named(harbour):
    mug, bowl, vase = factories.stocked(harbour, 5), factories.stocked(harbour, 1), factories.variant()
    with refused(NotAvailable) as refusal:
        stock.allocate(harbour.pk, {mug.pk: 1, bowl.pk: 2, vase.pk: 1}, **WHY)
    assert refusal.value.shortages == [Shortage(bowl.pk, 2, 1), Shortage(vase.pk, 1, 0)]


def test_another_stores_goods_promise_nothing_here(harbour):
    mug = factories.stocked(factories.store("station"), 9)
    with refused(NotAvailable):
        stock.allocate(harbour.pk, {mug.pk: 1}, **WHY)


def test_a_released_promise_is_free_for_others(harbour):
    mug = factories.stocked(harbour, 10)
    stock.allocate(harbour.pk, {mug.pk: 5}, **WHY)
    stock.release(harbour.pk, {mug.pk: 2}, **WHY)
    assert level(harbour, mug) == (10, 3, 7)
    assert not Event.objects.filter(kind="stock.anomaly").exists()


def test_releasing_more_than_was_promised_promises_nothing_and_is_logged(harbour):
    mug = factories.stocked(harbour, 10)
    stock.allocate(harbour.pk, {mug.pk: 5}, **WHY)
    stock.release(harbour.pk, {mug.pk: 6}, **WHY)
    assert level(harbour, mug) == (10, 0, 10)
    event = Event.objects.get(kind="stock.anomaly")
    assert (event.store, event.subject, event.data) == (harbour, "test:1", {"released_too_many": {str(mug.pk): 1}})


def test_releasing_what_the_store_never_had_is_logged(harbour):
    vase = factories.variant()
    stock.release(harbour.pk, {vase.pk: 2}, **WHY)
    assert Event.objects.get(kind="stock.anomaly").data == {"released_too_many": {str(vase.pk): 2}}
    assert not StockLevel.objects.exists()


def test_nothing_wanted_changes_nothing(harbour):
    factories.stocked(harbour, 10)
    with unchanged():
        stock.allocate(harbour.pk, {}, **WHY)
        stock.release(harbour.pk, {}, **WHY)
        stock.hand_out(harbour.pk, {}, **WHY)
        stock.sell(harbour.pk, {}, **WHY)


# Sales at the till


def test_a_sale_leaves_on_hand_and_never_touches_promises(harbour):
    mug = factories.stocked(harbour, 10)
    stock.allocate(harbour.pk, {mug.pk: 4}, **WHY)
    stock.sell(harbour.pk, {mug.pk: 6}, **WHY)
    assert level(harbour, mug) == (4, 4, 0)
    assert moves(harbour) == [("received", 10), ("sold", -6)]
    assert not Event.objects.filter(kind="stock.found").exists()


def test_a_sale_of_more_than_the_books_say_enters_the_rest_as_found(harbour):
    mug = factories.stocked(harbour, 10)
    stock.allocate(harbour.pk, {mug.pk: 8}, **WHY)
    stock.sell(harbour.pk, {mug.pk: 5}, **WHY)
    assert level(harbour, mug) == (8, 8, 0)
    assert moves(harbour) == [("received", 10), ("adjusted", 3), ("sold", -5)]
    event = Event.objects.get(kind="stock.found")
    assert (event.subject, event.data) == ("test:1", {"found": {str(mug.pk): 3}})


def test_a_sale_of_goods_that_were_never_received_is_a_fact_too(harbour):
    vase = factories.variant()
    stock.sell(harbour.pk, {vase.pk: 2}, **WHY)
    assert level(harbour, vase) == (0, 0, 0)
    assert moves(harbour) == [("adjusted", 2), ("sold", -2)]


# Deliveries and counts


def test_a_delivery_is_added_with_a_movement_per_variant_and_one_event(harbour):
    mug, bowl, ana = factories.variant(), factories.variant(), factories.staff(harbour)
    stock.receive(harbour, {bowl.pk: 4, mug.pk: 6}, reference="delivery:7", by=ana, at=NOON)
    stock.receive(harbour, {mug.pk: 1}, reference="delivery:8", by=ana, at=NOON)
    assert (level(harbour, mug), level(harbour, bowl)) == ((7, 0, 7), (4, 0, 4))
    assert list(StockMovement.objects.order_by("pk").values_list("variant", "quantity", "reference", "by")) == [
        (mug.pk, 6, "delivery:7", ana.pk),
        (bowl.pk, 4, "delivery:7", ana.pk),
        (mug.pk, 1, "delivery:8", ana.pk),
    ]
    assert list(Event.objects.order_by("pk").values_list("kind", "subject", "by")) == [
        ("stock.received", "delivery:7", ana.pk),
        ("stock.received", "delivery:8", ana.pk),
    ]


def test_a_count_makes_on_hand_what_was_counted(harbour):
    mug, bowl, vase = factories.stocked(harbour, 10), factories.stocked(harbour, 5), factories.variant()
    assert stock.set_on_hand(harbour, {mug.pk: 8, bowl.pk: 5, vase.pk: 2}, reference="count:1", by=None, at=NOON) == 2
    assert (level(harbour, mug), level(harbour, bowl), level(harbour, vase)) == ((8, 0, 8), (5, 0, 5), (2, 0, 2))
    assert moves(harbour)[-2:] == [("counted", -2), ("counted", 2)]
    assert Event.objects.get(kind="stock.counted").data == {"levels": 2}


def test_the_same_count_again_changes_nothing(harbour):
    mug = factories.stocked(harbour, 10)
    with unchanged():
        assert stock.set_on_hand(harbour, {mug.pk: 10}, reference="count:2", by=None, at=NOON) == 0


def test_a_count_below_what_is_promised_is_refused_as_a_whole(harbour):
    mug, bowl = factories.stocked(harbour, 10), factories.stocked(harbour, 5)
    stock.allocate(harbour.pk, {mug.pk: 4}, **WHY)
    with refused(BelowAllocated) as refusal:
        stock.set_on_hand(harbour, {mug.pk: 3, bowl.pk: 9}, reference="count:1", by=None, at=NOON)
    assert refusal.value.shortages == [Shortage(mug.pk, 3, 4)]
    assert stock.set_on_hand(harbour, {mug.pk: 4}, reference="count:1", by=None, at=NOON) == 1


# Anything, in any order

COUNT = st.integers(1, 6)
STEP = st.tuples(st.sampled_from(["receive", "allocate", "release", "hand_out", "sell", "count"]), st.dictionaries(st.sampled_from([0, 1]), COUNT, min_size=1))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEP, max_size=20))
def test_no_sequence_of_acts_breaks_the_promises_of_stock(harbour, steps):
    with transaction.atomic():
        goods = [factories.variant(), factories.variant()]
        on_hand, allocated = [0, 0], [0, 0]
        for step, wanted in steps:
            demand = {goods[index].pk: count for index, count in wanted.items()}
            _take(step, harbour, demand, wanted, on_hand, allocated)
            levels = dict(StockLevel.objects.values_list("variant_id", "on_hand"))
            promised = dict(StockLevel.objects.values_list("variant_id", "allocated"))
            assert [levels.get(variant.pk, 0) for variant in goods] == on_hand
            assert [promised.get(variant.pk, 0) for variant in goods] == allocated
            assert list(availability.at_store(harbour.pk, [variant.pk for variant in goods], at=NOON).values()) == [
                on_hand[index] - allocated[index] for index in (0, 1)
            ]
        assert list(invariants.violations()) == []
        transaction.set_rollback(True)


def _take(step: str, place: Store, demand: dict[int, int], wanted: dict[int, int], on_hand: list[int], allocated: list[int]) -> None:
    """Take one step on the stock, and the same on a few numbers."""
    if step == "receive":
        stock.receive(place, demand, **WHY)
        changes = [(index, count, 0) for index, count in wanted.items()]
    elif step == "allocate":
        if any(count > on_hand[index] - allocated[index] for index, count in wanted.items()):
            with pytest.raises(NotAvailable), transaction.atomic():
                stock.allocate(place.pk, demand, **WHY)
            return
        stock.allocate(place.pk, demand, **WHY)
        changes = [(index, 0, count) for index, count in wanted.items()]
    elif step == "release":
        stock.release(place.pk, demand, **WHY)
        changes = [(index, 0, -min(count, allocated[index])) for index, count in wanted.items()]
    elif step == "hand_out":
        if any(count > allocated[index] for index, count in wanted.items()):
            return  # only what was promised is handed out
        stock.hand_out(place.pk, demand, **WHY)
        changes = [(index, -count, -count) for index, count in wanted.items()]
    elif step == "sell":
        stock.sell(place.pk, demand, **WHY)
        changes = [(index, -min(count, on_hand[index] - allocated[index]), 0) for index, count in wanted.items()]
    else:
        if any(count < allocated[index] for index, count in wanted.items()):
            with pytest.raises(BelowAllocated), transaction.atomic():
                stock.set_on_hand(place, demand, **WHY)
            return
        stock.set_on_hand(place, demand, **WHY)
        changes = [(index, count - on_hand[index], 0) for index, count in wanted.items()]
    for index, moved, promised in changes:
        on_hand[index] += moved
        allocated[index] += promised
