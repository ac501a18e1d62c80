"""Choosing when to collect: the window is booked with the order, in its transaction, or nothing is ordered."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse

from orders import checkout
from orders.checkout import Contact
from orders.models import Cart, Fulfilment, Order
from stores import slots
from stores.models import Closure, SlotBooking, SlotLoad, Store
from tests import factories
from tests.factories import NOON
from tests.orders.shopping import fill, options, page, place, words
from tests.unchanged import refused, unchanged

pytestmark = pytest.mark.django_db
committing = pytest.mark.django_db(transaction=True)  # a refused act rolls its own transaction back
THREE = NOON + timedelta(hours=3)
NOW_AT_TWO = "asap@2026-11-24T14:00:00+00:00"
"""As soon as possible, as a page of noon offers it."""
MARTA = Contact("Marta Lindqvist", "marta@shop.test")


@pytest.fixture(autouse=True)
def at_noon():
    """A Tuesday in November; the store is open until 19:00 and needs two hours."""
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def store() -> Store:
    return factories.store("harbour")


@pytest.fixture
def mug(store):
    return factories.stocked(store, 50, price=1250)


def order(store, mug, slot: str = slots.FIRST, key: str = "key-1", **fields) -> Order:
    cart = fields.pop("cart", None) or factories.cart((mug, 1))
    return checkout.place_order(
        cart, **{"channel": "web", "contact": MARTA, "store": store, "slot": slot, "idempotency_key": key, "by": None, "at": NOON, **fields}
    )


def change(store: Store, **fields) -> None:
    Store.objects.filter(pk=store.pk).update(**fields)


# The act


def test_the_order_has_the_window_that_was_chosen_and_a_place_in_its_slot(store, mug):
    pickup = factories.pickup_of(order(store, mug, THREE.isoformat()))
    assert (pickup.due_at, pickup.window_ends) == (THREE, THREE + timedelta(minutes=30))
    booking = SlotBooking.objects.get()
    assert (booking.reference, booking.store, booking.starts_at, booking.ends_at) == (f"fulfilment:{pickup.pk}", store, THREE, THREE + timedelta(minutes=30))
    assert SlotLoad.objects.values_list("starts_at", "booked").get() == (THREE, 1)


@pytest.mark.parametrize("wish", [slots.FIRST, slots.ASAP])
def test_as_soon_as_possible_begins_when_the_goods_are_ready(store, mug, wish):
    pickup = factories.pickup_of(order(store, mug, wish, at=NOON + timedelta(minutes=7)))
    assert (pickup.due_at, pickup.window_ends) == (NOON + timedelta(minutes=127), NOON + timedelta(minutes=157))
    assert SlotLoad.objects.values_list("starts_at", "booked").get() == (NOON + timedelta(hours=2), 1)


def test_unpaid_orders_take_places_too(store, mug):
    change(store, slot_capacity=2)
    for number in (1, 2):
        assert order(store, mug, THREE.isoformat(), f"key-{number}").payment_state == "unpaid"
    cart = factories.cart((mug, 1))
    with refused(slots.SlotFull):
        order(store, mug, THREE.isoformat(), "key-3", cart=cart)
    assert Cart.objects.get(pk=cart.pk).state == Cart.State.OPEN


def test_the_first_window_with_room_is_taken_by_who_does_not_choose(store, mug):
    change(store, slot_capacity=1)
    due = [factories.pickup_of(order(store, mug, key=f"key-{number}")).due_at for number in range(3)]
    assert due == [NOON + timedelta(minutes=minutes) for minutes in (120, 150, 180)]


def test_as_soon_as_possible_is_refused_when_its_slot_is_full(store, mug):
    change(store, slot_capacity=1)
    order(store, mug, slots.ASAP)
    with refused(slots.SlotFull):
        order(store, mug, slots.ASAP, "key-2", cart=factories.cart((mug, 1)))


def test_a_capacity_lowered_below_what_is_booked_keeps_the_orders_and_takes_no_more(store, mug):
    change(store, slot_capacity=3)
    placed = [order(store, mug, THREE.isoformat(), f"key-{number}") for number in range(3)]
    change(store, slot_capacity=1)
    with refused(slots.SlotFull):
        order(store, mug, THREE.isoformat(), "key-9", cart=factories.cart((mug, 1)))
    assert [factories.pickup_of(one).due_at for one in placed] == [THREE] * 3


@pytest.mark.parametrize(
    "wish",
    [
        (NOON + timedelta(hours=1)).isoformat(),  # before it can be ready
        (NOON - timedelta(days=1)).isoformat(),
        (THREE + timedelta(minutes=1)).isoformat(),
        (NOON + timedelta(hours=8)).isoformat(),  # after closing
        (NOON + timedelta(days=8)).isoformat(),  # farther than a week
        "2026-11-24T15:00:00",
        "now",
        "x" * 40,
    ],
)
def test_a_window_that_is_not_offered_is_refused(store, mug, wish):
    cart = factories.cart((mug, 1))
    with refused(slots.SlotGone) as refusal:
        order(store, mug, wish, cart=cart)
    assert refusal.value.reason == slots.UNKNOWN


def test_a_store_that_closed_meanwhile_is_asked_again_in_the_orders_transaction(store, mug):
    cart = factories.cart((mug, 1))
    Closure.objects.create(store=store, first_day=date(2026, 11, 24), last_day=date(2026, 11, 24), reason="Power cut")
    with refused(slots.SlotGone):
        order(store, mug, THREE.isoformat(), cart=cart)
    assert factories.pickup_of(order(store, mug)).due_at == datetime(2026, 11, 25, 11, tzinfo=UTC)


def test_a_paused_store_takes_no_orders_even_from_who_loaded_the_page_before(store, mug):
    cart = factories.cart((mug, 1))
    change(store, paused_until=NOON + timedelta(minutes=20))
    with refused(slots.SlotGone) as refusal:
        order(store, mug, cart=cart)
    assert refusal.value.reason == slots.PAUSED
    assert order(store, mug, at=NOON + timedelta(minutes=20))


def test_a_store_without_known_hours_still_takes_orders_as_soon_as_possible(store, mug):
    store.opening_hours.all().delete()
    assert factories.pickup_of(order(store, mug, slots.ASAP)).due_at == NOON + timedelta(hours=2)


def test_another_window_under_the_same_key_is_another_request(store, mug):
    cart = factories.cart((mug, 1))
    placed = order(store, mug, THREE.isoformat(), cart=cart)
    with unchanged():
        assert order(store, mug, THREE.isoformat(), cart=cart) == placed
    with refused(checkout.idempotency.KeyReused):
        order(store, mug, slots.ASAP, cart=cart)


# The page


def test_the_page_offers_the_windows_of_the_store_by_day_as_soon_as_possible_first(client, store, mug):
    fill(client, (mug, 1), place=store)
    text, found = words(page(client)), options(page(client))
    assert found[0] == (NOW_AT_TWO, "As soon as possible: today, 14:00–14:30")
    assert found[1] == ("2026-11-24T14:00:00+00:00", "Today, 14:00–14:30")
    assert found[-1] == ("2026-11-30T18:30:00+00:00", "Mon 30 Nov, 18:30–19:00")
    assert len(found) == 1 + 10 + 6 * 20
    assert [label in text for label in ('<optgroup label="Today">', '<optgroup label="Tomorrow">', '<optgroup label="Thu 26 Nov">')] == [True] * 3
    assert f'value="{NOW_AT_TWO}" selected' in text


@pytest.mark.parametrize(("wish", "due"), [(NOW_AT_TWO, NOON + timedelta(hours=2)), (THREE.isoformat(), THREE), ("", NOON + timedelta(hours=2))])
def test_the_window_that_was_chosen_is_ordered_and_said_on_the_orders_page(client, store, mug, wish, due):
    fill(client, (mug, 1), place=store)
    answer = place(client, slot=wish)
    assert Fulfilment.objects.get().due_at == due
    assert f"{due:%H:%M}</time>–<time>{due + timedelta(minutes=30):%H:%M}</time>" in words(client.get(answer["Location"]))


@committing
def test_a_window_that_became_full_shows_the_page_again_with_the_next_one_chosen(client, store, mug):
    change(store, slot_capacity=1)
    fill(client, (mug, 1), place=store)
    key = page(client).context["key"]
    order(store, mug, THREE.isoformat(), "rival")
    with unchanged():
        answer = place(client, slot=THREE.isoformat(), key=key, seen_total=1250)
    text = words(answer)
    assert answer.status_code == 409
    assert "That window is full" in text
    assert 'value="Marta Lindqvist"' in text
    assert f'value="{(THREE + timedelta(minutes=30)).isoformat()}" selected' in text
    assert THREE.isoformat() not in dict(options(answer))
    assert answer.context["key"] == key


@committing
def test_a_window_that_is_gone_shows_the_page_again_with_the_next_one_chosen(client, store, mug):
    fill(client, (mug, 1), place=store)
    Closure.objects.create(store=store, first_day=date(2026, 11, 25), last_day=date(2026, 11, 25), reason="Stocktaking")
    with unchanged():
        answer = place(client, slot="2026-11-25T10:00:00+00:00")
    assert answer.status_code == 409
    assert "That window is not there any more" in words(answer)
    assert 'value="2026-11-26T09:00:00+00:00" selected' in words(answer)


@committing
def test_a_forged_window_is_refused_like_one_that_is_gone(client, store, mug):
    fill(client, (mug, 1), place=store)
    with unchanged():
        answer = place(client, slot="2026-11-24T03:00:00+00:00")
    assert (answer.status_code, answer.context["refusal"]) == (409, "gone")
    assert not Order.objects.exists()


@committing
def test_a_store_that_was_paused_says_until_when_and_why(client, store, mug):
    station = factories.store("station")
    factories.stock.receive(station, {mug.pk: 5}, reference="d", by=None, at=NOON)
    fill(client, (mug, 1), place=store)
    page(client)
    change(store, paused_until=NOON + timedelta(minutes=30), paused_reason="Delivery at the door")
    with unchanged():
        answer = place(client)
    text = words(answer)
    assert answer.status_code == 409
    assert "Harbour takes no orders until" in text
    assert "Delivery at the door" in text
    assert "takes orders again" in text
    assert "Place order" not in text


def test_changing_the_store_keeps_the_cart_and_what_was_typed(client, store, mug):
    station = factories.store("station", lead_minutes=60)
    factories.stock.receive(station, {mug.pk: 5}, reference="d", by=None, at=NOON)
    fill(client, (mug, 2), place=store)
    assert "Changed your mind about the store?" in words(page(client))
    with unchanged():
        answer = place(client, store="station", seen_store="harbour", slot=THREE.isoformat())
    text = words(answer)
    assert (answer.status_code, answer.context["refusal"]) == (409, "other_store")
    assert 'value="Marta Lindqvist"' in text
    assert 'value="Marta@Shop.test"' in text
    assert f'value="{THREE.isoformat()}" selected' in text
    assert options(answer)[0] == ("asap@2026-11-24T13:00:00+00:00", "As soon as possible: today, 13:00–13:30")
    assert Cart.objects.get().lines.get().quantity == 2


def test_the_cart_says_when_it_is_ready_and_until_when_it_is_held(client, store, mug):
    fill(client, (mug, 1), place=store)
    text = words(client.get(reverse("cart")))
    assert '<b>Ready today <time datetime="2026-11-24T14:00:00+00:00">14:00</time>–<time>14:30</time></b>, held until Fri <time' in text


@pytest.mark.parametrize("capacity", [None, 3])
def test_a_capacity_costs_the_page_one_statement(client, store, mug, django_assert_num_queries, capacity):
    change(store, slot_capacity=capacity)
    fill(client, (mug, 1), place=store)
    with django_assert_num_queries(6 if capacity is None else 7):
        page(client)
