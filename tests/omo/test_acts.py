"""An act is one transaction, and tries again when rivals were in its way."""

import pytest
from django.db import IntegrityError, OperationalError, transaction

from omo.acts import Busy, DrawnTwice, act, drawing
from omo.models import User
from tests.unchanged import unchanged


class Rival(Exception):
    """What the driver raises: its sqlstate says why."""

    def __init__(self, sqlstate: str) -> None:
        self.sqlstate = sqlstate


def fail(sqlstate: str) -> None:
    raise OperationalError("in the way") from Rival(sqlstate)


@pytest.fixture(autouse=True)
def waits(monkeypatch) -> list[float]:
    """How long the acts waited between tries."""
    waited: list[float] = []
    monkeypatch.setattr("omo.acts.time.sleep", waited.append)
    return waited


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("sqlstate", ["40P01", "40001", "55P03"], ids=["deadlock", "serialization failure", "lock timeout"])
def test_an_act_is_tried_three_times_and_then_busy_with_nothing_changed(sqlstate, waits):
    tries = []

    @act
    def open_account() -> None:
        User.objects.create_user(f"try{len(tries)}@shop.test")
        tries.append(1)
        fail(sqlstate)

    with unchanged(), pytest.raises(Busy, match="open_account"):
        open_account()
    assert len(tries) == 3
    assert all(0.01 * 2**attempt <= wait <= 0.05 * 2**attempt for attempt, wait in enumerate(waits))


@pytest.mark.django_db(transaction=True)
def test_the_second_try_counts_and_the_first_leaves_nothing():
    tries = []

    @act
    def open_account() -> str:
        tries.append(1)
        User.objects.create_user(f"try{len(tries)}@shop.test")
        if len(tries) == 1:
            fail("40P01")
        return "opened"

    assert open_account() == "opened"
    assert [person.email for person in User.objects.all()] == ["try2@shop.test"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("fault", [ValueError("no"), OperationalError("server closed the connection")])
def test_other_failures_are_not_tried_again(fault):
    tries = []

    @act
    def open_account() -> None:
        User.objects.create_user("once@shop.test")
        tries.append(1)
        raise fault

    with unchanged(), pytest.raises(type(fault)):
        open_account()
    assert len(tries) == 1


@pytest.mark.django_db(transaction=True)
def test_a_number_that_was_drawn_before_is_drawn_again():
    numbers = iter(["taken@shop.test", "free@shop.test"])
    User.objects.create_user("taken@shop.test")

    @act
    def open_account() -> User:
        with drawing():
            return User.objects.create_user(next(numbers))

    assert open_account().email == "free@shop.test"


@pytest.mark.django_db(transaction=True)
def test_an_act_inside_another_is_part_of_its_transaction():
    tries = []

    @act
    def inner() -> None:
        tries.append(1)
        User.objects.create_user("inner@shop.test")

    @act
    def outer() -> None:
        inner()
        raise ValueError("the whole fails")

    with unchanged(), pytest.raises(ValueError, match="the whole fails"):
        outer()
    assert len(tries) == 1


@pytest.mark.django_db
def test_within_a_transaction_rivalry_is_the_outermost_acts_to_answer():
    @act
    def inner() -> None:
        fail("40P01")

    with pytest.raises(OperationalError), transaction.atomic():
        inner()


@pytest.mark.django_db
def test_a_clash_outside_a_drawing_stays_what_it_is():
    User.objects.create_user("taken@shop.test")
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user("taken@shop.test")
    with pytest.raises(DrawnTwice), transaction.atomic(), drawing():
        User.objects.create_user("taken@shop.test")
