"""Why was it 3 at 14:05: what was answered at any instant is told again from the ledgers."""

import random
from datetime import datetime, timedelta

import pytest
from django.db import transaction

from omo.models import Event
from stores import availability, holds, invariants, stock
from stores.models import KeptBack, StockLevel, Store, Variant
from stores.stock import BelowAllocated, NotAvailable
from tests import factories
from tests.factories import NOON
from tests.unchanged import unchanged

pytestmark = pytest.mark.django_db


def test_an_instant_is_explained_by_the_rows_that_made_it(harbour):
    """On hand 10, 5 promised, 2 held, 1 kept back: 2 at 14:05, and 4 once the hold has ended."""
    mug, ana = factories.stocked(harbour, 10), factories.staff(harbour)
    half_past, at = NOON + timedelta(minutes=30), NOON + timedelta(hours=2, minutes=5)
    stock.allocate(harbour.pk, {mug.pk: 5}, reference="fulfilment:7", by=None, at=half_past)
    keep_back(mug, 1, at=half_past, by=ana)
    holds.take({harbour.pk: {mug.pk: 2}}, holder="cart:1", at=at)
    with unchanged():
        found = availability.explain(harbour, mug, at)
    assert found.atp == 2
    assert (found.figures.on_hand, found.figures.allocated, found.figures.held, found.figures.safety_stock) == (10, 5, 2, 1)
    assert [(row.kind, row.quantity, row.allocated, row.reference) for row in found.movements] == [
        ("allocated", 0, 5, "fulfilment:7"),
        ("received", 10, 0, found.movements[1].reference),
    ]
    assert [(hold.holder, hold.quantity) for hold in found.holds] == [("cart:1", 2)]
    assert (found.kept_back.why, found.kept_back.by) == ("rule", ana)
    assert availability.explain(harbour, mug, at + timedelta(minutes=10)).atp == 4
    assert availability.explain(harbour, mug, half_past - timedelta(seconds=1)).atp == 10
    assert availability.explain(harbour, mug, NOON - timedelta(days=1)).atp == 0


def test_goods_that_were_never_there_are_explained_too(harbour):
    found = availability.explain(harbour, factories.variant(), NOON)
    assert (found.atp, found.movements, found.holds, found.kept_back) == (0, [], [], None)


def test_a_refusal_keeps_its_numbers(harbour):
    mug = factories.stocked(harbour, 5)
    holds.take({harbour.pk: {mug.pk: 4}}, holder="cart:1", at=NOON)
    with pytest.raises(NotAvailable) as refusal, transaction.atomic():
        stock.allocate(harbour.pk, {mug.pk: 3}, reference="fulfilment:9", by=None, at=NOON)
    stock.note_refusal(refusal.value, reference="cart:2", by=None, at=NOON)
    event = Event.objects.get(kind="stock.refused")
    assert (event.store, event.subject, event.at) == (harbour, "cart:2", NOON)
    numbers = {"wanted": 3, "left": 1, "on_hand": 5, "allocated": 0, "held": 4, "safety_stock": 0, "buffer": 0, "distrusted": False}
    assert event.data == {str(mug.pk): numbers}


def test_five_hundred_random_operations_are_told_again_at_fifty_random_instants(harbour):
    """What `availability.at_store` answered then equals what is reconstructed now."""
    chance, mug = random.Random(20261125), factories.stocked(harbour, 40)
    at, answered = NOON + timedelta(seconds=1), {}
    for _ in range(500):
        _operate(chance, harbour, mug, at)
        at += timedelta(milliseconds=chance.choice([1, 900, 60_000, 240_000]))
        answered[at] = availability.at_store(harbour.pk, [mug.pk], at=at)[mug.pk]
        at += timedelta(milliseconds=chance.choice([1, 30_000]))
    instants = chance.sample(sorted(answered), 50)
    assert {instant: availability.explain(harbour, mug, instant).atp for instant in instants} == {instant: answered[instant] for instant in instants}
    assert len(set(answered.values())) > 10, "something happened"
    assert list(invariants.violations()) == []


def _operate(chance: random.Random, place: Store, goods: Variant, at: datetime) -> None:
    """One random thing; what is refused changes nothing."""
    count, holder = chance.randint(1, 6), f"cart:{chance.randint(1, 4)}"
    why = {"reference": "test:1", "by": None, "at": at}
    promised = StockLevel.objects.get(variant=goods).allocated
    operations = [
        lambda: stock.receive(place, {goods.pk: count}, **why),
        lambda: stock.allocate(place.pk, {goods.pk: count}, holder=chance.choice(["", holder]), **why),
        lambda: stock.release(place.pk, {goods.pk: min(count, promised)}, **why) if promised else None,
        lambda: stock.hand_out(place.pk, {goods.pk: min(count, promised)}, **why) if promised else None,
        lambda: stock.sell(place.pk, {goods.pk: count}, **why),
        lambda: stock.set_on_hand(place, {goods.pk: chance.randint(0, 40)}, **why),
        lambda: holds.take({place.pk: {goods.pk: count}}, holder=holder, at=at),
        lambda: holds.extend(holder, at=at),
        lambda: holds.end(holder, at=at),
        lambda: holds.tidy(at=at + holds.TOLD_FOR),
        lambda: keep_back(goods, chance.choice([0, 0, 1, 3]), at=at),
    ]
    try:
        with transaction.atomic():
            chance.choice(operations)()
    except (NotAvailable, BelowAllocated):
        pass


def keep_back(goods: Variant, units: int, *, at: datetime, by=None) -> None:
    """As the acts of `kept_back` do: the level and its ledger row together."""
    level = StockLevel.objects.get(variant=goods)
    KeptBack.objects.create(level=level, safety_stock=units, buffer=0, distrusted=False, why="rule", at=at, by=by)
    StockLevel.objects.update(safety_stock=units)
