"""Authorise now, capture when the goods are ready (PAYMENT_CAPTURE=when_ready)."""

import pytest

from omo import outbox
from omo.models import Message
from orders import cancellation, money_back, payment_messages, pickup, pickup_codes, providers
from orders.models import Fulfilment, Order, PaymentAttempt, ProviderEvent, SandboxPayment
from orders.providers import sandbox
from tests import factories
from tests.factories import NOON
from tests.orders.paying import MINUTE, begun, card_typed, deliver, hear, money, now, online, posting

pytestmark = pytest.mark.django_db
TOLD = NOON + MINUTE


@pytest.fixture
def order(harbour, settings, monkeypatch) -> Order:
    """An order of 25.00 that is authorised, and with the store."""
    settings.PAYMENT_CAPTURE = "when_ready"
    posting(monkeypatch)
    placed = online(harbour)
    card_typed(begun(placed))
    deliver()
    return placed


def attempt() -> PaymentAttempt:
    return PaymentAttempt.objects.get()


def test_an_authorised_order_goes_to_the_store_and_nothing_is_taken_yet(order):
    assert money(order) == ("authorised", 0, 0)
    assert Fulfilment.objects.get().awaits_payment is False
    assert (now(order).payment_due_by, SandboxPayment.objects.get().state) == (None, "authorised")
    assert Message.objects.filter(kind="order_placed").count() == 1


def test_it_is_captured_when_it_is_ready_after_the_time_to_undo(order, ana):
    factories.ready(order, ana)
    deliver(NOON + MINUTE / 4)
    assert money(order) == ("authorised", 0, 0)
    deliver(TOLD)
    assert money(order) == ("paid", 2500, 0)
    assert (attempt().state, SandboxPayment.objects.get().state) == ("captured", "captured")


def test_ready_by_mistake_takes_nothing(order, ana):
    waiting = factories.ready(order, ana)
    pickup.undo_ready(waiting, by=ana, at=NOON)
    deliver(TOLD)
    assert money(order) == ("authorised", 0, 0)
    pickup.mark_ready(factories.pickup_of(order), place="R-1", by=ana, at=TOLD)
    deliver(TOLD + MINUTE)
    assert money(order) == ("paid", 2500, 0)


def test_only_what_is_still_owed_is_captured(order, ana):
    waiting = factories.picked(order, ana)
    line = waiting.lines.get()
    cancellation.cancel_lines(waiting, {line.pk: 1}, reason="One was broken.", cause="store", by=ana, at=NOON)
    pickup.mark_ready(factories.pickup_of(order), by=ana, at=NOON)
    deliver(TOLD)
    assert money(order) == ("paid", 1250, 0)
    assert (attempt().amount, SandboxPayment.objects.get().amount) == (1250, 1250)


def test_cancelled_it_is_let_go_of(order, ana):
    cancellation.cancel_order(order, reason="It was damaged.", cause="store", by=ana, at=NOON)
    deliver(TOLD)
    assert (attempt().state, money(order)) == ("voided", ("unpaid", 0, 0))
    assert SandboxPayment.objects.get().state == "voided"


def test_it_can_be_handed_over_while_the_capture_is_under_way(order, ana):
    waiting = factories.ready(order, ana)
    pickup.hand_over(waiting, proof=pickup_codes.six_digits(waiting), by=ana, at=NOON)
    deliver(TOLD)
    assert money(order) == ("paid", 2500, 0)


def test_a_capture_is_asked_for_until_it_is_answered(order, ana, monkeypatch):
    factories.ready(order, ana)
    with monkeypatch.context() as broken:
        broken.setattr(sandbox.Sandbox, "capture", lambda *_args, **_options: (_ for _ in ()).throw(providers.Away()))
        deliver(TOLD)
    assert money(order) == ("authorised", 0, 0)
    deliver(TOLD + MINUTE)
    assert money(order) == ("paid", 2500, 0)


def test_an_authorisation_that_ran_out_leaves_the_order_to_be_paid_at_the_counter(order, ana):
    SandboxPayment.objects.update(state="voided")
    waiting = factories.ready(order, ana)
    deliver(TOLD)
    assert (attempt().state, money(order)) == ("voided", ("unpaid", 0, 0))
    with pytest.raises(pickup.Refused) as refusal:
        pickup.hand_over(waiting, proof=pickup_codes.six_digits(waiting), by=ana, at=TOLD)
    assert refusal.value.verdict.reason == "unpaid"


def test_authorised_after_it_was_cancelled_is_let_go_of(harbour, settings):
    settings.PAYMENT_CAPTURE = "when_ready"
    order = online(harbour)
    started = begun(order)
    cancellation.cancel_order(order, reason="Changed my mind.", cause="customer", by=None, at=NOON)
    card_typed(started)
    assert hear(started, "authorised") == "Nothing is owed, so it is let go of."
    deliver(TOLD)
    assert attempt().state == "voided"


def test_what_was_captured_counts_although_less_was_owed_when_the_answer_came(order, ana, monkeypatch):
    """The answer to a capture of 25.00 is lost, one mug is cancelled, and the provider is asked again."""
    waiting = factories.ready(order, ana)
    real = sandbox.Sandbox.capture

    def lost(self, reference, **asked):
        real(self, reference, **asked)
        raise providers.Away

    with monkeypatch.context() as broken:
        broken.setattr(sandbox.Sandbox, "capture", lost)
        broken.setattr(outbox, "sender", lambda kind: payment_messages.payment_capture if kind == "payment_capture" else _away)
        deliver(TOLD)
    cancellation.cancel_lines(waiting, {waiting.lines.get().pk: 1}, reason="One was broken.", cause="store", by=ana, at=TOLD)
    deliver(TOLD + MINUTE)
    assert (attempt().state, attempt().amount, money(order)) == ("captured", 2500, ("part_refunded", 2500, 1250))
    assert not ProviderEvent.objects.filter(outcome__startswith="Refused").exists()


def _away(_message):
    raise providers.Away


def test_authorised_anew_when_the_goods_are_ready_it_is_captured_too(order, ana):
    SandboxPayment.objects.update(state="voided")
    factories.ready(order, ana)
    deliver(TOLD)
    assert money(order) == ("unpaid", 0, 0)
    card_typed(begun(now(order), TOLD), at=TOLD)
    deliver(TOLD)
    assert money(order) == ("paid", 2500, 0)


def test_authorised_while_its_page_was_being_closed_it_is_let_go_of(harbour, settings, monkeypatch):
    """The provider says no to closing the page, because the customer was faster: then it is the authorisation that is let go of."""
    settings.PAYMENT_CAPTURE = "when_ready"
    order = online(harbour)
    started = begun(order)
    cancellation.cancel_order(order, reason="Changed my mind.", cause="customer", by=None, at=NOON)

    def too_late(_self, reference, *, key):
        SandboxPayment.objects.filter(reference=reference).update(state="authorised")
        raise providers.Refused

    with monkeypatch.context() as busy:
        busy.setattr(sandbox.Sandbox, "void", too_late)
        busy.setattr(outbox, "deliver_due", lambda: outbox.deliver(outbox.claim(at=NOON)))
        Message.objects.exclude(kind="payment_void").delete()
        deliver()
    started.refresh_from_db()
    assert (started.state, money(order)) == ("authorised", ("authorised", 0, 0))
    deliver(TOLD)
    started.refresh_from_db()
    assert (started.state, money(order)) == ("voided", ("unpaid", 0, 0))


def test_what_is_cancelled_of_an_authorised_order_is_told_as_it_is(order):
    waiting = factories.pickup_of(order)
    cancellation.cancel_lines(waiting, {waiting.lines.get().pk: 1}, reason="", cause="customer", by=None, at=NOON)
    assert money_back.in_words(now(order), at=NOON) == "€12.50 is taken from your card when it is ready."
    assert money_back.foretold(now(order), ending=[]) == "€12.50 is taken from your card when it is ready."
    assert money_back.foretold(now(order), ending=[waiting.pk]) == "Nothing is taken from your card."
