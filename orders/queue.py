"""The version of a store's queue, by which a tablet learns cheaply that nothing has moved."""

from django.db import connection


def raise_version(store_id: int) -> None:
    """Say that the staff of a store have something new to see; last in an act, because it holds the store's row until the commit."""
    with connection.cursor() as cursor:
        cursor.execute(RAISE, [store_id])


def version_at(code: str) -> int:
    """The version at the store with this code; 0 before anything happened, and where there is no such open store.

    In SQL of its own, because it answers for every tablet every few seconds, and making the statement would take longer than all the rest.
    """
    with connection.cursor() as cursor:
        cursor.execute(VERSION, [code])
        row = cursor.fetchone()
    return row[0] if row else 0


RAISE = """INSERT INTO "orders_queueversion" AS queue (store_id, version) VALUES (%s, 1) ON CONFLICT (store_id) DO UPDATE SET version = queue.version + 1
"""
VERSION = """
SELECT queue.version FROM orders_queueversion queue JOIN stores_store store ON store.id = queue.store_id WHERE store.code = %s AND store.active
"""
