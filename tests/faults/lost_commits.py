"""R7: the database has committed an order, and its answer to that is lost on the way."""

from collections import Counter
from typing import NamedTuple

from tests.faults import world
from tests.faults.fault import Fault, Outcome
from tests.faults.proxy import Proxy, proxied
from tests.services import Cluster

COMMIT = b"Q\x00\x00\x00\x0bCOMMIT\x00"  # as the driver sends it: a simple query of eleven bytes
CONTROL = 10


class Count(NamedTuple):
    """What became of so many checkouts whose COMMIT was not answered."""

    checkouts: int
    lost: int
    committed: int
    first: Counter[int]
    second: Counter[int]
    duplicates: int
    another: int

    @property
    def words(self) -> str:
        """For the table."""
        first, second = (", ".join(f"{status} × {count}" for status, count in sorted(told.items())) for told in (self.first, self.second))
        return (
            f"{self.checkouts} checkouts, {self.lost} answers lost, {self.committed} of these orders written; told at first {first}, on trying again {second}; "
            f"duplicates {self.duplicates}, told of an order that is not theirs {self.another}"
        )


def count(place: Cluster, checkouts: int, *, guards_off: str = "") -> Count:
    """One after the other, on one worker: so each try meets the connection that was broken under the one before."""
    with world.shop(place) as url, proxied(place.port) as proxy:
        through = url.replace(f":{place.port}/", f":{proxy.port}/")
        with world.served(through, workers=1, guards_off=guards_off) as web:
            people = world.customers(checkouts)
            committed = sum(_lose(proxy, web.port, customer) for customer in people)
            books = world.orders_of(people)
            return Count(
                checkouts,
                proxy.lost,
                committed,
                *(Counter(customer.heard[turn].status for customer in people) for turn in (0, 1)),
                sum(len(pages) > 1 for pages in books.values()),
                sum(customer.acknowledged not in books[customer.email] for customer in people if customer.acknowledged),
            )


def _lose(proxy: Proxy, port: int, customer: world.Customer) -> bool:
    """Press the button, lose the answer to the COMMIT, and press again at once. Whether the order was in the books after the first time."""
    proxy.lose_answer(COMMIT)
    customer.press(port)
    written = len(world.orders_of([customer])[customer.email]) == 1
    customer.press(port)
    return written


def run(place: Cluster, times: int, seed: int) -> Outcome:
    """`times` checkouts. Nothing in this is left to chance."""
    shop = count(place, times)
    few = min(CONTROL, times)
    no_key = count(place, few, guards_off="key")
    neither = count(place, few, guards_off="key,cart")
    lost = shop.lost == shop.committed == times and shop.first == {503: times}
    kept = lost and shop.second == {world.PLACED: times} and (shop.duplicates, shop.another) == (0, 0)
    control = f"without the key: {no_key.words}; with carts that may be ordered twice, too: {neither.words}"
    return Outcome(shop.words, control, kept and no_key.second[world.PLACED] == 0 and neither.duplicates > 0)


FAULT = Fault(
    "R7",
    "The database's answer to COMMIT is lost",
    "every first try is told 503, every second one of its order; 0 duplicates; none is told of a failure and then of a second order",
    200,
    10,
    run,
)
