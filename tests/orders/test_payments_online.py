"""Paying online: what is begun, what events say of it, and what becomes of the order."""

from datetime import timedelta

import pytest
from django.core import mail

from omo.models import Event, Message
from orders import payments, pickup, provider_events, providers, tickets
from orders.models import Fulfilment, Payment, PaymentAttempt, ProviderEvent
from orders.payments import NothingToPay, NotOnline, Tendered
from orders.providers import sandbox
from tests import factories
from tests.factories import NOON
from tests.orders.paying import GOOD, MINUTE, begun, card_typed, deliver, hear, money, now, online, posting, states, told
from tests.unchanged import refused, unchanged

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(harbour):
    """An order of 25.00 that waits for its payment."""
    return online(harbour)


# Beginning


def test_an_order_that_waits_for_its_payment_is_kept_from_staff(order, harbour, ana):
    assert order.payment_due_by == NOON + 30 * MINUTE
    assert [len(lane.tickets) for lane in tickets.board(harbour, at=NOON).values()] == [0, 0, 0]
    with refused(pickup.Unpaid):
        pickup.start_picking(factories.pickup_of(order), by=ana, at=NOON)
    assert not Message.objects.filter(kind="order_placed").exists()


def test_beginning_makes_an_attempt_with_a_page_of_the_provider(order):
    attempt = begun(order)
    assert (attempt.provider, attempt.amount, attempt.currency, attempt.state) == ("sandbox", 2500, "EUR", "started")
    assert attempt.url.endswith(f"/sandbox/{attempt.reference}/")
    assert Event.objects.get(kind="payment.begun").data == {"provider": "sandbox", "amount": 2500}


def test_a_repeat_while_an_attempt_lives_gives_the_same_page(order):
    first = begun(order)
    with unchanged():
        assert begun(order, NOON + MINUTE).url == first.url


def test_after_a_decline_there_is_a_new_attempt(order):
    first = begun(order)
    hear(first, "declined", words="The bank declined the card.")
    second = begun(order)
    assert second.key != first.key
    assert PaymentAttempt.objects.get(pk=first.pk).words == "The bank declined the card."


def test_when_less_is_due_the_former_attempt_is_let_go_of(order, ana):
    first = begun(order)
    payments.take_payment(order, [Tendered("cash", 1000)], store=order.store, by=ana, at=NOON)
    second = begun(order)
    assert (second.amount, second.key != first.key) == (1500, True)
    assert Message.objects.get(kind="payment_void").payload == {"attempt": first.pk}
    deliver()
    assert PaymentAttempt.objects.get(pk=first.pk).state == "expired"


def test_while_the_provider_is_away_the_order_stays_and_the_next_try_asks_under_the_same_key(order, monkeypatch):
    asked = []

    def away(_self, wanted):
        asked.append(wanted.key)
        raise providers.Away

    with monkeypatch.context() as broken:
        broken.setattr(sandbox.Sandbox, "begin", away)
        for _ in range(2):
            with pytest.raises(providers.Away):
                begun(order)
    assert asked == [begun(order).key] * 2
    assert PaymentAttempt.objects.count() == 1
    assert states(order) == ["placed"]


def test_what_is_asked_again_at_once_is_asked_in_the_same_words_and_later_anew(order, monkeypatch):
    """A provider refuses other words under the same key, and a page that would close too soon."""
    asked = []

    def away(_self, wanted):
        asked.append(wanted)
        raise providers.Away

    monkeypatch.setattr(sandbox.Sandbox, "begin", away)
    for seconds in (0, 20, 120):
        with pytest.raises(providers.Away):
            begun(order, NOON + timedelta(seconds=seconds))
    assert asked[0] == asked[1]
    assert asked[2].key != asked[0].key
    assert asked[2].until >= NOON + 32 * MINUTE


def test_what_is_paid_in_the_store_or_paid_already_is_not_begun(order, harbour):
    with refused(NotOnline):
        begun(factories.order(harbour, (factories.stocked(harbour), 1)))
    hear(begun(order))
    with refused(NothingToPay):
        begun(order)


# What events say


def test_a_captured_payment_is_booked_and_the_order_goes_to_the_store(order, harbour):
    before = factories.queue_version(harbour.pk)
    attempt = begun(order)
    assert hear(attempt) == "Booked. The order goes to the store."
    assert money(order) == ("paid", 2500, 0)
    paid = Payment.objects.get()
    assert (paid.tender, paid.amount, paid.attempt, paid.store, paid.by) == ("online", 2500, attempt, None, None)
    assert now(order).payment_due_by is None
    assert Fulfilment.objects.get().awaits_payment is False
    assert Message.objects.filter(kind="order_placed").count() == 1
    assert factories.queue_version(harbour.pk) == before + 1
    event = ProviderEvent.objects.get()
    assert (event.attempt, event.handled_at, event.outcome) == (attempt, NOON, "Booked. The order goes to the store.")
    assert event.data == {"key": attempt.key, "payment": {"state": "captured", "amount": 2500, "currency": "EUR", "words": ""}}


def test_the_same_event_twice_is_one_payment(order):
    attempt = begun(order)
    first = hear(attempt, event="ev_1")
    with unchanged():
        assert hear(attempt, event="ev_1", at=NOON + MINUTE) == first


def test_another_event_about_the_same_payment_books_nothing_more(order):
    attempt = begun(order)
    hear(attempt)
    assert hear(attempt) == "Nothing new: captured."
    assert Payment.objects.count() == 1


@pytest.mark.parametrize("later", ["started", "authorised", "declined", "expired", "voided"])
def test_what_comes_out_of_order_takes_nothing_back(order, later):
    attempt = begun(order)
    hear(attempt)
    assert hear(attempt, later) == "Nothing new: captured."
    assert money(order) == ("paid", 2500, 0)


@pytest.mark.parametrize("earlier", ["declined", "expired", "voided", "authorised"])
def test_captured_wins_over_whatever_came_before(order, earlier):
    attempt = begun(order)
    hear(attempt, earlier)
    hear(attempt)
    assert (PaymentAttempt.objects.get().state, *money(order)) == ("captured", "paid", 2500, 0)


def test_an_event_that_comes_before_we_know_its_payment_waits_for_it(order):
    attempt = begun(order)
    PaymentAttempt.objects.update(reference="", url="")
    assert hear(attempt, key="") == "Waits: we know of no such payment yet."
    assert ProviderEvent.objects.get().handled_at is None
    assert money(order) == ("unpaid", 0, 0)
    begun(order)  # asks again under the same key, and learns the reference
    assert money(order) == ("paid", 2500, 0)
    assert ProviderEvent.objects.get().handled_at == NOON


def test_our_key_makes_an_early_event_a_known_one(order):
    attempt = begun(order)
    PaymentAttempt.objects.update(reference="", url="")
    hear(attempt)
    assert money(order) == ("paid", 2500, 0)
    assert PaymentAttempt.objects.get().reference == attempt.reference


def test_what_nobody_knows_waits_for_ever_and_disturbs_nobody(order):
    stranger = PaymentAttempt(provider="sandbox", key="x" * 26, reference="sb_else", amount=2500, currency="EUR")
    hear(stranger)
    with unchanged():
        assert provider_events.handle_waiting(at=NOON + MINUTE) == 0


def test_an_event_that_cannot_be_handled_keeps_no_other_waiting(harbour, order, monkeypatch):
    attempts = [begun(one) for one in (order, online(harbour))]
    PaymentAttempt.objects.update(reference="")
    for attempt in attempts:
        hear(attempt, key="")
    for attempt in attempts:
        PaymentAttempt.objects.filter(pk=attempt.pk).update(reference=attempt.reference)
    real = provider_events.learn

    def breaks(attempt, found, *, at):
        if attempt == attempts[0]:
            raise ZeroDivisionError
        return real(attempt, found, at=at)

    with monkeypatch.context() as broken:
        broken.setattr(provider_events, "learn", breaks)
        assert provider_events.handle_waiting(at=NOON) == 1
    assert [money(attempt.order)[0] for attempt in attempts] == ["unpaid", "paid"]
    assert provider_events.handle_waiting(at=NOON) == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"amount": 2499}, "Refused: 2499 instead of 2500."),
        ({"amount": 2501}, "Refused: 2501 instead of 2500."),
        ({"currency": "USD"}, "Refused: USD instead of EUR."),
        ({"reference": "sb_another"}, "Refused: another payment under our key."),
    ],
)
def test_what_does_not_match_is_kept_for_head_office_and_nothing_is_booked(order, changes, words):
    attempt = begun(order)
    assert hear(attempt, **changes) == words
    assert (PaymentAttempt.objects.get().state, *money(order)) == ("started", "unpaid", 0, 0)
    assert ProviderEvent.objects.get().outcome == words
    assert Event.objects.get(kind="payment.mismatched").order == order


def test_kinds_that_are_nothing_to_us_are_kept_and_change_nothing(order):
    begun(order)
    before = money(order)
    assert provider_events.note("sandbox", providers.Told("ev_9", "balance.available"), at=NOON) == "Nothing to us."
    assert money(order) == before
    assert ProviderEvent.objects.get().handled_at == NOON


# The way through the sandbox


def test_a_good_card_is_charged_told_and_booked(order, monkeypatch):
    answers = posting(monkeypatch)
    card_typed(begun(order), GOOD)
    assert money(order) == ("unpaid", 0, 0)
    deliver()
    assert answers == [200]
    assert money(order) == ("paid", 2500, 0)
    deliver()
    assert [sent.subject for sent in mail.outbox] == [f"Order {order.number}: we have it, collect at Harbour"]


def test_a_lost_event_harms_nobody(order):
    attempt = begun(order)
    card_typed(attempt)
    payments.look_up(order, at=NOON)
    assert money(order) == ("paid", 2500, 0)


def test_events_are_read_late(order):
    attempt = begun(order)
    assert hear(attempt, at=NOON + timedelta(minutes=29)) == "Booked. The order goes to the store."
    assert told(attempt).payment.amount == 2500
