"""What happens to one purchase, step by step, through the same acts as in the shop."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from loyalty.models import Member
from omo.models import User
from orders import carts, checkout, payments, pickup, pickup_codes, till
from orders.demo.cast import Person
from orders.demo.world import Line, World
from orders.models import Fulfilment, Order


@dataclass(order=True)
class Step:
    """Something that happens at a moment; the steps of all purchases are taken in the order of time."""

    at: datetime
    number: int
    do: Callable[[datetime], None] = field(compare=False)


@dataclass
class Sale:
    """A sale at a store's till."""

    world: World
    code: str
    lines: list[Line]
    reference: str
    member: Member | None
    tender: str

    def ring_up(self, at: datetime) -> None:
        """Sold, paid and carried out."""
        till.ring_up(
            self.world.stores[self.code],
            [till.SaleLine(line.variant, line.quantity) for line in self.lines],
            tendered=[payments.Tendered(self.tender, sum(line.variant.price * line.quantity for line in self.lines))],
            member=self.member,
            sale_reference=self.reference,
            by=self.world.crews[self.code][0],
            at=at,
        )


@dataclass
class Pickup:
    """An order that is collected in a store. `from_shelf`: its goods were scanned there."""

    world: World
    code: str
    lines: list[Line]
    shopper: Person
    key: str
    from_shelf: bool = False
    order: Order | None = None

    @property
    def by(self) -> User:
        """Who picks and hands over: the last one of the crew."""
        return self.world.crews[self.code][-1]

    @property
    def pickup(self) -> Fulfilment:
        """As the database has it now."""
        return Fulfilment.objects.select_related("order__member", "store").get(order=self.order)

    def place(self, at: datetime) -> None:
        """The customer fills a cart and orders."""
        customer, store = self.world.accounts.get(self.shopper), self.world.stores[self.code]
        cart = carts.start(user=customer, store=store, at=at)
        for line in self.lines:
            carts.add(cart, line.variant, quantity=line.quantity, label=line.label if self.from_shelf else None, at=at)
        contact = checkout.Contact(self.shopper.name, self.shopper.email)
        self.order = checkout.place_order(cart, channel="web", contact=contact, store=store, idempotency_key=self.key, by=customer, at=at)

    def start(self, at: datetime) -> None:
        """Somebody begins to pick."""
        pickup.start_picking(self.pickup, by=self.by, at=at)

    def pick_one(self, at: datetime) -> None:
        """The first line is in the bag."""
        self._pick(at, most=1)

    def finish(self, at: datetime) -> None:
        """Every line is in the bag, and the bag waits."""
        self._pick(at)
        pickup.mark_ready(self.pickup, place=f"R-{self.world.chance.randint(1, 24)}", by=self.by, at=at)

    def pay(self, at: datetime) -> None:
        """The customer pays by card in the store."""
        waiting = self.pickup.order
        payments.take_payment(waiting, [payments.Tendered("card", waiting.total)], store=self.world.stores[self.code], by=self.by, at=at)

    def collect(self, at: datetime) -> None:
        """The customer shows the QR or says the six digits, and leaves with the goods."""
        waiting = self.pickup
        proof = self.world.chance.choice([pickup_codes.qr_text, pickup_codes.six_digits])(waiting)
        pickup.hand_over(waiting, proof=proof, by=self.by, at=at)

    def _pick(self, at: datetime, most: int | None = None) -> None:
        for line in self.pickup.lines.select_related("fulfilment__order")[:most]:
            pickup.pick(line, picked=line.quantity, by=self.by, at=at)
