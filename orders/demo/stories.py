"""The steps of the demo, and a sale at a till."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from loyalty.models import Member
from orders import payments, till
from orders.demo.world import Line, World


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
