"""R5: the same form is posted eight times at once, as by double clicks and by proxies that try again."""

from functools import partial
from typing import NamedTuple

from tests.faults import world
from tests.faults.fault import Fault, Outcome
from tests.races.crowd import in_step
from tests.services import Cluster

POSTS = 8
CONTROL = 10


class Count(NamedTuple):
    """Of so many keys: orders more than one for each, keys whose posts were not all told of the same order, and what is not whole."""

    keys: int
    extra: int
    differing: int
    broken: dict[str, int]

    @property
    def words(self) -> str:
        """For the table."""
        return f"{self.keys} keys × {POSTS} posts: {self.extra} extra orders, {self.differing} keys with differing answers"


def count(place: Cluster, keys: int, *, guards_off: str = "") -> Count:
    """Post every key."""
    with world.shop(place) as url, world.served(url, workers=POSTS, guards_off=guards_off) as web:
        people = world.customers(keys)
        answers = in_step(POSTS, [partial(customer.press, web.port) for customer in people])
        books = world.orders_of(people)
        differing = sum(len(set(heard)) > 1 or heard[0].told not in books[customer.email] for customer, heard in zip(people, answers, strict=True))
        return Count(keys, sum(map(len, books.values())) - keys, differing, world.half_written())


def run(place: Cluster, times: int, seed: int) -> Outcome:
    """`times` keys. The moments are the machine's own, so the seed is for nothing here."""
    shop = count(place, times)
    few = min(CONTROL, times)
    no_key = count(place, few, guards_off="key")
    neither = count(place, few, guards_off="key,cart")
    control = f"without the key: {no_key.words}; with carts that may be ordered twice, too: {neither.words}"
    kept = (shop.extra, shop.differing, shop.broken) == (0, 0, {}) and no_key.differing > 0 and neither.extra > 0
    return Outcome(f"{shop.words}, {world.in_words(shop.broken)}", control, kept)


FAULT = Fault("R5", "The same order posted eight times at once", "0 extra orders; all eight are told the same order", 1000, 16, run)
