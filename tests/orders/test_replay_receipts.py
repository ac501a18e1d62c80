"""Replaying receipts: every sale once, with its points, or nothing and the lines that are wrong."""

import csv
import gzip
import re
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from loyalty.models import EarnRule, Member, PointsEntry
from omo import invariants
from omo.models import Event, IdempotencyRecord
from orders.models import Fulfilment, Order, OrderLine, Payment
from stores.models import StockLevel, StockMovement, Store, Variant
from tests import factories
from tests.complete_journey import JOURNEYS

pytestmark = pytest.mark.django_db

HEAD = "receipt,sold_at,store,member,sku,quantity,sales_value\n"


@pytest.fixture
def earn_rule():
    """A point for every full euro, since before the receipts, and no other rule."""
    EarnRule.objects.all().delete()
    return EarnRule.objects.create(points=1, amount=100, valid_from=datetime(2016, 1, 1, tzinfo=UTC))


@pytest.fixture
def harbour():
    """A store in Dublin that has ten mugs."""
    place = factories.store()
    factories.stocked(place, 10, sku="MUG", price=500)
    return place


@pytest.fixture
def replay(tmp_path):
    """Write rows to a file and ring them up; the answer is what the command said."""

    def run(rows: str, name: str = "r.csv", **options) -> str:
        data = (HEAD + rows).encode()
        (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        out = StringIO()
        call_command("replay_receipts", tmp_path / name, stdout=out, stderr=out, **options)
        return out.getvalue()

    return run


@pytest.mark.slow
@pytest.mark.parametrize("journey", JOURNEYS)
def test_a_real_grocers_receipts_earn_what_the_rule_says_and_twice_changes_nothing(earn_rule, journey):
    receipts = journey.folder / "receipts.csv.gz"
    call_command("import_catalogue", products=journey.folder / "products.csv", stores=journey.folder / "stores.csv", stdout=StringIO())
    call_command("replay_receipts", receipts, stdout=StringIO())
    with gzip.open(receipts, "rt") as file:
        rows = list(csv.DictReader(file))
    totals: Counter = Counter()
    for row in rows:
        totals[row["receipt"], row["member"]] += Decimal(row["sales_value"])
    points = Counter()
    for (_, member), total in totals.items():
        points[member] += int(total)
    assert (Variant.objects.count(), Store.objects.count()) == (journey.products, journey.stores)
    assert (Order.objects.count(), OrderLine.objects.count(), Member.objects.count()) == (journey.receipts, journey.lines, journey.members)
    assert dict(Member.objects.values_list("reference", "balance")) == {member: points[member] for _, member in totals}
    assert sum(Order.objects.values_list("total", flat=True)) == int(100 * sum(totals.values()))
    assert list(invariants.violations()) == []
    before = _everything()
    out = StringIO()
    call_command("replay_receipts", receipts, stdout=out)
    assert out.getvalue().splitlines()[-1] == f"0 receipts rung up, {journey.receipts:,} were known."
    assert _everything() == before


def test_a_receipt_is_a_paid_till_sale_of_the_member_at_its_time(replay, harbour, earn_rule):
    assert replay("R1,2017-07-01 23:30:00,harbour,1228,MUG,3,10.00\n") == "1 receipts rung up, 0 were known.\n"
    order = Order.objects.select_related("member").get()
    assert (order.sale_reference, order.channel, order.total, order.payment_state) == ("R1", "till", 1000, "paid")
    assert order.placed_at == datetime(2017, 7, 1, 22, 30, tzinfo=UTC)
    line = order.lines.get()
    assert (line.quantity, line.list_price, line.unit_price, line.total) == (3, 500, 333, 1000)
    assert (order.member.reference, order.member.balance, order.member.joined_channel, order.member.joined_store) == ("1228", 10, "till", harbour)
    assert Fulfilment.objects.get().state == "collected"
    assert list(Payment.objects.values_list("tender", "amount")) == [("card", 1000)]
    assert StockLevel.objects.get().on_hand == 7


def test_a_receipt_without_a_member_and_one_that_cost_nothing_are_sales_too(replay, harbour, earn_rule):
    replay("R1,2017-07-01 12:00:00,harbour,,MUG,1,0\n", name="r.csv.gz")
    assert Order.objects.get().payment_state == "paid"
    assert (Payment.objects.count(), Member.objects.count()) == (0, 0)
    assert list(invariants.violations()) == []


def test_until_rings_up_the_first_receipts_only(replay, harbour, earn_rule):
    rows = "".join(f"R{number},2017-07-01 12:00:00,harbour,7,MUG,1,5\nR{number},2017-07-01 12:00:00,harbour,7,MUG,1,4\n" for number in range(5))
    assert replay(rows, until=2) == "2 receipts rung up, 0 were known.\n"
    assert list(Order.objects.order_by("sale_reference").values_list("sale_reference", "total")) == [("R0", 900), ("R1", 900)]
    assert replay(rows, until=3) == "1 receipts rung up, 2 were known.\n"
    assert Member.objects.get().balance == 27


def test_without_a_rule_the_command_says_that_nothing_is_earned(replay, harbour):
    EarnRule.objects.all().delete()
    assert "No earn rule was in force at the first receipt, so it earns no points." in replay("R1,2017-07-01 12:00:00,harbour,7,MUG,1,5\n")


GOOD = "R0,2017-07-01 12:00:00,harbour,7,MUG,1,5\n"
REFUSED = {
    "an unknown SKU": (GOOD + "R1,2017-07-01 12:00:00,harbour,7,CUP,1,5\n", ["r.csv, line 3: There is no SKU CUP."]),
    "an unknown store": (GOOD + "R1,2017-07-01 12:00:00,moon,7,MUG,1,5\n", ["r.csv, line 3: There is no store moon."]),
    "no units": (GOOD + "R1,2017-07-01 12:00:00,harbour,7,MUG,0,5\n", ["r.csv, line 3: quantity is '0'. Write a whole number such as 12, at most 99,999."]),
    "units taken back": (GOOD + "R1,2017-07-01 12:00:00,harbour,7,MUG,-1,5\n", ["r.csv, line 3: quantity is '-1'. A sale has 1 or more."]),
    "a bad amount": (GOOD + "R1,2017-07-01 12:00:00,harbour,7,MUG,1,5.005\n", ["r.csv, line 3: sales_value is '5.005'. Write an amount such as 12.50"]),
    "no amount": (GOOD + "R1,2017-07-01 12:00:00,harbour,7,MUG,1,\n", ["r.csv, line 3: sales_value is empty."]),
    "no receipt number": (GOOD + ",2017-07-01 12:00:00,harbour,7,MUG,1,5\n", ["r.csv, line 3: receipt is empty."]),
    "a bad time": (GOOD + "R1,yesterday,harbour,7,MUG,1,5\n", ["r.csv, line 3: sold_at is 'yesterday'. Write the store's local time"]),
    "a time with a zone": (GOOD + "R1,2017-07-01T12:00:00Z,harbour,7,MUG,1,5\n", ["r.csv, line 3: sold_at is '2017-07-01T12:00:00Z'."]),
    "a ragged line": (GOOD + "R1,2017-07-01 12:00:00,harbour,7,MUG\n", ["r.csv, line 3: The row has 5 cells, the heading has 7."]),
    "two members on a receipt": (GOOD + "R0,2017-07-01 12:00:00,harbour,8,MUG,1,5\n", ["r.csv, line 3: Receipt R0 has another member than in line 2."]),
}


@pytest.mark.parametrize(("rows", "expected"), REFUSED.values(), ids=REFUSED)
def test_a_wrong_line_keeps_every_receipt_out(replay, harbour, earn_rule, rows, expected):
    before = _everything()
    with pytest.raises(CommandError) as failure:
        replay(rows)
    found = str(failure.value).splitlines()
    assert found[-1] == "Nothing was changed."
    assert len(found) == len(expected) + 1
    assert all(line.startswith(start) for line, start in zip(found, expected, strict=False))
    assert _everything() == before


def test_a_known_number_with_other_contents_is_refused(replay, harbour, earn_rule):
    replay(GOOD)
    before = _everything()
    with pytest.raises(CommandError, match=re.escape("r.csv, line 2: Receipt R0 was rung up before with other contents.\nNothing was changed.")):
        replay("R0,2017-07-01 12:00:00,harbour,7,MUG,2,9\nR1,2017-07-01 12:00:00,harbour,7,MUG,2,9\n")
    with pytest.raises(CommandError, match="was rung up before with other lines"), transaction.atomic():
        replay("R0,2017-07-01 12:00:00,harbour,7,MUG,2,5\n")
    assert _everything() == before


@pytest.mark.parametrize("data", [b"\x1f\x8b\x08\x00", gzip.compress(b"x" * 1000)[:-9]], ids=["no more than a head", "cut off"])
def test_a_broken_gzip_file_is_refused(tmp_path, data):
    (tmp_path / "r.csv.gz").write_bytes(data)
    with pytest.raises(CommandError, match=r"^r.csv.gz: The file is not a complete gzip file."):
        call_command("replay_receipts", tmp_path / "r.csv.gz")


def test_an_absent_file_and_a_senseless_number_are_refused(tmp_path):
    with pytest.raises(CommandError, match="cannot be read: No such file"):
        call_command("replay_receipts", tmp_path / "r.csv")
    with pytest.raises(CommandError, match="--until takes a number above 0"):
        call_command("replay_receipts", tmp_path / "r.csv", until=0)


def _everything() -> dict[str, list[tuple]]:
    """What a replay could write."""
    models = [Order, OrderLine, Payment, Fulfilment, Member, PointsEntry, StockLevel, StockMovement, Event, IdempotencyRecord]
    return {model.__name__: list(model.objects.order_by("pk").values_list()) for model in models}
