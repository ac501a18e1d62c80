"""The messages of an order: who gets them, whether they still hold, and what they say."""

from datetime import timedelta

import pytest
import time_machine
from django.core import mail

from omo import outbox
from omo.models import Message
from orders import messages, payments, pickup, pickup_codes
from orders.models import Fulfilment, Order
from tests import factories
from tests.factories import NOON

pytestmark = pytest.mark.django_db


def deliver(seconds: float = 0) -> list[str]:
    """Deliver what is due so many seconds after noon; the subjects of the mails that left."""
    mail.outbox.clear()
    with time_machine.travel(NOON + timedelta(seconds=seconds), tick=False):
        outbox.deliver_due()
    return [sent.subject for sent in mail.outbox]


def states() -> dict[str, str]:
    """The state of each kind of message."""
    return dict(Message.objects.values_list("kind", "state"))


def test_every_kind_has_a_sender_and_both_templates(settings):
    for kind, path in settings.MESSAGE_SENDERS.items():
        assert callable(outbox.sender(kind))
        mails = path.endswith(f"_messages.{kind}") or path.endswith(f".messages.{kind}")
        mails = mails and kind not in ("payment_capture", "payment_void", "payment_refund", "sandbox_event")  # these are said to providers
        for suffix in ("txt", "html") if mails else ():
            assert (settings.BASE_DIR / "templates" / "messages" / f"{kind}.{suffix}").exists()


def test_a_placed_order_is_confirmed_by_mail(world):
    (subject,) = deliver()
    (sent,) = mail.outbox
    assert world.order.number in subject
    assert sent.to == ["marta@shop.test"]
    digits = pickup_codes.six_digits(world.pickup)
    for text in (sent.body, sent.alternatives[0].content):
        assert world.order.number in text
        assert messages.order_link(world.order) in text
        assert "€34.99" in text
        assert digits[:3] in text
        assert digits[3:] in text
    assert states() == {"order_placed": "sent"}


def test_the_link_opens_the_order_and_holds_no_word_of_the_customer(world):
    link = messages.order_link(world.order)
    assert link.startswith("http")
    assert not any(word in link.lower() for word in ("marta", "lindqvist", "shop.test"))


def test_the_ready_mail_waits_for_the_time_to_undo(ready):
    """20 seconds to undo, and 5 for an undo that began in time."""
    deliver()
    assert deliver(24) == []
    (subject,) = deliver(25)
    assert ready.order.number in subject
    assert "ready" in subject
    assert deliver(26) == []


def test_what_was_undone_is_not_told(ready):
    deliver()
    pickup.undo_ready(ready.pickup, by=ready.ana, at=NOON + timedelta(seconds=10))
    assert deliver(30) == []
    message = Message.objects.get(kind="pickup_ready")
    assert (message.state, message.last_error) == ("withdrawn", "the pickup is picking")


def test_what_was_undone_and_made_ready_again_is_told_once(ready):
    deliver()
    pickup.undo_ready(ready.pickup, by=ready.ana, at=NOON + timedelta(seconds=5))
    pickup.mark_ready(ready.pickup, place="R-15", by=ready.ana, at=NOON + timedelta(seconds=15))
    assert deliver(22) == []
    assert len(deliver(40)) == 1
    assert list(Message.objects.filter(kind="pickup_ready").order_by("pk").values_list("state", flat=True)) == ["withdrawn", "sent"]


@pytest.mark.parametrize("state", ["collected", "cancelled", "expired"])
def test_what_is_no_longer_ready_is_not_told(ready, state):
    deliver()
    Fulfilment.objects.update(state=state)
    assert deliver(60) == []
    assert states()["pickup_ready"] == "withdrawn"


def test_the_collected_mail_goes_at_once(ready):
    deliver(60)
    payments.take_payment(ready.order, [payments.Tendered("card", 3499)], store=ready.harbour, by=ready.ana, at=NOON)
    ready.hand_over(90)
    (subject,) = deliver(90)
    assert "collected" in subject
    assert states() == {"order_placed": "sent", "pickup_ready": "sent", "pickup_reminder": "due", "pickup_collected": "sent"}


def test_an_order_without_an_address_tells_nobody(world):
    Order.objects.update(email="")
    assert deliver() == []
    assert Message.objects.values_list("state", "last_error").get() == ("withdrawn", "the order has no e-mail address")


def test_a_mail_that_is_sent_again_is_known_by_its_message_id(world):
    deliver()
    first = mail.outbox[0].extra_headers["Message-ID"]
    outbox.resend(Message.objects.get(), by=None, at=NOON)
    deliver(60)
    assert mail.outbox[0].extra_headers["Message-ID"] == first
    other = factories.order(world.harbour, (factories.stocked(world.harbour), 1))
    deliver(120)
    assert mail.outbox[0].extra_headers["Message-ID"] != first
    assert other.number in mail.outbox[0].subject


def test_a_name_cannot_write_headers_or_markup(world):
    Order.objects.update(name="<b>Marta</b> & Co")
    deliver()
    (sent,) = mail.outbox
    assert "<b>Marta</b> & Co" in sent.body
    assert "<b>Marta" not in sent.alternatives[0].content
    assert "&lt;b&gt;Marta" in sent.alternatives[0].content
    assert "\n" not in sent.subject


def test_the_outbox_holds_ids_and_no_words_about_people(ready):
    for message in Message.objects.all():
        assert set(message.payload) <= {"order", "fulfilment", "ready_at", "held_until"}
        assert "marta" not in f"{message.payload}{message.dedup_key}{message.last_error}".lower()
