"""Transfers between stores: sent, in transit, received, short; no unit is lost or made on the way."""

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omo.idempotency import KeyReused
from omo.models import Event, User
from stores import availability, holds, invariants, kept_back, stock, transfers
from stores.models import StockLevel, StockMovement, Store, Transfer, TransferLine, Variant
from stores.stock import NotAvailable, Shortage
from stores.transfers import AlreadyReceived, Cancelled, MoreThanSent, NothingToSend, SameStore
from tests import factories
from tests.factories import NOON
from tests.unchanged import refused, unchanged

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=20)


@pytest.fixture
def station() -> Store:
    """The store that receives."""
    return factories.store("station")


@pytest.fixture
def ben(station) -> User:
    """Works at the station."""
    return factories.staff(station)


def send(source: Store, target: Store, goods: dict[int, int], by: User, *, key: str = "key-1") -> Transfer:
    return transfers.send(source, target, goods, key=key, by=by, at=NOON)


def on_hand(place: Store, goods: Variant) -> int:
    return StockLevel.objects.filter(store=place, variant=goods).values_list("on_hand", flat=True).first() or 0


def last_event() -> tuple:
    event = Event.objects.latest("pk")
    return event.kind, event.store, event.by, event.data


def test_sent_goods_leave_the_source_and_are_in_transit(harbour, station, ana):
    mug, bowl = factories.stocked(harbour, 10), factories.stocked(harbour, 4)
    sent = send(harbour, station, {mug.pk: 6, bowl.pk: 4}, ana)
    assert sent.number.startswith("TR-")
    assert len(sent.number) == 9
    assert (sent.state, sent.sent_by, sent.sent_at) == ("sent", ana, NOON)
    assert [on_hand(harbour, mug), on_hand(harbour, bowl), on_hand(station, mug)] == [4, 0, 0]
    assert list(StockMovement.objects.filter(kind="transferred").order_by("pk").values_list("store", "variant", "quantity", "reference")) == [
        (harbour.pk, mug.pk, -6, sent.number),
        (harbour.pk, bowl.pk, -4, sent.number),
    ]
    assert last_event() == ("transfer.sent", harbour, ana, {"number": sent.number, "to": "station", "sent": {str(mug.pk): 6, str(bowl.pk): 4}})
    assert [(line.sent, line.transfer) for line in transfers.in_transit(station, mug.pk)] == [(6, sent)]
    assert transfers.in_transit(factories.store("airport"), mug.pk) == []
    assert list(invariants.violations()) == []


def test_what_arrives_comes_into_the_target(harbour, station, ana, ben):
    mug, bowl = factories.stocked(harbour, 10), factories.stocked(harbour, 4)
    sent = send(harbour, station, {mug.pk: 6, bowl.pk: 4}, ana)
    got = transfers.receive(sent, received={mug.pk: 6, bowl.pk: 4}, by=ben, at=LATER)
    assert (got.state, got.received_by, got.received_at) == ("received", ben, LATER)
    assert [on_hand(station, mug), on_hand(station, bowl)] == [6, 4]
    assert last_event() == ("transfer.received", station, ben, {"number": sent.number, "received": {str(mug.pk): 6, str(bowl.pk): 4}})
    assert transfers.in_transit(station, mug.pk) == []
    assert list(invariants.violations()) == []


def test_what_does_not_arrive_is_short_and_the_event_says_so(harbour, station, ana, ben):
    mug, bowl = factories.stocked(harbour, 10), factories.stocked(harbour, 4)
    sent = send(harbour, station, {mug.pk: 6, bowl.pk: 4}, ana)
    assert transfers.receive(sent, received={mug.pk: 5}, by=ben, at=LATER).state == "short"
    assert [on_hand(station, mug), on_hand(station, bowl), on_hand(harbour, mug), on_hand(harbour, bowl)] == [5, 0, 4, 0]
    numbers = {"number": sent.number, "received": {str(mug.pk): 5}, "short": {str(mug.pk): 1, str(bowl.pk): 4}}
    assert last_event() == ("transfer.short", station, ben, numbers)
    assert list(TransferLine.objects.order_by("pk").values_list("sent", "received")) == [(6, 5), (4, 0)]
    assert list(invariants.violations()) == []


def test_more_than_was_sent_is_refused(harbour, station, ana, ben):
    mug, vase = factories.stocked(harbour, 10), factories.variant()
    sent = send(harbour, station, {mug.pk: 6}, ana)
    with refused(MoreThanSent) as refusal:
        transfers.receive(sent, received={mug.pk: 7, vase.pk: 1}, by=ben, at=LATER)
    assert refusal.value.excess == {mug.pk: (7, 6), vase.pk: (1, 0)}


def test_receiving_twice_receives_once_and_other_numbers_are_refused(harbour, station, ana, ben):
    mug = factories.stocked(harbour, 10)
    sent = send(harbour, station, {mug.pk: 6}, ana)
    stale = Transfer.objects.get(pk=sent.pk)
    transfers.receive(sent, received={mug.pk: 5}, by=ben, at=LATER)
    with unchanged():
        assert transfers.receive(stale, received={mug.pk: 5}, by=ben, at=LATER).state == "short"
    with refused(AlreadyReceived) as refusal:
        transfers.receive(stale, received={mug.pk: 6}, by=ben, at=LATER)
    assert refusal.value.transfer.received_by == ben
    assert on_hand(station, mug) == 5


def test_the_same_form_sent_twice_sends_once(harbour, station, ana):
    mug = factories.stocked(harbour, 10)
    first = send(harbour, station, {mug.pk: 3}, ana)
    with unchanged():
        assert send(harbour, station, {mug.pk: 3}, ana) == first
    with refused(KeyReused):
        send(harbour, station, {mug.pk: 4}, ana)


def test_only_what_is_free_is_sent(harbour, station, ana):
    """10 on hand, 3 promised, 2 held, 1 kept back: 4 are free."""
    mug = factories.stocked(harbour, 10)
    stock.allocate(harbour.pk, {mug.pk: 3}, reference="fulfilment:1", by=None, at=NOON)
    holds.take({harbour.pk: {mug.pk: 2}}, holder="cart:1", at=NOON)
    kept_back.set_buffer(StockLevel.objects.get(variant=mug), 1, why="short pick", at=NOON)
    with refused(NotAvailable) as refusal:
        send(harbour, station, {mug.pk: 5}, ana)
    assert refusal.value.shortages == [Shortage(mug.pk, 5, 4)]
    send(harbour, station, {mug.pk: 4}, ana)
    assert availability.at_store(harbour.pk, [mug.pk], at=NOON) == {mug.pk: 0}


def test_what_is_distrusted_or_was_never_there_is_not_sent(harbour, station, ana):
    mug, vase = factories.stocked(harbour, 10), factories.variant()
    kept_back.distrust(StockLevel.objects.get(variant=mug), why="Not on the shelf", by=ana, at=NOON)
    with refused(NotAvailable) as refusal:
        send(harbour, station, {mug.pk: 1, vase.pk: 1}, ana)
    assert refusal.value.shortages == [Shortage(mug.pk, 1, 0), Shortage(vase.pk, 1, 0)]


def test_to_itself_or_without_goods_nothing_is_sent(harbour, station, ana):
    mug = factories.stocked(harbour, 10)
    with refused(SameStore):
        send(harbour, harbour, {mug.pk: 1}, ana)
    with refused(NothingToSend):
        send(harbour, station, {}, ana)


def test_both_stores_have_it_on_their_lists(harbour, station, ana, ben):
    mug = factories.stocked(harbour, 10)
    first, second = (send(harbour, station, {mug.pk: units}, ana, key=f"key-{units}") for units in (2, 3))
    transfers.receive(first, received={mug.pk: 1}, by=ben, at=LATER)
    assert [(one.number, one.state, one.units, one.arrived) for one in transfers.coming(station)] == [
        (second.number, "sent", 3, None),
        (first.number, "short", 2, 1),
    ]
    assert list(transfers.sent(harbour)) == list(transfers.coming(station))
    assert list(transfers.coming(harbour)) == list(transfers.sent(station)) == []


UNITS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=6)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(trips=UNITS, back=st.booleans())
def test_no_unit_is_lost_or_made_on_the_way(harbour, station, ana, ben, trips, back):
    """Whatever is sent and arrives: what there was = what both stores have + what is in transit + what was short."""
    with transaction.atomic():
        mug = factories.stocked(harbour, 12)
        for number, (units, arriving) in enumerate(trips):
            source, target = (station, harbour) if back and number % 2 else (harbour, station)
            if not 0 < units <= on_hand(source, mug):
                continue
            moved = send(source, target, {mug.pk: units}, ana, key=f"key-{number}")
            if arriving <= units:
                transfers.receive(moved, received={mug.pk: arriving}, by=ben, at=LATER)
        lines = list(TransferLine.objects.values_list("transfer__state", "sent", "received"))
        under_way = sum(units for state, units, _ in lines if state == "sent")
        short = sum(units - (got or 0) for state, units, got in lines if state == "short")
        assert on_hand(harbour, mug) + on_hand(station, mug) + under_way + short == 12
        assert list(invariants.violations()) == []
        transaction.set_rollback(True)


def test_the_checker_finds_a_unit_that_was_made_on_the_way(harbour, station, ana, ben):
    mug = factories.stocked(harbour, 10)
    sent = send(harbour, station, {mug.pk: 6}, ana)
    transfers.receive(sent, received={mug.pk: 5}, by=ben, at=LATER)
    TransferLine.objects.update(received=6)
    assert [(found.invariant, found.found, found.expected) for found in invariants.violations()] == [("movements of a transfer equal its lines", 5, 6)]


# Cancelled


def test_what_was_sent_by_mistake_is_taken_back(harbour, station, ana):
    mug, bowl = factories.stocked(harbour, 10), factories.stocked(harbour, 4)
    sent = send(harbour, station, {mug.pk: 6, bowl.pk: 4}, ana)
    back = transfers.cancel(sent, by=ana, at=LATER)
    assert (back.state, back.cancelled_by, back.cancelled_at, back.received_by) == ("cancelled", ana, LATER, None)
    assert [on_hand(harbour, mug), on_hand(harbour, bowl), on_hand(station, mug)] == [10, 4, 0]
    moves = StockMovement.objects.filter(kind="transferred", quantity__gt=0).order_by("pk")
    assert list(moves.values_list("store", "variant", "quantity", "reference", "by", "at")) == [
        (harbour.pk, mug.pk, 6, sent.number, ana.pk, LATER),
        (harbour.pk, bowl.pk, 4, sent.number, ana.pk, LATER),
    ]
    assert last_event() == ("transfer.cancelled", harbour, ana, {"number": sent.number, "back": {str(mug.pk): 6, str(bowl.pk): 4}})
    assert transfers.in_transit(station, mug.pk) == []
    assert list(invariants.violations()) == []


def test_cancelling_twice_takes_it_back_once(harbour, station, ana):
    mug = factories.stocked(harbour, 10)
    sent = send(harbour, station, {mug.pk: 6}, ana)
    stale = Transfer.objects.get(pk=sent.pk)
    transfers.cancel(sent, by=ana, at=LATER)
    with unchanged():
        assert transfers.cancel(stale, by=ana, at=LATER + timedelta(minutes=1)).cancelled_at == LATER
    assert on_hand(harbour, mug) == 10


@pytest.mark.parametrize("arrived", [6, 2, 0])
def test_what_was_received_is_not_cancelled(harbour, station, ana, ben, arrived):
    mug = factories.stocked(harbour, 10)
    sent = send(harbour, station, {mug.pk: 6}, ana)
    stale = Transfer.objects.get(pk=sent.pk)
    transfers.receive(sent, received={mug.pk: arrived}, by=ben, at=LATER)
    with refused(AlreadyReceived) as refusal:
        transfers.cancel(stale, by=ana, at=LATER)
    assert refusal.value.transfer.received_by == ben
    assert [on_hand(harbour, mug), on_hand(station, mug)] == [4, arrived]


def test_what_was_cancelled_is_not_received(harbour, station, ana, ben):
    mug = factories.stocked(harbour, 10)
    sent = send(harbour, station, {mug.pk: 6}, ana)
    StockLevel.objects.get_or_create(store=station, variant=mug)
    stale = Transfer.objects.get(pk=sent.pk)
    transfers.cancel(sent, by=ana, at=LATER)
    with refused(Cancelled) as refusal:
        transfers.receive(stale, received={mug.pk: 6}, by=ben, at=LATER)
    assert refusal.value.transfer.cancelled_by == ana
    assert [on_hand(harbour, mug), on_hand(station, mug)] == [10, 0]


def test_the_checker_finds_goods_that_never_came_back(harbour, station, ana):
    mug = factories.stocked(harbour, 10)
    sent = send(harbour, station, {mug.pk: 6}, ana)
    Transfer.objects.filter(pk=sent.pk).update(state="cancelled")
    assert [(found.invariant, found.found, found.expected) for found in invariants.violations()] == [("movements of a transfer equal its lines", -6, 0)]
