"""The parcels of a store as its staff read them: to pack, packed, on their way, and back. Everything but `board` is pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import F, Sum
from django.utils import formats

from orders import tickets
from orders.models import Fulfilment
from orders.tickets import Badge
from stores.models import Store

State = Fulfilment.State
TO_PACK, PACKED, ON_THE_WAY, FAILED = "pack", "packed", "way", "failed"
LANES = {
    State.PLACED: TO_PACK,
    State.PICKING: TO_PACK,
    State.PACKED: PACKED,
    State.SHIPPED: ON_THE_WAY,
    State.FAILED: FAILED,
}
MOST = 300
"""As many parcels as a page shows; those that are due first."""


@dataclass(frozen=True)
class Card:
    """A parcel of the board. `head` is its largest text, `where` the town it goes to, `next` what is done with it next."""

    parcel: Fulfilment
    head: str
    badge: Badge
    items: int
    where: str
    about: str
    next: str


@dataclass
class Lane:
    """A column of the board."""

    name: str
    title: str
    empty: str
    cards: list[Card] = field(default_factory=list)


def board(store: Store, *, at: datetime) -> list[Lane]:
    """The four lanes of a store, what is due first on top; one statement however many parcels there are."""
    under_way = Fulfilment.objects.filter(store=store, kind=Fulfilment.Kind.DELIVERY, state__in=list(LANES), awaits_payment=False)
    going = Sum(F("lines__quantity") - F("lines__short") - F("lines__cancelled"))
    parcels = under_way.select_related("order", "picker", "delivery__carrier").annotate(items=going).order_by("due_at", "id")
    return lanes(parcels[:MOST], store=store, at=at)


def lanes(parcels: Iterable[Fulfilment], *, store: Store, at: datetime) -> list[Lane]:
    """Sort parcels, which know their `items`, into lanes."""
    made = {
        TO_PACK: Lane(TO_PACK, "To pack", "Orders that go home with a carrier come here, the one that leaves first on top."),
        PACKED: Lane(PACKED, "Packed", "Closed parcels wait here for their carrier."),
        ON_THE_WAY: Lane(ON_THE_WAY, "On their way", "Parcels that have left and are not with their customers."),
        FAILED: Lane(FAILED, "Came back", "Parcels that could not be delivered come here. Send them again, or take their goods back."),
    }
    for parcel in parcels:
        made[LANES[State(parcel.state)]].cards.append(card_of(parcel, store=store, at=at))
    return list(made.values())


def card_of(parcel: Fulfilment, *, store: Store, at: datetime) -> Card:
    """The card of a parcel."""
    delivery, here = parcel.delivery, parcel.state not in Fulfilment.ON_THE_WAY
    return Card(
        parcel=parcel,
        head=tickets.clock(parcel.due_at, at=at, zone=store.zone) if here else formats.date_format(delivery.promised_day, "D j M"),
        badge=badge_of(parcel, today=at.astimezone(store.zone).date(), at=at),
        items=getattr(parcel, "items", 0) or 0,
        where=", ".join(filter(None, [delivery.city or delivery.region, delivery.country])),
        about=_about(parcel, store, at),
        next={State.PLACED: "Pack", State.PICKING: "Go on", State.PACKED: "Ship", State.SHIPPED: "Open", State.FAILED: "Decide"}[State(parcel.state)],
    )


def badge_of(parcel: Fulfilment, *, today: date, at: datetime) -> Badge:
    """How late a parcel is to leave, or to arrive, in colour, icon and words; once it is over how it ended."""
    if parcel.state == State.FAILED:
        return Badge("stop", "warn", "Came back")
    if parcel.state == State.SHIPPED:
        return _arrival(parcel.delivery.promised_day, today)
    if parcel.state in Fulfilment.OPEN:
        return tickets.lateness(parcel.due_at, at=at)
    done = parcel.state == State.DELIVERED
    return Badge("go" if done else "plain", "ok" if done else "no", parcel.get_state_display())


def _arrival(promised: date, today: date) -> Badge:
    late = (today - promised).days
    if late > 0:
        return Badge("stop", "warn", f"Late {late} day{'' if late == 1 else 's'}")
    return Badge("soon", "clock", "Promised today") if not late else Badge("plain", "truck", "On its way")


def _about(parcel: Fulfilment, store: Store, at: datetime) -> str:
    delivery = parcel.delivery
    carrier = delivery.carrier.name if delivery.carrier else "no carrier chosen"
    if parcel.state == State.FAILED:
        return f"{delivery.failure}. Tried {delivery.tries} time{'' if delivery.tries == 1 else 's'}."
    if parcel.state == State.SHIPPED and parcel.shipped_at:
        return f"Left {tickets.clock(parcel.shipped_at, at=at, zone=store.zone)} with {carrier}{' · ' + delivery.tracking if delivery.tracking else ''}"
    if parcel.state == State.PICKING and parcel.picking_at:
        name = parcel.picker.get_short_name() if parcel.picker else "A colleague"
        return f"{name} packs it since {tickets.clock(parcel.picking_at, at=at, zone=store.zone)}"
    return f"{delivery.option_name}, {carrier}"
