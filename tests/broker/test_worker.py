"""A real worker on a real Redis: messages arrive although workers and brokers die."""

from datetime import timedelta

import pytest
from django.utils import timezone

from omo import outbox
from omo.models import Message
from tests import factories, services
from tests.worker import kill_group

pytestmark = [pytest.mark.postgresql, pytest.mark.redis, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
SENT = Message.State.SENT


def place_order(email: str = "marta@shop.test"):
    """A guest's order at the harbour store, placed now."""
    store = factories.store()
    return factories.order(store, (factories.stocked(store), 1), email=email, at=timezone.now())


def messages(order) -> dict[str, str]:
    """The state of every message about the order, by kind, but for the reminder, which is for days later."""
    return dict(Message.objects.filter(order_id=order.pk).exclude(kind="pickup_reminder").values_list("kind", "state"))


def make_ready(order) -> None:
    """Pick the order and mark it ready now."""
    factories.ready(order, factories.staff(order.store), timezone.now())


def test_marking_ready_sends_the_customer_one_mail_after_the_time_to_undo(start_worker, mail_sink, settings):
    settings.UNDO_SECONDS = 1
    start_worker()
    order = place_order()
    make_ready(order)
    mail_sink.wait_for(2, seconds=25)
    services.wait_until(lambda: messages(order) == {"order_placed": SENT, "pickup_ready": SENT}, seconds=5, what="both messages are marked sent")
    assert outbox.deliver_due() == 0
    assert [mail["To"] for mail in mail_sink.mails] == ["marta@shop.test"] * 2
    assert ["ready" in mail["Subject"].lower() for mail in mail_sink.mails] == [False, True]


def test_a_message_arrives_although_its_worker_is_killed_while_sending(start_worker, mail_sink, monkeypatch):
    """The mail server had not taken it yet: it arrives once."""
    monkeypatch.setenv("OUTBOX_LEASE_SECONDS", "2")
    mail_sink.held = True
    worker = start_worker()
    order = place_order()
    assert mail_sink.sending.wait(30)
    kill_group(worker)
    mail_sink.held = False
    message = Message.objects.get(order_id=order.pk)
    assert (message.state, message.attempts, mail_sink.mails) == (Message.State.DUE, 1, [])

    start_worker()  # the lease of the dead worker runs out by itself
    mail_sink.wait_for(1)
    services.wait_until(lambda: messages(order) == {"order_placed": SENT}, seconds=5, what="the message is marked sent")
    assert Message.objects.get(pk=message.pk).attempts == 2
    assert len(mail_sink.mails) == 1


def test_a_mail_that_was_taken_while_its_worker_was_killed_comes_again_under_the_same_id(start_worker, mail_sink, monkeypatch):
    """Nobody can know that the mail server had taken it: rather twice than never, and every mail program sees that it is the same."""
    monkeypatch.setenv("OUTBOX_LEASE_SECONDS", "2")
    mail_sink.answers_late = True
    worker = start_worker()
    order = place_order()
    mail_sink.wait_for(1)
    kill_group(worker)
    assert messages(order) == {"order_placed": Message.State.DUE}

    mail_sink.answers_late = False
    start_worker()
    mail_sink.wait_for(2)
    services.wait_until(lambda: messages(order) == {"order_placed": SENT}, seconds=5, what="the message is marked sent")
    first, second = mail_sink.mails
    assert first["Message-ID"] == second["Message-ID"]
    assert first.get_body(("plain",)).get_content() == second.get_body(("plain",)).get_content()


def test_an_order_succeeds_while_redis_is_down_and_its_mail_comes_when_redis_is_back(own_redis, start_worker, mail_sink):
    own_redis.stop()
    began = timezone.now()
    order = place_order()
    assert timezone.now() - began < timedelta(seconds=5)
    assert messages(order) == {"order_placed": Message.State.DUE}

    own_redis.start()
    start_worker()
    mail_sink.wait_for(1)
    services.wait_until(lambda: messages(order) == {"order_placed": SENT}, seconds=5, what="the message is marked sent")


def test_a_running_worker_survives_the_loss_of_redis(own_redis, start_worker, mail_sink):
    start_worker()
    first = place_order("first@shop.test")
    mail_sink.wait_for(1)
    own_redis.stop()
    second = place_order("second@shop.test")
    own_redis.start()
    mail_sink.wait_for(2, seconds=60)
    services.wait_until(lambda: messages(first) == messages(second) == {"order_placed": SENT}, seconds=5, what="both messages are marked sent")
    assert [mail["To"] for mail in mail_sink.mails] == ["first@shop.test", "second@shop.test"]
