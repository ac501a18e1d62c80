"""Promises in plain words: every way to end, and everything that one was made of."""

import pytest

from orders.models import Promise, PromiseOutcome
from orders.promise_words import end, inputs
from tests.orders.promising import TWO

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("cause", "data", "words"),
    [
        ("none", {"ready_at": "2026-11-24T13:48:00+00:00"}, "Ready 13:48, in time."),
        ("late", {"ready_at": "2026-11-24T14:01:00+00:00", "minutes_late": 1}, "Ready 14:01, 1 minute late."),
        ("late", {"ready_at": "2026-11-25T09:10:00+00:00", "minutes_late": 1150}, "Ready Wed 25 Nov, 09:10, 19 hours late."),
        ("late", {"minutes_late": 4320}, "Never ready, 3 days late."),
        (
            "short",
            {"short": [{"sku": "A", "name": "Mug", "quantity": 2}], "minutes_late": 30, "also": ["late"]},
            "Missing: 2 × Mug. It was 30 minutes late as well.",
        ),
        ("short", {}, "Missing: some goods."),
        ("price", {"taken": 2600}, "€26.00 was taken instead of €25.00."),
        ("price", {}, "Another price was taken."),
        ("closed", {"closure": {"first_day": "2026-11-24", "last_day": "2026-11-24", "reason": "No power"}}, "Closed Tue 24 Nov (No power)."),
        ("closed", {"closure": {"first_day": "2026-12-24", "last_day": "2026-12-26", "reason": ""}}, "Closed Thu 24 Dec to Sat 26 Dec."),
        ("closed", {}, "The store was closed."),
        ("staff", {}, "The store cancelled it."),
        ("withdrawn", {}, "The customer changed it."),
    ],
)
def test_every_end_has_its_words(harbour, cause, data, words):
    promise = Promise(store=harbour, ready_by=TWO, total=2500)
    assert end(PromiseOutcome(promise=promise, cause=cause, data=data)) == words


def test_every_input_has_its_words(harbour):
    made_of = {
        "lead_minutes": 120,
        "cut_off": "17:00",
        "busy": {"minutes": 15, "until": "2026-11-24T13:00:00+00:00", "reason": "Delivery late"},
        "paused": {"until": "2026-11-24T13:00:00+00:00", "reason": ""},
        "hours": [{"weekday": 1, "opens": "09:00", "closes": "19:00"}, {"weekday": 2, "opens": "10:00", "closes": "18:00"}],
        "special": [{"day": "2026-11-25", "opens": "08:00", "closes": "22:00", "reason": "Late shopping"}],
        "closures": [{"first_day": "2026-12-25", "last_day": "2026-12-26", "reason": "Christmas"}],
        "slot": {"soon": False, "capacity": 5, "booked": 3},
        "stock": {"A": {"on_hand": 9, "allocated": 2, "held": 1, "kept_back": 0}},
        "weather": "rain",
    }
    assert inputs(Promise(store=harbour, inputs=made_of, goods=[{"sku": "A", "name": "Mug, Blue"}])) == [
        ("Time to get ready", "120 opening minutes"),
        ("Same day until", "17:00"),
        ("Busy", "15 minutes more, until 13:00 (Delivery late)"),
        ("Paused", "no orders, until 13:00"),
        ("Opening hours", "Tuesday 09:00–19:00, Wednesday 10:00–18:00"),
        ("Special opening", "Wed 25 Nov 08:00–22:00 (Late shopping)"),
        ("Closures known then", "Fri 25 Dec to Sat 26 Dec (Christmas)"),
        ("Slot", "3 of 5 places taken"),
        ("Stock", "Mug, Blue: 9 on hand, 2 allocated, 1 held, 0 kept back"),
        ("Weather", "rain"),
    ]
    assert inputs(Promise(store=harbour, inputs={}, goods=[])) == []
