"""What a surface runner is: a named place that takes a trial and a world."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.cases.trial import Trial
from tests.cases.world import World

Runner = Callable[[Trial, World], None]


@dataclass(frozen=True)
class Target:
    """A place where an input can be tried."""

    name: str
    run: Runner
