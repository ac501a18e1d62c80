"""A simulated shop that loses goods: do buffers by confidence spare customers short picks, and what do they cost in sales?

Nothing but the rule (`stores.doubt.judge`) and the formula (`stores.atp`) is ours here; the rest is a small world: each variant sells at its own pace, is
topped up every week to what the books should have, and of what is delivered a share disappears within two weeks without the books knowing. So many variants
are counted each day. All of it is drawn from a seed, so that every way to keep back meets the same customers.
"""

import functools
import math
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

import django
from django.apps import apps

if not apps.ready:
    django.setup()  # run as a program: the models are only there afterwards

from stores.atp import Figures
from stores.doubt import SALES_DAYS, Facts, judge
from stores.models import StockPolicy
from tests.benchmarks import report
from tests.benchmarks.report import Goal

WEEK, GONE_WITHIN = 7, 14
FIRST_DAY = date(2026, 9, 1)
Buffer = Callable[[Facts], tuple[int, float]]
"""The units to keep back, and the confidence (1 is certain)."""


@dataclass(frozen=True)
class World:
    """How large it is, and how it goes wrong."""

    variants: int = 200
    days: int = 90
    shrinkage: float = 0.05
    count_every: int = 60
    slowest: float = 0.05
    fastest: float = 1.0
    weeks_of_stock: float = 1.25


class Outcome(NamedTuple):
    """What happened to the customers: units wanted, promised, promised but not there, and refused though they were there."""

    wanted: int = 0
    promised: int = 0
    short: int = 0
    refused: int = 0

    @property
    def short_rate(self) -> float:
        """Short picks per promise, in percent."""
        return 100 * self.short / max(self.promised, 1)

    @property
    def lost_rate(self) -> float:
        """Of what was wanted, how much was refused though it was there, in percent."""
        return 100 * self.refused / max(self.wanted, 1)

    def plus(self, other: "Outcome") -> "Outcome":
        """Both together."""
        return Outcome(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))


@dataclass
class Shelf:
    """One variant: what the books say, what is there, and what the ledgers would hold."""

    world: World
    pace: float
    counted: int
    delivery_day: int
    customers: random.Random
    misfortune: random.Random
    on_hand: int = 0
    there: int = 0
    score: float = 1.0
    losses: Counter[int] = field(default_factory=Counter)
    picks: list[tuple[int, bool]] = field(default_factory=list)

    @classmethod
    def drawn(cls, seed: str, world: World) -> "Shelf":
        """A variant that was counted some time ago and is full."""
        chance = random.Random(seed)
        pace = math.exp(chance.uniform(math.log(world.slowest), math.log(world.fastest)))
        counted, delivery_day = -chance.randrange(world.count_every), chance.randrange(WEEK)
        shelf = cls(world, pace, counted, delivery_day, random.Random(f"{seed} customers"), random.Random(f"{seed} misfortune"))
        shelf.deliver(0)
        return shelf

    def deliver(self, day: int) -> None:
        """Goods come until the books have enough; some of them will not be there for long."""
        came = max(math.ceil(self.pace * WEEK * self.world.weeks_of_stock) + 1 - self.on_hand, 0)
        self.on_hand, self.there = self.on_hand + came, self.there + came
        self.losses.update(day + self.misfortune.randrange(GONE_WITHIN) for _ in range(came) if self.misfortune.random() < self.world.shrinkage)

    def count(self, day: int) -> None:
        """The books learn what is there."""
        self.on_hand, self.counted, self.picks = self.there, day, []

    def facts(self, day: int, policy: StockPolicy) -> Facts:
        """What the ledgers would say."""
        recent = [found for when, found in self.picks if when > day - policy.short_pick_days]
        sold = sum(found for when, found in self.picks if when > day - SALES_DAYS)
        return Facts(FIRST_DAY + timedelta(self.counted), day - self.counted, len(recent), recent.count(False), sold=sold)

    def pick(self, day: int) -> bool:
        """Whether a promised unit is there; it is sold then."""
        found = self.there > 0
        self.on_hand, self.there = self.on_hand - found, self.there - found
        self.picks.append((day, found))
        return found


def run(world: World, buffer: Buffer, policy: StockPolicy, *, seed: int, least_certain_first: bool = False) -> Outcome:
    """All days of a world under one way to keep back. The same number of counts each day; which variants is the only other choice."""
    shelves = [Shelf.drawn(f"{seed}-{number}", world) for number in range(world.variants)]
    total, counts = Outcome(), 0.0
    for day in range(world.days):
        counts += world.variants / world.count_every
        due = sorted(shelves, key=lambda shelf: (shelf.score if least_certain_first else 0, shelf.counted))
        for shelf in due[: int(counts)]:
            shelf.count(day)
        counts -= int(counts)
        for shelf in shelves:
            total = total.plus(_day_of(shelf, day, buffer, policy))
    return total


def _day_of(shelf: Shelf, day: int, buffer: Buffer, policy: StockPolicy) -> Outcome:
    customers = _poisson(shelf.customers, shelf.pace)
    if day % WEEK == shelf.delivery_day:
        shelf.deliver(day)
    shelf.there -= min(shelf.there, shelf.losses[day])
    kept, shelf.score = buffer(shelf.facts(day, policy))
    promised = short = refused = 0
    for _ in range(customers):
        if not Figures(on_hand=shelf.on_hand, buffer=kept).atp:
            refused += shelf.there > 0
            continue
        promised += 1
        if not shelf.pick(day):
            short += 1
            kept, shelf.score = buffer(shelf.facts(day, policy))
    return Outcome(customers, promised, short, refused)


def _poisson(chance: random.Random, mean: float) -> int:
    limit, product, count = math.exp(-mean), chance.random(), 0
    while product > limit:
        product *= chance.random()
        count += 1
    return count


def fixed(units: int) -> Buffer:
    """Always as many."""
    return lambda _: (units, 1.0)


def by_confidence(policy: StockPolicy) -> Buffer:
    """As confidence says."""

    def buffer(facts: Facts) -> tuple[int, float]:
        believed = judge(facts, policy)
        return believed.buffer, believed.score

    return buffer


# The report

SEEDS, FEW_SEEDS = range(1, 9), range(1, 4)
POLICY = StockPolicy()
BEFORE, SAME, FIRST = "fixed buffer 0", "by confidence, the same counts", "by confidence, counts where it is lowest"
WAYS: dict[str, tuple[Buffer, bool]] = {
    BEFORE: (fixed(0), False),
    "fixed buffer 1": (fixed(1), False),
    "fixed buffer 2": (fixed(2), False),
    SAME: (by_confidence(POLICY), False),
    FIRST: (by_confidence(POLICY), True),
}
OTHER_WORLDS = {
    "2 % shrinkage": World(shrinkage=0.02),
    "counted every 30 days": World(count_every=30),
    "counted every 90 days": World(count_every=90),
    "topped up to 1 week's sales": World(weeks_of_stock=1.0),
    "topped up to 1.5 weeks' sales": World(weeks_of_stock=1.5),
    "goods sell up to twice as fast": World(fastest=2.0),
}


def outcome(world: World, way: str, seeds: Iterable[int] = SEEDS) -> Outcome:
    """The runs of all seeds together."""
    buffer, first = WAYS[way]
    runs = (run(world, buffer, POLICY, seed=seed, least_certain_first=first) for seed in seeds)
    return functools.reduce(Outcome.plus, runs, Outcome())


def measure() -> tuple[list[str], list[Goal]]:
    """The section of RESULTS.md and its goals."""
    world = World()
    found = {way: outcome(world, way) for way in WAYS}
    before = found[BEFORE].short_rate
    goals = [goal for way in (SAME, FIRST) for goal in _goals(way, found[way], before)]
    lines = [
        "# Shrinkage, simulated",
        "",
        f"`python -m tests.benchmarks --shrinkage`: {world.variants} variants, {world.days} days, {len(SEEDS)} seeds. Of what is delivered,",
        f"{world.shrinkage:.0%} disappear unseen within {GONE_WITHIN} days. Variants sell {world.slowest:g} to {world.fastest:g} a day and are",
        "topped up weekly, by the books, to",
        f"{world.weeks_of_stock:g} weeks' sales. {world.variants / world.count_every:.1f} of them are counted each day: the longest uncounted first, or where",
        f"confidence is lowest. At most {POLICY.most_buffer} units are kept back, a count is fresh for {POLICY.count_fresh_days} days, a short pick counts for",
        f"{POLICY.short_pick_days}: the policy's defaults. Nothing else is done after a short pick; in a shop, a reason that",
        "distrusts the level ends it at once.",
        "",
        "| goal | measured | | | |",
        "|---|---|---|---|---|",
        *(goal.row() for goal in goals),
        "",
        "| buffer | wanted | promised | short picks | of promises | refused though there | of wanted |",
        "|---|---|---|---|---|---|---|",
        *(_line(way, one) for way, one in found.items()),
        "",
        f"Other worlds, {len(FEW_SEEDS)} seeds each: short picks of promises, in brackets lost sales.",
        "",
        f"| world | {BEFORE} | {SAME} | {FIRST} |",
        "|---|---|---|---|",
        *(_row(name, other) for name, other in OTHER_WORLDS.items()),
    ]
    return lines, goals


def _goals(way: str, one: Outcome, before: float) -> list[Goal]:
    return [
        Goal(f"short-pick rate, {way} / {BEFORE}", one.short_rate / before, 0.5, most=True),
        Goal(f"lost sales in percent, {way}", one.lost_rate, 5, most=True),
    ]


def _line(way: str, one: Outcome) -> str:
    rates = f"{one.short:,} | {one.short_rate:.2f} % | {one.refused:,} | {one.lost_rate:.2f} %"
    return f"| {way} | {one.wanted:,} | {one.promised:,} | {rates} |"


def _row(name: str, world: World) -> str:
    cells = (outcome(world, way, FEW_SEEDS) for way in (BEFORE, SAME, FIRST))
    return f"| {name} | " + " | ".join(f"{one.short_rate:.2f} % ({one.lost_rate:.2f} %)" for one in cells) + " |"


def main() -> int:
    """Simulate, write the section, and say what it holds. Returns the exit code."""
    lines, goals = measure()
    report.keep("shrinkage", lines)
    print("\n".join(lines))
    return 0 if all(goal.met for goal in goals) else 1


if __name__ == "__main__":
    sys.exit(main())
