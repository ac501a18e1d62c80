"""The parts of an order as its page shows them: store, goods, tracker, pass and what happens next."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from omo import memory
from omo.joined import Joined
from orders import addresses, keeping, order_money, pickup_codes, promise_causes, promises, proxies, tickets, tracking
from orders.models import Arrival, Delivery, Fulfilment, FulfilmentLine, Order, OrderLine, Promise, ProxyPass
from orders.tracking import Followed
from stores import directions, hours
from stores.models import Product, Store, Variant
from stores.views.places import Place, place_of

Kind, State = Fulfilment.Kind, Fulfilment.State
OF_PICKUPS = (("Placed", "check", "placed_at"), ("Picking", "check", "picking_at"), ("Ready", "check", "ready_at"), ("Collected", "bag", "collected_at"))
OF_DELIVERIES = (
    ("Placed", "check", "placed_at"),
    ("Packing", "check", "picking_at"),
    ("Shipped", "truck", "shipped_at"),
    ("Delivered", "home", "delivered_at"),
)
REACHED = {
    State.PLACED: 0,
    State.PICKING: 1,
    State.AWAITING_CUSTOMER: 1,
    State.PACKED: 1,
    State.READY: 2,
    State.SHIPPED: 2,
    State.FAILED: 2,
    State.COLLECTED: 3,
    State.DELIVERED: 3,
}
TITLES = {
    Kind.PICKUP: {
        State.PLACED: "Placed at {}",
        State.READY: "Ready at {}",
        State.COLLECTED: "Collected at {}",
        State.EXPIRED: "Expired",
        State.CANCELLED: "Cancelled",
        State.AWAITING_CUSTOMER: "Waiting for you",
    },
    Kind.DELIVERY: {
        State.PLACED: "Placed, to be delivered",
        State.SHIPPED: "On its way",
        State.DELIVERED: "Delivered",
        State.FAILED: "Delivery failed",
        State.CANCELLED: "Cancelled",
    },
}
UNDER_WAY = {Kind.PICKUP: "Picking at {}", Kind.DELIVERY: "Packing your parcel"}


@dataclass(frozen=True)
class Step:
    """One step of the tracker; `at` is None when nobody noted the moment."""

    name: str
    icon: str
    done: bool
    current: bool
    at: datetime | None


@dataclass(frozen=True)
class Line:
    """What of an order line goes this way: `units` come or came, `gone` were cancelled; `total` is what is still owed for it, in minor units."""

    name: str
    words: str
    variant: Variant
    units: int
    gone: int
    total: int


@dataclass
class Part:
    """A fulfilment as its customer sees it at the moment `at`."""

    followed: Followed
    place: Place
    at: datetime
    lines: list[Line] = field(default_factory=list)
    moved_from: Promise | None = None
    parcel: str = ""

    @property
    def fulfilment(self) -> Fulfilment:
        """Its row."""
        return self.followed.fulfilment

    @property
    def store(self) -> Store:
        """Where it is collected, or which sends it."""
        return self.place.store

    @property
    def delivery(self) -> Delivery | None:
        """Its parcel, if it is delivered."""
        return self.followed.delivery

    @property
    def address(self) -> list[str]:
        """Where it is delivered, line by line."""
        return addresses.lines(self.delivery) if self.delivery else []

    @property
    def taken_in_by(self) -> str:
        """Who took the parcel in at the door; '' if nobody noted it."""
        return self.followed.handed.note if self.delivery and self.followed.handed else ""

    @property
    def promised(self) -> bool:
        """Whether anything is promised: nothing is before it is paid."""
        return not self.fulfilment.awaits_payment

    @property
    def title(self) -> str:
        """How far it is, in the words that staff see too."""
        one = self.fulfilment
        if one.kind == Kind.CARRY_OUT:
            return f"Bought at {self.store.name}"
        if one.awaits_payment and one.state == State.PLACED:
            return f"To collect at {self.store.name}" if one.kind == Kind.PICKUP else f"To be delivered{self.parcel}"
        return TITLES[Kind(one.kind)].get(State(one.state), UNDER_WAY[Kind(one.kind)]).format(self.store.name) + self.parcel

    @property
    def steps(self) -> list[Step]:
        """The tracker."""
        one, names = self.fulfilment, OF_DELIVERIES if self.delivery else OF_PICKUPS
        reached = REACHED.get(State(one.state))
        if reached is None:  # expired or cancelled: as far as it came
            reached = max(place for place, (_, _, column) in enumerate(names) if place == 0 or getattr(one, column))
        return [Step(name, icon, place <= reached, place == reached, getattr(one, column)) for place, (name, icon, column) in enumerate(names)]

    @property
    def count(self) -> int:
        """How many units come or came."""
        return sum(line.units for line in self.lines)

    @property
    def total(self) -> int:
        """What is still owed for its goods, in minor units."""
        return sum(line.total for line in self.lines)

    @property
    def is_open(self) -> bool:
        """Whether its goods are at the store still."""
        return self.fulfilment.state in Fulfilment.OPEN

    @property
    def waiting(self) -> bool:
        """Whether it is to be collected, with a code, which nothing is before it is paid."""
        return self.fulfilment.kind == Kind.PICKUP and self.is_open and self.promised

    @property
    def digits(self) -> str:
        """'482 916'."""
        found = pickup_codes.six_digits(self.fulfilment)
        return f"{found[:3]} {found[3:]}"

    @property
    def digits_read(self) -> str:
        """The six digits one by one, for screen readers."""
        return " ".join(pickup_codes.six_digits(self.fulfilment))

    @property
    def qr_text(self) -> str:
        """What its QR says."""
        return pickup_codes.qr_text(self.fulfilment)

    @property
    def overdue(self) -> bool:
        """Whether it should be ready by now."""
        return tracking.overdue(self.fulfilment, self.at)

    @property
    def outstayed(self) -> bool:
        """Whether it should have been collected by now."""
        return tracking.outstayed(self.fulfilment, self.at)

    @property
    def late(self) -> int:
        """How many minutes after the promised time it was ready."""
        one = self.fulfilment
        return promise_causes.minutes_late(one.due_at, one.ready_at) if one.ready_at else 0

    @property
    def will_be_held(self) -> datetime:
        """Until when it will wait once it is ready."""
        return hours.held_until(self.place.calendar, hold_days=self.store.hold_days, ready=max(self.fulfilment.due_at, self.at))

    @property
    def longer(self) -> datetime | None:
        """Until when the customer may have it held instead; None if not any more."""
        return keeping.longer(self.fulfilment)

    @property
    def proxy(self) -> ProxyPass | None:
        """Another person's pass that opens it now."""
        return self.followed.proxy

    @property
    def pass_token(self) -> str:
        """The secret of that pass's page."""
        return proxies.page_token(self.proxy) if self.proxy else ""

    @property
    def arrival(self) -> Arrival | None:
        """That the customer is coming, or here, and waits."""
        found = self.followed.arrival
        return found if found and found.served_at is None and self.fulfilment.state == State.READY else None

    @property
    def arrival_words(self) -> str:
        """'Here since 14:32, bay 3', as staff read it."""
        badge = tickets.arrival_badge(self.arrival, at=self.at, zone=self.store.zone)
        return badge.words if badge else ""

    @property
    def directions(self) -> str:
        """Where the way to the store is shown; '' if nobody knows where it is."""
        return directions.url(self.store)

    @property
    def opens(self) -> datetime | None:
        """When the store opens, if it is closed now; None while it is open, or if no hours are known."""
        return None if self.place.open_until else self.place.opens

    @property
    def bays(self) -> range:
        """The numbers of the store's parking bays."""
        return range(1, self.store.bays + 1)


def shown(order: Order, followed: list[Followed], *, at: datetime) -> list[Part]:
    """The parts with their stores, as they were a minute ago at most, goods and earlier promises; two statements, however many they are."""
    stores = {store_id: memory.remembered(f"store:{store_id}", partial(_store, store_id)) for store_id in {one.fulfilment.store_id for one in followed}}
    lines = _lines(order, {one.fulfilment.pk: one.fulfilment for one in followed})
    moved = promises.moved_from(order) if any(one.fulfilment.state in Fulfilment.OPEN for one in followed) else {}
    made = []
    for one in followed:
        one.fulfilment.store = stores[one.fulfilment.store_id]
        broken = moved.get(one.fulfilment.pk) if one.fulfilment.kind == Kind.PICKUP and one.fulfilment.state in Fulfilment.OPEN else None
        made.append(Part(one, place_of(one.fulfilment.store, at), at, lines[one.fulfilment.pk], broken))
    parcels = [part for part in made if part.delivery]
    for number, part in enumerate(parcels, 1):
        part.parcel = f", parcel {number} of {len(parcels)}" if len(parcels) > 1 else ""
    return made


def _store(store_id: int) -> Store:
    return Store.objects.with_calendar().get(pk=store_id)


def _lines(order: Order, parts: dict[int, Fulfilment]) -> dict[int, list[Line]]:
    """The lines of each part with their variants and products, for the drawings."""
    rows: list[tuple[FulfilmentLine, Fulfilment]] = []
    for line, sold, variant, product in LINES.read(order.pk):
        line.order_line, line.variant, variant.product = sold, variant, product
        rows.append((line, parts[line.fulfilment_id]))
    owed = order_money.shares(rows)
    found: dict[int, list[Line]] = defaultdict(list)
    for line, part in rows:
        sold = line.order_line
        units, gone = order_money.going(line, part), order_money.cancelled(line, part)
        found[part.pk].append(Line(sold.name, sold.words, line.variant, units, gone, owed[line.pk]))
    return found


LINES = Joined(
    """FROM orders_fulfilmentline line JOIN orders_fulfilment part ON part.id = line.fulfilment_id
    JOIN orders_orderline sold ON sold.id = line.order_line_id
    JOIN stores_variant variant ON variant.id = line.variant_id JOIN stores_product product ON product.id = variant.product_id
    WHERE part.order_id = %s ORDER BY line.id""",
    line=FulfilmentLine,
    sold=OrderLine,
    variant=Variant,
    product=Product,
)
