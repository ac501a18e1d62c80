"""Limits on guessing: so many tries per key and minute, counted in the shared cache, or in this process while that is away."""

import time

import redis
from django.core.cache import cache, caches


class TooManyTries(Exception):
    """The limit is reached; `wait` says for how many seconds."""

    def __init__(self, wait: int) -> None:
        super().__init__(wait)
        self.wait = wait


def count(what: str, who: str, *, most: int, seconds: int = 60) -> None:
    """Count one try of `what` by `who`. Raises TooManyTries from the try after the `most`th within the running stretch of `seconds`."""
    stretch, passed = divmod(int(time.time()), seconds)
    key = f"limit:{what}:{who}:{stretch}"
    if _counted(key, seconds, 1) > most:
        raise TooManyTries(seconds - passed)


def refuse_after(what: str, who: str, *, most: int, seconds: int = 60) -> None:
    """Raises TooManyTries if `most` tries were counted in the running stretch; counts nothing, for limits that count wrong tries only."""
    stretch, passed = divmod(int(time.time()), seconds)
    if _counted(f"limit:{what}:{who}:{stretch}", seconds, 0) >= most:
        raise TooManyTries(seconds - passed)


def _counted(key: str, seconds: int, more: int) -> int:
    for counter in (cache, caches["process"]):
        try:
            counter.add(key, 0, timeout=2 * seconds)
            return counter.incr(key, more)
        except (redis.RedisError, ValueError):  # away, or the key ran out between the two calls
            continue
    return 0
