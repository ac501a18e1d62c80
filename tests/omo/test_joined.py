"""Rows of several tables by one statement of our own."""

import pytest

from omo import events
from omo.joined import Joined
from omo.models import Event, User
from tests import factories
from tests.factories import NOON

pytestmark = pytest.mark.django_db


def test_rows_are_as_django_reads_them(django_assert_num_queries):
    marta, jonas = factories.user(), factories.user()
    events.record("till.opened", at=NOON, by=marta, subject="till:1", data={"cash": 100})
    both = Joined("FROM omo_user person LEFT JOIN omo_event event ON event.by_id = person.id ORDER BY person.id", person=User, event=Event)
    with django_assert_num_queries(1):
        (first, event), (second, nothing) = both.read()
    assert [first, second, nothing] == [marta, jonas, None]
    for read in (first, second, event):
        stored = type(read).objects.get(pk=read.pk)
        for field in stored._meta.concrete_fields:
            assert getattr(read, field.attname) == getattr(stored, field.attname), field
        assert not read._state.adding


def test_values_are_given_to_the_statement_apart_from_its_words():
    person = factories.user("o'brien@shop.test")
    assert Joined("FROM omo_user person WHERE person.email = %s", person=User).read(person.email) == [[person]]
    assert Joined("FROM omo_user person WHERE person.email = %s", person=User).read("x' OR '1' = '1") == []
