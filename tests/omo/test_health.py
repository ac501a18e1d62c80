"""Whether messages leave is seen while it can still be mended: at /health/ and on head office's home."""

from datetime import timedelta

import pytest
import time_machine

from omo import needs, outbox
from omo.models import Message
from tests.factories import NOON

pytestmark = pytest.mark.django_db


def health(client):
    answer = client.get("/health/")
    return answer.status_code, answer.json()["oldest_due_message_seconds"]


def no_mail_server(message):
    raise ConnectionRefusedError("no mail server")


def test_a_mail_server_that_is_away_is_seen_after_a_minute_and_until_the_mail_is_sent(client):
    with time_machine.travel(NOON, tick=False) as clock:
        outbox.queue("order_placed", dedup_key="m1", payload={}, at=NOON)
        outbox.deliver(outbox.claim(at=NOON), send=no_mail_server)
        assert health(client) == (200, 0)
        clock.move_to(NOON + timedelta(seconds=60))
        outbox.deliver(outbox.claim(at=NOON + timedelta(seconds=60)), send=no_mail_server)
        assert health(client) == (200, 60)
        clock.move_to(NOON + timedelta(seconds=61))
        assert health(client) == (503, 61)
        assert [need.count for need in needs.messages_stuck(at=NOON + timedelta(seconds=61))] == [0, 1]
        clock.move_to(NOON + timedelta(hours=3))
        assert health(client) == (503, 10_800)
        outbox.deliver(outbox.claim(at=NOON + timedelta(hours=3)), send=lambda message: None)
        assert Message.objects.get().state == Message.State.SENT
        assert health(client) == (200, 0)


def test_an_address_that_does_not_exist_takes_no_shop_down(client):
    with time_machine.travel(NOON, tick=False) as clock:
        outbox.queue("order_placed", dedup_key="m1", payload={}, at=NOON)
        outbox.deliver(outbox.claim(at=NOON), send=_refuse)
        clock.move_to(NOON + timedelta(hours=1))
        assert health(client) == (200, 0)
        assert [need.count for need in needs.messages_stuck(at=NOON + timedelta(hours=1))] == [1, 0]


def _refuse(message):
    raise outbox.SMTPRecipientsRefused({"nobody@shop.test": (550, b"no such mailbox")})
