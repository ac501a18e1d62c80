"""Customers who come one after the other, some at a time, and press the button until they are told of their order."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tests.faults.world import PLACED, Customer
from tests.services import wait_until

PATIENCE = 100


class NobodyLeft(Exception):
    """There were too few customers for as long as they were needed."""


@contextmanager
def rush(port: int, waiting: Sequence[Customer], *, clients: int, pause: float = 0.0) -> Iterator[list[Customer]]:
    """Customers for the length of a block; who was served, or gave up, stands in the list. `pause` seconds pass before each of them presses at all.

    Raises NobodyLeft if they ran out meanwhile, for then the block was not under load.
    """
    queue = iter(waiting)
    served: list[Customer] = []
    lock, over, ran_out = threading.Lock(), threading.Event(), threading.Event()

    def till() -> None:
        while not over.is_set():
            with lock:
                customer = next(queue, None)
            if customer is None:
                ran_out.set()
                return
            over.wait(pause)
            insist(customer, port)
            served.append(customer)

    threads = [threading.Thread(target=till) for _ in range(clients)]
    for thread in threads:
        thread.start()
    try:
        yield served
    finally:
        over.set()
        for thread in threads:
            thread.join()
    if ran_out.is_set():
        raise NobodyLeft(len(waiting))


def wait_for_answers(served: list[Customer], more: int) -> None:
    """Wait until so many more customers are told of their order."""
    before = len(served)
    wait_until(lambda: sum(bool(customer.acknowledged) for customer in served[before:]) >= more, seconds=60, what=f"{more} more orders are acknowledged")


def insist(customer: Customer, port: int) -> None:
    """Press until the order is acknowledged, a tenth of a second apart, and give up after PATIENCE tries."""
    for _ in range(PATIENCE):
        if customer.press(port).status == PLACED:
            return
        time.sleep(0.1)
