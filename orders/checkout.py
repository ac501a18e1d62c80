"""Checkout: a cart becomes an order."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings

from loyalty.models import Member
from omo import acts, codes, events, idempotency, outbox
from omo.models import User
from orders import carts, pickup_codes, pricing, promises, queue
from orders.models import Cart, CartLine, Fulfilment, FulfilmentLine, Order, OrderLine
from stores import holds, hours, slots, stock
from stores.models import Store, Variant

SCOPE = "place_order"


class EmptyCart(Exception):
    """There is nothing to order: the cart is empty, gone, or has become an order under another key."""


class NoPickup(Exception):
    """The store does not hand over orders."""


class PriceChanged(Exception):
    """The total is not the one that the customer saw; `total` is the new one in minor units."""

    def __init__(self, total: int) -> None:
        super().__init__(total)
        self.total = total


@dataclass(frozen=True)
class Contact:
    """Who orders: a name for the counter and an address for messages."""

    name: str
    email: str


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
    store: Store,
    slot: str = slots.FIRST,
    seen_total: int | None = None,
    idempotency_key: str,
    by: User | None,
    at: datetime,
) -> Order:
    """Turn the cart into an order that is collected and paid for in the store, or raise and leave everything as it was.

    A repeat under the same key gets the same order. `seen_total` is the total that the customer agreed to, in minor units; `slot` the window to collect in,
    as `slots.Slot.value` says it, or slots.FIRST.
    Raises EmptyCart, NoPickup, PriceChanged, carts.NotOnSale, slots.SlotFull and SlotGone, stock.NotAvailable (which variants, how many are left)
    and idempotency.KeyReused.
    """
    request = idempotency.fingerprint(contact.name, contact.email, store.pk, slot, seen_total, by.pk if by else None)
    placed: dict[str, Order] = {}  # also of tries that were rolled back

    def attempt() -> str:
        number = new_number()

        def place() -> str:
            placed[number] = _place(number, cart, channel, contact, store, slot, seen_total, by, at)
            return number

        return idempotency.once(SCOPE, idempotency_key, request=request, at=at, act=place, answer=number)

    number = acts.act(attempt)()
    return placed.get(number) or Order.objects.select_related("store").get(number=number)


@acts.act
def hold(cart: Cart, store: Store, *, origin: str, at: datetime) -> None:
    """Hold what is in the cart, and nothing else, while its checkout goes on. The cart is taken first: another window that changes or orders it waits.

    Raises EmptyCart, stock.NotAvailable and holds.TooMuchHeld; what was held before is held on then.
    """
    if not Cart.objects.filter(pk=cart.pk, state=Cart.State.OPEN).update(updated_at=at):
        raise EmptyCart
    wanted: Counter[int] = Counter()
    for line in carts.lines_of(cart):
        wanted[line.variant_id] += line.quantity
    if not wanted:
        raise EmptyCart
    holds.take(store.pk, wanted, holder=carts.holder(cart.pk), origin=origin, at=at)


def new_number() -> str:
    """A number for an order, drawn and not looked up: whoever writes the order tries again if it had been drawn before."""
    return f"{settings.ORDER_PREFIX}-{codes.random_id(6)}"


def _place(
    number: str, cart: Cart | None, channel: str, contact: Contact, store: Store, wish: str, seen_total: int | None, by: User | None, at: datetime
) -> Order:
    store, slot = _window(store, wish, at)
    lines = _close(cart, at)
    priced = carts.quote_of(lines)
    if seen_total not in (None, priced.total):
        raise PriceChanged(priced.total)
    sold = [Sold(quoted, line.variant, line.label_id) for quoted, line in zip(priced.lines, lines, strict=True)]
    channel = "shelf" if any(line.label_id for line in lines) else channel
    paid = Order.PaymentState.UNPAID if priced.total else Order.PaymentState.PAID  # nothing is to pay for what costs nothing
    buyer = {"member": Member.objects.of(by), "user": by, "name": contact.name, "email": contact.email}
    order, order_lines = write_order(number=number, store=store, channel=channel, sold=sold, total=priced.total, payment_state=paid, at=at, **buyer)
    fulfilment = _promise(order, slot, at)
    write_fulfilment_lines(fulfilment, order_lines)
    made_of = promises.inputs_of(store, hours.calendar_of(store), ready_by=slot.starts_at, at=at, slot={"soon": slot.soon, "capacity": store.slot_capacity})
    promises.make(fulfilment, lines=order_lines, total=priced.total, inputs=made_of, at=at)
    data = {"number": order.number, "total": order.total, "count": priced.count}
    events.record("order.placed", at=at, by=by, channel=channel, store_id=store.pk, member_id=order.member_id, order_id=order.pk, data=data)
    outbox.queue("order_placed", dedup_key=f"order_placed:{order.pk}", payload={"fulfilment": fulfilment.pk}, at=at, order_id=order.pk)
    reference = f"fulfilment:{fulfilment.pk}"
    stock.allocate(store.pk, demand_of(sold), holder=carts.holder(cart.pk) if cart else "", reference=reference, by=by, at=at)
    slots.book(store, slot, reference=reference, at=at)  # rows that every order of the store wants are taken last, to be held for the shortest time
    queue.raise_version(store.pk)
    return order


def _window(store: Store, wish: str, at: datetime) -> tuple[Store, slots.Slot]:
    """The store as it is now, read with its hours in one statement, and the window of it that is wished for."""
    store = Store.objects.with_calendar().get(pk=store.pk)
    if not (store.active and store.pickup):
        raise NoPickup
    # How full its slots are matters only for the first one with room; for any other, booking it finds out.
    loads = slots.loads_of([store], at=at).get(store.pk) if wish == slots.FIRST else None
    return store, slots.choose(store, hours.calendar_of(store), wish, at=at, loads=loads)


def _close(cart: Cart | None, at: datetime) -> list[CartLine]:
    """The lines of a cart that changes no more. It is closed before they are read, so that a line added meanwhile is not lost."""
    if cart is None or not Cart.objects.filter(pk=cart.pk, state=Cart.State.OPEN).update(state=Cart.State.ORDERED, updated_at=at):
        raise EmptyCart
    lines = carts.lines_of(cart)
    if not lines:
        raise EmptyCart
    for line in lines:
        if not (line.variant.active and line.variant.product.active):
            raise carts.NotOnSale(line.variant)
    return lines


def _promise(order: Order, slot: slots.Slot, at: datetime) -> Fulfilment:
    """The pickup, with its code and the window that it is promised for."""
    code = pickup_codes.draw(order.store_id)
    with acts.drawing():
        return Fulfilment.objects.create(
            order=order,
            store_id=order.store_id,
            kind=Fulfilment.Kind.PICKUP,
            public_id=code.public_id,
            code_digest=code.digest,
            due_at=slot.starts_at,
            window_ends=slot.ends_at,
            placed_at=at,
        )


def demand_of(sold: Sequence[Sold]) -> Counter[int]:
    """How many of each variant, summed over the lines."""
    demand: Counter[int] = Counter()
    for line in sold:
        demand[line.variant.pk] += line.priced.quantity
    return demand


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
