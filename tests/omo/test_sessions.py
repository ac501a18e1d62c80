"""Sessions: as Django's, and cheaper."""

from datetime import timedelta

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.models import Session
from django.utils import timezone

from omo.sessions import SessionStore

pytestmark = pytest.mark.django_db


def kept(**data: object) -> SessionStore:
    """A session that was saved with this in it."""
    session = SessionStore()
    session.update(data)
    session.save()
    return session


def test_what_is_kept_is_read_again():
    key = kept(cart=7).session_key
    assert dict(SessionStore(key).items()) == {"cart": 7}


def test_a_change_is_written_with_a_later_end(django_assert_num_queries):
    key = kept(cart=7).session_key
    Session.objects.update(expire_date=timezone.now() + timedelta(minutes=1))
    session = SessionStore(key)
    session["cart"] = 8
    with django_assert_num_queries(1):
        session.save()
    assert SessionStore(key)["cart"] == 8
    assert Session.objects.get().expire_date > timezone.now() + timedelta(days=13)


@pytest.mark.parametrize("key", ["no-such-session-0123456789abcdef", "short", "x" * 500])
def test_a_key_that_is_not_ours_holds_nothing_and_is_not_kept(key):
    session = SessionStore(key)
    assert (session.get("cart"), session.session_key) == (None, None)


def test_a_session_that_is_over_holds_nothing():
    key = kept(cart=7).session_key
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert (SessionStore(key).get("cart"), Session.objects.count()) == (None, 1)


def test_a_session_that_was_ended_elsewhere_is_not_brought_back():
    session = kept(cart=7)
    Session.objects.all().delete()
    session["cart"] = 8
    with pytest.raises(UpdateError):
        session.save()
    assert Session.objects.count() == 0
