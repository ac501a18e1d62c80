"""What makes a function an act: one transaction, tried again when rivals got in its way."""

import functools
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

from django.db import IntegrityError, OperationalError, connection, transaction

P = ParamSpec("P")
R = TypeVar("R")

TRIES = 3
# Deadlock, serialization failure, lock not available: https://www.postgresql.org/docs/current/errcodes-appendix.html
RIVALRY = {"40P01", "40001", "55P03"}


class Busy(Exception):
    """Rivals held the rows for too long; nothing was changed and the same request may be sent again."""


class DrawnTwice(Exception):
    """A random number that must be unique had been drawn before; the act is tried again with a new one."""


@contextmanager
def drawing() -> Iterator[None]:
    """Around the insert of a row with a random unique number: a clash makes the act try again, so that no query need ask beforehand."""
    try:
        yield
    except IntegrityError as clash:
        raise DrawnTwice from clash


def act(function: Callable[P, R]) -> Callable[P, R]:
    """Run `function` in one transaction, up to three times when rivals were in its way. Raises Busy after that.

    Inside another act it is a part of that act's transaction.
    """

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        if connection.in_atomic_block:
            return function(*args, **kwargs)
        for attempt in range(TRIES):
            try:
                with transaction.atomic():
                    return function(*args, **kwargs)
            except (OperationalError, DrawnTwice) as failure:
                if not is_rivalry(failure):
                    raise
                time.sleep(random.uniform(0.01, 0.05) * 2**attempt)  # noqa: S311 - jitter, not a secret
        raise Busy(function.__name__)

    return run


def is_rivalry(failure: BaseException) -> bool:
    """Whether a failure says that another transaction was in the way, so that the same act may succeed the next time."""
    return isinstance(failure, DrawnTwice) or getattr(failure.__cause__, "sqlstate", None) in RIVALRY or "database is locked" in str(failure)
