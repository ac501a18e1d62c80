"""What the tests of holds share: two checkouts, minutes after noon, and what others see."""

from datetime import datetime, timedelta

from stores import availability, stock
from stores.models import Store, Variant
from tests import factories
from tests.factories import NOON

MARTA, JONAS = "cart:1", "cart:2"


def left(place: Store, goods: Variant, at: datetime, holder: str = "") -> int:
    """What may be promised to a checkout."""
    return availability.at_store(place.pk, [goods.pk], at=at, holder=holder)[goods.pk]


def later(minutes: float = 0, *, seconds: float = 0) -> datetime:
    """So long after noon."""
    return NOON + timedelta(minutes=minutes, seconds=seconds)


def also_at(code: str, goods: Variant, count: int) -> Store:
    """Another store, which has so many of these goods."""
    place = factories.store(code)
    stock.receive(place, {goods.pk: count}, reference=f"delivery:{code}", by=None, at=NOON)
    return place
