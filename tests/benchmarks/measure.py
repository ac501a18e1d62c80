"""Closed loops: so many visitors, each doing the next thing as soon as the last is done."""

import statistics
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple


class Round(NamedTuple):
    """One stretch of one probe: things done per second, and the latencies in milliseconds."""

    rate: float
    latencies: list[float]


@dataclass
class Probe:
    """Something to measure: `visitors()` gives one callable per visitor, each call of which does the thing once."""

    name: str
    visitor: Callable[[int], Callable[[], object]]
    concurrency: int = 4
    rounds: list[Round] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """The median of the rounds' rates."""
        return statistics.median(part.rate for part in self.rounds)

    @property
    def spread(self) -> str:
        """The lowest and highest rate."""
        return f"{min(part.rate for part in self.rounds):.0f}–{max(part.rate for part in self.rounds):.0f}"

    def latency(self, share: float) -> float:
        """A quantile of all latencies, in milliseconds."""
        every = sorted(latency for part in self.rounds for latency in part.latencies)
        return every[min(int(len(every) * share), len(every) - 1)] if every else float("nan")


def run(probe: Probe, seconds: float, *, warm_up: float = 0.3) -> Round:
    """One round. The first `warm_up` seconds are not counted."""
    visitors = [probe.visitor(number) for number in range(probe.concurrency)]
    counted: list[float] = []
    failures: list[BaseException] = []
    begin = time.perf_counter() + warm_up
    end = begin + seconds

    def loop(visit: Callable[[], object]) -> None:
        while (start := time.perf_counter()) < end:
            try:
                visit()
            except StopIteration:
                return
            except Exception as failure:
                failures.append(failure)
                return
            if start >= begin:
                counted.append((time.perf_counter() - start) * 1000)

    threads = [threading.Thread(target=loop, args=(visit,)) for visit in visitors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    passed = max(min(time.perf_counter(), end) - begin, 0.001)  # shorter than asked for when the visitors had no more to do
    return Round(len(counted) / passed, counted)


def interleave(probes: list[Probe], *, rounds: int, seconds: float) -> Iterator[str]:
    """Measure A B C A B C …, so that a slow minute of the machine falls on all of them; says what it is doing."""
    for number in range(1, rounds + 1):
        for probe in probes:
            wait_for_idle()
            probe.rounds.append(run(probe, seconds))
            yield f"round {number}: {probe.name} {probe.rounds[-1].rate:.1f}/s"


def wait_for_idle(*, busy: float = 0.12, patience: float = 15) -> None:
    """Wait until the machine is more than 88 % idle for half a second, but not for ever."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        before = _jiffies()
        time.sleep(0.5)
        total, idle = (after - earlier for after, earlier in zip(_jiffies(), before, strict=True))
        if total and 1 - idle / total < busy:
            return


def _jiffies() -> tuple[int, int]:
    with open("/proc/stat") as stat:
        numbers = [int(number) for number in stat.readline().split()[1:]]
    return sum(numbers), numbers[3] + numbers[4]
