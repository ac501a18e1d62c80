"""The addresses of carts, orders, parcels and accounts that change something, and so answer to POST only."""

from orders.models import Fulfilment

OF_CARTS = [
    "/cart/receive-all/",
    "/cart/agree-to-prices/",
    "/cart/code/",
    "/cart/continue/ZZZZZZZZZZ/take-over/",
    "/cart/lines/A1/receive/",
    "/cart/lines/A1/save-for-later/",
    "/cart/lines/A1/bring-back/",
    "/cart/lines/A1/restore/",
]
OF_PEOPLE = ["/addresses/restore/", "/account/change-name/", "/provider-events/sandbox/"]
OF_ORDERS = ["change/window/", "change/name/", "change/units/", "hold-longer/", "proxy/name/", "proxy/revoke/", "set-out/", "arrive/"]
OF_PARTS = ["change/window/", "change/units/", "cancel/", "expire/", "reopen/", "put-back/"]
OF_PARCELS = ["start-packing/", "mark-packed/", "undo-packed/", "ship/", "deliver/", "fail/", "send-again/", "take-back/"]


def paths(work: str, part: Fulfilment, parcel: Fulfilment) -> list[str]:
    """All of them, for a customer's part of an order, and a parcel at the store whose pages begin with `work`."""
    return [
        *OF_CARTS,
        *OF_PEOPLE,
        *(f"/orders/{part.order.number}/{part.pk}/{step}" for step in OF_ORDERS),
        *(f"{work}parts/{part.pk}/{step}" for step in OF_PARTS),
        *(f"{work}parcels/{parcel.order.number}/{step}" for step in OF_PARCELS),
    ]
