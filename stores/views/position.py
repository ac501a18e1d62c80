"""Where the customer is, if the phone or they have said so, and how they like distances. Kept in the session and nowhere else."""

from django.conf import settings
from django.http import HttpRequest

from stores import distance
from stores.distance import Point

KEY, UNIT = "position", "distance_unit"
DIGITS = 3
"""About a hundred metres: near enough to tell which store is near, too coarse to tell which house."""


def keep(request: HttpRequest, point: Point) -> None:
    """Remember where the customer is, coarsely, until the session ends or they take it back."""
    request.session[KEY] = [round(point.latitude, DIGITS), round(point.longitude, DIGITS)]


def forget(request: HttpRequest) -> None:
    """Remember it no longer."""
    request.session.pop(KEY, None)


def point(request: HttpRequest) -> Point | None:
    """Where the customer is, if they have said so."""
    kept = request.session.get(KEY)
    return Point(*kept) if kept else None


def unit(request: HttpRequest) -> str:
    """The unit of distances: chosen, else the country's."""
    return request.session.get(UNIT) or distance.unit_of(settings.LOCALE)


def choose_unit(request: HttpRequest, chosen: str) -> None:
    """Show distances in this unit from now on."""
    if chosen != unit(request):
        request.session[UNIT] = chosen
