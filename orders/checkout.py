"""Checkout: a cart becomes an order."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from loyalty.models import Member
from omo import acts, codes, events, idempotency
from omo.models import User
from orders import cart_ends, carts, messages, parts, payments, pricing
from orders.delivery_quotes import Wish
from orders.models import Cart, CartLine, Fulfilment, FulfilmentLine, Order, OrderLine
from orders.parcels import Parcel
from stores import holds, slots
from stores.models import Store, Variant

SCOPE = "place_order"


class EmptyCart(Exception):
    """There is nothing to order: the cart is empty, gone, or has become an order under another key."""


class PriceChanged(Exception):
    """The total is not the one that the customer saw; `total` is the new one in minor units."""

    def __init__(self, total: int) -> None:
        super().__init__(total)
        self.total = total


@dataclass(frozen=True)
class Contact:
    """Who orders: a name for the counter, an address for messages, and a number for the courier."""

    name: str
    email: str
    phone: str = ""


@dataclass(frozen=True)
class Sold:
    """A line about to be written: the priced item, its variant and the shelf label it came from."""

    priced: pricing.QuoteLine
    variant: Variant
    label_id: int | None = None


def place_order(
    cart: Cart | None,
    *,
    channel: str,
    contact: Contact,
    store: Store | None,
    slot: str = slots.FIRST,
    windows: Mapping[str, str] | None = None,
    delivery: Wish | None = None,
    method: str = payments.IN_STORE,
    seen_total: int | None = None,
    idempotency_key: str,
    by: User | None,
    at: datetime,
) -> Order:
    """Turn the cart into an order with a fulfilment for each store in which something is collected and for each parcel, or raise and change nothing.

    A repeat under the same key gets the same order. `store`, `slot`, `windows` and `delivery` are as parts.Wishes has them. `method` is how it is paid:
    payments.IN_STORE or an online provider; then the order waits for its payment, with its goods promised, for settings.PAYMENT_MINUTES.
    `seen_total` is the total that the customer agreed to, in minor units.
    Raises EmptyCart, PriceChanged, payments.MethodNotOffered, carts.NotOnSale, slots.SlotFull, idempotency.KeyReused, and what parts.plan raises.
    """
    wishes = parts.Wishes(store, slot, windows or {}, delivery)
    asked = (sorted(wishes.windows.items()), asdict(delivery) if delivery else None, method, seen_total, by.pk if by else None)
    request = idempotency.fingerprint(contact.name, contact.email, contact.phone, store.pk if store else None, slot, *asked)
    placed: dict[str, Order] = {}  # also of tries that were rolled back

    def attempt() -> str:
        number = new_number()

        def place() -> str:
            placed[number] = _place(number, cart, channel, contact, wishes, method, seen_total, by, at)
            return number

        return idempotency.once(SCOPE, idempotency_key, request=request, at=at, act=place, answer=number)

    number = acts.act(attempt)()
    return placed.get(number) or Order.objects.select_related("store").get(number=number)


@acts.act
def hold(cart: Cart, store: Store | None, *, origin: str, at: datetime) -> None:
    """Hold what is in the cart, and nothing else, while its checkout goes on: at the stores in which it is collected, and at those that would send it.

    Whoever goes to the checkout has seen what everything costs.

    The cart is taken first: another window that changes or orders it waits. `store` is where lines without a store of their own are collected.
    Raises EmptyCart, parts.NoStore, stock.NotAvailable, holds.TooMuchHeld and holds.HeldTooOften; what was held before is held on then.
    """
    if not Cart.objects.filter(pk=cart.pk, state=Cart.State.OPEN).update(holds=True, updated_at=at):
        raise EmptyCart
    lines = carts.lines_of(cart)
    if not lines:
        raise EmptyCart
    if any(line.seen_price != line.variant.price for line in lines):
        carts.agree_to_prices(cart, at=at)
    holder = carts.holder(cart.pk)
    holds.take(parts.wanted_where(lines, store_id=store.pk if store else None, holder=holder, at=at), holder=holder, origin=origin, at=at)


def new_number() -> str:
    """A number for an order, drawn and not looked up: whoever writes the order tries again if it had been drawn before."""
    return f"{settings.ORDER_PREFIX}-{codes.random_id(6)}"


def _place(
    number: str,
    cart: Cart | None,
    channel: str,
    contact: Contact,
    wishes: parts.Wishes,
    method: str,
    seen_total: int | None,
    by: User | None,
    at: datetime,
) -> Order:
    lines = _close(cart, at)
    holder = carts.holder(cart.pk) if cart and cart.holds else ""
    chosen = parts.plan(lines, wishes, holder=holder, at=at)
    priced = carts.quote_of(lines, delivery=sum(part.price for part in chosen if isinstance(part, Parcel)))
    if seen_total not in (None, priced.total):
        raise PriceChanged(priced.total)
    payment = _payment(chosen, method, priced.total, at)
    sold = [Sold(quoted, line.variant, line.label_id) for quoted, line in zip(priced.lines, lines, strict=True)]
    channel = "shelf" if any(line.label_id for line in lines) else channel
    buyer = {"member": Member.objects.of(by), "user": by, **asdict(contact)}
    total = {"total": priced.total, "delivery_total": priced.delivery}
    order, order_lines = write_order(number=number, store=_credited(chosen, lines), channel=channel, sold=sold, at=at, **total, **buyer, **payment)
    waits = order.payment_due_by is not None
    written = [parts.write(order, part, wishes, order_lines, awaits_payment=waits, at=at) for part in chosen]
    data = {"number": order.number, "total": order.total, "count": priced.count}
    events.record("order.placed", at=at, by=by, channel=channel, store_id=order.store_id, member_id=order.member_id, order_id=order.pk, data=data)
    if not waits:
        messages.queue_placed(order, at=at)
    parts.claim(written, holder=holder, by=by, at=at)
    return order


def _payment(chosen: Sequence[parts.Part], method: str, total: int, at: datetime) -> dict[str, Any]:
    """How the order is paid, as its columns. Raises payments.MethodNotOffered."""
    collected = [part.store for part in chosen if isinstance(part, parts.Pickup)]
    if method not in payments.methods_for(collected, delivery=len(collected) < len(chosen)):
        raise payments.MethodNotOffered(method)
    if not total:  # nothing is to pay for what costs nothing
        return {"payment_state": Order.PaymentState.PAID, "payment_method": method}
    until = at + timedelta(minutes=settings.PAYMENT_MINUTES) if method != payments.IN_STORE else None
    return {"payment_state": Order.PaymentState.UNPAID, "payment_method": method, "payment_due_by": until}


def _credited(chosen: Sequence[parts.Part], lines: Sequence[CartLine]) -> Store:
    """The store whose order it is: where something is collected, else the one on whose shelf it was seen, else the one that sends it."""
    seen_in = parts.scanned_at(lines) if not isinstance(chosen[0], parts.Pickup) else None
    return Store.objects.get(pk=seen_in) if seen_in else chosen[0].store


def _close(cart: Cart | None, at: datetime) -> list[CartLine]:
    """The lines of a cart that changes no more; what is saved for later goes on in a new one.

    It is closed before they are read, so that a line added meanwhile is not lost.
    """
    if cart is None or not carts.close(cart, at=at):
        raise EmptyCart
    lines, saved = carts.lines_and_saved(cart)
    if not lines:
        raise EmptyCart
    if saved:
        cart_ends.go_on(cart, lines=saved, at=at)
    for line in lines:
        if not (line.variant.active and line.variant.product.active):
            raise carts.NotOnSale(line.variant)
    return lines


def write_order(*, number: str = "", store: Store, sold: Sequence[Sold], at: datetime, **fields: Any) -> tuple[Order, list[OrderLine]]:
    """Write an order and its lines, for every channel, and return both. `fields` are columns of Order."""
    with acts.drawing():
        order = Order.objects.create(number=number or new_number(), store=store, placed_at=at, currency=settings.CURRENCY, **fields)
    lines = OrderLine.objects.bulk_create(
        OrderLine(
            order=order,
            variant=line.variant,
            label_id=line.label_id,
            sku=line.variant.sku,
            name=line.variant.product.name,
            words=line.variant.words,
            quantity=line.priced.quantity,
            list_price=line.priced.list_price,
            unit_price=line.priced.unit_price,
            total=line.priced.total,
        )
        for line in sold
    )
    return order, lines


def write_fulfilment_lines(fulfilment: Fulfilment, lines: Sequence[OrderLine]) -> None:
    """Let these lines go one way, all of them."""
    FulfilmentLine.objects.bulk_create(
        FulfilmentLine(fulfilment=fulfilment, order_line=line, variant_id=line.variant_id, quantity=line.quantity) for line in lines
    )
