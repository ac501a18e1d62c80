"""What a scanned or typed text is, and what it stands for. `classify` is pure; addresses are taken apart, never opened."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit

from django.conf import settings

from loyalty import members
from loyalty.models import Member
from omo import codes
from orders import cart_codes, parcels, verdicts
from orders.models import Cart, Fulfilment
from stores import gs1, labels
from stores.goods_scans import LABEL_CODE, MOST, goods_like, own_hosts, tidy, variant_of
from stores.models import ShelfLabel, Store, Variant
from stores.models.catalogue import searchable

__all__ = ["LABEL_CODE", "Found", "Kind", "Scan", "classify", "goods_like", "own_hosts", "pickups_like", "resolve", "tidy", "variant_of"]

ADDRESS = re.compile(r"^([a-z][a-z0-9+.-]*://|(javascript|data|vbscript|mailto|tel|sms|smsto|wifi|geo|begin|file):|www\.)", re.IGNORECASE)
SIGNED = re.compile(r"[0-9A-Z]{10}\.[0-9A-Z]{4,32}")
CARD_LENGTH = 10
LABELS, CARTS = "/q/", "/cart/continue/"
"""Where the addresses of our codes begin."""


class Kind(StrEnum):
    """What a text looks like."""

    NOTHING = "nothing"
    TOO_LONG = "too long"
    LABEL = "label"
    SIGNED = "signed"
    DIGITS = "digits"
    CARD = "card"
    GTIN = "gtin"
    ORDER = "order"
    CART = "cart"
    FOREIGN = "foreign"
    WORDS = "words"


@dataclass(frozen=True)
class Scan:
    """A kind and the part of the text that matters."""

    kind: Kind
    text: str


@dataclass(frozen=True)
class Found:
    """What a scan stands for; at most one of them. `proved`: the text itself is the right to collect."""

    variant: Variant | None = None
    label: ShelfLabel | None = None
    member: Member | None = None
    verdict: verdicts.Verdict | None = None
    parcel: Fulfilment | None = None
    cart: Cart | None = None
    proved: bool = False


def classify(raw: str, *, hosts: Collection[str]) -> Scan:
    """What the text is, by its form alone. `hosts` are ours; every other address is foreign. What is longer than any code is not looked at."""
    if len(raw) > codes.MAX_SCAN:
        return Scan(Kind.TOO_LONG, "")
    text = tidy(raw)
    if not text:
        return Scan(Kind.NOTHING, "")
    if ADDRESS.match(text):
        return _address(text, hosts)
    if text.lower().startswith(tuple(f"{host}/" for host in hosts)):
        return _address(f"https://{text}", hosts)
    joined = "".join(text.split()).upper()
    if SIGNED.fullmatch(joined):
        return Scan(Kind.SIGNED, joined)
    if joined.isascii() and joined.isdigit():
        return _number(text, joined)
    number = re.fullmatch(rf"{re.escape(settings.ORDER_PREFIX)}-?([{codes.ALPHABET}]{{6}})", joined)
    return Scan(Kind.ORDER, f"{settings.ORDER_PREFIX}-{number[1]}") if number else Scan(Kind.WORDS, text)


def _address(text: str, hosts: Collection[str]) -> Scan:
    try:
        url = urlsplit(text)
    except ValueError:
        return Scan(Kind.FOREIGN, text)
    path = url.path.lower()
    if url.scheme.lower() in ("http", "https") and url.netloc.lower() in hosts and path.startswith((LABELS, CARTS)):
        kind, begin = (Kind.LABEL, LABELS) if path.startswith(LABELS) else (Kind.CART, CARTS)
        return Scan(kind, url.path[len(begin) :].strip("/").upper())
    return Scan(Kind.FOREIGN, text)


def _number(text: str, digits: str) -> Scan:
    if len(digits) == 6:
        return Scan(Kind.DIGITS, digits)
    if len(digits) == CARD_LENGTH and members.luhn_digit(digits[:-1]) == digits[-1]:
        return Scan(Kind.CARD, digits)
    return Scan(Kind.GTIN, digits) if gs1.is_gtin(digits) else Scan(Kind.WORDS, text)


def resolve(scan: Scan, *, store: Store, at: datetime) -> Found:
    """What the scan stands for at this store; an empty Found if nothing. Reads only."""
    return {
        Kind.LABEL: _label,
        Kind.SIGNED: _signed,
        Kind.DIGITS: _digits,
        Kind.CARD: _card,
        Kind.GTIN: _goods,
        Kind.ORDER: _order,
        Kind.CART: _cart,
        Kind.WORDS: _goods,
    }.get(scan.kind, _nothing)(scan.text, store, at)


def pickups_like(store: Store, words: str) -> list[Fulfilment]:
    """Open pickups of the store whose name or order number holds every word, the first due first."""
    wanted = searchable(words).split()[:8]
    # All of a store's open pickups are few; matched here, so that accents and wide letters meet in every database.
    waiting = Fulfilment.objects.open_at(store.pk).filter(kind=Fulfilment.Kind.PICKUP).select_related("order").order_by("due_at", "id")[:1000]
    return [
        pickup for pickup in waiting if wanted and all(word in searchable(f"{pickup.order.name} {pickup.order.number}", pickup.order.email) for word in wanted)
    ][:MOST]


def _nothing(text: str, store: Store, at: datetime) -> Found:
    return Found()


def _label(text: str, store: Store, at: datetime) -> Found:
    try:
        label = labels.read(text)
    except labels.UnknownLabel:
        return Found()
    return Found(variant=label.variant, label=label)


def _signed(text: str, store: Store, at: datetime) -> Found:
    like_a_card = text[:CARD_LENGTH].isdigit()  # a pickup's or a label's random code may be all digits too
    member = members.read_card(text) if like_a_card else None
    if member:
        return Found(member=member)
    parcel = parcels.find(text)
    if parcel:
        return Found(parcel=parcel)
    verdict = verdicts.of_scan(store, text, at=at)
    label = Found() if verdict.pickup else _label(text, store, at)
    if label.variant or (like_a_card and not verdict.pickup):
        return label
    return Found(verdict=verdict, proved=True)


def _digits(text: str, store: Store, at: datetime) -> Found:
    verdict = verdicts.of_scan(store, text, at=at)
    # Goods with this very number are meant sooner than a pickup that is over.
    variant = variant_of(text) if verdict.pickup is None or verdict.reason in verdicts.CLOSED else None
    return Found(variant=variant) if variant else Found(verdict=verdict, proved=True)


def _card(text: str, store: Store, at: datetime) -> Found:
    member = members.read_card(text)
    return Found(member=member) if member else Found(variant=variant_of(text))


def _order(number: str, store: Store, at: datetime) -> Found:
    parts = list(Fulfilment.objects.select_related("order", "store").filter(order__number=number).order_by("id"))
    pickups = sorted((one for one in parts if one.kind == Fulfilment.Kind.PICKUP), key=lambda one: one.store_id != store.pk)
    pickup = pickups[0] if pickups else None
    parcel = next((one for one in reversed(parts) if one.kind == Fulfilment.Kind.DELIVERY and one.store_id == store.pk), None)
    if parcel and (pickup is None or pickup.store_id != store.pk):
        return Found(parcel=parcel)
    # The number is no proof: the answer says how far it is, and goods go out after an identity check only.
    return Found(verdict=verdicts.of_pickup(pickup, store=store, identity="to be checked")) if pickup else Found()


def _goods(text: str, store: Store, at: datetime) -> Found:
    variant, code = variant_of(text), "".join(text.split()).upper()
    if variant or not LABEL_CODE.fullmatch(code):
        return Found(variant=variant)
    label = ShelfLabel.objects.select_related("store", "variant__product").filter(code=code, store=store, active=True).first()
    if label:
        return Found(variant=label.variant, label=label)
    parcel = parcels.find(code)
    return Found(parcel=parcel) if parcel else _cart(code, store, at)


def _cart(text: str, store: Store, at: datetime) -> Found:
    return Found(cart=cart_codes.find(text))
