"""Connections to PostgreSQL that are kept from request to request."""

import psycopg
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from stores.models import Store

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


def between_requests() -> None:
    """What Django does when a request ends and the next one begins."""
    connection.close_if_unusable_or_obsolete()


def backend() -> int:
    """The process of the server that answers us."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]


def end(process: int) -> None:
    """What a restart of the server does to a connection."""
    settings = connection.settings_dict
    where = {"host": settings["HOST"], "port": settings["PORT"], "user": settings["USER"], "password": settings["PASSWORD"], "dbname": settings["NAME"]}
    with psycopg.connect(**{name: value for name, value in where.items() if value}, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [process])


@pytest.fixture
def kept(settings):
    """A connection as a web server keeps it."""
    connection.ensure_connection()
    before = connection.settings_dict["CONN_HEALTH_CHECKS"]
    connection.settings_dict["CONN_HEALTH_CHECKS"] = connection.health_check_enabled = True
    connection.close_at = None
    yield
    connection.settings_dict["CONN_HEALTH_CHECKS"] = connection.health_check_enabled = before


def test_a_living_connection_is_kept_without_asking_the_server(kept):
    first = backend()
    between_requests()
    with CaptureQueriesContext(connection) as asked:
        assert Store.objects.count() == 0
    assert len(asked) == 1
    assert backend() == first


def test_after_a_restart_of_the_server_the_next_request_connects_anew(kept):
    first = backend()
    end(first)
    between_requests()
    assert Store.objects.count() == 0
    assert backend() != first
