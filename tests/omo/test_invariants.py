"""The checker of our promises: silent on a sound database, and each kind of planted damage is found."""

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.core.management import call_command
from django.db import connection

from loyalty.models import EarnRule
from omo import invariants
from orders import payments, till
from tests import factories
from tests.factories import NOON

pytestmark = pytest.mark.django_db
FINAL = ("omo_event", "stores_stockmovement", "loyalty_pointsentry", "orders_payment", "orders_promise", "orders_promiseoutcome")
CHECKS = ("allocated_is_on_hand", "allocated_not_negative", "on_hand_not_negative")


@pytest.fixture(autouse=True)
def busy_day():
    """A store with a placed, a ready and a collected order, and a till sale; a member who earned."""
    EarnRule.objects.create(points=1, amount=100, valid_from=NOON)
    harbour, marta = factories.store(), factories.user()
    ana, goods = factories.staff(harbour), factories.stocked(harbour, 20, price=1250)
    card = factories.member(user=marta, email=marta.email)
    factories.order(harbour, (goods, 3), owner=marta)
    factories.ready(factories.order(harbour, (goods, 2), owner=marta), ana)
    factories.collected(factories.order(harbour, (goods, 1), owner=marta), ana)
    tendered = [payments.Tendered("cash", 2500)]
    till.ring_up(harbour, [till.SaleLine(goods, 2)], tendered=tendered, member=card, sale_reference="T-1", by=ana, at=NOON)


@contextmanager
def guards_off() -> Iterator[None]:
    """Nothing in the database keeps damage out."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for table in FINAL:
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {table}_final")
            for check in CHECKS:
                cursor.execute(f"ALTER TABLE stores_stocklevel DROP CONSTRAINT {check}")
            yield
            return
        for table in FINAL:
            cursor.execute(f"DROP TRIGGER {table}_final")
        cursor.execute("PRAGMA ignore_check_constraints = ON")
        yield
        cursor.execute("PRAGMA ignore_check_constraints = OFF")


def found_after(*statements: str) -> set[str]:
    """The broken promises after some raw SQL."""
    with guards_off(), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    return {violation["invariant"] for violation in invariants.violations()}


def check() -> tuple[int, dict]:
    """Exit code and JSON of `manage.py check_invariants`."""
    out = io.StringIO()
    try:
        call_command("check_invariants", stdout=out)
    except SystemExit as end:
        return int(str(end.code)), json.loads(out.getvalue())
    return 0, json.loads(out.getvalue())


def test_a_sound_database_has_no_violation():
    assert list(invariants.violations()) == []
    assert check() == (0, {"checks": invariants.CHECKS, "violations": []})


COLLECTED, READY = "state = 'collected' AND kind = 'pickup'", "state = 'ready'"
DAMAGE = [
    ("on hand is the sum of the movements", ["UPDATE stores_stocklevel SET on_hand = on_hand + 1"]),
    ("on hand is the sum of the movements", ["UPDATE stores_stockmovement SET quantity = quantity - 1 WHERE kind = 'received'"]),
    ("on hand is the sum of the movements", ["DELETE FROM stores_stockmovement WHERE kind = 'sold'"]),
    ("movements have a stock level", ["DELETE FROM stores_stocklevel"]),
    ("open fulfilment lines have a stock level", ["DELETE FROM stores_stocklevel"]),
    ("0 ≤ allocated ≤ on hand", ["UPDATE stores_stocklevel SET allocated = on_hand + 1"]),
    ("a level keeps back what its ledger says", ["UPDATE stores_stocklevel SET safety_stock = 1"]),
    ("a level keeps back what its ledger says", ["UPDATE stores_stocklevel SET buffer = 1"]),
    ("a level keeps back what its ledger says", ["UPDATE stores_stocklevel SET distrusted_at = CURRENT_TIMESTAMP"]),
    ("0 ≤ allocated ≤ on hand", ["UPDATE stores_stocklevel SET allocated = -1"]),
    ("0 ≤ allocated ≤ on hand", ["UPDATE stores_stocklevel SET on_hand = -1"]),
    ("allocated is the sum of open fulfilment lines", ["UPDATE stores_stocklevel SET allocated = allocated + 1"]),
    ("allocated is the sum of open fulfilment lines", ["UPDATE orders_fulfilment SET state = 'cancelled' WHERE state = 'placed'"]),
    ("balance is the sum of points entries", ["UPDATE loyalty_member SET balance = balance + 1"]),
    ("balance is the sum of points entries", ["UPDATE loyalty_pointsentry SET points = points + 1"]),
    ("the order's total is the sum of its lines' and of its delivery", ["UPDATE orders_order SET total = total + 1 WHERE channel = 'web'"]),
    ("the order's total is the sum of its lines' and of its delivery", ["UPDATE orders_orderline SET total = total - 1"]),
    ("what an order was paid is the sum of its payments", ["UPDATE orders_payment SET amount = amount + 1"]),
    ("what an order was paid is the sum of its payments", ["DELETE FROM orders_payment"]),
    ("how far an order is paid follows from its sums", ["UPDATE orders_order SET payment_state = 'unpaid'"]),
    ("what is not owed any more goes back", ["UPDATE orders_order SET paid_total = paid_total + 1 WHERE payment_state = 'paid'"]),
    ("collected means handed over", ["DELETE FROM orders_handover"]),
    ("collected means handed over", [f"UPDATE orders_fulfilment SET state = 'ready' WHERE {COLLECTED}"]),
    ("all of a collected fulfilment is collected", ["UPDATE orders_fulfilmentline SET collected = collected - 1 WHERE collected > 0"]),
    (
        "a fulfilment is collected once",
        [
            "INSERT INTO omo_event (at, kind, channel, subject, data, store_id, order_id) "
            "SELECT at, kind, channel, subject, data, store_id, order_id FROM omo_event WHERE kind = 'pickup.collected'"
        ],
    ),
    ("a fulfilment is collected once", ["DELETE FROM omo_event WHERE kind = 'carry_out.collected'"]),
    ("what is noted as collected was collected", [f"UPDATE orders_fulfilment SET state = 'ready' WHERE {COLLECTED}"]),
    ("a member's purchase earned what the rule of its time gives", ["DELETE FROM loyalty_pointsentry"]),
    ("a member's purchase earned what the rule of its time gives", ["UPDATE loyalty_pointsentry SET points = points + 1"]),
    ("a member's purchase earned what the rule of its time gives", ["UPDATE loyalty_earnrule SET points = 2"]),
    ("only a member's collected purchase earns", [f"UPDATE orders_fulfilment SET state = 'ready' WHERE {COLLECTED}"]),
    ("a pickup has one promise, until it ends", ["DELETE FROM orders_promiseoutcome"]),
    ("a pickup has one promise, until it ends", ["UPDATE orders_fulfilment SET state = 'expired' WHERE state = 'placed'"]),
    ("the queue is due when it was promised", ["UPDATE orders_promise SET ready_by = at"]),
    ("a pickup has a place in its window", ["UPDATE stores_slotbooking SET released_at = at"]),
    ("a pickup has a place in its window", ["UPDATE stores_slotbooking SET starts_at = at"]),
    ("a promise is kept or has a cause", ["UPDATE orders_promiseoutcome SET cause = 'late'"]),
    ("who waits for a pickup is told", ["DELETE FROM omo_message WHERE kind = 'pickup_ready'"]),
    ("who waits for a pickup is told", ["UPDATE omo_message SET state = 'withdrawn' WHERE kind = 'pickup_ready'"]),
    ("who waits for a pickup is told", ["UPDATE omo_message SET dedup_key = 'pickup_ready:0:0' || id WHERE kind = 'pickup_ready'"]),
]


@pytest.mark.parametrize(("promise", "statements"), DAMAGE)
def test_planted_damage_is_found(promise, statements):
    assert promise in found_after(*statements)


def test_the_command_says_what_is_broken_and_exits_with_an_error():
    found_after("UPDATE loyalty_member SET balance = balance + 1")
    code, said = check()
    assert code == 1
    (violation,) = said["violations"]
    assert violation["invariant"] == "balance is the sum of points entries"
    assert (violation["found"], violation["expected"]) == (38, 37)
    assert violation["subject"].startswith("member ")
