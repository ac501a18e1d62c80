"""Where somebody means: a place by its name or postcode, from the imported table of places and the stores' own addresses. No network is asked."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Case, IntegerField, Q, Value, When
from django.db.models.functions import Length

from stores.distance import Point
from stores.models import Place, Store
from stores.models.catalogue import searchable

MOST_SPOTS, MOST_ROWS, MOST_WORDS = 8, 60, 6
TOGETHER_KM = 3.0
"""Places that lie so close together are one answer."""
DISTRICTS = range(2, 8)
"""How many characters of a postcode may stand for a district: 'D08 XY99' lies in 'D08'."""


@dataclass(frozen=True)
class Spot:
    """A place that somebody may mean, in words that tell it from others of its name."""

    words: str
    point: Point


@dataclass(frozen=True)
class Known:
    """A spot and what it is found by: its name as searchable text, its postcode without spaces."""

    spot: Spot
    name: str
    code: str


def spots(where: str) -> list[Spot]:
    """The places that somebody may mean, the likeliest first; one if it is clear, [] if none is known. Two statements."""
    text, code = searchable(where.replace(",", " ")), _code(where)
    if not text:
        return []
    known = [*_stores(), *_places(text, code)]
    ranks = [
        [one for one in known if code and one.code == code],
        [one for one in known if one.name == text],
        [one for one in known if one.name.startswith(text)],
        [one for one in known if _holds(one, text)],
        _district(known, code),
    ]
    return _apart(next((rank for rank in ranks if rank), []))


def _code(text: str) -> str:
    return searchable(text).replace(" ", "").replace("-", "")


def _places(text: str, code: str) -> list[Known]:
    """Candidates, the likely ones first: however long the table is, no more than MOST_ROWS are read."""
    named = Q()
    for word in text.split()[:MOST_WORDS]:
        named &= Q(search_text__contains=word)
    likely = Case(When(Q(search_text=text) | Q(search_text__startswith=text + " "), then=Value(0)), default=Value(1), output_field=IntegerField())
    districts = [code[:length].upper() for length in DISTRICTS if length < len(code)] if _has_digits(code) else []
    found = Place.objects.filter(named | Q(search_text__contains=code) | Q(postcode__in=districts)).order_by(likely, Length("search_text"), "id")
    return [Known(Spot(_words(place), point), searchable(place.name), _code(place.postcode)) for place in found[:MOST_ROWS] if (point := Point.of(place))]


def _stores() -> list[Known]:
    """The open stores by name and postcode, and their cities, each in the middle of its stores. There are few enough to be read."""
    known, cities = [], defaultdict(list)
    for store in Store.objects.filter(active=True).only("name", "city", "postcode", "latitude", "longitude"):
        if point := Point.of(store):
            known.append(Known(Spot(", ".join(filter(None, [store.name, store.city])), point), searchable(store.name), _code(store.postcode)))
            cities[store.city].append(point)
    middles = {city: _middle(points) for city, points in cities.items() if city}
    return known + [Known(Spot(city, middle), searchable(city), "") for city, middle in middles.items()]


def _middle(points: list[Point]) -> Point:
    return Point(sum(point.latitude for point in points) / len(points), sum(point.longitude for point in points) / len(points))


def _holds(one: Known, text: str) -> bool:
    """Whether each word begins one of the spot's words."""
    theirs = searchable(one.spot.words).replace(",", "").split()
    return all(any(word.startswith(mine) for word in theirs) for mine in text.split())


def _district(known: Iterable[Known], code: str) -> list[Known]:
    """The smallest districts that a whole postcode lies in."""
    inside = [one for one in known if one.code and _has_digits(code) and code.startswith(one.code)]
    longest = max((len(one.code) for one in inside), default=0)
    return [one for one in inside if len(one.code) == longest]


def _has_digits(code: str) -> bool:
    return any(sign.isdigit() for sign in code)


def _apart(found: list[Known]) -> list[Spot]:
    """Those that are not next to one that is likelier."""
    spots: list[Spot] = []
    for one in found:
        if all(one.spot.point.to(other.point) > TOGETHER_KM for other in spots):
            spots.append(one.spot)
    return spots[:MOST_SPOTS]


def _words(place: Place) -> str:
    more = ", ".join(filter(None, [place.name, place.region if place.region != place.name else ""]))
    return f"{more} {place.postcode}".strip()
