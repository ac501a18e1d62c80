"""Limits on guessing."""

import pytest
import redis
import time_machine
from django.core.cache import cache, caches

from omo import limits
from omo.limits import TooManyTries
from tests.factories import NOON


@pytest.fixture
def clock():
    """The clock stands at noon."""
    with time_machine.travel(NOON, tick=False) as travelling:
        yield travelling


def tries(count: int, *, what: str = "code", who: str = "ana") -> None:
    for _ in range(count):
        limits.count(what, who, most=5)


def test_the_sixth_try_of_five_is_refused_and_says_how_long_to_wait(clock):
    tries(5)
    clock.shift(20)
    with pytest.raises(TooManyTries) as refusal:
        tries(1)
    assert refusal.value.wait == 40


def test_a_new_minute_is_a_new_chance(clock):
    tries(5)
    clock.shift(60)
    tries(5)
    with pytest.raises(TooManyTries):
        tries(1)


def test_everybody_and_everything_has_its_own_count(clock):
    tries(5)
    tries(5, who="bo")
    tries(5, what="login")


def test_a_longer_stretch_is_counted_as_a_whole(clock):
    for _ in range(3):
        limits.count("mail", "ana", most=3, seconds=3600)
        clock.shift(600)
    with pytest.raises(TooManyTries) as refusal:
        limits.count("mail", "ana", most=3, seconds=3600)
    assert refusal.value.wait == 1800


def test_tries_that_are_asked_about_are_not_counted(clock):
    tries(4)
    for _ in range(3):
        limits.refuse_after("code", "ana", most=5)
    tries(1)
    with pytest.raises(TooManyTries):
        limits.refuse_after("code", "ana", most=5)


@pytest.mark.parametrize("failure", [redis.ConnectionError, redis.TimeoutError, ValueError])
def test_while_the_shared_cache_is_away_the_process_counts_by_itself(clock, monkeypatch, failure):
    def away(*args, **options):
        raise failure("away")

    monkeypatch.setattr(cache, "add", away, raising=False)
    tries(5, who=failure.__name__)
    with pytest.raises(TooManyTries):
        tries(1, who=failure.__name__)
    caches["process"].clear()
