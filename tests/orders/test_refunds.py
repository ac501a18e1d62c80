"""Giving money back: once per cause, by the tender it came with, never more than was paid."""

import pytest
from django.core import mail

from omo.models import Event, Message
from orders import cancellation, payments, provider_events, providers, refunds
from orders.models import Order, Payment, ProviderEvent, Refund
from orders.payments import Tendered
from orders.providers import GivenBack, Told, sandbox
from orders.refunds import MoreThanPaid, NotFailed, NothingToRefund, NotToGiveBack
from tests import factories
from tests.factories import NOON
from tests.orders.paying import MINUTE, begun, card_typed, deliver, hear, money, online
from tests.unchanged import refused, unchanged

pytestmark = pytest.mark.django_db
WHY = "One mug was broken."


@pytest.fixture
def order(harbour, ana) -> Order:
    """25.00, paid in the store: 10.00 in cash, 15.00 by card."""
    placed = factories.order(harbour, (factories.stocked(harbour), 2))
    payments.take_payment(placed, [Tendered("cash", 1000), Tendered("card", 1500, "T-1")], store=harbour, by=ana, at=NOON)
    return placed


@pytest.fixture
def paid_online(harbour) -> Order:
    """25.00, paid online."""
    placed = online(harbour)
    attempt = begun(placed)
    card_typed(attempt)
    hear(attempt)
    return placed


def back(order: Order, amount: int, cause: str = "return:1", **changes) -> list[Refund]:
    return refunds.refund(order, amount, **{"cause": cause, "reason": WHY, "by": None, "at": NOON, **changes})


def split(made: list[Refund]) -> list[tuple[str, int]]:
    return [(refund.payment.tender, refund.amount) for refund in made]


def test_money_goes_back_by_the_tenders_it_came_with(order):
    assert split(back(order, 2000)) == [("card", 1500), ("cash", 500)]
    assert money(order) == ("part_refunded", 2500, 2000)
    assert split(back(order, 500, "return:2")) == [("cash", 500)]
    assert money(order) == ("refunded", 2500, 2500)
    assert Event.objects.filter(kind="payment.refund_requested").count() == 2


def test_a_cause_is_refunded_once(order):
    first = back(order, 700)
    with unchanged():
        assert back(order, 700) == first
        assert back(order, 900) == first


@pytest.mark.parametrize(("amount", "because"), [(0, NothingToRefund), (-1, NothingToRefund), (2501, MoreThanPaid), (2**40, MoreThanPaid)])
def test_nothing_and_more_than_was_paid_are_refused(order, amount, because):
    with refused(because):
        back(order, amount)


def test_what_was_given_back_is_not_given_again(order):
    back(order, 2000)
    with refused(MoreThanPaid) as refusal:
        back(order, 501, "return:2")
    assert refusal.value.left == 500


def test_cash_and_card_wait_at_the_counter_until_staff_gave_them_back(order, harbour, ana):
    card, cash = back(order, 2500)
    assert [(one.state, one.store) for one in (card, cash)] == [("requested", harbour)] * 2
    refunds.give_back(cash, store=harbour, by=ana, at=NOON + MINUTE)
    cash.refresh_from_db()
    assert (cash.state, cash.done_at, cash.store) == ("done", NOON + MINUTE, harbour)
    assert list(refunds.to_give_back()) == [card]
    event = Event.objects.get(kind="payment.refunded")
    assert (event.by, event.data) == (ana, {"amount": 1000, "tender": "cash"})
    with refused(NotToGiveBack):
        refunds.give_back(cash, store=harbour, by=ana, at=NOON + MINUTE)
    mail.outbox.clear()
    deliver(NOON + MINUTE)
    sent = next(one for one in mail.outbox if "back" in one.subject)
    assert sent.subject == f"Order {order.number}: €10.00 back"
    assert "You had it back at the counter at Harbour, in cash." in sent.body
    assert WHY in sent.body


def test_money_can_be_given_back_in_another_store(order, ana):
    elsewhere = factories.store("airport")
    (refund,) = back(order, 500, store=elsewhere)
    assert refund.store == elsewhere


def test_online_money_goes_back_by_the_outbox_once(paid_online, monkeypatch):
    asked = []
    real = sandbox.Sandbox.refund

    def noted(self, reference, *, amount, key):
        asked.append((amount, key))
        return real(self, reference, amount=amount, key=key)

    monkeypatch.setattr(sandbox.Sandbox, "refund", noted)
    (refund,) = back(paid_online, 1250)
    assert (refund.state, refund.store, asked) == ("requested", None, [])
    deliver()
    refund.refresh_from_db()
    assert (refund.state, refund.done_at) == ("done", NOON)
    assert asked == [(1250, f"return:1:{refund.payment_id}")]
    Message.objects.filter(kind="payment_refund").update(state="due")  # a worker that died after the answer
    deliver()
    assert len(asked) == 1
    deliver()
    assert [one.subject for one in mail.outbox].count(f"Order {paid_online.number}: €12.50 back") == 1


def test_online_money_is_not_given_back_at_the_counter(paid_online, harbour, ana):
    (refund,) = back(paid_online, 1250)
    with refused(NotToGiveBack):
        refunds.give_back(refund, store=harbour, by=ana, at=NOON)


def test_the_provider_is_asked_again_while_it_is_away(paid_online, monkeypatch):
    (refund,) = back(paid_online, 2500)
    with monkeypatch.context() as broken:
        broken.setattr(sandbox.Sandbox, "refund", lambda *_args, **_options: (_ for _ in ()).throw(providers.Away()))
        deliver()
    refund.refresh_from_db()
    assert refund.state == "requested"
    deliver(NOON + MINUTE)
    refund.refresh_from_db()
    assert refund.state == "done"


def test_a_refund_that_fails_is_head_offices_and_can_be_asked_for_again(harbour, paid_online, monkeypatch):
    cancellation.cancel_order(paid_online, reason="It was damaged.", cause="store", by=None, at=NOON)
    refund = Refund.objects.get()
    with monkeypatch.context() as broken:
        broken.setattr(sandbox.Sandbox, "refund", lambda *_args, **_options: (_ for _ in ()).throw(providers.Refused("The account is closed.")))
        deliver()
    refund.refresh_from_db()
    assert refund.state == "failed"
    assert Event.objects.get(kind="payment.refund_failed").data == {"amount": 2500, "why": "The account is closed."}
    assert money(paid_online) == ("paid", 2500, 0)
    assert list(refunds.failed()) == [refund]
    (again,) = refunds.ask_again(refund, by=None, at=NOON)
    assert (again.amount, list(refunds.failed())) == (2500, [])
    deliver(NOON + MINUTE)
    again.refresh_from_db()
    assert again.state == "done"
    assert money(paid_online) == ("refunded", 2500, 2500)
    with refused(NotFailed):
        refunds.ask_again(again, by=None, at=NOON)


def test_a_provider_may_find_out_later_that_money_could_not_go_back(paid_online):
    (refund,) = back(paid_online, 2500)
    deliver()
    event = Told("ev_7", "refund.failed", refund.key, "sr_1", refund=GivenBack("sr_1", "failed", "expired_or_canceled_card"))
    assert provider_events.note("sandbox", event, at=NOON + MINUTE) == "The refund is failed."
    refund.refresh_from_db()
    assert (refund.state, money(paid_online)) == ("failed", ("paid", 2500, 0))
    with unchanged():
        provider_events.note("sandbox", event, at=NOON + 2 * MINUTE)


def test_an_event_about_a_refund_that_nobody_asked_for_is_head_offices(paid_online):
    event = Told("ev_8", "refund.updated", "nobody:1", "sr_2", refund=GivenBack("sr_2", "done"))
    assert provider_events.note("sandbox", event, at=NOON) == "Refused: we asked for no such refund."
    assert ProviderEvent.objects.get(event_id="ev_8").handled_at == NOON


def test_only_what_is_not_owed_any_more_goes_back(order):
    assert refunds.refund_overpaid(order, cause="cancel:1", reason=WHY, by=None, at=NOON) == []
    Order.objects.update(cancelled_total=1250)
    assert split(refunds.refund_overpaid(order, cause="cancel:1", reason=WHY, by=None, at=NOON)) == [("card", 1250)]
    assert money(order) == ("part_refunded", 2500, 1250)


def test_of_what_was_paid_online_and_at_the_counter_the_online_part_goes_back_first(harbour, ana):
    order = online(harbour)
    payments.take_payment(order, [Tendered("cash", 1000)], store=harbour, by=ana, at=NOON)
    attempt = begun(order)
    card_typed(attempt)
    hear(attempt)
    assert Payment.objects.count() == 2
    assert split(back(order, 2000)) == [("online", 1500), ("cash", 500)]


def test_a_refund_that_failed_is_not_asked_for_again_once_another_gave_the_money_back(harbour, monkeypatch):
    order = online(harbour, *((factories.stocked(harbour, 3), 1) for _ in range(3)))
    hear(begun(order))
    first, second, _ = factories.pickup_of(order).lines.all()
    cancellation.cancel_lines(factories.pickup_of(order), {first.pk: 1}, reason="It was damaged.", cause="store", by=None, at=NOON)
    (failed,) = Refund.objects.all()
    refunds.settle(failed, GivenBack("", "failed", "The account is closed."), at=NOON)
    cancellation.cancel_lines(factories.pickup_of(order), {second.pk: 1}, reason="It was damaged.", cause="store", by=None, at=NOON)
    assert money(order) == ("part_refunded", 3750, 2500)
    with refused(MoreThanPaid):
        refunds.ask_again(failed, by=None, at=NOON)


def test_a_refund_that_failed_here_and_is_done_there_is_head_offices(paid_online):
    cancellation.cancel_order(paid_online, reason="It was damaged.", cause="store", by=None, at=NOON)
    (refund,) = Refund.objects.all()
    refunds.settle(refund, GivenBack("", "failed", "The account is closed."), at=NOON)
    event = Told("ev_9", "refund.updated", refund.key, "sr_1", refund=GivenBack("sr_1", "done"))
    assert provider_events.note("sandbox", event, at=NOON + MINUTE) == "Refused: it is done there and failed here."


def test_a_long_reason_is_kept_as_far_as_its_column_is_long(paid_online):
    waiting = factories.pickup_of(paid_online)
    cancellation.cancel_lines(waiting, {waiting.lines.get().pk: 1}, reason="x" * 300, cause="store", by=None, at=NOON)
    assert Refund.objects.get().reason == "x" * 100
