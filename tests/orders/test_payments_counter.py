"""Money at the counter: in parts, with several tenders, and back."""

import pytest
import time_machine
from django.urls import reverse

from orders import payments, refunds
from orders.models import Fulfilment, Order, Payment, Refund
from orders.payments import Tendered
from stores.models import Store
from tests import factories
from tests.factories import NOON
from tests.orders.paying import begun, money, now, online
from tests.unchanged import unchanged

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon():
    """All of it happens at noon."""
    with time_machine.travel(NOON, tick=False):
        yield


def text(answer, status=200) -> str:
    assert answer.status_code == status, answer.content.decode()[:300]
    return answer.content.decode()


@pytest.fixture
def order(harbour: Store) -> Order:
    """An order of 25.00 that waits for its online payment."""
    return online(harbour)


@pytest.fixture
def staffed(client, ana):
    client.force_login(ana)
    return client


def test_staff_take_a_part_and_then_the_rest(harbour, staffed):
    order = factories.order(harbour, (factories.stocked(harbour), 2))
    there = reverse("take_payment", args=["harbour", order.number])
    assert staffed.post(there, {"tender": "cash", "amount": "10"}).status_code == 302
    page = text(staffed.get(reverse("counter_payment", args=["harbour", order.number])))
    assert "€15.00" in page
    assert staffed.post(there, {"tender": "card", "amount": "15.00", "slip": "T-7"}).status_code == 302
    assert money(order) == ("paid", 2500, 0)
    assert list(Payment.objects.order_by("pk").values_list("tender", "amount", "reference")) == [("cash", 1000, ""), ("card", 1500, "T-7")]
    with unchanged():
        assert "Nothing is to pay any more." in text(staffed.post(there, {"tender": "cash", "amount": "1"}), 409)


def test_a_part_that_is_sent_twice_is_taken_once(harbour, staffed):
    """A double press, or a page that is sent again after its answer was lost: less is due by then than it said."""
    order = factories.order(harbour, (factories.stocked(harbour), 2))
    there = reverse("take_payment", args=["harbour", order.number])
    assert 'name="seen_due" value="2500"' in text(staffed.get(reverse("counter_payment", args=["harbour", order.number])))
    pressed = {"tender": "cash", "amount": "10", "seen_due": "2500"}
    assert staffed.post(there, pressed).status_code == 302
    with unchanged():
        assert "€15.00 is to pay by now, not what this page said. Nothing was taken." in text(staffed.post(there, pressed), 409)
    assert staffed.post(there, {**pressed, "seen_due": "1500"}).status_code == 302
    assert money(order) == ("unpaid", 2000, 0)


@pytest.mark.parametrize(
    ("form", "words", "status"),
    [
        ({"tender": "cash", "amount": "25.01"}, "Only €25.00 is to pay.", 409),
        ({"tender": "cash", "amount": "0"}, "Write an amount such as 12.50.", 422),
        ({"tender": "cash", "amount": "-1"}, "Write an amount such as 12.50.", 422),
        ({"tender": "online", "amount": "1"}, "Choose card or cash.", 422),
        ({"amount": "1"}, "Choose card or cash.", 422),
    ],
)
def test_what_staff_type_wrong_takes_nothing(harbour, staffed, form, words, status):
    order = factories.order(harbour, (factories.stocked(harbour), 2))
    with unchanged():
        assert words in text(staffed.post(reverse("take_payment", args=["harbour", order.number]), form), status)


def hand_over(client, order, **form):
    return client.post(reverse("hand_over", args=["harbour", order.number]), {"identity": "ID card", "amount": "2500", **form})


def test_a_part_in_cash_and_the_rest_by_card_in_one_go(harbour, ana, staffed):
    order = factories.order(harbour, (factories.stocked(harbour), 2))
    factories.ready(order, ana)
    assert hand_over(staffed, order, tender="split", cash="5,00", slip="T-9").status_code == 302
    assert list(Payment.objects.order_by("pk").values_list("tender", "amount", "reference")) == [("cash", 500, ""), ("card", 2000, "T-9")]
    assert factories.pickup_of(order).state == "collected"


def test_who_paid_meanwhile_has_the_money_in_hand_back_before_the_goods_go(harbour, ana, staffed):
    order = factories.order(harbour, (factories.stocked(harbour), 2))
    factories.ready(order, ana)
    payments.take_payment(order, [Tendered("card", 2500)], store=harbour, by=ana, at=NOON)
    with unchanged():
        assert "give back what you took" in text(hand_over(staffed, order, tender="cash"), 409)
    assert hand_over(staffed, order).status_code == 302
    assert money(order) == ("paid", 2500, 0)


@pytest.mark.parametrize("cash", ["", "0", "25", "26"])
def test_what_is_split_is_more_than_nothing_and_less_than_all(harbour, ana, staffed, cash):
    order = factories.order(harbour, (factories.stocked(harbour), 2))
    factories.ready(order, ana)
    with unchanged():
        assert "Write what is given in cash" in text(hand_over(staffed, order, tender="split", cash=cash), 422)


def test_online_is_no_tender_at_the_counter(harbour, ana, staffed):
    order = factories.order(harbour, (factories.stocked(harbour), 2))
    factories.ready(order, ana)
    with unchanged():
        assert "Choose card or cash." in text(hand_over(staffed, order, tender="online"), 422)


def test_who_could_not_pay_online_can_pay_at_the_counter(order, harbour, ana, staffed):
    begun(order)
    staffed.post(reverse("take_payment", args=["harbour", order.number]), {"tender": "card", "amount": "25"})
    assert (money(order), now(order).payment_due_by) == (("paid", 2500, 0), None)
    assert factories.pickup_of(order).awaits_payment is False


def test_staff_do_not_begin_before_it_is_paid(order, staffed):
    answer = staffed.post(reverse("start_picking", args=["harbour", order.number]))
    assert "It is not paid yet." in text(answer, 409)
    assert order.number not in text(staffed.get(reverse("queue", args=["harbour"])))


def test_money_is_given_back_at_the_counter_once(harbour, ana, staffed):
    order = factories.order(harbour, (factories.stocked(harbour), 2))
    payments.take_payment(order, [Tendered("cash", 2500)], store=harbour, by=ana, at=NOON)
    (refund,) = refunds.refund(order, 500, cause="return:1", reason="One was broken.", by=ana, at=NOON)
    page = text(staffed.get(reverse("money_back", args=["harbour"])))
    assert "€5.00" in page
    assert "One was broken." in page
    there = reverse("give_back", args=["harbour", refund.pk])
    assert staffed.post(there).status_code == 302
    assert Refund.objects.get().state == "done"
    with unchanged():
        assert "was given back before" in text(staffed.post(there), 409)
    assert "Nothing is to be given back here." in text(staffed.get(reverse("money_back", args=["harbour"])))


def test_what_another_store_owes_is_given_back_there(harbour, ana, staffed):
    airport = factories.store("airport")
    order = factories.order(airport, (factories.stocked(airport), 2))
    payments.take_payment(order, [Tendered("cash", 2500)], store=airport, by=None, at=NOON)
    (refund,) = refunds.refund(order, 500, cause="return:1", reason="One was broken.", by=None, at=NOON)
    with unchanged():
        assert staffed.post(reverse("give_back", args=["harbour", refund.pk])).status_code == 404


def test_the_tablets_of_all_its_stores_see_that_it_is_paid(harbour, ana):
    airport = factories.store("airport")
    order = factories.order(harbour, (factories.stocked(harbour), 1))
    Fulfilment.objects.create(order=order, store=airport, kind="pickup", public_id="P2", due_at=NOON, placed_at=NOON)
    before = factories.queue_version(airport.pk)
    payments.take_payment(order, [Tendered("cash", 1250)], store=harbour, by=ana, at=NOON)
    assert factories.queue_version(airport.pk) == before + 1
