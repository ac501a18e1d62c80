"""One effect and one answer per key."""

import pytest

from omo import idempotency
from omo.idempotency import KeyReused, fingerprint
from omo.models import IdempotencyRecord, User
from tests.factories import NOON
from tests.unchanged import refused, unchanged

pytestmark = pytest.mark.django_db


def opening(email: str):
    """An act that opens an account and answers with its address."""
    return lambda: User.objects.create_user(email).email


def once(key: str, email: str, *, scope: str = "open", request: str | None = None):
    return idempotency.once(scope, key, request=request or fingerprint(email), at=NOON, act=opening(email))


def test_a_repeat_gets_the_first_answer_without_a_second_effect():
    assert once("k1", "one@shop.test") == "one@shop.test"
    with unchanged():
        assert once("k1", "one@shop.test") == "one@shop.test"


def test_another_request_under_the_key_is_refused():
    once("k1", "one@shop.test")
    with refused(KeyReused) as refusal:
        once("k1", "two@shop.test")
    assert str(refusal.value) == "k1"


def test_the_same_key_in_another_scope_is_another_key():
    once("k1", "one@shop.test")
    assert once("k1", "two@shop.test", scope="close") == "two@shop.test"
    assert IdempotencyRecord.objects.count() == 2


def test_a_failed_act_leaves_the_key_free():
    User.objects.create_user("one@shop.test")

    def refuse() -> None:
        raise ValueError("no")

    with refused(ValueError):
        idempotency.once("open", "k1", request="r", at=NOON, act=refuse)
    assert once("k1", "two@shop.test", request="r") == "two@shop.test"


@pytest.mark.parametrize("answer", ["HP-7K2M", {"order": 7}, [1, 2], 0, None, ""])
def test_any_answer_comes_back_as_it_was_given(answer):
    calls = []

    def act():
        calls.append(1)
        return answer

    first = idempotency.once("s", "k", request="r", at=NOON, act=act)
    again = idempotency.once("s", "k", request="r", at=NOON, act=act)
    assert (first, again, len(calls)) == (answer, answer, 1)


def test_requests_are_told_apart_by_every_part_and_its_place():
    assert fingerprint("Marta", 1, None) == fingerprint("Marta", 1, None)
    others = [("Marta", 1), ("Marta", "1", None), ("Marta", None, 1), ("Mart", "a1", None), ("Marta", [1, None])]
    assert len({fingerprint(*parts) for parts in [("Marta", 1, None), *others]}) == 6
    assert fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})
