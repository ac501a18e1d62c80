"""The parts of an order: what of it goes which way, from which store. Each becomes a fulfilment with its own code, promise and messages."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from omo import acts
from omo.models import User
from orders import parcels, pickup_codes, promises, queue, sourcing
from orders.delivery_quotes import Wish
from orders.models import CartLine, Fulfilment, FulfilmentLine, Order, OrderLine
from orders.parcels import Parcel
from stores import hours, slots, stock
from stores.models import ShelfLabel, Store


class NoStore(Exception):
    """A line is to be collected, and no store was chosen for it."""


class NoAddress(Exception):
    """A line is to be delivered, and it was not said where to."""


class NoWindow(Exception):
    """Something is collected in a store of its own, and no window there was chosen."""


class NoPickup(Exception):
    """The store does not hand over orders."""


@dataclass(frozen=True)
class Wishes:
    """How a customer wants to receive a cart.

    `store` is where lines are collected that name no store of their own, in the window `slot`, as `slots.Slot.value` says it, or slots.FIRST; `windows` are
    those of other stores, by the stores' codes. `delivery` says where and how the lines go that are delivered.
    """

    store: Store | None = None
    slot: str = slots.FIRST
    windows: Mapping[str, str] = field(default_factory=dict)
    delivery: Wish | None = None


@dataclass(frozen=True)
class Pickup:
    """Goods that are collected at a store, which comes with its calendar, in a window. `goods` is {place of a line in the order: units}."""

    store: Store
    goods: Mapping[int, int]
    slot: slots.Slot


Part = Pickup | Parcel


@dataclass(frozen=True)
class Written:
    """A part as it was written, with its goods as {variant id: units}."""

    part: Part
    fulfilment: Fulfilment
    demand: Mapping[int, int]

    @property
    def reference(self) -> str:
        """By which its stock and its place in the window are known."""
        return f"fulfilment:{self.fulfilment.pk}"


# What goes which way


def plan(lines: Sequence[CartLine], wishes: Wishes, *, holder: str, at: datetime) -> list[Part]:
    """The parts of a cart: its pickups, that of the store that was chosen for the cart first, and then its parcels.

    Raises NoStore, NoAddress, NoWindow, NoPickup, slots.SlotGone, delivery_quotes.NotDelivered and OptionGone, and stock.NotAvailable if all stores that
    deliver have too little. Whether a store has what is collected there, `claim` finds out.
    """
    delivered = [place for place, line in enumerate(lines) if line.way == CartLine.Way.DELIVERY]
    return [*_pickups(lines, wishes, at), *(_parcels(lines, delivered, wishes, holder, at) if delivered else [])]


def collected_where(lines: Sequence[CartLine], *, store_id: int | None) -> dict[int, list[int]]:
    """{store id: the places of the lines that are collected there}. `store_id` is where lines without a store of their own are. Raises NoStore."""
    found: dict[int, list[int]] = {}
    for place, line in enumerate(lines):
        if line.way == CartLine.Way.PICKUP:
            at_store = line.store_id or store_id
            if at_store is None:
                raise NoStore
            found.setdefault(at_store, []).append(place)
    return found


def wanted_where(lines: Sequence[CartLine], *, store_id: int | None, holder: str, at: datetime) -> dict[int, Counter[int]]:
    """{store id: {variant id: units}} that a cart would take, where it is collected and where it would be sent from.

    Raises NoStore, and stock.NotAvailable if all stores that deliver have too little.
    """
    found = {one: demand_of({place: lines[place].quantity for place in places}, lines) for one, places in collected_where(lines, store_id=store_id).items()}
    delivered = demand_of({place: line.quantity for place, line in enumerate(lines) if line.way == CartLine.Way.DELIVERY}, lines)
    sent = sourcing.choose(delivered, at=at, holder=holder, prefer_store_id=scanned_at(lines)) if delivered else {}
    for sender, goods in sent.items():
        found.setdefault(sender, Counter()).update(goods)
    return found


def _pickups(lines: Sequence[CartLine], wishes: Wishes, at: datetime) -> list[Pickup]:
    main = wishes.store.pk if wishes.store else None
    where = collected_where(lines, store_id=main)
    stores = Store.objects.with_calendar().in_bulk(list(where)) if where else {}
    found = []
    for store_id in sorted(where, key=lambda one: (one != main, one)):
        store = stores[store_id]
        wish = wishes.slot if store_id == main else wishes.windows.get(store.code)
        if wish is None:
            raise NoWindow(store.code)
        found.append(Pickup(store, {place: lines[place].quantity for place in where[store_id]}, _window(store, wish, at)))
    return found


def _window(store: Store, wish: str, at: datetime) -> slots.Slot:
    """The window of a store that is wished for."""
    if not (store.active and store.pickup):
        raise NoPickup(store.code)
    # How full its slots are matters only for the first one with room; for any other, booking it finds out.
    loads = slots.loads_of([store], at=at).get(store.pk) if wish == slots.FIRST else None
    return slots.choose(store, hours.calendar_of(store), wish, at=at, loads=loads)


def _parcels(lines: Sequence[CartLine], delivered: Sequence[int], wishes: Wishes, holder: str, at: datetime) -> list[Parcel]:
    if wishes.delivery is None:
        raise NoAddress
    goods = {place: (lines[place].variant_id, lines[place].quantity) for place in delivered}
    worth = sum(lines[place].variant.price * lines[place].quantity for place in delivered)
    return parcels.plan(goods, wishes.delivery, goods_total=worth, holder=holder, prefer_store_id=scanned_at(lines), at=at)


def scanned_at(lines: Sequence[CartLine]) -> int | None:
    """The store on whose shelf the first scanned line of a cart was seen."""
    label_id = next((line.label_id for line in lines if line.label_id), None)
    return ShelfLabel.objects.values_list("store_id", flat=True).get(pk=label_id) if label_id else None


# Writing them


def demand_of(goods: Mapping[int, int], lines: Sequence[CartLine] | Sequence[OrderLine]) -> Counter[int]:
    """{variant id: units} of goods, summed over their lines."""
    demand: Counter[int] = Counter()
    for place, units in goods.items():
        demand[lines[place].variant_id] += units
    return demand


def write(order: Order, part: Part, wishes: Wishes, lines: Sequence[OrderLine], *, awaits_payment: bool, at: datetime) -> Written:
    """Write a part with its lines and its promise, in the transaction of its order. `lines` are all of the order's."""
    if isinstance(part, Pickup):
        fulfilment = _write_pickup(order, part, lines, awaits_payment, at)
    elif wishes.delivery:
        fulfilment = parcels.write(order, part, wishes.delivery, lines, awaits_payment=awaits_payment, at=at)
    else:
        raise NoAddress
    return Written(part, fulfilment, demand_of(part.goods, lines))


def claim(written: Sequence[Written], *, holder: str, by: User | None, at: datetime) -> None:
    """Promise the goods of an order's parts, take their places in their windows and tell their stores' staff, in the order of the stores.

    Rows that every order of a store wants are taken last, to be held for the shortest time. Raises stock.NotAvailable and slots.SlotFull.
    """
    stock.allocate_all([stock.Claim(one.part.store.pk, one.demand, one.reference) for one in written], holder=holder, by=by, at=at)
    for one in sorted(written, key=lambda one: one.part.store.pk):
        if isinstance(one.part, Pickup):
            slots.book(one.part.store, one.part.slot, reference=one.reference, at=at)
    for store_id in sorted({one.part.store.pk for one in written}):
        queue.raise_version(store_id)


def _write_pickup(order: Order, part: Pickup, lines: Sequence[OrderLine], awaits_payment: bool, at: datetime) -> Fulfilment:
    """The pickup, with its code and the window that it is promised for."""
    code = pickup_codes.draw(part.store.pk)
    with acts.drawing():
        fulfilment = Fulfilment.objects.create(
            order=order,
            store_id=part.store.pk,
            kind=Fulfilment.Kind.PICKUP,
            public_id=code.public_id,
            code_digest=code.digest,
            awaits_payment=awaits_payment,
            due_at=part.slot.starts_at,
            window_ends=part.slot.ends_at,
            placed_at=at,
        )
    going = [lines[place] for place in part.goods]
    FulfilmentLine.objects.bulk_create(
        FulfilmentLine(fulfilment=fulfilment, order_line=line, variant_id=line.variant_id, quantity=line.quantity) for line in going
    )
    slot = {"soon": part.slot.soon, "capacity": part.store.slot_capacity}
    made_of = promises.inputs_of(part.store, hours.calendar_of(part.store), ready_by=part.slot.starts_at, at=at, slot=slot)
    promises.make(fulfilment, lines=going, total=sum(line.total for line in going), inputs=made_of, at=at)
    return fulfilment
