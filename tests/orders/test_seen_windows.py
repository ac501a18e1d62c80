"""The window that a customer saw is the one that is ordered; if it has become another meanwhile, the customer is told before anything is ordered."""

from datetime import time, timedelta

import pytest
import time_machine
from django.urls import reverse

from omo import memory
from orders.models import Fulfilment
from stores.models import Store
from tests import factories
from tests.factories import NOON
from tests.orders.shopping import fill, options, page, place, words
from tests.unchanged import unchanged

pytestmark = pytest.mark.django_db
committing = pytest.mark.django_db(transaction=True)  # a refused act rolls its own transaction back
NOW_AT_TWO = "asap@2026-11-24T14:00:00+00:00"
"""As soon as possible, as a page of noon offers it."""


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


def change(store: Store, **fields) -> None:
    Store.objects.filter(pk=store.pk).update(**fields)


@committing
@pytest.mark.parametrize(
    ("change_of_pace", "minutes"),
    [({"busy_until": NOON + timedelta(hours=1), "busy_minutes": 15}, 0), ({"cut_off": time(12, 4)}, 5), ({}, 11)],
)
def test_who_saw_as_soon_as_possible_is_told_before_it_becomes_much_later(client, store, mug, change_of_pace, minutes):
    """The store turned busy, the cut-off passed, or the page lay open for long."""
    fill(client, (mug, 1), place=store)
    page(client)
    change(store, **change_of_pace)
    with time_machine.travel(NOON + timedelta(minutes=minutes), tick=False):
        with unchanged():
            answer = place(client, slot=NOW_AT_TWO)
        assert answer.status_code == 409
        assert "That window is not there any more" in words(answer)
        assert place(client, slot=options(answer)[0][0]).status_code == 302
    assert Fulfilment.objects.get().due_at > NOON + timedelta(hours=2, minutes=10)


def test_as_soon_as_possible_moves_on_a_little_while_the_page_is_filled_in(client, store, mug):
    fill(client, (mug, 1), place=store)
    with time_machine.travel(NOON + timedelta(minutes=10), tick=False):
        assert place(client, slot=NOW_AT_TWO).status_code == 302
    assert Fulfilment.objects.get().due_at == NOON + timedelta(hours=2, minutes=10)


def test_a_page_that_offered_no_window_orders_nothing_even_if_one_is_free_now(client, store, mug):
    change(store, slot_capacity=0)
    fill(client, (mug, 1), place=store)
    shown = page(client).context
    assert shown["windows"].chosen is None
    change(store, slot_capacity=None)
    memory.forget()
    typed = {
        "name": "Marta Lindqvist",
        "email": "marta@shop.test",
        "store": "harbour",
        "seen_store": "harbour",
        "method": "in_store",
        "key": shown["key"],
        "seen_total": 1250,
    }
    with unchanged():
        answer = client.post(reverse("place_order"), typed)
    assert answer.status_code == 409
    assert options(answer)[0] == (NOW_AT_TWO, "As soon as possible: today, 14:00–14:30")
