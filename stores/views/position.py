"""Where the customer is, if the phone or they have said so, and how they like distances. Kept in the session and nowhere else."""

from datetime import datetime, timedelta

from django.conf import settings
from django.http import HttpRequest

from stores import distance
from stores.distance import Point

KEY, UNIT = "position", "distance_unit"
DIGITS = 3
"""About a hundred metres: near enough to tell which store is near, too coarse to tell which house."""
VISIT = timedelta(hours=4)
"""For so long people are about where they were; sessions last for weeks."""


def keep(request: HttpRequest, point: Point, *, at: datetime) -> None:
    """Remember where the customer is, coarsely, until the visit is over or they take it back."""
    request.session[KEY] = [round(point.latitude, DIGITS), round(point.longitude, DIGITS), (at + VISIT).timestamp()]


def forget(request: HttpRequest) -> None:
    """Remember it no longer."""
    request.session.pop(KEY, None)


def point(request: HttpRequest, *, at: datetime) -> Point | None:
    """Where the customer is, if they have said so in this visit; what was said in an earlier one is forgotten."""
    kept = request.session.get(KEY)
    if kept is None:
        return None
    latitude, longitude, until = [*kept, 0][:3]
    if until < at.timestamp():
        forget(request)
        return None
    return Point(latitude, longitude)


def unit(request: HttpRequest) -> str:
    """The unit of distances: chosen, else the country's."""
    return request.session.get(UNIT) or distance.unit_of(settings.LOCALE)


def choose_unit(request: HttpRequest, chosen: str) -> None:
    """Show distances in this unit from now on."""
    if chosen != unit(request):
        request.session[UNIT] = chosen
