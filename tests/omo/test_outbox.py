"""The outbox: written with the act, sent at least once, marked only afterwards."""

from datetime import timedelta
from smtplib import SMTPRecipientsRefused
from types import SimpleNamespace

import pytest
import time_machine
from django.db import transaction

from omo import outbox
from omo.models import Event, Message
from omo.outbox import NoLongerTrue
from omo.tasks import deliver_due_messages
from tests.factories import NOON
from tests.unchanged import unchanged

pytestmark = pytest.mark.django_db
DUE, SENT, WITHDRAWN, DEAD = Message.State.DUE, Message.State.SENT, Message.State.WITHDRAWN, Message.State.DEAD


@pytest.fixture(autouse=True)
def at_noon():
    """The clock stands at noon."""
    outbox._quiet["until"] = 0
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock
    outbox._quiet["until"] = 0


@pytest.fixture
def pokes(monkeypatch) -> list[str]:
    """The tasks that were sent to the broker."""
    sent: list[str] = []
    monkeypatch.setattr("omo.outbox.app.send_task", lambda name, **options: sent.append(name))
    return sent


def queue(key: str = "m1", *, wait: int = 0, kind: str = "order_placed") -> Message:
    outbox.queue(kind, dedup_key=key, payload={"fulfilment": 7}, at=NOON, delay=timedelta(seconds=wait))
    return Message.objects.get(dedup_key=key)


def take(seconds: float = 0) -> Message | None:
    return outbox.claim(at=NOON + timedelta(seconds=seconds))


def fail(message: Message) -> None:
    raise ConnectionRefusedError("no mail server")


# Queueing


def test_the_same_occasion_is_queued_once():
    queue("order_placed:1")
    with unchanged():
        queue("order_placed:1")


def test_a_message_that_may_leave_now_pokes_a_worker_after_the_commit(pokes, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        queue()
        assert pokes == []
    assert pokes == ["omo.tasks.deliver_due_messages"]


def test_a_message_that_waits_for_an_undo_leaves_it_to_the_sweep(pokes, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        queue(wait=20)
    assert pokes == []


def test_an_act_that_fails_queues_nothing(pokes, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        queue()
        transaction.set_rollback(True)
    assert not Message.objects.exists()
    assert pokes == []


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_away_fails_nobody_and_is_left_alone_for_a_while(monkeypatch, caplog):
    asked, clock = [], iter([100, 100, 109, 110.5, 110.5])

    def away(*args, **options):
        asked.append(1)
        raise ConnectionError("no broker")

    monkeypatch.setattr("omo.outbox.app.send_task", away)
    monkeypatch.setattr(outbox, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    for key, times in (("m1", 1), ("m2", 1), ("m3", 2)):  # at 100, at 109, and at 110.5 seconds
        assert (queue(key).state, len(asked)) == (DUE, times)
    assert "no broker to poke: ConnectionError" in caplog.text


# Claiming


def test_a_message_is_claimed_when_its_time_has_come():
    queue(wait=20)
    assert take(19.9) is None
    claimed = take(20)
    assert claimed is not None
    assert (claimed.attempts, claimed.lease_until, claimed.state) == (1, NOON + timedelta(seconds=320), DUE)


def test_a_claimed_message_is_nobody_elses_until_its_lease_runs_out():
    queue()
    assert take().attempts == 1
    assert take(300) is None
    assert take(300.1).attempts == 2


def test_the_environment_sets_the_lease(settings):
    settings.OUTBOX_LEASE_SECONDS = 2
    queue()
    take()
    assert take(2) is None
    assert take(2.1) is not None


def test_the_oldest_due_message_comes_first():
    queue("late", wait=5), queue("early"), queue("later", wait=9)
    assert [take(10).dedup_key for _ in range(3)] == ["early", "late", "later"]


@pytest.mark.parametrize("state", [SENT, WITHDRAWN, DEAD])
def test_what_is_done_with_is_not_claimed(state):
    queue()
    Message.objects.update(state=state)
    assert take(1000) is None


def test_a_message_whose_senders_all_died_ends_dead_without_a_further_try():
    queue()
    assert [take(301 * number).attempts for number in range(20)] == list(range(1, 21))
    assert take(301 * 20).state == DEAD
    message = Message.objects.get()
    assert (message.state, message.last_error) == (DEAD, "The worker died every time while it was sending.")
    assert take(301 * 21) is None


# Delivering


def test_a_sent_message_is_marked_after_it_was_sent():
    queue()
    seen = []
    outbox.deliver(take(), send=lambda message: seen.append(Message.objects.get(pk=message.pk).state))
    message = Message.objects.get()
    assert seen == [DUE]
    assert (message.state, message.sent_at, message.lease_until, message.last_error) == (SENT, NOON, None, "")


def test_a_message_that_is_no_longer_true_is_withdrawn_with_the_reason():
    queue()

    def outdated(message: Message) -> None:
        raise NoLongerTrue("the pickup is picking")

    outbox.deliver(take(), send=outdated)
    message = Message.objects.get()
    assert (message.state, message.sent_at, message.last_error) == (WITHDRAWN, None, "the pickup is picking")


def test_a_failed_message_is_tried_twenty_times_over_seven_hours_and_then_dead(at_noon):
    queue()
    waits, now = [], NOON
    for attempt in range(1, 21):
        at_noon.move_to(now)
        outbox.deliver(outbox.claim(at=now), send=fail)
        after = Message.objects.get()
        assert (after.attempts, after.available_at, after.last_error) == (attempt, NOON, "ConnectionRefusedError: no mail server")
        if after.lease_until:
            waits.append((after.lease_until - now).total_seconds())
            assert outbox.claim(at=after.lease_until) is None
            now = after.lease_until + timedelta(microseconds=1)
    assert waits == [30, 60, 120, 240, 480, 960, *[1800] * 13]
    assert timedelta(hours=7) < now - NOON < timedelta(hours=7, minutes=5)
    assert (Message.objects.get().state, Message.objects.get().lease_until) == (DEAD, None)


@pytest.mark.parametrize(("code", "state", "attempts"), [(550, DEAD, 1), (450, DUE, 1)])
def test_an_address_that_the_mail_server_refuses_for_good_is_not_tried_again(code, state, attempts):
    queue()

    def refuse(message: Message) -> None:
        raise SMTPRecipientsRefused({"nobody@shop.test": (code, b"no such mailbox")})

    outbox.deliver(take(), send=refuse)
    assert (Message.objects.get().state, Message.objects.get().attempts) == (state, attempts)


def test_a_message_of_a_kind_that_nobody_sends_fails_like_any_other():
    queue(kind="carrier_pigeon")
    outbox.deliver(take())
    assert Message.objects.get().last_error == "KeyError: 'carrier_pigeon'"


def test_a_very_long_reason_is_cut():
    queue()

    def fail_at_length(message: Message) -> None:
        raise ValueError("x" * 1000)

    outbox.deliver(take(), send=fail_at_length)
    assert len(Message.objects.get().last_error) == 300


# The sweep


@pytest.fixture
def sent(monkeypatch) -> list[str]:
    """The dedup keys of what a sweep sent; a key with 'bad' in it fails."""
    keys: list[str] = []

    def send(message: Message) -> None:
        if "bad" in message.dedup_key:
            fail(message)
        keys.append(message.dedup_key)

    monkeypatch.setattr("omo.outbox.sender", lambda kind: send)
    return keys


def test_a_sweep_sends_everything_due_and_one_bad_address_holds_nobody_up(sent):
    for key in ("a", "bad", "b"):
        queue(key)
    queue("later", wait=60)
    assert outbox.deliver_due() == 3
    assert sent == ["a", "b"]
    assert dict(Message.objects.values_list("dedup_key", "state")) == {"a": SENT, "b": SENT, "bad": DUE, "later": DUE}
    assert outbox.deliver_due() == 0


def test_a_sweep_sends_at_most_its_limit(sent):
    for key in "abc":
        queue(key)
    assert outbox.deliver_due(limit=2) == 2
    assert sent == ["a", "b"]


def test_a_sweep_with_a_slow_mail_server_ends_before_its_time_limit(sent, monkeypatch, settings):
    clock = iter(range(0, 1000, 8))
    monkeypatch.setattr(outbox, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    for key in "abcdef":
        queue(key)
    assert outbox.deliver_due() == 2
    assert outbox.SWEEP_SECONDS + 11 * settings.EMAIL_TIMEOUT <= settings.DELIVERY_SECONDS
    assert (deliver_due_messages.soft_time_limit, deliver_due_messages.time_limit, settings.OUTBOX_LEASE_SECONDS) == (240, 250, 300)


# Sending again


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("state", [SENT, WITHDRAWN, DEAD])
def test_send_again_makes_a_finished_message_due_with_all_its_tries(state, pokes):
    message = queue()
    Message.objects.update(state=state, attempts=8, last_error="no mail server", lease_until=NOON)
    pokes.clear()
    message.refresh_from_db()
    outbox.resend(message, by=None, at=NOON + timedelta(hours=1))
    message.refresh_from_db()
    assert (message.state, message.attempts, message.last_error, message.lease_until) == (DUE, 0, "", None)
    assert message.available_at == NOON + timedelta(hours=1)
    assert [(event.kind, event.data) for event in Event.objects.all()] == [("message.resent", {"was": state})]
    assert pokes == ["omo.tasks.deliver_due_messages"]


def test_send_again_leaves_a_message_alone_that_is_being_sent():
    message = queue()
    take()
    with unchanged():
        outbox.resend(message, by=None, at=NOON + timedelta(hours=1))


@pytest.mark.django_db(transaction=True)
def test_a_transaction_pokes_once_however_many_messages_it_writes(monkeypatch):
    poked = []
    monkeypatch.setattr(outbox.app, "send_task", lambda *_, **__: poked.append(1))
    with transaction.atomic():
        for number in range(3):
            outbox.queue("order_placed", dedup_key=f"poke-{number}", payload={}, at=NOON)
    assert (len(poked), Message.objects.count()) == (1, 3)
