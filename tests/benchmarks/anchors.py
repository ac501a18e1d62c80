"""What the pages are measured against: the least that Django can do, on our own tables, in the same server process."""

import random
import uuid
from datetime import timedelta

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

PAGE = engines["django"].from_string("<!doctype html><title>{{ row.0 }}</title><h1>{{ row.0 }}</h1><p>{{ row.1 }}</p>")
LINES = 3


def hello(request: HttpRequest) -> HttpResponse:
    """The same middleware, and nothing else."""
    return HttpResponse("hello")


def one_select(request: HttpRequest) -> HttpResponse:
    """One indexed row and a small template."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, summary FROM stores_product WHERE id = %s", [random.randint(1, 1000)])
        return HttpResponse(PAGE.render({"row": cursor.fetchone()}))


@csrf_exempt
def raw_checkout(request: HttpRequest) -> HttpResponse:
    """An order of three lines, its fulfilment, event, message, promise, allocation and slot, in thirteen statements of raw SQL: no cart, key or check."""
    at, store, number = timezone.now(), random.randint(1, 50), uuid.uuid4().hex[:16]
    due = at.replace(minute=at.minute // 30 * 30, second=0, microsecond=0) + timedelta(hours=1)
    goods = sorted(random.sample(range(1, 1001), LINES))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(ORDER, [number, store, "Customer", "c@bench.test", at, 3000])
        order = cursor.fetchone()[0]
        cursor.execute(LINE, [order, goods])
        lines = [row[0] for row in cursor.fetchall()]
        cursor.execute(FULFILMENT, [order, store, number[:10], number, due, at])
        fulfilment = cursor.fetchone()[0]
        cursor.execute(FULFILMENT_LINE, [fulfilment, lines, goods])
        cursor.execute(EVENT, [at, store, order])
        cursor.execute(MESSAGE, [f"bench:{order}", at, at, order])
        cursor.execute(PROMISE, [fulfilment, store, due, at])
        cursor.execute(STOCK, [store, goods])
        cursor.execute(MOVEMENT, [store, f"fulfilment:{fulfilment}", at, goods])
        cursor.execute(SLOT, [store, due])
        cursor.execute(BOOKING, [store, due, due, due + timedelta(minutes=30), f"fulfilment:{fulfilment}", at])
        cursor.execute(QUEUE, [store])
    return HttpResponse(str(order))


ORDER = """INSERT INTO orders_order (number, access_version, channel, store_id, name, email, phone, placed_at, total, delivery_total, cancelled_total,
paid_total, refunded_total, currency, payment_state, payment_method)
VALUES (%s, 1, 'web', %s, %s, %s, '', %s, %s, 0, 0, 0, 0, 'EUR', 'unpaid', 'in_store') RETURNING id"""
LINE = """INSERT INTO orders_orderline (order_id, variant_id, sku, name, words, quantity, list_price, unit_price, total)
SELECT %s, v, 'B', 'Something', 'Pine, M', 1, 1000, 1000, 1000 FROM unnest(%s::bigint[]) AS v RETURNING id"""
FULFILMENT = """INSERT INTO orders_fulfilment (order_id, store_id, kind, state, public_id, code_version, code_digest, awaits_payment, due_at, place,
cancel_reason, placed_at)
VALUES (%s, %s, 'pickup', 'placed', %s, 1, %s, false, %s, '', '', %s) RETURNING id"""
FULFILMENT_LINE = """INSERT INTO orders_fulfilmentline (fulfilment_id, order_line_id, variant_id, quantity, picked, short, cancelled, collected)
SELECT %s, line, variant, 1, 0, 0, 0, 0 FROM unnest(%s::bigint[], %s::bigint[]) AS goods(line, variant)"""
EVENT = "INSERT INTO omo_event (at, kind, channel, store_id, order_id, subject, data) VALUES (%s, 'order.placed', 'web', %s, %s, '', '{}')"
MESSAGE = """INSERT INTO omo_message (kind, dedup_key, payload, state, available_at, attempts, created_at, last_error, order_id)
VALUES ('order_placed', %s, '{}', 'due', %s, 0, %s, '', %s)"""
QUEUE = "UPDATE orders_queueversion SET version = version + 1 WHERE store_id = %s"
PROMISE = """INSERT INTO orders_promise (fulfilment_id, store_id, goods, ready_by, total, points, inputs, at) VALUES (%s, %s, '[]', %s, 1000, 0, '{}', %s)"""
MOVEMENT = """INSERT INTO stores_stockmovement (store_id, variant_id, kind, quantity, allocated, reference, note, at)
SELECT %s, v, 'allocated', 0, 1, %s, '', %s FROM unnest(%s::bigint[]) AS v"""
SLOT = """INSERT INTO stores_slotload (store_id, starts_at, booked) VALUES (%s, %s, 1)
ON CONFLICT (store_id, starts_at) DO UPDATE SET booked = stores_slotload.booked + 1"""
BOOKING = "INSERT INTO stores_slotbooking (store_id, slot_starts_at, starts_at, ends_at, reference, at) VALUES (%s, %s, %s, %s, %s, %s)"
STOCK = """UPDATE stores_stocklevel SET allocated = allocated + 1 WHERE id IN
(SELECT id FROM stores_stocklevel WHERE store_id = %s AND variant_id = ANY(%s::bigint[]) ORDER BY id FOR UPDATE)"""
