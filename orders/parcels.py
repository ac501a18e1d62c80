"""The parcels of an order: which store sends what, what the delivery costs and when it arrives; and writing them down with the order."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from omo import acts, codes
from orders import addresses, delivery_quotes, promises, sourcing
from orders.delivery_quotes import Quoted, Wish
from orders.models import Delivery, Fulfilment, FulfilmentLine, Order, OrderLine
from stores import hours
from stores.models import Store

PURPOSE = "parcel"
Goods = Mapping[int, tuple[int, int]]
"""{place of a line in the order: (variant id, units)}"""


@dataclass(frozen=True)
class Parcel:
    """What one store sends of an order. `goods` is {place of a line in the order: units}; `price` is what this parcel bears, in minor units."""

    store: Store
    goods: Mapping[int, int]
    quoted: Quoted
    price: int


def plan(goods: Goods, wish: Wish, *, goods_total: int, holder: str = "", prefer_store_id: int | None = None, at: datetime) -> list[Parcel]:
    """The parcels in which goods of a total (minor units) reach the address, in as few as can be; four statements. The first one bears the price.

    Each is promised by its own store's days. Raises delivery_quotes.NotDelivered and OptionGone, and stock.NotAvailable.
    """
    option = delivery_quotes.option_of(wish)
    demand: Counter[int] = Counter()
    for variant_id, units in goods.values():
        demand[variant_id] += units
    shares = sourcing.choose(demand, at=at, holder=holder, prefer_store_id=prefer_store_id)
    senders = Store.objects.with_calendar().in_bulk(list(shares))
    left, made = dict(goods), list[Parcel]()
    for store_id, share in shares.items():
        quoted = delivery_quotes.quoted(wish, option, goods_total=goods_total, sending=[senders[store_id]], at=at)
        part = _by_place(left, share)
        left = {place: (variant_id, units - part.get(place, 0)) for place, (variant_id, units) in left.items()}
        made.append(Parcel(senders[store_id], part, quoted, 0 if made else quoted.price))
    return made


def write(order: Order, parcel: Parcel, wish: Wish, lines: Sequence[OrderLine], *, awaits_payment: bool, at: datetime) -> Fulfilment:
    """Write a parcel with its address, its lines and its promise, in the transaction of its order. `lines` are all of the order's.

    Its stock is the caller's to allocate, under `fulfilment:<id>`, and its store's queue the caller's to raise.
    """
    with acts.drawing():
        fulfilment = Fulfilment.objects.create(
            order=order,
            store=parcel.store,
            kind=Fulfilment.Kind.DELIVERY,
            public_id=codes.random_id(),
            awaits_payment=awaits_payment,
            due_at=parcel.quoted.dispatch_by,
            placed_at=at,
        )
    FulfilmentLine.objects.bulk_create(
        FulfilmentLine(fulfilment=fulfilment, order_line=lines[place], variant_id=lines[place].variant_id, quantity=units)
        for place, units in parcel.goods.items()
    )
    _write_delivery(fulfilment, parcel, wish)
    _promise(fulfilment, parcel, lines, at)
    return fulfilment


def label_text(fulfilment: Fulfilment) -> str:
    """What the QR of a parcel's label says: '<public id>.<signature>'. It opens the parcel for the staff of its store, and nothing else."""
    return codes.sign(PURPOSE, fulfilment.public_id)


def find(text: str) -> Fulfilment | None:
    """The parcel of a scanned label, at any store, or of the ten letters under it; None if it is no label of ours."""
    if "." in text and not codes.verified(PURPOSE, text):
        return None
    parcels = Fulfilment.objects.select_related("order", "store").filter(kind=Fulfilment.Kind.DELIVERY)
    return parcels.filter(public_id=codes.signed_id(text)).first()


def _by_place(goods: Goods, share: Mapping[int, int]) -> dict[int, int]:
    """A store's share, line by line."""
    left, part = dict(share), dict[int, int]()
    for place, (variant_id, units) in goods.items():
        going = min(units, left.get(variant_id, 0))
        if going:
            part[place] = going
            left[variant_id] -= going
    return part


def _write_delivery(fulfilment: Fulfilment, parcel: Parcel, wish: Wish) -> None:
    option = parcel.quoted.option
    fulfilment.delivery = Delivery.objects.create(
        fulfilment=fulfilment,
        option=option,
        option_name=option.name,
        price=parcel.price,
        promised_day=parcel.quoted.promised_day,
        note=wish.note,
        carrier=option.carrier,
        **addresses.columns(wish.address),
    )


def _promise(fulfilment: Fulfilment, parcel: Parcel, lines: Sequence[OrderLine], at: datetime) -> None:
    """The promise of a parcel: its goods by the end of its day."""
    option, calendar = parcel.quoted.option, hours.calendar_of(parcel.store)
    cut_off = f"{option.cut_off:%H:%M}" if option.cut_off else None
    about = {"option": option.name, "days": option.days, "cut_off": cut_off, "leaves_by": parcel.quoted.dispatch_by.isoformat()}
    going = [(lines[place], units) for place, units in parcel.goods.items()]
    promises.make(
        fulfilment,
        lines=[line for line, _ in going],
        units=[units for _, units in going],
        total=sum(line.total * units // line.quantity for line, units in going),
        inputs=promises.inputs_of(parcel.store, calendar, ready_by=parcel.quoted.dispatch_by, at=at, delivery=about),
        at=at,
    )
