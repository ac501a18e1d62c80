"""Brokers that are not a healthy Redis: one that hangs, one that is away, and the files of the zero-setup default."""

import time

import pytest
from django.utils import timezone

from omo.models import Message
from orders.models import Order
from tests import factories, services
from tests.worker import point_celery_at

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def seconds_to_order() -> float:
    """How long it takes a guest to order."""
    store = factories.store()
    cart_ready = factories.stocked(store)
    began = time.monotonic()
    factories.order(store, (cart_ready, 1), at=timezone.now())
    return time.monotonic() - began


def test_a_redis_that_hangs_costs_a_second_once_and_no_order(silent_redis, monkeypatch):
    monkeypatch.setattr("omo.outbox.QUIET_SECONDS", 600)  # longer than this test, however slow the machine
    waits = [seconds_to_order() for _ in range(6)]
    print(f"seconds per order with a Redis that hangs: {[round(wait, 2) for wait in waits]}")
    assert max(waits) < 4
    assert len(silent_redis) == 1  # the first order asked, and no other waited for an answer
    assert Order.objects.count() == 6
    assert set(Message.objects.values_list("state", flat=True)) == {"due"}


def test_a_redis_that_is_away_costs_no_order_and_hardly_any_time():
    point_celery_at(f"redis://127.0.0.1:{services.free_port()}/0", socket_timeout=1, socket_connect_timeout=1, max_retries=0)
    try:
        waits = [seconds_to_order() for _ in range(6)]
    finally:
        point_celery_at("memory://")
    print(f"seconds per order without a Redis: {[round(wait, 2) for wait in waits]}")
    assert max(waits) < 4
    assert Order.objects.count() == 6


def test_with_files_for_a_broker_the_ready_mail_arrives_once(worker_on_files, mail_sink, settings):
    settings.UNDO_SECONDS = 1
    store = factories.store()
    order = factories.order(store, (factories.stocked(store), 1), at=timezone.now())
    factories.ready(order, factories.staff(store), timezone.now())
    mail_sink.wait_for(2, seconds=30)
    waiting = Message.objects.exclude(kind="pickup_reminder")  # which is for days later
    services.wait_until(lambda: set(waiting.values_list("state", flat=True)) == {"sent"}, seconds=5, what="both messages are marked sent")
    assert ["ready" in mail["Subject"].lower() for mail in mail_sink.mails] == [False, True]
