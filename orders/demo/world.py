"""The demo while it is being made: its stores and people, and what the shelves still hold."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from loyalty.models import Member
from omo.models import User
from orders.demo.cast import Person
from orders.models import DeliveryOption
from stores import hours
from stores.models import ShelfLabel, Store, Variant

KEEP_ON_SHELF = 4
"""The week never sells the last ones of anything: scarce goods stay as scarce as they were delivered."""


@dataclass(frozen=True)
class Line:
    """A variant and how many of it, with its label at the store's shelf."""

    variant: Variant
    quantity: int
    label: ShelfLabel


@dataclass
class World:
    """What the sales and orders draw from. `left` counts goods by store code and variant id, `options` are the ways to deliver in Ireland, by name."""

    stores: dict[str, Store]
    opening: dict[str, hours.Calendar]
    crews: dict[str, list[User]]
    accounts: dict[Person, User]
    members: list[Member]
    variants: dict[int, Variant]
    labels: dict[tuple[str, int], ShelfLabel]
    options: dict[str, DeliveryOption]
    left: dict[str, Counter[int]]
    chance: Random

    def basket(self, code: str, most: int) -> list[Line]:
        """One to `most` things from the store's shelves, taken out of `left`. Small things come by two or four now and then."""
        plenty = sorted(pk for pk, count in self.left[code].items() if count > KEEP_ON_SHELF + 1)
        chosen = self.chance.sample(plenty, min(self.chance.randint(1, most), len(plenty)))
        lines = []
        for pk in chosen:
            small = self.variants[pk].price < 2500
            quantity = min(self.chance.choice([1, 1, 2, 4]) if small else 1, self.left[code][pk] - KEEP_ON_SHELF)
            self.left[code][pk] -= quantity
            lines.append(Line(self.variants[pk], quantity, self.labels[code, pk]))
        return lines

    def days(self, code: str, *, before: datetime, count: int) -> Sequence[hours.Interval]:
        """The store's opening stretches of the last `count` days that began before a moment."""
        stretches = hours.intervals(self.opening[code], after=before - timedelta(days=count), days=count + 1)
        return [stretch for stretch in stretches if stretch.opens < before]

    def later(self, code: str, moment: datetime, minutes: int) -> datetime:
        """So many minutes of opening time after a moment."""
        return hours.after_working(self.opening[code], minutes=minutes, at=moment) or moment + timedelta(minutes=minutes)

    def earlier(self, code: str, moment: datetime, minutes: int) -> datetime:
        """So many minutes of opening time before a moment, so always while the store is open."""
        left = timedelta(minutes=minutes)
        for stretch in reversed(self.days(code, before=moment, count=10)):
            end = min(stretch.closes.astimezone(moment.tzinfo), moment)
            start = stretch.opens.astimezone(moment.tzinfo)
            if end - start > left:
                return end - left
            left -= end - start
        return moment
