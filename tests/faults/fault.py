"""What a fault is here: something that happens, what must come of it, and a measurement with its negative control."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks import report
from tests.services import Cluster

RESULTS = Path(__file__).parent / "RESULTS.md"
TITLE = [
    "# Faults",
    "",
    "`make faults` makes each of these happen, many times, and counts what came of it. The control is the same with a guard taken away: it has to fail,",
    "or the measurement could not have found anything. Every fault was run by itself when its date says; PostgreSQL, server and customers shared the machine.",
]


class Outcome(NamedTuple):
    """What was counted. `kept`: all that must hold held, and the control failed as it must."""

    measured: str
    control: str
    kept: bool


class Fault(NamedTuple):
    """`run(place, times, seed)` makes it happen so many times; `full` is how often the goal asks for, `short` as often as a test suite has time for."""

    code: str
    name: str
    expected: str
    full: int
    short: int
    run: Callable[[Cluster, int, int], Outcome]


class Result(NamedTuple):
    """A fault that was run."""

    fault: Fault
    outcome: Outcome
    seed: int
    seconds: float

    def lines(self) -> list[str]:
        """Its section of the results."""
        fault, outcome = self.fault, self.outcome
        return [
            f"## {fault.code} {fault.name}",
            "",
            "| expected | measured | control | verdict |",
            "|---|---|---|---|",
            f"| {fault.expected} | {outcome.measured} | {outcome.control} | {'holds' if outcome.kept else '**fails**'} |",
            "",
            f"{datetime.now(UTC):%d %B %Y}, seed {self.seed}, {self.seconds:.0f} s; {report.machine()}.",
        ]


def measure(fault: Fault, place: Cluster, *, times: int, seed: int) -> Result:
    """Make it happen, on a PostgreSQL that may be broken for it."""
    began = time.monotonic()
    return Result(fault, fault.run(place, times, seed), seed, time.monotonic() - began)


def keep(result: Result) -> None:
    """Write it into RESULTS.md, in the place of what was measured of this fault before."""
    report.keep("title", TITLE, results=RESULTS)
    report.keep(result.fault.code, result.lines(), results=RESULTS)
