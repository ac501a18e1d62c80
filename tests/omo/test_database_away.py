"""While the database is away, people are told to come again: wherever in the request that is found out."""

import pytest
from django.db import OperationalError
from django.urls import reverse

from omo.acts import Busy
from omo.sessions import SessionStore

pytestmark = pytest.mark.django_db


def failing(failure: Exception):
    def fail(*_arguments, **_named):
        raise failure

    return fail


def told(answer) -> tuple[int, str | None, bool]:
    """The status, after how many seconds to come again, and whether the page says so."""
    return answer.status_code, answer.headers.get("Retry-After"), "press the button again. Nothing is ordered or paid twice" in answer.content.decode()


@pytest.mark.parametrize("failure", [OperationalError("server closed the connection unexpectedly"), Busy("place_order")], ids=["away", "busy"])
def test_a_view_that_finds_no_database_answers_503(client, harbour, monkeypatch, failure):
    monkeypatch.setattr("omo.views.Message.objects.filter", failing(failure))
    assert told(client.get(reverse("health"))) == (503, "2", True)


def test_so_does_a_request_whose_session_cannot_be_kept_after_the_view(client, harbour, monkeypatch):
    client.raise_request_exception = False
    monkeypatch.setattr(SessionStore, "save", failing(OperationalError("server closed the connection unexpectedly")))
    assert told(client.post(reverse("enter_store", args=[harbour.code]))) == (503, "2", True)


def test_so_does_one_whose_session_cannot_be_read_before_it(client, harbour, monkeypatch):
    client.raise_request_exception = False
    client.post(reverse("enter_store", args=[harbour.code]))
    monkeypatch.setattr(SessionStore, "load", failing(OperationalError("connection refused")))
    assert told(client.get(reverse("cart"))) == (503, "2", True)


def test_any_other_failure_there_is_our_fault(client, harbour, monkeypatch):
    client.raise_request_exception = False
    monkeypatch.setattr(SessionStore, "save", failing(ValueError("broken")))
    answer = client.post(reverse("enter_store", args=[harbour.code]))
    assert told(answer) == (500, None, False)
    assert "It is our fault" in answer.content.decode()
