"""The four stores: an invented city map over Dublin, with numbers of the kind that rings nowhere."""

from datetime import datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.utils.text import slugify

from orders.demo import bank
from stores import catalogue_import, closed_days, place_import
from stores.models import OpeningHours, Service, SpecialOpening, Store

PREPAID = "riverside"
"""Takes no money for pickups: they are paid online."""
QUARTERS = Path(__file__).with_name("places.csv")

WEEKDAYS, SATURDAY, SUNDAY = range(5), 5, 6

STORES: list[dict[str, Any]] = [
    {
        "code": "harbour",
        "name": "Harbour",
        "street": "4 Lantern Quay",
        "postcode": "D01 HP04",
        "phone": "+353 1 555 0142",
        "directions": "Ground floor, counter at the back, past the lamps",
        "latitude": Decimal("53.348310"),
        "longitude": Decimal("-6.247980"),
        "slot_capacity": 8,
        "bays": 3,
    },
    {
        "code": "old-town",
        "name": "Old Town",
        "street": "12 Cobbler's Row",
        "postcode": "D08 HP12",
        "phone": "+353 1 555 0117",
        "directions": "First floor; ring at the lift for step-free access",
        "latitude": Decimal("53.342690"),
        "longitude": Decimal("-6.274150"),
    },
    {
        "code": "station",
        "name": "Station",
        "street": "Northgate Station, unit 7",
        "postcode": "D07 HP07",
        "phone": "+353 1 555 0168",
        "directions": "In the concourse, opposite platform 3",
        "latitude": Decimal("53.356470"),
        "longitude": Decimal("-6.260220"),
        "lead_minutes": 60,
        "hold_days": 2,
    },
    {
        "code": "riverside",
        "name": "Riverside",
        "street": "31 Weir Street",
        "postcode": "D06 HP31",
        "phone": "+353 1 555 0193",
        "directions": "Blue door in the yard, bicycles welcome",
        "latitude": Decimal("53.326140"),
        "longitude": Decimal("-6.263880"),
        "lead_minutes": 180,
        "hold_days": 5,
    },
]

# {store: {weekday: (opens, closes)}}; a day that is not there is closed.
HOURS: dict[str, dict[int, tuple[time, time]]] = {
    "harbour": {**dict.fromkeys(WEEKDAYS, (time(9), time(19))), 3: (time(9), time(21)), SATURDAY: (time(9), time(19)), SUNDAY: (time(11), time(18))},
    "old-town": {**dict.fromkeys(WEEKDAYS, (time(9, 30), time(18, 30))), SATURDAY: (time(9, 30), time(18, 30)), SUNDAY: (time(12), time(18))},
    "station": {**dict.fromkeys(WEEKDAYS, (time(7), time(21))), SATURDAY: (time(8), time(21)), SUNDAY: (time(9), time(20))},
    "riverside": {**dict.fromkeys(range(1, 5), (time(10), time(18))), SATURDAY: (time(10), time(18)), SUNDAY: (time(12), time(17))},
}

SERVICES = {
    "harbour": ["Alterations", "Gift wrapping", "Step-free access"],
    "old-town": ["Gift wrapping", "Shoe repair"],
    "station": ["Parcel lockers", "Step-free access"],
    "riverside": ["Alterations", "Bicycle stands"],
}


def draw_map(*, at: datetime) -> None:
    """The table of places around the city, by the importer that a shop uses for its own."""
    report = place_import.run(catalogue_import.Source(QUARTERS.name, QUARTERS.read_bytes()), by=None, at=at)
    if report.problems:
        raise ValueError("\n".join(map(str, report.problems)))


def open_stores(*, at: datetime) -> dict[str, Store]:
    """The stores with their hours, by code."""
    stores = {}
    for facts in STORES:
        store = Store(city="Dublin", time_zone="Europe/Dublin", pay_in_store=facts["code"] != PREPAID or not bank.is_open(), **facts)
        store._history_date = at  # type: ignore[attr-defined]
        store.save()
        stores[store.code] = store
        days = HOURS[store.code].items()
        store.services.set([Service.objects.get_or_create(name=name, slug=slugify(name))[0] for name in SERVICES[store.code]])
        OpeningHours.objects.bulk_create(OpeningHours(store=store, weekday=day, opens=opens, closes=closes) for day, (opens, closes) in days)
    return stores


def plan_days(stores: dict[str, Store], *, at: datetime) -> None:
    """What lies ahead: a long evening at Harbour, and a day on which Riverside counts its stock."""
    today = at.astimezone(stores["harbour"].zone).date()
    SpecialOpening.objects.create(store=stores["harbour"], day=today + timedelta(days=9), opens=time(9), closes=time(22), reason="Late shopping")
    day = today + timedelta(days=12)
    closed_days.close_days(stores["riverside"], first_day=day, last_day=day, reason="Stocktaking", by=None, at=at)
