"""What is open now: one order in every state that staff meet, at Harbour first, and something to do in each other store."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from orders.demo import bank
from orders.demo.cast import CUSTOMERS, GUESTS, JONAS, MARTA
from orders.demo.purchases import Purchase
from orders.demo.stories import Step
from orders.demo.world import Line, World
from stores import hours
from stores.models import Variant

FIRST = 1_000_000
"""Numbers of these steps: after those of the week at the same moment."""


def still_open(world: World, *, now: datetime) -> Iterator[Step]:
    """The steps so far of every open order. Minutes are opening minutes before now, so a demo made at night shows the evening's queue."""
    stories = [
        # store, shopper, most lines, from the shelf?, {step: minutes ago}
        ("harbour", MARTA, 2, False, {"place": 200, "start": 85, "finish": 70, "name_proxy": 50}),  # ready, to be paid, and Nils collects it
        ("harbour", GUESTS[0], 2, True, {"place": 260, "start": 170, "finish": 150, "pay": 140, "arrive": 2}),  # ready, paid, and she is in bay 2
        ("harbour", GUESTS[1], 3, False, {"place": 155}),  # late
        ("harbour", JONAS, 3, True, {"place": 75, "start": 6, "pick_one": 3}),  # being picked
        ("harbour", GUESTS[2], 2, False, {"place": 40}),
        ("harbour", GUESTS[3], 1, True, {"place": 12}),
        ("old-town", GUESTS[4], 2, False, {"place": 30}),
        ("old-town", GUESTS[7], 3, False, {"place": 180, "pay_cash": 120, "start": 100, "finish": 95, "take_one_off": 90}),  # something goes back in cash
        ("station", CUSTOMERS[2], 2, False, {"place": 90, "start": 60, "finish": 50}),
        ("riverside", GUESTS[5], 2, True, {"place": 45, "pay_online": 44}),
    ]
    for place, (code, shopper, most, from_shelf, steps) in enumerate(stories):
        order = Purchase(world, shopper, f"demo-open-{place}", {code: _at_least(world, code, most)}, from_shelf=from_shelf)
        yield from _steps(world, code, order, FIRST + 10 * place, steps, now)
    yield from _expired(world, now)
    if bank.is_open():
        yield from _online(world, now)
        yield from _parcels(world, now)


def _expired(world: World, now: datetime) -> Iterator[Step]:
    """Nobody came for it; its hold ended when Harbour had closed, and by the next opening it is over. The goods are in their bag still."""
    order = Purchase(world, GUESTS[6], "demo-expired", {"harbour": _at_least(world, "harbour", 2)})
    steps = {"place": 3700, "start": 3600, "finish": 3500}
    yield from _steps(world, "harbour", order, FIRST + 200, steps, now)
    calendar, ready = world.opening["harbour"], world.earlier("harbour", now, 3500)
    ends = hours.held_until(calendar, hold_days=world.stores["harbour"].hold_days, ready=ready)
    yield Step(hours.next_opening(calendar, at=ends) or ends + timedelta(hours=12), FIRST + 209, order.expire)


def _online(world: World, now: datetime) -> Iterator[Step]:
    """Paid online: collected in two stores and delivered from a third; one that waits for its payment; one that was cancelled, with the money back."""
    goods = {"harbour": _at_least(world, "harbour", 1), "old-town": _at_least(world, "old-town", 1)}
    bought = [line.variant for lines in goods.values() for line in lines]
    mixed = Purchase(world, MARTA, "demo-mixed", goods, _at_least(world, "station", 1, apart_from=bought), from_shelf=True, online=True)
    yield from _steps(world, "harbour", mixed, FIRST + 300, {"place": 20, "pay_online": 19}, now)
    cancelled = Purchase(world, JONAS, "demo-cancelled", {"station": _at_least(world, "station", 2)}, online=True)
    yield from _steps(world, "station", cancelled, FIRST + 310, {"place": 500, "pay_online": 499, "cancel": 480}, now)
    waits = Purchase(world, JONAS, "demo-unpaid", {"harbour": _at_least(world, "harbour", 1)}, online=True)
    yield Step(now - timedelta(minutes=4), FIRST + 320, waits.place)  # by the clock: it waits for half an hour


def _parcels(world: World, now: datetime) -> Iterator[Step]:
    """Parcels from Harbour's shelves, one in every state."""
    stories = [
        # shopper, option, {step: minutes ago}
        (GUESTS[9], "Standard", {"place": 110, "pay_online": 109}),
        (GUESTS[11], "Standard", {"place": 2100, "pay_online": 2099}),  # late to leave
        (GUESTS[12], "Express", {"place": 320, "pay_online": 319, "pack": 60}),
        (CUSTOMERS[2], "Standard", {"place": 900, "pay_online": 899, "pack": 400, "ship": 240}),
        (GUESTS[16], "Express", {"place": 2300, "pay_online": 2299, "pack": 1900, "ship": 1850, "fail": 130}),
        (MARTA, "Standard", {"place": 2900, "pay_online": 2899, "pack": 2500, "ship": 2450, "deliver": 1200}),
        (CUSTOMERS[2], "Express", {"place": 1500, "pay_online": 1499, "pack": 1300, "ship": 1250, "deliver": 35}),
    ]
    for place, (shopper, option, steps) in enumerate(stories):
        parcel = Purchase(world, shopper, f"demo-parcel-{place}", delivered=_at_least(world, "harbour", 2), option=option, from_shelf=True)
        yield from _steps(world, "harbour", parcel, FIRST + 400 + 10 * place, steps, now)


def _steps(world: World, code: str, order: Purchase, number: int, steps: dict[str, int], now: datetime) -> Iterator[Step]:
    """What happened to an order, so many of a store's opening minutes ago."""
    for place, (name, minutes) in enumerate(steps.items()):
        yield Step(world.earlier(code, now, minutes), number + place, getattr(order, name))


def _at_least(world: World, code: str, lines: int, *, apart_from: list[Variant] | None = None) -> list[Line]:
    """A basket of so many lines, of other goods than `apart_from`."""
    basket: list[Line] = []
    while len(basket) < lines:
        taken = [line.variant for line in basket] + (apart_from or [])
        basket += [line for line in world.basket(code, 1) if line.variant not in taken]
    return basket
