"""The version of a store's queue, by which a tablet learns cheaply that nothing has moved."""

from django.db import connection
from django.db.models import F

from orders.models import QueueVersion


def raise_version(store_id: int) -> None:
    """Say that the staff of a store have something new to see; last in an act, because it holds the store's row until the commit."""
    if not QueueVersion.objects.filter(store_id=store_id).update(version=F("version") + 1):
        QueueVersion.objects.bulk_create([QueueVersion(store_id=store_id, version=0)], ignore_conflicts=True)
        QueueVersion.objects.filter(store_id=store_id).update(version=F("version") + 1)


def version_at(code: str) -> int:
    """The version at the store with this code; 0 before anything happened, and where there is no such open store.

    In SQL of its own, because it answers for every tablet every few seconds, and making the statement would take longer than all the rest.
    """
    with connection.cursor() as cursor:
        cursor.execute(VERSION, [code])
        row = cursor.fetchone()
    return row[0] if row else 0


VERSION = """
SELECT queue.version FROM orders_queueversion queue JOIN stores_store store ON store.id = queue.store_id WHERE store.code = %s AND store.active
"""
