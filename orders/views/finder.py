"""Finding a store that is near, open, and has what is wanted. It stands here because what is wanted may be the cart."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from omo import lists, memory
from orders import carts
from orders.views import basket
from stores import distance, finder, gazetteer
from stores.distance import Point
from stores.finder import Wish
from stores.forms import PositionForm
from stores.models import Service, Variant
from stores.views import here, places, position

SIZE = 20
RADII = (2, 5, 10, 25, 50, 100)
ASKED = ("where", "at", "radius", "open", "pickup", "service", "cart", "sku", "unit", "page")
SWITCHES = ("open", "pickup", "cart")


@dataclass(frozen=True)
class Start:
    """Where distances are measured from: in words, and as a point if it is clear. `choices` are the places that were meant, if there are several."""

    words: str = ""
    point: Point | None = None
    choices: tuple[gazetteer.Spot, ...] = ()
    unknown: bool = False


@dataclass(frozen=True)
class Wanted:
    """What the store should have: {variant id: how many}, in words, and whose holds do not count against it."""

    demand: Mapping[int, int]
    words: str = ""
    variant: Variant | None = None
    holder: str = ""


@require_safe
def stores(request: HttpRequest) -> HttpResponse:
    """The stores: by name, or the nearest first; narrowed by what is asked for."""
    asked = _asked(request)
    if asked["unit"]:
        position.choose_unit(request, asked["unit"])
    unit, wanted = position.unit(request), _wanted(request, asked["sku"])
    at = timezone.now()
    start, page = _start(request, asked, at), int(asked["page"] or 1)
    wish = Wish(
        near=start.point,
        radius_km=distance.kilometres(float(asked["radius"]), unit) if asked["radius"] and start.point else None,
        pickup=bool(asked["pickup"]),
        open_now=bool(asked["open"]),
        service=asked["service"],
        has_all=bool(asked["cart"]),
        demand=wanted.demand,
    )
    found = finder.find(wish, at=at, holder=wanted.holder, page=page, size=SIZE)
    if page > 1 and not found.rows:
        raise Http404("No such page")
    same = {name: value for name, value in asked.items() if value and name not in ("page", "unit")}
    choices = [(spot.words, _query(same, where=spot.words, at=_written(spot.point))) for spot in start.choices]
    more = _query(same, page=str(page + 1)) if found.total > page * SIZE else ""
    context = {"asked": asked, "start": start, "choices": choices, "wanted": wanted, "found": found, "unit": unit, "more": more}
    context["rows"] = [(near, places.place_of(near.store, at)) for near in found.rows]
    return render(request, "stores/stores.html", {**context, **_options(request, same, unit), "filtered": len(same) > bool(asked["sku"])})


@require_POST
def near_me(request: HttpRequest) -> HttpResponse:
    """Measure from where the phone is. It is kept coarsely, in the session only."""
    form = PositionForm(request.POST)
    if not form.is_valid():
        return render(request, "stores/no_position.html", {"form": form}, status=422)
    position.keep(request, form.cleaned_data["point"], at=timezone.now())
    return redirect(reverse("stores"))


@require_POST
def forget_position(request: HttpRequest) -> HttpResponse:
    """Measure from there no longer."""
    position.forget(request)
    return redirect(reverse("stores"))


def _asked(request: HttpRequest) -> dict[str, str]:
    """The questions. Raises BadRequest for answers that the form does not offer."""
    asked = lists.asked(request.GET, *ASKED)
    offered: dict[str, tuple[str, ...]] = {
        **dict.fromkeys(SWITCHES, ("", "yes")),
        "unit": ("", distance.KILOMETRES, distance.MILES),
    }
    if any(asked[name] not in values for name, values in offered.items()) or not all(
        re.fullmatch(r"[1-9][0-9]{0,4}|", asked[name]) for name in ("page", "radius")
    ):
        raise BadRequest("The finder does not offer that.")
    return {**asked, "where": asked["where"].strip()}


def _start(request: HttpRequest, asked: Mapping[str, str], at: datetime) -> Start:
    """From the chosen place, else from the one that is named, else from the phone's position."""
    if not asked["where"]:
        point = position.point(request, at=at)
        return Start("your position", point) if point else Start()
    if asked["at"]:
        return Start(asked["where"], _read(asked["at"]))
    spots = gazetteer.spots(asked["where"])
    if len(spots) == 1:
        return Start(spots[0].words, spots[0].point)
    return Start(asked["where"], choices=tuple(spots), unknown=not spots)


def _read(written: str) -> Point:
    """Raises BadRequest for what is no point."""
    match = re.fullmatch(r"(-?[0-9]{1,2}(?:\.[0-9]{1,6})?),(-?[0-9]{1,3}(?:\.[0-9]{1,6})?)", written)
    try:
        return Point(float(match[1]), float(match[2])) if match else Point(91, 0)
    except ValueError as wrong:
        raise BadRequest("That is no place on the earth.") from wrong


def _written(point: Point) -> str:
    return f"{point.latitude:.4f},{point.longitude:.4f}"


def _wanted(request: HttpRequest, sku: str) -> Wanted:
    """The one thing that is asked for by its SKU, else what is in the cart."""
    if sku:
        variant = get_object_or_404(Variant.objects.select_related("product"), sku=sku, active=True, product__active=True)
        return Wanted({variant.pk: 1}, str(variant), variant)
    cart = basket.current(request) if request.session.get("cart_count") else None
    if cart is None:
        return Wanted({})
    return Wanted({line.variant_id: line.quantity for line in carts.lines_of(cart)}, "your cart", holder=f"cart:{cart.pk}")


def _query(same: Mapping[str, str], **more: str) -> str:
    return f"?{urlencode({**same, **more})}"


def _options(request: HttpRequest, same: dict[str, str], unit: str) -> dict[str, Any]:
    """What the form offers beside what was asked."""
    other = distance.KILOMETRES if unit == distance.MILES else distance.MILES
    return {
        "radii": sorted({*map(str, RADII), *filter(None, [same.get("radius")])}, key=int),
        "services": memory.remembered("stores.services", lambda: list(Service.objects.filter(stores__active=True).distinct())),
        "here_id": here.store_id(request),
        "other_unit": _query(same, unit=other),
        "without_sku": _query({name: value for name, value in same.items() if name != "sku"}),
        "first_url": _query(same),
        "at_position": position.KEY in request.session,
    }
