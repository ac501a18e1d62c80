"""Promises in plain words, for whoever works in the store or in head office: how one ended, and what it was made of. Pure."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.utils import formats

from omo import money
from orders.models import Promise, PromiseOutcome
from stores.models import OpeningHours, Store

Cause = PromiseOutcome.Cause
BROKEN = {
    Cause.LATE: "late",
    Cause.SHORT: "goods missing",
    Cause.CLOSED: "store closed",
    Cause.PRICE: "another price",
    Cause.STAFF: "cancelled by the store",
}
"""The causes that count against a store, as they follow a number: '2 late'."""
DAY = "D j M"
"""How every day is written, as on the page of promises."""
KNOWN = {"lead_minutes", "cut_off", "hours", "special", "closures", "busy", "paused", "slot", "stock", "delivery"}


def end(outcome: PromiseOutcome) -> str:
    """How a promise ended: 'Ready 15:20, 20 minutes late.'"""
    data = outcome.data
    done = "delivered" if "delivery" in (outcome.promise.inputs or {}) else "ready"
    ready = f"{done.capitalize()} {_ready(data['ready_at'], outcome.promise)}" if data.get("ready_at") else f"Never {done}"
    late = length(data.get("minutes_late", 0))
    words = {
        Cause.NONE: f"{ready}, in time.",
        Cause.LATE: f"{ready}, {late} late.",
        Cause.SHORT: f"Missing: {_goods(data.get('short', []))}.",
        Cause.CLOSED: f"Closed {_closure(data['closure'])}." if data.get("closure") else "The store was closed.",
        Cause.PRICE: _price(data, outcome.promise),
        Cause.STAFF: "The store cancelled it.",
        Cause.WITHDRAWN: "The customer changed it.",
    }[Cause(outcome.cause)]
    return f"{words} It was {late} late as well." if Cause.LATE in data.get("also", []) else words


def inputs(promise: Promise) -> list[tuple[str, str]]:
    """What a promise was made of, line by line: a word for the input, and what it was then."""
    return [(name, words) for name, words in _inputs(promise, promise.inputs) if words]


def _inputs(promise: Promise, known: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if "lead_minutes" in known:
        yield "Time to get ready", count(known["lead_minutes"], "opening minute")
    if known.get("cut_off"):
        yield "Same day until", known["cut_off"]
    if known.get("busy"):
        yield "Busy", _pace(f"{count(known['busy']['minutes'], 'minute')} more", known["busy"], promise)
    if known.get("paused"):
        yield "Paused", _pace("no orders", known["paused"], promise)
    yield "Opening hours", ", ".join(f"{OpeningHours.Weekday(row['weekday']).label} {row['opens']}–{row['closes']}" for row in known.get("hours", []))
    yield "Special opening", ", ".join(f"{_day(row['day'])} {row['opens']}–{row['closes']}{_why(row)}" for row in known.get("special", []))
    yield "Closures known then", ", ".join(_closure(row) for row in known.get("closures", []))
    yield "Slot", ", ".join(_slot(known.get("slot") or {}))
    if known.get("delivery"):
        yield "Delivery", f"{known['delivery']['option']}, {count(known['delivery']['days'], 'working day')}"
    yield "Stock", "; ".join(f"{_name(promise, sku)}: {_stock(row)}" for sku, row in (known.get("stock") or {}).items())
    for name, value in known.items():
        if name not in KNOWN:
            yield name.replace("_", " ").capitalize(), str(value)


def count(number: int, word: str) -> str:
    """'1 minute', '20 minutes'."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def length(minutes: int) -> str:
    """A stretch of time in one unit: '68 minutes', '5 hours', '3 days'."""
    if minutes < 120:
        return count(minutes, "minute")
    return count(minutes // 60, "hour") if minutes < 48 * 60 else count(minutes // 1440, "day")


def _slot(slot: dict[str, Any]) -> Iterator[str]:
    if slot.get("soon"):
        yield "as soon as possible"
    if slot.get("capacity") is not None:
        taken = f"{slot['booked']} of " if "booked" in slot else ""
        yield f"{taken}{count(slot['capacity'], 'place')}{' taken' if taken else ''}"


def _stock(row: dict[str, Any]) -> str:
    return ", ".join(f"{number} {name.replace('_', ' ')}" for name, number in row.items())


def _name(promise: Promise, sku: str) -> str:
    return next((goods["name"] for goods in promise.goods if goods["sku"] == sku), sku)


def _price(data: dict[str, Any], promise: Promise) -> str:
    return f"{money.words(data['taken'])} was taken instead of {money.words(promise.total)}." if "taken" in data else "Another price was taken."


def _goods(short: list[dict[str, Any]]) -> str:
    return ", ".join(f"{goods['quantity']} × {goods['name']}" for goods in short) or "some goods"


def _pace(words: str, row: dict[str, Any], promise: Promise) -> str:
    return f"{words}, until {_clock(row['until'], promise.store)}{_why(row)}"


def _why(row: dict[str, Any]) -> str:
    return f" ({row['reason']})" if row.get("reason") else ""


def _closure(row: dict[str, str]) -> str:
    days = [_day(row["first_day"])] if row["first_day"] == row["last_day"] else [_day(row["first_day"]), _day(row["last_day"])]
    return f"{' to '.join(days)}{_why(row)}"


def _day(text: str) -> str:
    return formats.date_format(date.fromisoformat(text), DAY)


def _ready(text: str, promise: Promise) -> str:
    """'15:20', and with the day if it is another one than the promised: 'Wed 25 Nov, 09:10'."""
    ready, promised = (moment.astimezone(promise.store.zone) for moment in (datetime.fromisoformat(text), promise.ready_by))
    return f"{ready:%H:%M}" if ready.date() == promised.date() else f"{formats.date_format(ready.date(), DAY)}, {ready:%H:%M}"


def _clock(moment: str, store: Store) -> str:
    return f"{datetime.fromisoformat(moment).astimezone(store.zone):%H:%M}"
