"""The till: a sale is an order that is placed and completed at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from loyalty.models import Member
from omo import acts, codes, events, idempotency
from omo.acts import act
from omo.models import User
from omo.models.event import Channel
from orders import cart_ends, carts, checkout, fulfilment, payments, pricing
from orders.models import Cart, CartLine, Fulfilment, HandOver, Order
from stores.models import ShelfLabel, Store, Variant

SCOPE = "ring_up"
SCANS = "till-scan"


class EmptySale(Exception):
    """There is nothing to ring up."""


class NotPaidInFull(Exception):
    """The tenders do not make up the total; `total` and `tendered` are in minor units."""

    def __init__(self, total: int, tendered: int) -> None:
        super().__init__(total, tendered)
        self.total, self.tendered = total, tendered


class CustomersCartIsGone(Exception):
    """The customer's cart was ordered, rung up or merged meanwhile; nothing was changed."""


class OtherCart(Exception):
    """The sale rings up another customer's cart already."""


@dataclass(frozen=True)
class SaleLine:
    """A variant and how many.

    `sold_for` is the line's exact total in minor units when the price was made elsewhere, else the list price holds; `label_id` is the shelf label it was
    scanned from.
    """

    variant: Variant
    quantity: int
    sold_for: int | None = None
    label_id: int | None = None


def ring_up(
    store: Store,
    lines: Sequence[SaleLine],
    *,
    tendered: Sequence[payments.Tendered],
    member: Member | None = None,
    sale_reference: str,
    by: User | None,
    at: datetime,
) -> Order:
    """Sell the lines to whoever stands at the till: order, payment, goods and points in one transaction.

    `sale_reference` is the sale's own number, unique for ever: a repeat gets the same order.
    Raises EmptySale, NotPaidInFull and idempotency.KeyReused.
    """
    request = idempotency.fingerprint(store.pk, member.pk if member else None, [(line.variant.pk, line.quantity, line.sold_for) for line in lines])
    return _once(sale_reference, request, at, lambda: _sell(store, lines, tendered, member, sale_reference, by, at))


def ring_up_sale(cart: Cart, *, tendered: Sequence[payments.Tendered], sale_reference: str, by: User, at: datetime) -> Order:
    """Ring up the open sale of a till as it is at this moment, with the member whose card was scanned, and close it.

    It is closed before it is read, so that what a colleague scans meanwhile is either paid for or refused. So is the customer's cart that it rings up.
    Raises EmptySale, NotPaidInFull (also when the total has changed), checkout.EmptyCart (rung up before), CustomersCartIsGone and idempotency.KeyReused.
    """

    def sell() -> Order:
        if not Cart.objects.filter(pk=cart.pk, state=Cart.State.OPEN, channel=Channel.TILL).update(state=Cart.State.ORDERED, updated_at=at):
            raise checkout.EmptyCart
        sale = Cart.objects.select_related("store", "member").get(pk=cart.pk)
        lines = [SaleLine(line.variant, line.quantity, label_id=line.label_id) for line in carts.lines_of(sale)]
        if sale.continues_id:
            _close_customers_cart(sale.continues_id, {line.variant.pk for line in lines}, at)
        return _sell(cast(Store, sale.store), lines, tendered, sale.member, sale_reference, by, at)

    return _once(sale_reference, idempotency.fingerprint(cart.store_id, "the open sale of", by.pk), at, sell)


@act
def scan_into(cart: Cart, variant: Variant, *, label: ShelfLabel | None = None, key: str = "", at: datetime) -> None:
    """Put one more of the variant into the open sale, once per `key` (of the page it was scanned on) and variant; without a key each time.

    A label counts in its own store only. Raises carts.NotOnSale, carts.TooManyInCart or carts.CartIsOrdered and changes nothing then.
    """
    here = label if label and label.store_id == cart.store_id else None

    def add() -> None:
        carts.add(cart, variant, label=here, at=at)

    if key:
        idempotency.once(SCANS, codes.digest(SCANS, f"{cart.pk}:{key}:{variant.pk}"), request="", at=at, act=add)
    else:
        add()


@act
def continue_cart(sale: Cart, cart: Cart, *, at: datetime) -> list[CartLine]:
    """Put what is in a customer's cart into the open sale, with the customer's membership unless a card was scanned. Doing it again adds nothing.

    The customer's cart stays as it is until the sale is rung up. Returns the lines that were left out: not sold any more, or more than a sale may hold.
    Raises carts.CartIsOrdered (of the sale), CustomersCartIsGone, OtherCart and EmptySale.
    """
    carts.touch(sale, at)
    continues_id, member_id = Cart.objects.values_list("continues_id", "member_id").get(pk=sale.pk)
    if continues_id == cart.pk:
        return []
    if continues_id:
        raise OtherCart(continues_id)
    if not Cart.objects.filter(pk=cart.pk, state=Cart.State.OPEN, channel=Channel.WEB).exists():
        raise CustomersCartIsGone(cart.pk)
    lines = carts.lines_of(cart)
    if not lines:
        raise EmptySale
    Cart.objects.filter(pk=sale.pk).update(continues=cart, member=member_id or Member.objects.of(cart.user))
    return [line for line in lines if not _taken(sale, line, at)]


@act
def leave_cart(sale: Cart, *, at: datetime) -> None:
    """Let go of the customer's cart, which stays as it is: what it has is taken out of the open sale, and the customer's membership.

    Raises carts.CartIsOrdered (of the sale).
    """
    carts.touch(sale, at)
    cart = Cart.objects.select_related("user").filter(continued_by=sale).first()
    if cart is None:
        return
    ours = {line.variant_id: line for line in sale.lines.all()}
    for line in carts.lines_of(cart):
        if line.variant_id in ours:
            carts.set_quantity(sale, line.variant, quantity=max(ours[line.variant_id].quantity - line.quantity, 0), at=at)
    Cart.objects.filter(pk=sale.pk).update(continues=None)
    Cart.objects.filter(pk=sale.pk, member=Member.objects.of(cart.user)).update(member=None)


def _taken(sale: Cart, line: CartLine, at: datetime) -> bool:
    """Whether a line of the customer's cart is in the sale now. A label counts in its own store only."""
    label = line.label if line.label and line.label.store_id == sale.store_id else None
    try:
        carts.add(sale, line.variant, quantity=line.quantity, label=label, at=at)
    except (carts.NotOnSale, carts.TooManyInCart):
        return False
    return True


def _close_customers_cart(cart_id: int, bought: set[int], at: datetime) -> None:
    try:
        cart_ends.ring_up(cart_id, bought=bought, at=at)
    except carts.CartIsOrdered as gone:
        raise CustomersCartIsGone(cart_id) from gone


def _once(sale_reference: str, request: str, at: datetime, sell: Callable[[], Order]) -> Order:
    """The order of a sale's number; sold now if there is none."""
    rung_up: list[Order] = []

    def answer() -> str:
        rung_up[:] = [sell()]
        return rung_up[0].number

    number = acts.act(idempotency.once)(SCOPE, sale_reference, request=request, at=at, act=answer)
    if rung_up and rung_up[0].number == number:
        return rung_up[0]
    return Order.objects.select_related("store", "member").get(number=number)


def _sell(
    store: Store, lines: Sequence[SaleLine], tendered: Sequence[payments.Tendered], member: Member | None, reference: str, by: User | None, at: datetime
) -> Order:
    if not lines:
        raise EmptySale
    quote = pricing.quote(pricing.Item(line.variant.pk, line.quantity, line.variant.price, line.sold_for) for line in lines)
    paid = sum(payment.amount for payment in tendered)
    if paid != quote.total:
        raise NotPaidInFull(quote.total, paid)
    sold = [checkout.Sold(priced, line.variant, line.label_id) for priced, line in zip(quote.lines, lines, strict=True)]
    order, order_lines = checkout.write_order(store=store, channel=Channel.TILL, sold=sold, total=quote.total, member=member, sale_reference=reference, at=at)
    carried = Fulfilment.objects.create(order=order, store=store, kind=Fulfilment.Kind.CARRY_OUT, public_id=codes.random_id(), due_at=at, placed_at=at)
    checkout.write_fulfilment_lines(carried, order_lines)
    data = {"number": order.number, "total": order.total, "count": quote.count}
    events.record("order.placed", at=at, by=by, channel=Channel.TILL, store_id=store.pk, member_id=order.member_id, order_id=order.pk, data=data)
    payments.take_payment(order, tendered, store=store, by=by, at=at)
    fulfilment.complete(carried, method=HandOver.Method.PRESENT, by=by, at=at)
    return order
