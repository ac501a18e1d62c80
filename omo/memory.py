"""What a process remembers for a minute, so that pages need not ask for what hardly ever changes. For showing only: acts ask the database."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")
SECONDS = 60
MOST = 300
_kept: dict[str, tuple[float, Any]] = {}


def remembered(key: str, make: Callable[[], T]) -> T:
    """`make()`, or what it was at most a minute ago in this process. It is the same object each time: read it, change nothing in it."""
    until, value = _kept.get(key, (0.0, None))
    if time.monotonic() < until:
        return value
    if len(_kept) >= MOST:
        forget()
    value = make()
    _kept[key] = (time.monotonic() + SECONDS, value)
    return value


def forget() -> None:
    """Forget everything, as after a start."""
    _kept.clear()
