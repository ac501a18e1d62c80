"""Who is signed in: read anew at every request, in one statement."""

import pytest

from omo.backends import Backend
from omo.models import User
from tests import factories

pytestmark = pytest.mark.django_db


def test_the_person_of_a_session_is_found_in_one_statement(django_assert_num_queries):
    person = factories.user()
    with django_assert_num_queries(1):
        found = Backend().get_user(person.pk)
    assert (found, found.email) == (person, person.email)


def test_an_account_that_was_closed_or_is_gone_is_nobody():
    person = factories.user()
    User.objects.filter(pk=person.pk).update(is_active=False)
    assert Backend().get_user(person.pk) is None
    assert Backend().get_user(person.pk + 1) is None
