"""From which stores a delivery is sent: one that has everything if there is one, else as few parcels as can be.

A line is divided over stores only if no store has all of it. `plan` is pure.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from itertools import combinations

from stores import availability
from stores.stock import NotAvailable, Shortage

Units = Mapping[int, int]
"""{variant id: how many}"""
EXACT = 12
"""Among so many stores every choice is compared; among more, the store that adds most is taken again and again."""


def choose(demand: Units, *, at: datetime, holder: str = "", prefer_store_id: int | None = None) -> dict[int, dict[int, int]]:
    """{store id: {variant id: units}} by which `demand` is sent, from stores that deliver, by what may be promised at `at`; one statement.

    The store whose shelf was scanned comes first if it can send everything (`prefer_store_id`), then the one with most left, then by name. `holder`'s own
    holds do not count against it. Raises stock.NotAvailable if all stores together have too little.
    """
    wanted = {variant_id: units for variant_id, units in demand.items() if units}
    left: dict[int, dict[int, int]] = defaultdict(dict)
    names: dict[int, str] = {}
    for variant_id, found in availability.of_deliveries(wanted, at=at, holder=holder).items():
        for one in found:
            left[one.store_id][variant_id], names[one.store_id] = one.count, one.name
    ranked = sorted(left, key=lambda store: (store != prefer_store_id, -sum(left[store].values()), names[store], store))
    return plan(wanted, {store: left[store] for store in ranked})


def plan(demand: Units, left: Mapping[int, Units]) -> dict[int, dict[int, int]]:
    """Who sends what, in the fewest parcels. `left` says what each store has, the store that is liked best first; between equals the order decides.

    Raises stock.NotAvailable with what is lacking.
    """
    together = {variant_id: sum(has.get(variant_id, 0) for has in left.values()) for variant_id in demand}
    short = [Shortage(variant_id, units, together[variant_id]) for variant_id, units in demand.items() if units > together[variant_id]]
    if short:
        raise NotAvailable(short)
    useful = [store for store, has in left.items() if any(has.get(variant_id) for variant_id in demand)]
    usable = {store: usable_of(demand, left, store) for store in useful}
    chosen = _fewest(demand, usable) if len(useful) <= EXACT else greedy(demand, usable)
    return _shares(demand, usable, chosen)


def greedy(demand: Units, usable: Mapping[int, Units]) -> list[int]:
    """Stores that have everything together: again and again the one that adds most."""
    missing, chosen = dict(demand), list[int]()
    while any(missing.values()):
        best = max((store for store in usable if store not in chosen), key=lambda store: _adds(missing, usable[store]))
        chosen.append(best)
        missing = {variant_id: max(units - usable[best].get(variant_id, 0), 0) for variant_id, units in missing.items()}
    return chosen


def usable_of(demand: Units, left: Mapping[int, Units], store: int) -> dict[int, int]:
    """What a store may send: of a line that one store has whole, only who has it whole sends any."""
    whole = {variant_id for variant_id, units in demand.items() if any(has.get(variant_id, 0) >= units for has in left.values())}
    has = {variant_id: left[store].get(variant_id, 0) for variant_id in demand}
    return {variant_id: count for variant_id, count in has.items() if count and (variant_id not in whole or count >= demand[variant_id])}


def _fewest(demand: Units, usable: Mapping[int, Units]) -> list[int]:
    """The first of the smallest sets of stores that have everything together; `combinations` keeps the order in which stores are liked."""
    for size in range(1, len(usable) + 1):
        for stores in combinations(usable, size):
            if _enough(demand, [usable[store] for store in stores]):
                return list(stores)
    return []


def _enough(demand: Units, parts: Collection[Units]) -> bool:
    return all(sum(has.get(variant_id, 0) for has in parts) >= units for variant_id, units in demand.items())


def _adds(missing: Units, has: Units) -> int:
    return sum(min(units, has.get(variant_id, 0)) for variant_id, units in missing.items())


def _shares(demand: Units, usable: Mapping[int, Units], chosen: Collection[int]) -> dict[int, dict[int, int]]:
    """Each line from the stores that have most of it, so that it is divided into few parts. A store that is left with nothing sends nothing."""
    shares: dict[int, dict[int, int]] = {store: {} for store in chosen}
    for variant_id, units in demand.items():
        for store in sorted(chosen, key=lambda store: -min(usable[store].get(variant_id, 0), units)):
            part = min(units, usable[store].get(variant_id, 0))
            if part:
                shares[store][variant_id] = part
                units -= part
    return {store: goods for store, goods in shares.items() if goods}
