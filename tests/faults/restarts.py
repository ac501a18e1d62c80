"""R8: the database crashes and comes back while customers order."""

import random
import time
from collections import Counter
from typing import NamedTuple

from tests.benchmarks.server import WORKERS
from tests.faults import world
from tests.faults.fault import Fault, Outcome
from tests.faults.rush import rush, wait_for_answers
from tests.services import Cluster

CLIENTS, PAUSE = 6, 0.05
ANSWERS_PER_CRASH = (5, 40)
CUSTOMERS_PER_RESTART = 200
CONTROL = 4
MOST_SECONDS = 10


class Count(NamedTuple):
    """What so many crashes did."""

    restarts: int
    acknowledged: int
    lost: int
    twice: int
    recovery: float
    refused: Counter[int]
    without_hint: int
    unanswered: int
    broken: dict[str, int]

    @property
    def words(self) -> str:
        """For the table."""
        refused = ", ".join(f"{status} × {count}" for status, count in sorted(self.refused.items())) or "none"
        return (
            f"{self.restarts} crashes, {self.acknowledged} orders acknowledged: lost {self.lost}, twice {self.twice}, never answered {self.unanswered}; "
            f"longest recovery {self.recovery:.1f} s; answers meanwhile {refused} ({self.without_hint} without Retry-After); {world.in_words(self.broken)}"
        )


def count(place: Cluster, restarts: int, seed: int, *, guards_off: str = "") -> Count:
    """Crash the database at random moments."""
    chance = random.Random(seed)
    with world.shop(place) as url, world.served(url, workers=WORKERS, guards_off=guards_off) as web:
        waiting = world.customers(restarts * CUSTOMERS_PER_RESTART)
        with rush(web.port, waiting, clients=CLIENTS, pause=PAUSE) as served:
            recoveries = [_crash(place, served, chance) for _ in range(restarts)]
        return _counted(served, recoveries)


def _crash(place: Cluster, served: list[world.Customer], chance: random.Random) -> float:
    """Crash the database after some orders. How many seconds after it was ready again the next order was acknowledged."""
    wait_for_answers(served, chance.randint(*ANSWERS_PER_CRASH))
    time.sleep(chance.uniform(0, 0.1))
    place.restart()
    ready = time.monotonic()
    wait_for_answers(served, 1)
    return time.monotonic() - ready


def _counted(served: list[world.Customer], recoveries: list[float]) -> Count:
    books = world.orders_of(served)
    told = [customer for customer in served if customer.acknowledged]
    refusals = [answer for customer in served for answer in customer.heard if answer.status != world.PLACED]
    return Count(
        restarts=len(recoveries),
        acknowledged=len(told),
        lost=sum(customer.acknowledged not in books[customer.email] for customer in told),
        twice=sum(len(pages) > 1 for pages in books.values()),
        recovery=max(recoveries),
        refused=Counter(answer.status for answer in refusals),
        without_hint=sum(not answer.told for answer in refusals),
        unanswered=len(served) - len(told),
        broken=world.half_written(),
    )


def run(place: Cluster, times: int, seed: int) -> Outcome:
    """`times` crashes."""
    shop = count(place, times, seed)
    control = count(place, min(CONTROL, times), seed, guards_off="commit")
    books = (shop.lost, shop.twice, shop.unanswered, shop.broken) == (0, 0, 0, {})
    clean = set(shop.refused) <= {503} and shop.without_hint == 0
    kept = books and clean and shop.recovery < MOST_SECONDS and control.lost > 0
    return Outcome(shop.words, f"answered before the commit: {control.words}", kept)


FAULT = Fault(
    "R8",
    "The database crashes under load",
    f"0 acknowledged orders lost; within {MOST_SECONDS} s after it is ready orders are taken again, by themselves; meanwhile only 503 with Retry-After",
    20,
    2,
    run,
)
