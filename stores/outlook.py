"""What a store can promise at a moment: the window in which an order placed then can be collected, and how long its goods wait. For pages; acts choose anew."""

from dataclasses import dataclass
from datetime import datetime

from stores import hours, slots
from stores.hours import Calendar
from stores.models import Store
from stores.slots import Loads, Slot


@dataclass(frozen=True)
class Outlook:
    """The first window that has room, if there is one, and until when goods that are ready then are held."""

    store: Store
    at: datetime
    first: Slot | None
    held_until: datetime | None

    @property
    def paused(self) -> bool:
        """Whether the store takes no orders for a while."""
        return slots.paused(self.store, at=self.at)

    @property
    def busy(self) -> bool:
        """Whether the store promises later than usual for a while."""
        return not self.paused and slots.busy(self.store, at=self.at)

    @property
    def facts(self) -> tuple[object, ...]:
        """All that pages show of it; the day is said as people say it, so today counts, too."""
        shown = (self.first.starts_at.replace(second=0, microsecond=0), self.first.ends_at.replace(second=0, microsecond=0)) if self.first else None
        pace = (self.store.paused_until, self.store.paused_reason) if self.paused else (None, self.store.busy_reason if self.busy else "")
        return (self.store.pk, self.store.name, self.at.astimezone(self.store.zone).date(), shown, self.held_until, pace)


def of_store(store: Store, *, calendar: Calendar | None = None, at: datetime, loads: Loads | None = None) -> Outlook:
    """The outlook of a store, best read with its calendar. With `loads` (see slots.loads_of) full slots are passed over."""
    calendar = calendar or hours.calendar_of(store)
    first = slots.earliest(store, calendar, at=at, loads=loads)
    held = hours.held_until(calendar, hold_days=store.hold_days, ready=first.starts_at) if first else None
    return Outlook(store, at, first, held)
