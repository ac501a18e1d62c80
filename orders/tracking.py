"""An order as its customer follows it: what moves of its parts, read in one statement however many they are, and whether any of it has moved."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from omo.joined import Joined
from orders.models import Arrival, Carrier, Delivery, Fulfilment, HandOver, Order, ProxyPass, Refund

Kind, State = Fulfilment.Kind, Fulfilment.State
OURS = (State.PLACED, State.PICKING, State.PACKED)
ENDED = (*Fulfilment.RECEIVED, *Fulfilment.OVER)


@dataclass(frozen=True)
class Followed:
    """A part of an order, with its parcel if it is a delivery, the customer's arrival, another person's pass that opens it now, and its hand-over."""

    fulfilment: Fulfilment
    delivery: Delivery | None
    arrival: Arrival | None
    proxy: ProxyPass | None
    handed: HandOver | None


def parts_of(order: Order) -> list[Followed]:
    """The parts of an order as they are now, in the order in which they were placed; one statement."""
    found = []
    for fulfilment, delivery, carrier, arrival, proxy, handed in FOLLOWED.read(order.pk):
        fulfilment.order = order
        if delivery:
            delivery.carrier, delivery.fulfilment = carrier, fulfilment
        found.append(Followed(fulfilment, delivery, arrival, proxy, handed))
    return found


FOLLOWED = Joined(
    """FROM orders_fulfilment part
    LEFT JOIN orders_delivery delivery ON delivery.fulfilment_id = part.id
    LEFT JOIN orders_carrier carrier ON carrier.id = delivery.carrier_id
    LEFT JOIN orders_arrival arrival ON arrival.fulfilment_id = part.id
    LEFT JOIN orders_proxypass proxy ON proxy.fulfilment_id = part.id AND proxy.revoked_at IS NULL AND proxy.used_at IS NULL
    LEFT JOIN orders_handover handed ON handed.fulfilment_id = part.id
    WHERE part.order_id = %s ORDER BY part.id""",
    part=Fulfilment,
    delivery=Delivery,
    carrier=Carrier,
    arrival=Arrival,
    proxy=ProxyPass,
    handed=HandOver,
)


def refunding(order: Order) -> bool:
    """Whether money of the order is on its way back. Asks the database only if any goes back at all."""
    return bool(order.refunded_total) and Refund.objects.filter(payment__order=order, state=Refund.State.REQUESTED).exists()


def over(parts: Sequence[Followed], *, money_moves: bool) -> bool:
    """Whether nothing of the order will move any more: all its parts have ended, and no money is on its way back."""
    return not money_moves and all(part.fulfilment.state in ENDED for part in parts)


def version(order: Order, parts: Sequence[Followed], *, money_moves: bool, at: datetime) -> str:
    """A short text that is another one as soon as anything has moved that the customer's page shows."""
    money = (order.payment_state, order.payment_due_by, order.cancelled_total, order.paid_total, order.refunded_total, money_moves)
    text = repr((order.name, money, [_moving(part, at) for part in parts]))
    return hashlib.blake2s(text.encode(), digest_size=10).hexdigest()


def _moving(part: Followed, at: datetime) -> tuple[object, ...]:
    one, parcel, arrival = part.fulfilment, part.delivery, part.arrival
    return (
        (one.state, one.store_id, one.due_at, one.window_ends, one.held_until, one.extended_at, one.awaits_payment, one.code_version),
        (overdue(one, at), outstayed(one, at)),
        parcel and (parcel.street, parcel.postcode, parcel.city, parcel.promised_day, parcel.carrier_id, parcel.tracking, parcel.tries, parcel.failure),
        arrival and (arrival.on_my_way_at, arrival.arrived_at, arrival.place),
        part.proxy and part.proxy.pk,
    )


def overdue(fulfilment: Fulfilment, at: datetime) -> bool:
    """It is our turn, and the promised time of a pickup is over."""
    return fulfilment.kind == Kind.PICKUP and fulfilment.state in OURS and fulfilment.due_at < at


def outstayed(fulfilment: Fulfilment, at: datetime) -> bool:
    """It is ready, and was to be collected by now."""
    return fulfilment.state == State.READY and fulfilment.held_until is not None and fulfilment.held_until < at
