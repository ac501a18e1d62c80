"""The run itself, in a process whose environment names the database."""

import itertools
import sys
import time
import uuid
from collections.abc import Callable
from operator import itemgetter

import django

django.setup()

from django.core.management import call_command  # noqa: E402 - Django must be set up before

from omo import invariants  # noqa: E402
from orders.models import Order  # noqa: E402
from tests.benchmarks import flows, people, report, server, statements  # noqa: E402
from tests.benchmarks.client import Browser  # noqa: E402
from tests.benchmarks.measure import Probe, interleave  # noqa: E402
from tests.benchmarks.report import Goal  # noqa: E402
from tests.benchmarks.seed import SIZES, seed  # noqa: E402

ORDERS_PER_ROUND = 900


def pages(port: int, products: int) -> list[Probe]:
    """The anchors, the pages, and the order on its own."""
    visitor, clerk = people.visitor(1), people.clerk(2)
    goods = itertools.cycle(range(1, products + 1))

    def get(path: str, who: people.Prepared | None = None, expect: int = 200) -> Callable[[int], Callable[[], object]]:
        cookies = dict(who.cookies) if who else {}
        return lambda _: lambda: Browser(port, dict(cookies)).get(path, expect=expect)

    def product(_: int) -> Callable[[], object]:
        return lambda: Browser(port, dict(visitor.cookies)).get(f"/products/product-{next(goods)}/")

    def unmoved(_: int) -> Callable[[], object]:
        path = f"/staff/{clerk.store}/queue/live/?v="
        seen = people.poll_version(Browser(port, dict(clerk.cookies)).get(path).text)

        def poll() -> None:
            nonlocal seen
            page = Browser(port, dict(clerk.cookies)).get(path + seen, expect=0)
            seen = people.poll_version(page.text) or seen

        return poll

    return [
        Probe("hello, same middleware", get("/bench/hello/")),
        Probe("one SELECT", get("/bench/one-select/")),
        Probe("raw checkout", lambda _: lambda: Browser(port).post("/bench/raw-checkout/", {}, expect=200)),
        Probe("product page", product),
        Probe("list of 24", get("/products/", visitor)),
        Probe("queue, 50 orders", get(f"/staff/{clerk.store}/queue/live/?v=0", clerk)),
        Probe("queue, moved", moved(port, clerk)),
        Probe("queue, unmoved", unmoved),
        Probe("place order", placing(port, products)),
        Probe("place order, hot SKU", placing(port, products, hot=True)),
    ]


def moved(port: int, clerk: people.Prepared) -> Callable[[int], Callable[[], object]]:
    """Polls of a queue that moves every time, so that nothing kept can answer them."""

    def visitor(_: int) -> Callable[[], object]:
        def poll() -> None:
            people.move_queue(2)
            Browser(port, dict(clerk.cookies)).get(f"/staff/{clerk.store}/queue/live/?v=0")

        return poll

    return visitor


def placing(port: int, products: int, *, hot: bool = False) -> Callable[[int], Callable[[], object]]:
    """Orders of three lines whose carts were filled before the clock starts."""
    shared: list[tuple[people.Prepared, dict[str, str]]] = []

    def visitor(number: int) -> Callable[[], object]:
        if number == 0:
            shared[:] = people.full_carts(ORDERS_PER_ROUND, products=products, hot=hot)

        def place() -> None:
            try:
                who, form = shared.pop()
            except IndexError:
                raise StopIteration from None
            Browser(port, dict(who.cookies)).post("/checkout/place-order/", {**form, "key": uuid.uuid4().hex})

        return place

    return visitor


def journeys(port: int, products: int) -> list[Probe]:
    """Whole flows, each counted as one."""
    waiting = Order.objects.filter(store_id__gt=20, fulfilments__state="placed").order_by("store_id").values_list("store_id", "number")
    unclaimed = iter([(store, [number for _, number in part]) for store, part in itertools.groupby(waiting, key=itemgetter(0))])

    def picking(_: int) -> Callable[[], object]:
        """Each visitor of each round works in a store of their own."""
        store, numbers = next(unclaimed)
        return flows.transition(port, people.clerk(store), numbers)

    return [
        Probe("guest flow, 15 requests", lambda _: flows.guest(port, products)),
        Probe("scan to order, 6 requests", lambda _: flows.scan(port, people.label_addresses())),
        Probe("till, 6 requests", lambda number: flows.till(port, people.clerk(number + 10), products)),
        Probe("queue and start picking, 2 requests", picking),
    ]


def main(size: str, rounds: int, seconds: float) -> int:
    """Measure and report. Returns the exit code."""
    call_command("migrate", verbosity=0)
    began = time.perf_counter()
    seed(SIZES[size])
    print(f"seeded size {size} in {time.perf_counter() - began:.0f} s", flush=True)
    products = SIZES[size].products
    with server.running(server.BARE) as bare:
        bare_start, bare_memory = bare.cold_start, bare.worker_megabytes
    with server.running() as ours:
        probes, whole = pages(ours.port, products), journeys(ours.port, products)
        for line in itertools.chain(interleave(probes, rounds=rounds, seconds=seconds), interleave(whole, rounds=rounds, seconds=seconds)):
            print(line, flush=True)
        memory = ours.worker_megabytes
        start = ours.cold_start
    taken = statements.counts(products)
    violations = list(itertools.islice(invariants.violations(), 5))
    goals = goals_of({probe.name: probe for probe in probes + whole}, taken, start / bare_start)
    report.write(sections(probes, whole, taken, goals, start, memory, bare_memory, violations), size=size, rounds=rounds, seconds=seconds)
    print(report.RESULTS.read_text())
    return 0 if all(goal.met for goal in goals) and not violations else 1


def goals_of(named: dict[str, Probe], taken: dict[str, tuple[int, int]], cold: float) -> list[Goal]:
    """The goals of the first release."""
    hello, raw = named["hello, same middleware"].rate, named["raw checkout"].rate
    order = named["place order"].rate
    return [
        Goal("place order / raw checkout", order / raw, 0.20),
        Goal("product page / hello", named["product page"].rate / hello, 0.30),
        Goal("list of 24 / hello", named["list of 24"].rate / hello, 0.12),
        Goal("queue with 50 orders / hello", named["queue, 50 orders"].rate / hello, 0.25, note="several tablets ask for the same version"),
        Goal("queue, unmoved / hello", named["queue, unmoved"].rate / hello, 0.60),
        Goal("hot SKU / place order", named["place order, hot SKU"].rate / order, 0.90),
        Goal("guest flows per second", named["guest flow, 15 requests"].rate, 20),
        Goal("statements, list", max(taken["list"]), 4, most=True),
        Goal("statements, product", max(taken["product"]), 5, most=True),
        Goal("statements, queue", max(taken["queue, moved"]) - min(taken["queue, kept"]), 3, most=True, note="and as many for session, person and store"),
        Goal("statements, place order, 30 lines", taken["place order"][1], 20, most=True, note=f"{taken['place order'][0]} with 1 line"),
        Goal("cold start / bare Django", cold, 3, most=True),
    ]


def sections(probes, whole, taken, goals, start, memory, bare_memory, violations) -> list[str]:  # type: ignore[no-untyped-def]
    """The parts of RESULTS.md."""
    out = ["## Goals", "", "| ratio | measured | goal | | |", "|---|---|---|---|---|", *(goal.row() for goal in goals), "", "## Rates", ""]
    out += ["| what | per second (median) | lowest–highest | p50 ms | p95 ms |", "|---|---|---|---|---|"]
    out += [f"| {probe.name} | {probe.rate:.1f} | {probe.spread} | {probe.latency(0.5):.1f} | {probe.latency(0.95):.1f} |" for probe in probes + whole]
    out += ["", "## Statements", "", "| | 1 | 30 |", "|---|---|---|", *(f"| {name} | {one} | {many} |" for name, (one, many) in taken.items())]
    out += [
        "",
        f"Cold start {start:.2f} s, {memory:.0f} MB per worker at the end of the run, {memory / bare_memory:.1f} times bare Django's.",
        f"Invariants after the run: {violations or 'clean'}.",
    ]
    return out


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))
