"""The nightly tidying: every step for itself, in portions, and nothing that somebody uses goes."""

import logging
import threading
from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.utils import timezone

from omo import idempotency, mailed_codes, tasks
from omo.models import IdempotencyRecord, MailedCode
from orders import carts
from orders.models import Cart
from tests import factories

pytestmark = pytest.mark.django_db
STEPS = ("omo.tasks.Session.objects", "omo.tasks.idempotency.forget", "orders.carts.forget_guests")


def leftovers() -> tuple[int, int, int]:
    return Session.objects.count(), IdempotencyRecord.objects.count(), Cart.objects.count()


@pytest.mark.parametrize(("failing", "name", "left"), [(0, "sessions", (1, 0, 0)), (1, "answers", (0, 1, 0)), (2, "guests", (0, 0, 1))])
def test_a_step_that_fails_is_logged_and_stops_no_other(monkeypatch, caplog, failing, name, left):
    now = timezone.now()
    Session.objects.create(session_key="old", session_data="x", expire_date=now - timedelta(days=1))
    idempotency.once("place_order", "key-8", request="r", at=now - timedelta(days=8), act=lambda: "answer")
    carts.start(at=now - timedelta(days=31))

    def away(*arguments, **options):
        raise RuntimeError("out of order")

    monkeypatch.setattr(STEPS[failing], away)
    with caplog.at_level(logging.ERROR, logger="omo.tasks"):
        tasks.tidy()
    monkeypatch.undo()
    assert (caplog.messages, leftovers()) == ([f"not tidied: {name}"], left)


def test_sessions_and_carts_go_in_portions_and_live_ones_stay(monkeypatch):
    monkeypatch.setattr(tasks, "PORTION", 2)
    now = timezone.now()
    for number in range(5):
        Session.objects.create(session_key=f"old-{number}", session_data="x", expire_date=now - timedelta(days=1))
        carts.add(carts.start(at=now - timedelta(days=31)), factories.variant(), at=now - timedelta(days=31))
    Session.objects.create(session_key="live", session_data="x", expire_date=now + timedelta(days=1))
    tasks.tidy()
    assert (list(Session.objects.values_list("pk", flat=True)), Cart.objects.count()) == (["live"], 0)


def test_codes_of_more_than_a_week_ago_and_the_places_of_sessions_that_ended_are_forgotten():
    now, marta = timezone.now(), factories.user()
    for age in (6, 8):
        mailed_codes.make("find_order", f"{age}@shop.test", at=now - timedelta(days=age))
    for key, ends in (("old", now - timedelta(days=1)), ("live", now + timedelta(days=1))):
        Session.objects.create(session_key=key, session_data="x", expire_date=ends)
        UserSession.objects.create(user=marta, session_key=key, ip="192.0.2.1", user_agent="")
    tasks.tidy()
    assert list(MailedCode.objects.values_list("email", flat=True)) == ["6@shop.test"]
    assert list(UserSession.objects.values_list("session_key", flat=True)) == ["live"]


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_cart_that_comes_back_to_life_while_carts_are_forgotten_stays():
    now = timezone.now()
    old = carts.start(at=now - timedelta(days=31))
    gone = carts.start(at=now - timedelta(days=31))
    touched, tidied = threading.Event(), threading.Event()

    def customer() -> None:
        with transaction.atomic():
            carts.add(old, factories.variant(), at=now)
            touched.set()
            tidied.wait(10)
        connection.close()

    thread = threading.Thread(target=customer)
    thread.start()
    assert touched.wait(10)
    assert carts.forget_guests(before=now - timedelta(days=30)) == 1
    tidied.set()
    thread.join()
    assert (list(Cart.objects.all()), old.lines.count(), Cart.objects.filter(pk=gone.pk).exists()) == ([old], 1, False)
