"""Home delivery in the demo: two stores that send parcels, two carriers with invented tracking pages, and two zones."""

from collections.abc import Mapping
from datetime import time

from orders.models import Carrier, DeliveryOption, DeliveryZone
from stores.models import Store

SENDERS = ("harbour", "station")
EUROPE = "GB, AT, BE, DE, DK, ES, FI, FR, IT, LU, NL, PT, SE"


def begin(stores: Mapping[str, Store]) -> dict[str, DeliveryOption]:
    """Who sends and carries, where to and for how much. In Ireland Standard is free from 60.00. Returns the ways to deliver there, by name."""
    for code in SENDERS:
        stores[code].delivers = True
        stores[code].save(update_fields=["delivers"])
    van = Carrier.objects.create(name="Green Van", tracking_url="https://greenvan.example/track/{tracking}")
    post = Carrier.objects.create(name="Island Post", tracking_url="https://islandpost.example/?parcel={tracking}")
    ireland = DeliveryZone.objects.create(name="Ireland", countries="IE", position=1)
    europe = DeliveryZone.objects.create(name="Britain and Europe", countries=EUROPE, position=2)
    for zone, standard, free_from, express in ((ireland, 495, 6000, 995), (europe, 1495, 15000, 2995)):
        far = zone == europe
        DeliveryOption.objects.create(
            zone=zone, name="Standard", price=standard, free_from=free_from, days=5 if far else 2, cut_off=time(15), carrier=post, position=1
        )
        DeliveryOption.objects.create(zone=zone, name="Express", price=express, days=2 if far else 1, cut_off=time(13), carrier=van, position=2)
    return {option.name: option for option in DeliveryOption.objects.filter(zone=ireland).select_related("carrier")}
