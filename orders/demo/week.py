"""A week of the shop: sales at the tills, and orders from the web and from shelves that were collected."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count

from orders.demo import bank
from orders.demo.cast import CUSTOMERS, GUESTS, MARTA, Person
from orders.demo.purchases import Purchase
from orders.demo.stories import Sale, Step
from orders.demo.world import World

DAYS = 7
SALES_A_DAY = {"harbour": 7, "old-town": 5, "station": 6, "riverside": 3}
PICKUPS_A_DAY = {"harbour": 3, "old-town": 2, "station": 2, "riverside": 1}


def past(world: World, *, before: datetime) -> Iterator[Step]:
    """Every step of the last week that had happened by then."""
    number = count(1)
    for code in world.stores:
        for stretch in world.days(code, before=before, count=DAYS):
            for moment in _moments(world, stretch.opens, min(stretch.closes, before), SALES_A_DAY[code]):
                yield Step(moment, next(number), _sale(world, code, f"{code}-{moment:%Y%m%d-%H%M%S}").ring_up)
            for moment in _moments(world, stretch.opens, stretch.closes, PICKUPS_A_DAY[code]):
                yield from _collected(world, code, moment, before, number, world.chance.choice(CUSTOMERS + GUESTS))
    # Marta, as whom one signs in, has bought both ways.
    yield from _collected(world, "harbour", world.earlier("harbour", before, 2000), before, number, MARTA)
    yield Step(world.earlier("old-town", before, 700), 0, Sale(world, "old-town", world.basket("old-town", 3), "marta", world.members[0], "card").ring_up)


def _moments(world: World, opens: datetime, closes: datetime, about: int) -> list[datetime]:
    """About so many moments of an opening stretch, to the second, none twice."""
    seconds = range(300, max(int((closes.astimezone(UTC) - opens.astimezone(UTC)).total_seconds()) - 300, 300))
    chosen = world.chance.sample(seconds, min(max(about + world.chance.randint(-1, 2), 0), len(seconds)))
    return [opens.astimezone(UTC) + timedelta(seconds=second) for second in sorted(chosen)]


def _sale(world: World, code: str, reference: str) -> Sale:
    """Two of five customers show a card."""
    member = world.chance.choice(world.members[1:]) if world.chance.random() < 0.4 else None
    return Sale(world, code, world.basket(code, 3), reference, member, world.chance.choice(["card", "card", "cash"]))


def _collected(world: World, code: str, placed: datetime, before: datetime, number: "count[int]", shopper: Person) -> Iterator[Step]:
    """The steps of an order from the cart to the customer's hands; none if it would not have been collected by then."""
    chance, lead = world.chance, world.stores[code].lead_minutes
    taken = chance.randint(lead // 3, lead + lead // 10)
    picking, ready = world.later(code, placed, taken - 12), world.later(code, placed, taken)
    paid = world.later(code, ready, chance.randint(20, 600))
    collected = paid + timedelta(seconds=40)
    if collected > before:
        return
    goods, key = {code: world.basket(code, 3)}, next(number)
    order = Purchase(world, shopper, f"demo-{key}", goods, from_shelf=chance.random() < 0.4, online=bank.is_open() and key % 3 == 0)
    steps = [(placed, order.place), (placed + timedelta(seconds=50), order.pay_online)]
    steps += [(picking, order.start), (ready, order.finish), (paid, order.pay), (collected, order.collect)]
    for moment, do in steps:
        yield Step(moment, next(number), do)
