"""Several workers on one outbox: every message is sent by one of them."""

import time

import pytest
from django.utils import timezone

from omo import outbox
from omo.models import Message
from omo.models.message import Message as Row
from stores import labels
from stores.models import ShelfLabel
from tests import factories
from tests.factories import NOON
from tests.races.crowd import at_once, kinds

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True), pytest.mark.slow]
WORKERS, MESSAGES = 8, 120


@pytest.fixture
def sent(monkeypatch) -> list[str]:
    """The dedup keys of what was sent, in the order of sending."""
    keys: list[str] = []

    def send(message: Row) -> None:
        time.sleep(0.005)
        keys.append(message.dedup_key)

    monkeypatch.setattr("omo.outbox.sender", lambda kind: send)
    for number in range(MESSAGES):
        outbox.queue("order_placed", dedup_key=f"m{number}", payload={}, at=NOON)
    Message.objects.update(available_at=timezone.now())
    return keys


def test_eight_workers_send_each_message_once(sent):
    counts = at_once(*[outbox.deliver_due] * WORKERS)
    assert sorted(sent) == sorted(f"m{number}" for number in range(MESSAGES))
    assert sum(counts) == MESSAGES
    assert set(Message.objects.values_list("state", "attempts")) == {("sent", 1)}


def test_without_the_lock_messages_are_sent_twice(sent, monkeypatch):
    """The negative control: workers read the oldest message without taking it."""
    monkeypatch.setattr("django.db.models.query.QuerySet.select_for_update", lambda self, **options: self.all())
    at_once(*[outbox.deliver_due] * WORKERS)
    assert len(sent) > MESSAGES


def test_an_occasion_that_eight_acts_see_is_queued_once():
    at_once(*[lambda: outbox.queue("order_placed", dedup_key="order_placed:1", payload={}, at=NOON)] * WORKERS)
    assert Message.objects.count() == 1


def test_two_people_who_print_the_same_sheet_get_the_same_labels(harbour):
    goods = [factories.variant() for _ in range(10)]
    outcomes = at_once(*[lambda: labels.make_labels(harbour, goods, shelf="B4", by=None, at=NOON)] * WORKERS)
    assert kinds(outcomes) == {"list": 8}
    assert ShelfLabel.objects.count() == 10
    assert all(set(outcome) == set(outcomes[0]) for outcome in outcomes)
