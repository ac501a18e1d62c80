"""Finding a store: how far each is from somewhere, and which of them are open, do what is wished and have what is wanted."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import QuerySet

from omo import memory
from stores import availability, hours, slots
from stores.distance import Point
from stores.models import Store


@dataclass(frozen=True)
class Near:
    """A store in the answer. `have` counts what it has of the demand, by variant; `has_all` says whether that is enough."""

    store: Store
    km: float | None = None
    have: Mapping[int, int] = field(default_factory=dict)
    has_all: bool = False
    things: int = 0

    @property
    def left(self) -> int:
        """How many it has of all that is wanted."""
        return sum(self.have.values())


@dataclass(frozen=True)
class Answer:
    """One page of the stores that were found, the nearest first; how many there are in all; and the first of all that has everything that is wanted; one that
    takes no orders for a while leads only if all that have it do.
    """

    rows: list[Near]
    total: int
    lead: Near | None = None


@dataclass(frozen=True)
class Wish:
    """What the stores must be like. `demand` is {variant id: how many}; it only narrows the list with `has_all`. Without `near` they are ordered by name."""

    near: Point | None = None
    radius_km: float | None = None
    pickup: bool = False
    open_now: bool = False
    service: str = ""
    has_all: bool = False
    demand: Mapping[int, int] = field(default_factory=dict)


def points() -> dict[int, Point]:
    """Where the open stores are, as it was at most a minute ago: {store id: point}."""
    return memory.remembered("stores.points", lambda: {store.pk: point for store in Store.objects.filter(active=True) if (point := Point.of(store))})


def find(wish: Wish, *, at: datetime, holder: str = "", page: int = 1, size: int = 20) -> Answer:
    """The stores that are as wished. Stores whose place is not known come last, and never within a radius.

    What they have is what may be promised at `at`, the holder's own holds not counted against him. Each comes with its calendar. Three statements at most.
    """
    have = _have(wish, at, holder)
    found = [near for near in (_near(store, wish, have.get(store.pk, {})) for store in _stores(wish)) if _is_as_wished(near, wish, at)]
    found.sort(key=lambda near: (near.km is None, near.km or 0.0, near.store.name, near.store.pk))
    having = [near for near in found if near.has_all]
    lead = next((near for near in having if not slots.paused(near.store, at=at)), next(iter(having), None))
    return Answer(found[(page - 1) * size : page * size], len(found), lead)


def _stores(wish: Wish) -> QuerySet[Store]:
    """The open stores that the database can tell to be as wished."""
    stores = Store.objects.for_pickup() if wish.pickup else Store.objects.filter(active=True)
    if wish.service:
        stores = stores.filter(services__slug=wish.service)
    return stores.with_calendar().prefetch_related("services")


def _have(wish: Wish, at: datetime, holder: str) -> dict[int, dict[int, int]]:
    """What each store that hands over orders has of the demand: {store id: {variant id: how many}}."""
    have: dict[int, dict[int, int]] = defaultdict(dict)
    left = availability.of_variants(wish.demand, at=at, holder=holder) if wish.demand else {}
    for variant_id, lefts in left.items():
        for one in lefts:
            have[one.store_id][variant_id] = one.count
    return have


def _near(store: Store, wish: Wish, have: dict[int, int]) -> Near:
    point = Point.of(store)
    enough = sum(have.get(variant_id, 0) >= wanted for variant_id, wanted in wish.demand.items())
    return Near(store, wish.near.to(point) if wish.near and point else None, have, has_all=0 < enough == len(wish.demand), things=enough)


def _is_as_wished(near: Near, wish: Wish, at: datetime) -> bool:
    if wish.near and wish.radius_km is not None and (near.km is None or near.km > wish.radius_km):
        return False
    if wish.has_all and wish.demand and not near.has_all:
        return False
    return not wish.open_now or hours.open_until(hours.calendar_of(near.store), at=at) is not None
