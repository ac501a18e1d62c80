"""The windows that the checkout offers in the chosen store."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.text import capfirst

from stores import hours, slots
from stores.hours import Calendar
from stores.models import Store
from stores.slots import Loads, Slot
from stores.templatetags import moments

NEAR = ("today", "tomorrow")
"""Days that need no date."""


@dataclass(frozen=True)
class Windows:
    """What can be chosen at a store: as soon as possible, and the windows `offered`. `chosen` is the one to begin with."""

    store: Store
    at: datetime
    soon: Slot | None
    offered: list[Slot]
    chosen: Slot | None
    held_until: datetime | None
    calendar: Calendar

    @property
    def days(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """The windows by day, in words: [('Today', [(value, 'Today, 15:00–15:30'), …]), …]."""
        found = [(moments.day(slots_of_day[0].starts_at, self.store), slots_of_day) for _, slots_of_day in slots.by_day(self.offered, self.calendar)]
        return [(capfirst(day), [self._option(slot, capfirst(day) if day in NEAR else day) for slot in slots_of_day]) for day, slots_of_day in found]

    @property
    def facts(self) -> tuple[Any, ...]:
        """All that is shown of the days while the chosen window is none of theirs. What is drawn stays in this process, so a hash of this process will do."""
        every = hash(tuple((slot.starts_at, slot.ends_at) for slot in self.offered))
        return (self.store.code, self.store.time_zone, self.calendar.day_of(self.at), len(self.offered), every)

    def _option(self, slot: Slot, day: str) -> tuple[str, str]:
        return slot.value, f"{day}, {moments.clock(slot.starts_at, self.store)}–{moments.clock(slot.ends_at, self.store)}"


def of_store(store: Store, *, wish: str, at: datetime, loads: Loads | None) -> Windows:
    """The windows of a store. `wish` is what was chosen before: it is kept if it is still offered; else the next one begins, as soon as possible at best."""
    calendar = hours.calendar_of(store)
    soon = slots.as_soon_as_possible(store, calendar, at=at, loads=loads)
    offered = slots.offered(store, calendar, at=at, loads=loads)
    chosen = _chosen(wish, soon, offered)
    held = hours.held_until(calendar, hold_days=store.hold_days, ready=chosen.starts_at) if chosen else None
    return Windows(store, at, soon, offered, chosen, held, calendar)


def _chosen(wish: str, soon: Slot | None, offered: list[Slot]) -> Slot | None:
    """The wished-for window or the next one after it. Instants in UTC compare as their words do, so what nobody offered needs no parsing."""
    if wish[:1].isdigit():
        later = next((slot for slot in offered if slot.value >= wish), None)
        if later:
            return later
    return soon or (offered[0] if offered else None)
