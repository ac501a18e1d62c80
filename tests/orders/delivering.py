"""Worlds for the tests of deliveries: zones and carriers, and orders that are on their way to a door."""

from collections.abc import Sequence
from datetime import datetime, time

from omo import codes
from omo.models import User
from omo.models.event import Channel
from orders import carts, checkout, delivery, payments
from orders.addresses import Parts
from orders.delivery_quotes import Wish
from orders.models import Carrier, CartLine, DeliveryOption, DeliveryZone, Fulfilment, Order
from stores.models import Store, Variant
from tests import factories
from tests.factories import NOON

HOME = Parts(
    name="Marta Lindqvist", street="7 Herring Lane\nFlat 3", postcode="D08 XY12", city="Dublin", region="Co. Dublin", country="IE", phone="+353 1 555 0100"
)


def carrier(name: str = "Green Van", **fields) -> Carrier:
    """A carrier whose parcels can be followed."""
    return Carrier.objects.get_or_create(name=name, defaults={"tracking_url": "https://track.example/{tracking}", **fields})[0]


def zone(name: str = "Ireland", countries: str = "IE", **fields) -> DeliveryZone:
    """A zone with nothing in it."""
    return DeliveryZone.objects.create(name=name, countries=countries, **fields)


def option(place: DeliveryZone | None = None, **fields) -> DeliveryOption:
    """Standard in Ireland: 4.95, free from 60.00, two working days, today if ordered before 15:00."""
    place = place or DeliveryZone.objects.filter(name="Ireland").first() or zone()
    return DeliveryOption.objects.create(
        zone=place, **{"name": "Standard", "price": 495, "free_from": 6000, "days": 2, "cut_off": time(15), "carrier": carrier(), **fields}
    )


def order(
    *wanted: tuple[Variant, int],
    owner: User | None = None,
    address: Parts = HOME,
    by_option: DeliveryOption | None = None,
    waits: bool = False,
    at: datetime = NOON,
) -> Order:
    """An order that is delivered, paid by card; with `waits` it still waits for that."""
    wish = Wish(address, (by_option or DeliveryOption.objects.first() or option()).pk, "Ring twice")
    basket = factories.cart(*wanted, owner=owner)
    carts.receive_all(basket, way=CartLine.Way.DELIVERY, at=at)
    contact = checkout.Contact("Marta Lindqvist", "marta@shop.test")
    about = {"channel": Channel.WEB, "contact": contact, "idempotency_key": codes.random_id(20), "by": owner, "at": at}
    placed = checkout.place_order(basket, store=None, delivery=wish, method="sandbox", **about)
    if not waits:
        payments.take_payment(placed, [payments.Tendered("card", placed.total)], store=placed.store, by=None, at=at)
    return placed


def parcel_of(placed: Order) -> Fulfilment:
    """The order's first parcel, as the database has it now."""
    return parcels_of(placed)[0]


def parcels_of(placed: Order) -> Sequence[Fulfilment]:
    """The order's parcels, as the database has them now."""
    return Fulfilment.objects.select_related("order__member", "store", "picker", "delivery__carrier").filter(order=placed).order_by("id")


def packed(parcel: Fulfilment, by: User, at: datetime = NOON) -> Fulfilment:
    """The parcel, picked and packed."""
    delivery.start_packing(parcel, by=by, at=at)
    for line in parcel.lines.all():
        delivery.pick(line, picked=line.quantity, by=by, at=at)
    delivery.mark_packed(parcel, by=by, at=at)
    return parcel


def shipped(parcel: Fulfilment, by: User, tracking: str = "GV-1", at: datetime = NOON) -> Fulfilment:
    """The parcel, on its way with Green Van."""
    delivery.ship(packed(parcel, by, at), carrier=carrier(), tracking=tracking, by=by, at=at)
    return parcel


def failed(parcel: Fulfilment, by: User, at: datetime = NOON) -> Fulfilment:
    """The parcel, on its way back."""
    delivery.fail(shipped(parcel, by, at=at), reason="Nobody was at home", by=by, at=at)
    return parcel


def sender(code: str = "harbour", **fields) -> Store:
    """A store that delivers."""
    return factories.store(code, delivers=True, **fields)
