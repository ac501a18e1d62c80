"""The way to a store: an address at OpenStreetMap that the customer's browser opens by itself; nothing of ours asks the network."""

from urllib.parse import urlencode

from stores.models import Store

SERVICE = "https://www.openstreetmap.org/directions"


def url(store: Store) -> str:
    """Where the way to the store is shown, from wherever the customer says; '' if nobody knows where it is."""
    if store.latitude is None or store.longitude is None:
        return ""
    return f"{SERVICE}?{urlencode({'to': f'{store.latitude},{store.longitude}'})}"
