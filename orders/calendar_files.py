"""A pickup as an entry for the customer's calendar (RFC 5545). It names no code and no secret: calendars are shared and kept elsewhere."""

from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from icalendar import Alarm, Calendar, Event

from orders.models import Fulfilment, Promise
from stores.models import Store

PRODUCT = "-//OMO//Pickup//EN"
REMINDED_BEFORE = timedelta(hours=1)


def of_pickup(pickup: Fulfilment, *, url: str, at: datetime) -> bytes:
    """The file with the pickup's window in its store's zone; `url` is the page of its order. One that is moved replaces the entry from before."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(_entry(pickup, url, at))
    calendar.add_missing_timezones()
    return calendar.to_ical()


def _entry(pickup: Fulfilment, url: str, at: datetime) -> Event:
    store, number = pickup.store, pickup.order.number
    ends = pickup.window_ends or pickup.due_at + timedelta(minutes=store.slot_minutes)
    entry = Event()
    entry.add("uid", f"fulfilment-{pickup.pk}@{urlsplit(settings.SITE_URL).hostname}")
    entry.add("sequence", _moves(pickup))
    entry.add("dtstamp", at)
    entry.add("dtstart", pickup.due_at.astimezone(store.zone))
    entry.add("dtend", ends.astimezone(store.zone))
    entry.add("summary", f"Collect {number} at {store.name}")
    entry.add("description", f"Order {number}. Wait for the mail that it is ready, then show the code on the order's page at the counter: {url}")
    entry.add("location", _location(store))
    if store.latitude is not None and store.longitude is not None:
        entry.add("geo", (float(store.latitude), float(store.longitude)))
    entry.add("url", url)
    entry.add("status", "CANCELLED" if pickup.state in Fulfilment.OVER else "CONFIRMED")
    entry.add_component(_alarm(number, store))
    return entry


def _moves(pickup: Fulfilment) -> int:
    """How often it was promised anew: each time the entry from before is out of date."""
    return max(Promise.objects.filter(fulfilment=pickup).count() - 1, 0)


def _location(store: Store) -> str:
    town = " ".join(filter(None, [store.postcode, store.city]))
    return ", ".join(filter(None, [store.name, store.street, town]))


def _alarm(number: str, store: Store) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", f"Collect {number} at {store.name}")
    alarm.add("trigger", -REMINDED_BEFORE)
    return alarm
