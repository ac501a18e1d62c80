"""R6: workers of the web server are killed in the middle of checkouts."""

import os
import random
import signal
import time
from typing import NamedTuple

from tests.benchmarks.server import Server
from tests.faults import world
from tests.faults.fault import Fault, Outcome
from tests.faults.rush import rush, wait_for_answers
from tests.services import Cluster

WORKERS, CLIENTS = 4, 8
ANSWERS_PER_KILL = (2, 8)
CUSTOMERS_PER_KILL = 20
CONTROL = 25


class Count(NamedTuple):
    """What so many kills did."""

    kills: int
    keys: int
    cut_off: int
    unanswered: int
    not_one: int
    broken: dict[str, int]

    @property
    def words(self) -> str:
        """For the table."""
        return (
            f"{self.kills} kills during {self.keys} checkouts, {self.cut_off} answers cut off: {world.in_words(self.broken)}, "
            f"keys never answered {self.unanswered}, keys with other than their one order {self.not_one}"
        )


def count(place: Cluster, kills: int, seed: int, *, guards_off: str = "") -> Count:
    """Kill at random moments while customers order, each of whom tries again under the same key."""
    chance = random.Random(seed)
    with world.shop(place) as url, world.served(url, workers=WORKERS, guards_off=guards_off) as web:
        waiting = world.customers(kills * CUSTOMERS_PER_KILL)
        with rush(web.port, waiting, clients=CLIENTS) as served:
            for _ in range(kills):
                wait_for_answers(served, chance.randint(*ANSWERS_PER_KILL))  # a new worker gets as far as that
                time.sleep(chance.uniform(0, 0.05))
                _kill(web, chance)
        books = world.orders_of(served)
        return Count(
            kills,
            len(served),
            sum(answer.status == world.CUT_OFF for customer in served for answer in customer.heard),
            sum(not customer.acknowledged for customer in served),
            sum(books[customer.email] != [customer.acknowledged] for customer in served),
            world.half_written(),
        )


def _kill(web: Server, chance: random.Random) -> None:
    """Kill one of the workers; the web server begins another one."""
    while not (workers := web.workers):
        time.sleep(0.005)
    os.kill(chance.choice(workers), signal.SIGKILL)


def run(place: Cluster, times: int, seed: int) -> Outcome:
    """`times` kills."""
    shop = count(place, times, seed)
    control = count(place, min(CONTROL, times), seed, guards_off="transaction")
    kept = shop.cut_off > 0 and (shop.unanswered, shop.not_one, shop.broken) == (0, 0, {}) and bool(control.broken)
    return Outcome(shop.words, f"every statement committed by itself: {control.words}", kept)


FAULT = Fault("R6", "A worker killed in the middle of a checkout", "0 half-written orders; after trying again exactly one order per key", 200, 14, run)
