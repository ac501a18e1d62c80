"""The hand-over at the counter: against proof, when paid, once."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from loyalty.models import Member
from omo import invariants
from omo.models import Message
from orders import payments, pickup, pickup_codes
from orders.models import Fulfilment, HandOver, Payment
from orders.pickup import Refused
from stores.models import StockLevel
from tests import factories
from tests.factories import NOON
from tests.unchanged import refused, unchanged

pytestmark = pytest.mark.django_db
State = Fulfilment.State


def test_the_hand_over_takes_the_goods_off_the_books_and_credits_the_points_now(ready):
    ready.pay()
    assert list(StockLevel.objects.order_by("pk").values_list("on_hand", "allocated")) == [(10, 2), (10, 1)]
    ready.hand_over(60)
    now = ready.pickup
    assert (now.state, now.collected_at) == (State.COLLECTED, NOON + timedelta(seconds=60))
    assert list(now.lines.values_list("collected", flat=True)) == [2, 1]
    assert list(StockLevel.objects.order_by("pk").values_list("on_hand", "allocated")) == [(8, 0), (9, 0)]
    assert Member.objects.get().balance == 34
    hand_over = HandOver.objects.get()
    assert (hand_over.fulfilment, hand_over.method, hand_over.by, hand_over.note) == (now, "code", ready.ana, "")
    assert Message.objects.get(kind="pickup_collected").dedup_key == f"pickup_collected:{now.pk}"
    assert list(invariants.violations()) == []


def test_the_row_that_all_staff_of_a_store_share_is_taken_last_in_a_hand_over(ready):
    ready.pay()
    with CaptureQueriesContext(connection) as queries:
        ready.hand_over(60)
    written = [query["sql"].split('"')[1] for query in queries if query["sql"].startswith(("INSERT", "UPDATE"))]
    assert "omo_message" in written
    assert (written.count("orders_queueversion"), written[-1]) == (1, "orders_queueversion")


@pytest.mark.parametrize(
    ("proof", "method"),
    [
        (lambda waiting: {"proof": pickup_codes.qr_text(waiting)}, "qr"),
        (lambda waiting: {"proof": pickup_codes.qr_text(waiting).lower() + "\r"}, "qr"),
        (lambda waiting: {"proof": pickup_codes.six_digits(waiting)}, "code"),
        (lambda waiting: {"proof": " ".join(pickup_codes.six_digits(waiting))}, "code"),
        (lambda waiting: {"identity": "passport, photo checked"}, "identity"),
    ],
)
def test_goods_go_against_the_qr_the_digits_or_a_recorded_identity_check(ready, proof, method):
    ready.pay()
    ready.hand_over(**proof(ready.pickup))
    hand_over = HandOver.objects.get()
    assert (hand_over.method, hand_over.note) == (method, "passport, photo checked" if method == "identity" else "")


# Refusals at the counter


@pytest.mark.parametrize("proof", [{"proof": ""}, {"proof": "000000"}, {"proof": "ABC.DEF"}, {"identity": "  "}, {"proof": "²²²²²²"}])
def test_without_proof_nothing_is_handed_over(ready, proof):
    ready.pay()
    if pickup_codes.six_digits(ready.pickup) == "000000":
        pytest.skip("one chance in a million")
    with refused(Refused) as refusal:
        ready.hand_over(**proof)
    assert refusal.value.verdict.reason == "code_mismatch"


def test_another_pickups_code_opens_nothing(ready):
    other = factories.pickup_of(factories.order(ready.harbour, (factories.stocked(ready.harbour), 1)))
    ready.pay()
    for proof in (pickup_codes.qr_text(other), pickup_codes.six_digits(other)):
        with refused(Refused) as refusal:
            ready.hand_over(proof=proof)
        assert refusal.value.verdict.reason == "code_mismatch"


def test_unpaid_goods_stay_here(ready):
    with refused(Refused) as refusal:
        ready.hand_over()
    assert refusal.value.verdict.reason == "unpaid"
    payments.take_payment(ready.order, [payments.Tendered("cash", 3498)], store=ready.harbour, by=ready.ana, at=NOON)
    with refused(Refused) as refusal:
        ready.hand_over()
    assert refusal.value.verdict.reason == "unpaid"
    payments.take_payment(ready.order, [payments.Tendered("cash", 1)], store=ready.harbour, by=ready.ana, at=NOON)
    ready.hand_over()


def test_a_code_works_once(ready):
    ready.pay()
    code = pickup_codes.six_digits(ready.pickup)
    ready.hand_over()
    with refused(Refused) as refusal:
        ready.hand_over(5, proof=code)
    assert refusal.value.verdict.reason == "already_collected"
    assert refusal.value.verdict.pickup.collected_at == NOON


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ("placed", "not_ready"),
        ("picking", "not_ready"),
        ("packed", "not_ready"),
        ("awaiting_customer", "not_ready"),
        ("collected", "already_collected"),
        ("expired", "hold_expired"),
        ("cancelled", "cancelled"),
    ],
)
def test_goods_are_handed_over_from_ready_only(ready, state, reason):
    ready.pay()
    Fulfilment.objects.update(state=state)
    with refused(Refused) as refusal:
        ready.hand_over()
    assert refusal.value.verdict.reason == reason


# Payment and hand-over in one


def pay_and_take(world, amount: int, proof: str | None = None) -> None:
    proof = pickup_codes.six_digits(world.pickup) if proof is None else proof
    pickup.take_payment_and_hand_over(world.pickup, tendered=[payments.Tendered("card", amount)], proof=proof, by=world.ana, at=NOON)


def test_payment_and_hand_over_happen_together(ready):
    pay_and_take(ready, 3499)
    assert ready.pickup.state == State.COLLECTED
    assert list(Payment.objects.values_list("tender", "amount")) == [("card", 3499)]
    assert list(invariants.violations()) == []


def test_what_was_paid_meanwhile_is_not_taken_again(ready):
    """Staff have the money in hand that nobody owes any more: they are told so, and give it back before they hand over."""
    ready.pay()
    with refused(payments.MoreThanDue) as refusal:
        pay_and_take(ready, 3499)
    assert refusal.value.due == 0
    ready.hand_over()
    assert (Payment.objects.count(), ready.pickup.state) == (1, State.COLLECTED)


@pytest.mark.parametrize(("amount", "proof", "because"), [(3498, None, Refused), (3500, None, payments.MoreThanDue), (3499, "wrong", Refused)])
def test_payment_and_hand_over_fail_together(ready, amount, proof, because):
    with refused(because):
        pay_and_take(ready, amount, proof)


def test_looking_changes_nothing(ready):
    with unchanged():
        assert pickup_codes.find_by_qr(pickup_codes.qr_text(ready.pickup)) == ready.pickup
        assert pickup_codes.find_by_digits(ready.harbour.pk, pickup_codes.six_digits(ready.pickup), at=NOON) == ready.pickup
