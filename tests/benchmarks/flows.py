"""What visitors and staff do, page by page, as a browser would send it."""

import itertools
import random
from collections.abc import Callable

from tests.benchmarks.client import Browser, Page
from tests.benchmarks.people import Prepared

CONTACT = {"name": "Bench Customer", "email": "customer@bench.test", "method": "in_store"}
numbers = itertools.count(1)


def add(browser: Browser, page: Page) -> None:
    """Press 'add' on a product page."""
    action, values = page.form("/cart/add/")
    browser.post(action, {**values, "quantity": "1"})


def place(browser: Browser, store: str) -> Page:
    """Fill in the checkout, place the order and look at the confirmation."""
    action, values = browser.get("/checkout/").form("/checkout/place-order/")
    placed = browser.post(action, {**values, **CONTACT, "store": store})
    return browser.get(placed.headers["location"])


def guest(port: int, products: int) -> Callable[[], object]:
    """A guest enters a store, looks at three products, adds each, goes to the checkout, which holds them, orders and sees the confirmation: 15 requests."""

    def flow() -> None:
        browser = Browser(port)
        store = f"bench-{random.randint(1, 50)}"
        browser.post(f"/stores/{store}/enter/", {"next": "/products/"})
        browser.get("/products/")
        for number in random.sample(range(1, products), 3):
            add(browser, browser.get(f"/products/product-{number}/"))
        action, values = browser.get("/cart/").form("/checkout/start/")
        browser.post(action, values)
        place(browser, store)

    return flow


def scan(port: int, addresses: list[str]) -> Callable[[], object]:
    """A customer scans a shelf label, adds what it shows, orders and sees the confirmation."""

    def flow() -> None:
        browser = Browser(port)
        add(browser, browser.get(random.choice(addresses)))
        place(browser, "bench-1")

    return flow


def till(port: int, clerk: Prepared, products: int) -> Callable[[], object]:
    """Somebody at the till scans three goods, takes cash and sees the receipt."""

    def flow() -> None:
        browser = Browser(port, dict(clerk.cookies))
        home = f"/staff/{clerk.store}/till/"
        for number in random.sample(range(1, products), 3):
            browser.post(f"{home}scan/", {"code": f"B{number}"})
        action, values = browser.get(home).form("/ring-up/")
        receipt = browser.post(action, {**values, "tender": "card"})
        browser.get(receipt.headers["location"])

    return flow


def transition(port: int, clerk: Prepared, orders: list[str]) -> Callable[[], object]:
    """Staff see a queue that has moved and start to pick an order of it."""
    waiting = iter(orders)

    def flow() -> None:
        browser = Browser(port, dict(clerk.cookies))
        number = next(waiting)
        browser.get(f"/staff/{clerk.store}/queue/live/?v=0")
        browser.post(f"/staff/{clerk.store}/pickups/{number}/start-picking/", {})

    return flow
