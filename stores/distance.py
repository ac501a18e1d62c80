"""How far it is: points on the earth, the way between them, and the words for it."""

import math
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol, Self

EARTH_KM = 6371.0088
KM_PER_MILE = 1.609344
KILOMETRES, MILES = "km", "mi"
BY_MILES = {"GB", "US", "LR", "MM"}
"""Where roads are measured in miles."""
HERE_KM = 0.05


class Placed(Protocol):
    """What has coordinates, or may have."""

    @property
    def latitude(self) -> Decimal | None:
        """Degrees north."""

    @property
    def longitude(self) -> Decimal | None:
        """Degrees east."""


@dataclass(frozen=True)
class Point:
    """Degrees north and east. Raises ValueError for what is not on the earth."""

    latitude: float
    longitude: float

    def __post_init__(self) -> None:
        if not (abs(self.latitude) <= 90 and abs(self.longitude) <= 180):  # NaN is within neither
            raise ValueError("not on the earth")

    @classmethod
    def of(cls, placed: Placed) -> Self | None:
        """Where it is, if that is known."""
        known = placed.latitude is not None and placed.longitude is not None
        return cls(float(placed.latitude or 0), float(placed.longitude or 0)) if known else None

    @property
    def shrink(self) -> float:
        """How much shorter a degree to the east is here than one to the north."""
        return math.cos(math.radians(self.latitude))

    def to(self, other: "Point") -> float:
        """Kilometres as the crow flies (great circle on a sphere: within half a per cent of the truth)."""
        north, east = math.radians(other.latitude - self.latitude), math.radians(other.longitude - self.longitude)
        along = math.cos(math.radians(self.latitude)) * math.cos(math.radians(other.latitude))
        half = math.sin(north / 2) ** 2 + along * math.sin(east / 2) ** 2
        return 2 * EARTH_KM * math.asin(math.sqrt(min(half, 1.0)))


def unit_of(locale: str) -> str:
    """The unit of a country, read off a locale such as 'en_IE'."""
    return MILES if locale.replace("-", "_").split("_")[-1].upper() in BY_MILES else KILOMETRES


def kilometres(length: float, unit: str) -> float:
    """A length in a unit as kilometres."""
    return length * KM_PER_MILE if unit == MILES else length


def words(km: float, unit: str) -> str:
    """'here', '350 m', '1.2 km', '48 km'; '0.4 miles', '30 miles'."""
    if km < HERE_KM:
        return "here"
    if unit == MILES:
        miles = km / KM_PER_MILE
        return f"{miles:.1f} mile{'' if 0.95 <= miles < 1.05 else 's'}" if miles < 9.95 else f"{miles:,.0f} miles"
    if km < 0.995:
        return f"{max(round(km, 2) * 1000, 50):.0f} m"
    return f"{km:.1f} km" if km < 9.95 else f"{km:,.0f} km"
