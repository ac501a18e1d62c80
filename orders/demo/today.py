"""What is open now: at Harbour one order in every state that staff meet, and something to do in each other store."""

from collections.abc import Iterator
from datetime import datetime

from orders.demo.cast import CUSTOMERS, GUESTS, JONAS, MARTA
from orders.demo.stories import Pickup, Step
from orders.demo.world import Line, World

FIRST = 1_000_000
"""Numbers of these steps: after those of the week at the same moment."""


def still_open(world: World, *, now: datetime) -> Iterator[Step]:
    """The steps so far of every open order. Minutes are opening minutes before now, so a demo made at night shows the evening's queue."""
    stories = [
        # store, shopper, most lines, from the shelf?, {step: minutes ago}
        ("harbour", MARTA, 2, False, {"place": 200, "start": 85, "finish": 70}),  # ready, to be paid
        ("harbour", GUESTS[0], 2, True, {"place": 260, "start": 170, "finish": 150, "pay": 140}),  # ready and paid
        ("harbour", GUESTS[1], 3, False, {"place": 155}),  # late
        ("harbour", JONAS, 3, True, {"place": 75, "start": 6, "pick_one": 3}),  # being picked
        ("harbour", GUESTS[2], 2, False, {"place": 40}),
        ("harbour", GUESTS[3], 1, True, {"place": 12}),
        ("old-town", GUESTS[4], 2, False, {"place": 30}),
        ("station", CUSTOMERS[2], 2, False, {"place": 90, "start": 60, "finish": 50}),
        ("riverside", GUESTS[5], 2, True, {"place": 45}),
    ]
    for place, (code, shopper, most, from_shelf, steps) in enumerate(stories):
        order = Pickup(world, code, _at_least(world, code, most), shopper, f"demo-open-{place}", from_shelf=from_shelf)
        for name, minutes in steps.items():
            yield Step(world.earlier(code, now, minutes), FIRST + 10 * place + list(steps).index(name), getattr(order, name))


def _at_least(world: World, code: str, lines: int) -> list[Line]:
    """A basket of so many lines."""
    basket = world.basket(code, 1)
    while len(basket) < lines:
        basket += [line for line in world.basket(code, 1) if line.variant not in [held.variant for held in basket]]
    return basket
