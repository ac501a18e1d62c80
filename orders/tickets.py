"""The queue as staff read it: which lane, in what order, how late in words, and why. Everything but `board` is pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from typing import NamedTuple

from django.db.models import F, OuterRef, Subquery

from orders import arrivals
from orders.models import Arrival, Fulfilment, FulfilmentLine, Order, ProxyPass
from stores.models import ShelfLabel, Store

State = Fulfilment.State

SOON = timedelta(minutes=15)
OVERDUE = timedelta(hours=1)
ENDS_SOON = timedelta(hours=4)
RANKS = ("First", "Second", "Third")
TO_PICK, READY, PROBLEMS = "pick", "ready", "problems"
OWING = (Order.PaymentState.UNPAID, Order.PaymentState.REFUNDED)
"""Money is to be taken: nothing was, or it was all given back before the pickup was opened again."""
COLUMNS = ("state", "place", "due_at", "window_ends", "held_until", "picking_at", "ready_at", "picker_id", "order_id")
OF_ORDER = ("order__number", "order__name", "order__payment_state", "picker__name", "picker__email")
OF_ARRIVAL = ("arrival__on_my_way_at", "arrival__arrived_at", "arrival__place", "arrival__served_at")


class Line(NamedTuple):
    """A line of a pickup in short: how many units go, and how many of them are in the bag."""

    variant_id: int
    going: int
    picked: int


@dataclass(frozen=True)
class Badge:
    """A tone, an icon and words that say the same."""

    tone: str
    icon: str
    words: str


@dataclass
class Ticket:
    """A pickup as a card of the queue. `head` is its largest text: when it is due, where it waits, or its number.

    `collector` is the other person whom the customer named.
    """

    pickup: Fulfilment
    lane: str
    head: str
    badge: Badge
    items: int
    picked: int
    shelves: str
    until: str
    why: str
    claimable: bool
    handable: bool
    rank: str = ""
    window: str = ""
    arrival: Badge | None = None
    here_at: datetime | None = None
    collector: str = ""

    @property
    def over(self) -> bool:
        """Whether it ended, and all that is left to do is to put its goods back."""
        return self.pickup.state in Fulfilment.OVER

    @property
    def facts(self) -> str:
        """All that the card shows, so that it is drawn anew only when one of them changes."""
        order = self.pickup.order
        words = (order.number, order.name, self.head, self.badge, self.arrival, self.shelves, self.until, self.window, self.why, self.collector)
        return repr((words, self.items, self.claimable, self.handable, self.over, self.rank))


@dataclass
class Lane:
    """A column of the queue."""

    name: str
    tickets: list[Ticket] = field(default_factory=list)

    @property
    def urgent(self) -> int:
        """How many are late or soon."""
        return sum(ticket.badge.tone in ("stop", "soon") for ticket in self.tickets)

    @property
    def bags(self) -> int:
        """How many ended, and are to be put back."""
        return sum(ticket.over for ticket in self.tickets)


def board(store: Store, *, at: datetime) -> dict[str, Lane]:
    """The three lanes of a store, in three statements however many orders there are."""
    named = ProxyPass.objects.filter(fulfilment=OuterRef("pk"), revoked_at=None, used_at=None).values("name")[:1]
    pickups = list(
        (Fulfilment.objects.open_at(store.pk) | Fulfilment.objects.bags_at(store.pk))
        .filter(awaits_payment=False)
        .filter(kind=Fulfilment.Kind.PICKUP)
        .select_related("order", "picker", "arrival")
        .only(*COLUMNS, *OF_ORDER, *OF_ARRIVAL)
        .annotate(collector=Subquery(named))
        .order_by("due_at", "id")
    )
    lines: dict[int, list[Line]] = defaultdict(list)
    columns = ("fulfilment_id", "variant_id", F("quantity") - F("short") - F("cancelled"), "picked")
    for fulfilment_id, *line in FulfilmentLine.objects.filter(fulfilment__in=[pickup.pk for pickup in pickups]).order_by("id").values_list(*columns):
        lines[fulfilment_id].append(Line(*line))
    shelves = shelves_of(store, {line.variant_id for found in lines.values() for line in found})
    return lanes(pickups, lines, shelves, at=at, zone=store.zone)


def shelves_of(store: Store, variants: Iterable[int]) -> dict[int, list[str]]:
    """Where the store keeps each variant, by its labels."""
    found: dict[int, list[str]] = defaultdict(list)
    here = ShelfLabel.objects.filter(store=store, variant_id__in=list(variants), active=True).exclude(shelf="")
    for variant, shelf in here.order_by("shelf").values_list("variant_id", "shelf"):
        found[variant].append(shelf)
    return found


def lanes(
    pickups: Iterable[Fulfilment], lines: Mapping[int, Sequence[Line]], shelves: Mapping[int, list[str]], *, at: datetime, zone: tzinfo
) -> dict[str, Lane]:
    """Sort pickups into lanes, the oldest due first, and say of the first three why they come first."""
    made = {name: Lane(name) for name in (TO_PICK, READY, PROBLEMS)}
    for pickup in sorted(pickups, key=rank):
        ticket = ticket_of(pickup, lines.get(pickup.pk, ()), shelves, at=at, zone=zone)
        if ticket.picked or pickup.state not in Fulfilment.OVER:
            made[ticket.lane].tickets.append(ticket)
    for lane in (TO_PICK, READY):
        for word, ticket in zip(RANKS, made[lane].tickets, strict=False):
            ticket.rank = word
    return made


def rank(pickup: Fulfilment) -> tuple[bool, datetime, int]:
    """What comes first: whoever is here already, then what was promised first, and among what is ready, what ends first."""
    here_at = here_since(pickup)
    until = pickup.held_until if pickup.state == State.READY else None
    return (here_at is None, here_at or until or pickup.due_at, pickup.pk)


def waiting_now(board: Mapping[str, Lane]) -> list[Ticket]:
    """Those whose customer is here and waits, the first to come first."""
    found = [ticket for lane in board.values() for ticket in lane.tickets if ticket.here_at]
    return sorted(found, key=lambda ticket: rank(ticket.pickup))


def arrival_of(pickup: Fulfilment) -> Arrival | None:
    """That the customer of a pickup that is ready is coming, or here; None if they did not say so."""
    found: Arrival | None = getattr(pickup, "arrival", None) if pickup.state == State.READY else None
    return found if found and found.served_at is None else None


def here_since(pickup: Fulfilment) -> datetime | None:
    """Since when the customer waits for a pickup that is ready; None if they do not."""
    arrival = arrival_of(pickup)
    return arrival.arrived_at if arrival else None


def arrival_badge(arrival: Arrival | None, *, at: datetime, zone: tzinfo) -> Badge | None:
    """'Here since 14:32, bay 3' or 'On the way since 14:20'; None if the customer said nothing."""
    if arrival and arrival.arrived_at:
        where = "at the counter" if arrival.place == arrivals.COUNTER else arrival.place
        return Badge("soon", "pin", f"Here since {clock(arrival.arrived_at, at=at, zone=zone)}, {where}")
    if arrival and arrival.on_my_way_at:
        return Badge("plain", "walk", f"On the way since {clock(arrival.on_my_way_at, at=at, zone=zone)}")
    return None


def lane_of(pickup: Fulfilment, *, at: datetime) -> str:
    """Where a pickup belongs. Problems: waits for the customer, an ended hold, a bag to put back, or more than an hour late."""
    if pickup.state == State.AWAITING_CUSTOMER or pickup.state in Fulfilment.OVER:
        return PROBLEMS
    if pickup.state == State.READY:
        return PROBLEMS if pickup.held_until and pickup.held_until < at else READY
    return PROBLEMS if at - pickup.due_at > OVERDUE else TO_PICK


def ticket_of(pickup: Fulfilment, lines: Sequence[Line], shelves: Mapping[int, list[str]], *, at: datetime, zone: tzinfo) -> Ticket:
    """The card of a pickup."""
    items, picked = sum(line.going for line in lines), sum(line.picked for line in lines)
    ready, over = pickup.state == State.READY, pickup.state in Fulfilment.OVER
    return Ticket(
        pickup=pickup,
        lane=lane_of(pickup, at=at),
        head=(pickup.place or pickup.order.number) if ready or over else clock(pickup.due_at, at=at, zone=zone),
        badge=badge_of(pickup, at=at, zone=zone),
        items=items,
        picked=picked,
        shelves=", ".join(sorted({shelf for line in lines for shelf in shelves.get(line.variant_id, ())})),
        until=clock(pickup.held_until, at=at, zone=zone) if ready and pickup.held_until else "",
        why=why(pickup, items=items, picked=picked, at=at, zone=zone),
        claimable=pickup.state == State.PLACED,
        handable=ready,
        window=window(pickup, zone=zone),
        arrival=arrival_badge(arrival_of(pickup), at=at, zone=zone),
        here_at=here_since(pickup),
        collector="" if over else getattr(pickup, "collector", None) or "",
    )


def window(pickup: Fulfilment, *, zone: tzinfo) -> str:
    """When the customer comes: '14:00–14:30'; '' for a pickup without a window."""
    if pickup.window_ends is None:
        return ""
    return f"{pickup.due_at.astimezone(zone):%H:%M}–{pickup.window_ends.astimezone(zone):%H:%M}"


def badge_of(pickup: Fulfilment, *, at: datetime, zone: tzinfo) -> Badge:
    """How late or near the end a pickup is, in colour, icon and words."""
    if pickup.state == State.AWAITING_CUSTOMER:
        return Badge("soon", "chat", "Waiting for the customer")
    if pickup.state in Fulfilment.OVER:
        return Badge("stop", "no", str(pickup.get_state_display()))
    if pickup.state != State.READY or pickup.held_until is None:
        return lateness(pickup.due_at, at=at)
    if pickup.held_until < at:
        return Badge("stop", "no", "Hold ended")
    if pickup.held_until - at <= ENDS_SOON:
        return Badge("soon", "clock", f"Ends {clock(pickup.held_until, at=at, zone=zone)}")
    return Badge("go", "ok", "Ready")


def lateness(due: datetime, *, at: datetime) -> Badge:
    """'Late 7 min', 'Due now', 'Soon, 8 min' or 'In 68 min'."""
    minutes = int((due - at).total_seconds() / 60)
    if minutes < -1:
        return Badge("stop", "warn", f"Late {span(-minutes)}")
    if minutes <= 0:
        return Badge("soon", "clock", "Due now")
    if due - at <= SOON:
        return Badge("soon", "clock", f"Soon, {span(minutes)}")
    return Badge("plain", "clock", f"In {span(minutes)}")


def span(minutes: int) -> str:
    """A stretch of time in one unit: '68 min', '5 h', '3 days'."""
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // 1440} days"


def clock(moment: datetime, *, at: datetime, zone: tzinfo) -> str:
    """A moment in the store's time, with as much of the date as is needed: '14:45', 'Sat 18:00', '3 Dec 18:00'."""
    there, today = moment.astimezone(zone), at.astimezone(zone).date()
    days = (there.date() - today).days
    if days == 0:
        return f"{there:%H:%M}"
    return f"{there:%a %H:%M}" if -6 <= days <= 6 else f"{there.day} {there:%b %H:%M}"


def why(pickup: Fulfilment, *, items: int, picked: int, at: datetime, zone: tzinfo) -> str:
    """Why a card stands where it stands, and what is special about it."""
    pays = ["pays in store"] if pickup.order.payment_state in OWING else []
    if pickup.state == State.AWAITING_CUSTOMER:
        return "Something was missing. The customer is asked what to do."
    if pickup.state in Fulfilment.OVER:
        return "Nobody came. Put it back, or open it again for the customer." if pickup.state == State.EXPIRED else "Put back what is in the bag."
    if pickup.state == State.READY:
        return _why_ready(pickup, pays, at, zone)
    if pickup.state in (State.PICKING, State.PACKED) and pickup.picking_at:
        name = pickup.picker.get_short_name() if pickup.picker else "A colleague"
        reasons = [f"{name} has {picked} of {items}", f"since {clock(pickup.picking_at, at=at, zone=zone)}"]
    elif at - pickup.due_at > OVERDUE:
        reasons = ["more than an hour late, nobody picks it"]
    else:
        reasons = [_why_now(pickup.due_at, at)]
    return ", ".join([*reasons, *([f"{items} items to find"] if items >= 8 and not picked else []), *pays])


def _why_now(due: datetime, at: datetime) -> str:
    if due < at:
        return "promise broken"
    return f"due in {span(int((due - at).total_seconds() // 60))}" if due - at <= SOON else "by promised time"


def _why_ready(pickup: Fulfilment, pays: list[str], at: datetime, zone: tzinfo) -> str:
    if pickup.held_until and pickup.held_until < at:
        return f"Hold ended {clock(pickup.held_until, at=at, zone=zone)}, nobody came. Ask the customer before it goes back."
    since = f"ready since {clock(pickup.ready_at, at=at, zone=zone)}" if pickup.ready_at else "ready"
    return ", ".join([since, *pays])
