"""What a delivery costs and when it arrives: the zone of an address, its options, their price for these goods, and the day that is promised.

Working days are Monday to Friday. A parcel leaves its store on a working day on which that is open; closures and pauses put it off.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Prefetch
from django.utils import formats

from omo import memory, money
from orders.addresses import Parts
from orders.models import DeliveryOption, DeliveryZone
from stores import hours
from stores.hours import Calendar
from stores.models import Store

DAY = timedelta(days=1)
SATURDAY = 5
LONGEST = 90
"""How many days ahead a store is looked at for one on which it sends parcels."""
NO_HOURS = time(18)
"""Until when a store without known hours sends parcels."""


class NotDelivered(Exception):
    """The shop does not deliver to this country or postcode, or no store sends parcels."""

    def __init__(self, country: str, postcode: str) -> None:
        super().__init__(country, postcode)
        self.country, self.postcode = country, postcode


class OptionGone(Exception):
    """The option is not offered for this address, any more at least."""

    def __init__(self, option_id: int) -> None:
        super().__init__(option_id)
        self.option_id = option_id


@dataclass(frozen=True)
class Wish:
    """What a customer wishes: the address as `addresses.checked` gave it, the option, and a note for the courier."""

    address: Parts
    option_id: int
    note: str = ""


@dataclass(frozen=True)
class Quoted:
    """An option for some goods at a moment: its price in minor units, when the parcel leaves its store at the latest, and the day that is promised.

    `gap` is by how much more goods it would be free, in minor units; 0: it is, or never will be.
    """

    option: DeliveryOption
    price: int
    gap: int
    dispatch_by: datetime
    promised_day: date

    @property
    def price_in_words(self) -> str:
        """'Free' or '€4.95'."""
        return money.words(self.price) if self.price else "Free"

    @property
    def gap_in_words(self) -> str:
        """'Have €12.00 more delivered, and delivery is free' (what is collected does not count); '' where nothing is to be gained."""
        return f"Have {money.words(self.gap)} more delivered, and delivery is free" if self.gap else ""

    @property
    def day_in_words(self) -> str:
        """'by Thursday 26 November'."""
        return f"by {formats.date_format(self.promised_day, 'l j F')}"

    @property
    def in_words(self) -> str:
        """'Standard, €4.95, by Thursday 26 November'."""
        return f"{self.option.name}, {self.price_in_words}, {self.day_in_words}"


# Where the shop delivers


def zones() -> list[DeliveryZone]:
    """The zones that are delivered to, in the order in which they count, each with its options; two statements. For acts."""
    offered = Prefetch("options", DeliveryOption.objects.filter(active=True).select_related("carrier"))
    return [zone for zone in DeliveryZone.objects.filter(active=True).prefetch_related(offered) if zone.options.all()]


def zones_shown() -> list[DeliveryZone]:
    """The zones as pages show them: as they were a minute ago at most."""
    return memory.remembered("delivery zones", zones)


def countries(known: Iterable[DeliveryZone]) -> list[str]:
    """The ISO codes of the countries that are delivered to, each once, in the order of the zones."""
    return list(dict.fromkeys(code for zone in known for code in codes_of(zone)))


def codes_of(zone: DeliveryZone) -> list[str]:
    """The ISO codes of a zone's countries."""
    return [code.upper() for code in re.split(r"[\s,;]+", zone.countries) if code]


def zone_of(known: Iterable[DeliveryZone], country: str, postcode: str) -> DeliveryZone:
    """The first zone that the address is in. Raises NotDelivered."""
    plain = _plain(postcode)
    for zone in known:
        begins = [_plain(line) for line in zone.postcodes.splitlines() if line.strip()]
        if country.upper() in codes_of(zone) and (not begins or plain.startswith(tuple(begins))):
            return zone
    raise NotDelivered(country, postcode)


def _plain(postcode: str) -> str:
    return re.sub(r"[\s-]", "", postcode).upper()


# What it costs, and when it comes


def quote(wish: Wish, *, goods_total: int, store: Store | None = None, at: datetime) -> Quoted:
    """What is wished, for goods of this total in minor units, sent by `store`; four statements at most, three if the store comes with its calendar.

    Without a store the slowest of those that deliver counts, so that no earlier day is promised than any of them can keep.
    Raises NotDelivered and OptionGone.
    """
    return quoted(wish, option_of(wish), goods_total=goods_total, sending=[store] if store else senders(), at=at)


def option_of(wish: Wish) -> DeliveryOption:
    """The option that is wished for, as it is offered for the address now; two statements. Raises NotDelivered and OptionGone."""
    offered = zone_of(zones(), wish.address.country, wish.address.postcode).options.all()
    option = next((option for option in offered if option.pk == wish.option_id), None)
    if option is None:
        raise OptionGone(wish.option_id)
    return option


def quoted(wish: Wish, option: DeliveryOption, *, goods_total: int, sending: Sequence[Store], at: datetime) -> Quoted:
    """The option for goods of a total, from the slowest of these stores; asks nothing if they come with their calendars. Raises NotDelivered."""
    found = _quoted(option, goods_total, sending, at)
    if found is None:
        raise NotDelivered(wish.address.country, wish.address.postcode)
    return found


def offers(country: str, postcode: str, *, goods_total: int, at: datetime) -> list[Quoted]:
    """Every option for an address, for pages: from zones and stores as they were a minute ago at most. Raises NotDelivered."""
    options = zone_of(zones_shown(), country, postcode).options.all()
    sending = senders_shown()
    found = [_quoted(option, goods_total, sending, at) for option in options]
    if not any(found):
        raise NotDelivered(country, postcode)
    return [one for one in found if one]


def senders() -> list[Store]:
    """The stores that deliver, with their calendars; one statement."""
    return list(Store.objects.with_calendar().filter(active=True, delivers=True))


def senders_shown() -> list[Store]:
    """The stores that deliver, as they were a minute ago at most. For pages."""
    return memory.remembered("delivering stores", senders)


def _quoted(option: DeliveryOption, goods_total: int, sending: Sequence[Store], at: datetime) -> Quoted | None:
    price, gap = price_of(option, goods_total)
    leaves = [(leaving, store) for store in sending if (leaving := dispatch_by(store, option.cut_off, at=at))]
    if not leaves:
        return None
    moment, last = max(leaves, key=lambda one: (one[0], one[1].pk))
    return Quoted(option, price, gap, moment, arrival(hours.calendar_of(last).day_of(moment - timedelta(seconds=1)), option.days))


def price_of(option: DeliveryOption, goods_total: int) -> tuple[int, int]:
    """What an option costs for goods of a total, and by how much more goods it would be free (0: it is, or never will be); minor units."""
    if not option.price or (option.free_from is not None and goods_total >= option.free_from):
        return 0, 0
    return option.price, option.free_from - goods_total if option.free_from is not None else 0


def dispatch_by(store: Store, cut_off: time | None, *, at: datetime) -> datetime | None:
    """When a parcel that is ordered at a moment has left the store: closing time of a working day, today's only for who orders before the cut-off.

    All by the store's clock. None if the store is not open on any working day ahead.
    """
    calendar, since = hours.calendar_of(store), max(at, store.paused_until or at)
    there = since.astimezone(calendar.zone)
    first = there.date() if cut_off and there.time() < cut_off else there.date() + DAY
    for day in (first + timedelta(days=away) for away in range(LONGEST)):
        closes = _closes(calendar, day) if day.weekday() < SATURDAY else None
        if closes and closes > since:
            return closes
    return None


def arrival(leaves: date, days: int) -> date:
    """The day on which a parcel arrives that left on a working day and takes so many of them."""
    day = leaves
    while days:
        day += DAY
        days -= day.weekday() < SATURDAY
    return day


def _closes(calendar: Calendar, day: date) -> datetime | None:
    """When the store closes on a day, at midnight at the latest; None on a closed one."""
    if not calendar.known:
        return None if calendar.closure_on(day) else hours.instant(day, NO_HOURS, calendar.zone)
    open_hours = calendar.on(day)
    if not open_hours:
        return None
    opens, closes = open_hours[-1]
    return hours.instant(day, closes, calendar.zone) if closes > opens else hours.instant(day + DAY, time(0), calendar.zone)
