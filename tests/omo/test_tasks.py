"""What runs at night."""

import logging
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from omo import idempotency, tasks
from omo.models import IdempotencyRecord
from orders import carts
from orders.models import Cart
from tests import factories

pytestmark = pytest.mark.django_db


def test_a_broken_promise_is_an_error_in_the_log_with_its_numbers(caplog):
    place = factories.store()
    goods = factories.stocked(place, 5)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE stores_stocklevel SET on_hand = 7")
    with caplog.at_level(logging.ERROR, logger="omo.invariants"):
        tasks.check_invariants()
    assert caplog.messages == [f"violated: on hand is the sum of the movements, store {place.pk}, variant {goods.pk}: found 7, expected 5"]


def test_nothing_is_said_while_the_promises_hold(caplog):
    factories.stocked(factories.store(), 5)
    with caplog.at_level(logging.ERROR, logger="omo.invariants"):
        tasks.check_invariants()
    assert caplog.messages == []


def test_answers_to_web_forms_are_forgotten_after_a_week_and_those_of_sales_never():
    now = timezone.now()
    for scope in ("place_order", "till-scan", "ring_up"):
        for days in (6, 8):
            idempotency.once(scope, f"key-{days}", request="r", at=now - timedelta(days=days), act=lambda: "answer")
    tasks.tidy()
    assert sorted(IdempotencyRecord.objects.values_list("scope", "key")) == [
        *[("place_order", "key-6"), ("ring_up", "key-6"), ("ring_up", "key-8"), ("till-scan", "key-6")]
    ]


def test_a_cart_that_no_guest_touched_for_a_month_is_forgotten_and_a_customers_never():
    now, marta, place, mug = timezone.now(), factories.user(), factories.store(), factories.variant()
    old, recent = now - timedelta(days=31), now - timedelta(days=29)
    forgotten, kept, own = carts.start(at=old), carts.start(at=recent), carts.start(user=marta, at=old)
    ordered, sale = carts.start(at=old), carts.start_sale(store=place, by=factories.staff(place), at=old)
    Cart.objects.filter(pk=ordered.pk).update(state="ordered")
    carts.add(forgotten, mug, at=old)
    carts.add(own, mug, at=old)
    tasks.tidy()
    assert list(Cart.objects.order_by("pk")) == [kept, own, ordered, sale]
    assert own.lines.get().variant == mug
