"""Ten customers want the last place of a pickup slot: exactly one gets it, and nobody else's order is half written."""

import time
from datetime import datetime, timedelta

import pytest

from omo import codes
from orders import checkout
from orders.checkout import Contact
from orders.models import Cart, Fulfilment, Order
from stores import slots
from stores.models import SlotBooking, SlotLoad, StockLevel, Store
from tests import factories
from tests.factories import NOON
from tests.races.crowd import at_once, kinds, sound

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True), pytest.mark.slow]
CLIENTS = 10
SLOT = NOON + timedelta(hours=3)


@pytest.fixture
def harbour() -> Store:
    """A store with one place in each slot."""
    return factories.store(slot_capacity=1)


def rush(store: Store, wish: str) -> dict[str, int]:
    """Everybody orders for the same window at once, each something else, so that only the slot is wanted by all. How often what happened."""
    carts = [factories.cart((factories.stocked(store, 2), 1)) for _ in range(CLIENTS)]

    def client(cart: Cart):
        contact, key = Contact("Marta", "marta@shop.test"), codes.random_id(20)
        return lambda: checkout.place_order(cart, channel="web", contact=contact, store=store, slot=wish, idempotency_key=key, by=None, at=NOON)

    return kinds(at_once(*(client(cart) for cart in carts)))


@pytest.mark.parametrize("wish", [slots.ASAP, SLOT.isoformat()])
def test_the_last_place_is_one_customers(harbour, rivalries, wish):
    assert rush(harbour, wish) == {"Order": 1, "SlotFull": CLIENTS - 1}
    assert SlotLoad.objects.values_list("booked", flat=True).get() == 1
    assert SlotBooking.objects.get().reference == f"fulfilment:{Fulfilment.objects.get().pk}"
    assert Order.objects.count() == 1
    assert StockLevel.objects.filter(allocated=1).count() == 1
    assert Cart.objects.filter(state=Cart.State.OPEN).count() == CLIENTS - 1
    assert rivalries == []
    assert sound()


def test_a_place_that_is_given_back_is_taken_once(harbour):
    assert rush(harbour, SLOT.isoformat())["Order"] == 1
    reference = SlotBooking.objects.get().reference
    slots.release(reference, at=NOON)
    assert rush(harbour, SLOT.isoformat()) == {"Order": 1, "SlotFull": CLIENTS - 1}
    assert SlotLoad.objects.values_list("booked", flat=True).get() == 1


def test_customers_who_move_in_opposite_directions_do_not_wait_for_each_other(harbour, rivalries):
    Store.objects.update(slot_capacity=None)
    harbour.refresh_from_db()
    early, late = (
        slots.Slot(SLOT + timedelta(minutes=minutes), SLOT + timedelta(minutes=minutes + 30), SLOT + timedelta(minutes=minutes)) for minutes in (0, 30)
    )
    for number in range(CLIENTS):
        slots.book(harbour, (early, late)[number % 2], reference=f"test:{number}", at=NOON)

    def mover(number: int):
        return lambda: slots.move(harbour, (late, early)[number % 2], reference=f"test:{number}", at=NOON)

    assert kinds(at_once(*(mover(number) for number in range(CLIENTS)))) == {"NoneType": CLIENTS}
    assert list(SlotLoad.objects.order_by("starts_at").values_list("booked", flat=True)) == [CLIENTS // 2] * 2
    assert rivalries == []


def test_without_the_guard_the_same_customers_overbook_the_slot(harbour, monkeypatch):
    """The negative control: how full it is is read before it is written, as in many a shop."""

    def read_first(store: Store, slot: slots.Slot, reference: str, at: datetime) -> bool:
        load, _ = SlotLoad.objects.get_or_create(store=store, starts_at=slot.slot_starts_at)
        if load.booked >= store.slot_capacity:
            return False
        time.sleep(0.5)  # all of them read before the first one commits, on a busy machine too
        SlotLoad.objects.filter(pk=load.pk).update(booked=load.booked + 1)
        window = {"slot_starts_at": slot.slot_starts_at, "starts_at": slot.starts_at, "ends_at": slot.ends_at}
        SlotBooking.objects.create(store=store, reference=reference, at=at, **window)
        return True

    SlotLoad.objects.create(store=harbour, starts_at=SLOT)
    monkeypatch.setattr("stores.slots._booked", read_first)
    assert rush(harbour, SLOT.isoformat())["Order"] > 1
    assert SlotBooking.objects.count() > 1
