"""Does the shop slow down as the catalogue grows? The same pages of a shop with 1,000 and of one with 100,000 products, each in 50 stores.

Both shops are asked for equally many different pages, because a page that was drawn before is served quicker than a new one.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from typing import Any

from tests import services
from tests.benchmarks import report, server
from tests.benchmarks.client import Browser
from tests.benchmarks.growth_shop import PAGES, STORES, addresses

SMALL, LARGE = 1_000, 100_000
ROUNDS = 5
MOST = 1.3
STATEMENTS = 4


def main() -> int:
    """Fill two databases, ask both in turns, write the table. Returns the exit code."""
    shops: dict[int, dict[str, Any]] = {}
    with services.postgresql() as url:
        server_url = url.rpartition("/")[0]
        for products in (SMALL, LARGE):
            began = time.perf_counter()
            os.environ["DATABASE_URL"] = services.fresh_database(url, f"omo_growth_{products}")
            command = [sys.executable, "-m", "tests.benchmarks.growth_shop", str(products)]
            shops[products] = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[-1])
            print(f"seeded {products:,} products in {time.perf_counter() - began:.0f} s", flush=True)
        try:
            return _measure(server_url, shops)
        finally:
            for products in shops:
                services.drop_database(f"{server_url}/omo_growth_{products}")


def _measure(server_url: str, shops: dict[int, dict[str, Any]]) -> int:
    running = {}
    try:
        for products in shops:
            os.environ["DATABASE_URL"] = f"{server_url}/omo_growth_{products}"
            running[products] = server.Server()
        times = {kind: _asked(kind, shops, running) for kind in addresses(SMALL)}
    finally:
        for one in running.values():
            one.stop()
    counts = {products: shop["statements"] for products, shop in shops.items()}
    report.keep("growth", _table(times, counts))
    slower = [kind for kind, (small, large) in times.items() if large > MOST * small]
    more = [kind for kind in times if not counts[SMALL][kind] == counts[LARGE][kind] <= STATEMENTS]
    print("\n".join(_table(times, counts)))
    return 1 if slower or more else 0


def _asked(kind: str, shops: dict[int, dict[str, Any]], running: dict[int, server.Server]) -> tuple[float, float]:
    """The median milliseconds in the small and in the large shop, asked in turns so that a slow moment of the machine falls on both."""
    taken: dict[int, list[float]] = {products: [] for products in shops}
    paths = {products: addresses(products)[kind] for products in shops}
    for number in range(ROUNDS):
        for place in range(PAGES):
            for products, shop in shops.items():
                browser = Browser(running[products].port, dict(shop["cookies"]))
                began = time.perf_counter()
                browser.get(paths[products][place])
                if number:  # the first round warms both
                    taken[products].append((time.perf_counter() - began) * 1000)
    print(f"{kind}: {statistics.median(taken[SMALL]):.2f} and {statistics.median(taken[LARGE]):.2f} ms", flush=True)
    return statistics.median(taken[SMALL]), statistics.median(taken[LARGE])


def _table(times: dict[str, tuple[float, float]], counts: dict[int, dict[str, int]]) -> list[str]:
    lines = [
        "## Growth",
        "",
        f"`python -m tests.benchmarks --growth`: {SMALL:,} and {LARGE:,} products of two variants in {STORES} stores,",
        f"{STORES * SMALL:,} and {STORES * LARGE:,} stock levels. Median milliseconds over HTTP, one visitor, {PAGES} different pages of each kind,",
        f"asked {ROUNDS - 1} times in turns. Goal: at most {MOST} times, and equally many statements, {STATEMENTS} at most.",
        "",
        f"| page | {SMALL:,} | {LARGE:,} | times | | statements |",
        "|---|---|---|---|---|---|",
    ]
    for kind, (small, large) in times.items():
        few, many = counts[SMALL][kind], counts[LARGE][kind]
        verdict = "met" if large <= MOST * small and few == many <= STATEMENTS else "**missed**"
        lines.append(f"| {kind} | {small:.2f} | {large:.2f} | {large / small:.2f} | {verdict} | {few if few == many else f'{few}, {many}'} |")
    return lines


if __name__ == "__main__":
    sys.exit(main())
