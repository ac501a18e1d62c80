"""The windows that the checkout offers in the chosen store."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from stores import hours, slots
from stores.models import Store
from stores.slots import Loads, Slot


@dataclass(frozen=True)
class Windows:
    """What can be chosen at a store: as soon as possible, and windows by day (a moment of the day, its windows). `chosen` is the one to begin with."""

    store: Store
    at: datetime
    soon: Slot | None
    days: list[tuple[datetime, list[Slot]]]
    chosen: Slot | None
    held_until: datetime | None

    @property
    def facts(self) -> tuple[Any, ...]:
        """All that is shown of them."""
        every = [(slot.starts_at, slot.ends_at) for _, found in self.days for slot in found]
        today = self.at.astimezone(self.store.zone).date()
        return (self.store.code, self.store.time_zone, today, self.soon and _minutes(self.soon), every, self.chosen and self.chosen.value)


def of_store(store: Store, *, wish: str, at: datetime, loads: Loads | None) -> Windows:
    """The windows of a store. `wish` is what was chosen before: it is kept if it is still offered; else the next one begins, as soon as possible at best."""
    calendar = hours.calendar_of(store)
    soon = slots.as_soon_as_possible(store, calendar, at=at, loads=loads)
    offered = slots.offered(store, calendar, at=at, loads=loads)
    chosen = _chosen(wish, soon, offered)
    held = hours.held_until(calendar, hold_days=store.hold_days, ready=chosen.starts_at) if chosen else None
    days = [(found[0].starts_at, found) for _, found in slots.by_day(offered, calendar)]
    return Windows(store, at, soon, days, chosen, held)


def _chosen(wish: str, soon: Slot | None, offered: list[Slot]) -> Slot | None:
    """The wished-for window or the next one after it. Instants in UTC compare as their words do, so what nobody offered needs no parsing."""
    if wish[:1].isdigit():
        later = next((slot for slot in offered if slot.value >= wish), None)
        if later:
            return later
    return soon or (offered[0] if offered else None)


def _minutes(slot: Slot) -> tuple[datetime, datetime]:
    return slot.starts_at.replace(second=0, microsecond=0), slot.ends_at.replace(second=0, microsecond=0)
