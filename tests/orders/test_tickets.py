"""The queue's cards: lanes, order, lateness in words, reasons."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders import pickup, tickets
from orders.models import Fulfilment, Order
from tests import factories
from tests.factories import NOON

DUBLIN = ZoneInfo("Europe/Dublin")


def waiting(minutes=30, **fields):
    """A pickup that is due `minutes` after noon; nothing is stored."""
    order = Order(number="HP-ABCDEF", payment_state=fields.pop("payment_state", "paid"))
    made = Fulfilment(**{"pk": 1, "order": order, "state": "placed", "due_at": NOON + timedelta(minutes=minutes), "place": "", **fields})
    made._state.fields_cache.setdefault("arrival", None)  # as the board reads one whose customer said nothing
    return made


@pytest.mark.parametrize(
    ("minutes", "tone", "icon", "words"),
    [
        (-130, "stop", "warn", "Late 2 h"),
        (-7, "stop", "warn", "Late 7 min"),
        (-1, "soon", "clock", "Due now"),
        (0, "soon", "clock", "Due now"),
        (8, "soon", "clock", "Soon, 8 min"),
        (15, "soon", "clock", "Soon, 15 min"),
        (16, "plain", "clock", "In 16 min"),
        (68, "plain", "clock", "In 68 min"),
        (300, "plain", "clock", "In 5 h"),
        (3 * 1440, "plain", "clock", "In 3 days"),
    ],
)
def test_lateness_is_said_in_colour_icon_and_words(minutes, tone, icon, words):
    badge = tickets.lateness(NOON + timedelta(minutes=minutes), at=NOON)
    assert (badge.tone, badge.icon, badge.words) == (tone, icon, words)


@pytest.mark.parametrize(
    ("hours", "words"), [(1, "13:00"), (20, "Wed 08:00"), (-20, "Mon 16:00"), (24 * 6, "Mon 12:00"), (24 * 7, "1 Dec 12:00"), (24 * 200, "12 Jun 13:00")]
)
def test_a_moment_has_as_much_of_the_date_as_is_needed_in_the_store_s_time(hours, words):
    assert tickets.clock(NOON + timedelta(hours=hours), at=NOON, zone=DUBLIN) == words


@pytest.mark.parametrize(
    ("pickup", "lane"),
    [
        (waiting(30), "pick"),
        (waiting(-60), "pick"),
        (waiting(-61), "problems"),
        (waiting(-61, state="picking"), "problems"),
        (waiting(-300, state="ready", held_until=NOON + timedelta(hours=1)), "ready"),
        (waiting(-300, state="ready", held_until=NOON - timedelta(minutes=1)), "problems"),
        (waiting(30, state="awaiting_customer"), "problems"),
    ],
)
def test_a_pickup_is_in_the_lane_where_somebody_looks_for_it(pickup, lane):
    assert tickets.lane_of(pickup, at=NOON) == lane


def test_what_is_due_first_stands_first_and_says_why():
    late, soon, later = waiting(-7, pk=3, payment_state="unpaid"), waiting(8, pk=2), waiting(60, pk=1)
    lanes = tickets.lanes([later, soon, late], {2: [tickets.Line(7, 9, 0)]}, {7: ["B4", "A2"]}, at=NOON, zone=DUBLIN)
    cards = lanes["pick"].tickets
    assert [card.pickup.pk for card in cards] == [3, 2, 1]
    assert [(card.rank, card.why) for card in cards] == [
        ("First", "promise broken, pays in store"),
        ("Second", "due in 8 min, 9 items to find"),
        ("Third", "by promised time"),
    ]
    assert (cards[1].shelves, cards[1].items, cards[1].head) == ("A2, B4", 9, "12:08")
    assert lanes["pick"].urgent == 2


def test_among_ready_ones_the_hold_that_ends_first_stands_first():
    friday, today = (
        waiting(-60, pk=1, state="ready", held_until=NOON + timedelta(days=3)),
        waiting(-30, pk=2, state="ready", held_until=NOON + timedelta(hours=3)),
    )
    cards = tickets.lanes([friday, today], {}, {}, at=NOON, zone=DUBLIN)["ready"].tickets
    assert [(card.pickup.pk, card.badge.words, card.until) for card in cards] == [(2, "Ends 15:00", "15:00"), (1, "Ready", "Fri 12:00")]


def test_a_ready_one_is_headed_by_its_place_or_else_by_its_number():
    cards = tickets.lanes([waiting(30, pk=1, state="ready", place="Bay 3"), waiting(30, pk=2, state="ready")], {}, {}, at=NOON, zone=DUBLIN)["ready"].tickets
    assert [card.head for card in cards] == ["Bay 3", "HP-ABCDEF"]


@pytest.mark.django_db
def test_a_card_says_who_picks_and_how_far():
    store = factories.store()
    ana, mug = factories.staff(store), factories.stocked(store, 9)
    found = factories.pickup_of(factories.order(store, (mug, 3)))
    pickup.start_picking(found, by=ana, at=NOON)
    card = tickets.board(store, at=NOON)["pick"].tickets[0]
    assert card.why == "Ana has 0 of 3, since 12:00, pays in store"


@pytest.mark.django_db
@pytest.mark.parametrize("orders", [1, 12])
def test_the_board_takes_three_statements_however_many_orders_there_are(orders):
    store = factories.store()
    mug = factories.stocked(store, 50)
    factories.label(store, mug, shelf="B4")
    for _ in range(orders):
        factories.order(store, (mug, 1))
    with CaptureQueriesContext(connection) as statements:
        board = tickets.board(store, at=NOON)
    assert [card.shelves for card in board["pick"].tickets] == ["B4"] * orders
    assert len(statements) == 3
