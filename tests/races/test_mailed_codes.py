"""A code by mail has five tries and opens once, also when a hundred come at the same moment."""

import pytest
from django.db.models import QuerySet

from omo import mailed_codes
from omo.models import MailedCode
from tests.factories import NOON
from tests.races.crowd import at_once, kinds

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True), pytest.mark.slow]
TIMES = 12


def code() -> MailedCode:
    return mailed_codes.make("find_order", "marta@shop.test", at=NOON)


def tries(made: MailedCode, typed: str) -> dict[str, int]:
    return kinds(at_once(*[lambda: mailed_codes.prove("find_order", made.public_id, typed, at=NOON)] * TIMES))


def wrong(made: MailedCode) -> str:
    return f"{(int(mailed_codes.digits(made)) + 1) % 1_000_000:06d}"


def test_of_twelve_wrong_tries_at_once_five_are_taken():
    made = code()
    assert tries(made, wrong(made)) == {"WrongCode": 5, "CodeIsOver": 7}
    made.refresh_from_db()
    assert (made.tries, made.used_at) == (5, None)


def test_of_twelve_right_tries_at_once_one_opens():
    made = code()
    assert tries(made, mailed_codes.digits(made))["str"] == 1


def test_without_the_condition_every_try_is_taken(monkeypatch):
    """The negative control: the tries are counted, but not asked for."""
    made = code()
    without = lambda self, *args, tries__lt=None, **fields: QuerySet._filter_or_exclude(self, False, args, fields)  # noqa: E731
    monkeypatch.setattr(QuerySet, "filter", without)
    assert tries(made, wrong(made)) == {"WrongCode": TIMES}
