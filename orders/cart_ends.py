"""How a customer's cart ends at a till, and what of a cart goes on: what was bought stays with the closed cart, the rest moves to a new one."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from omo.acts import act
from omo.models.event import Channel
from orders import carts
from orders.models import Cart, CartLine
from stores import holds

TOLD_FOR = timedelta(days=1)
"""As long as this the customer's cart says that it was rung up at a till."""


@act
def ring_up(cart_id: int, *, bought: Collection[int], at: datetime) -> None:
    """A till sold these variants (ids) of a customer's cart: close it, end what its checkout held, and let the rest of it go on.

    Raises carts.CartIsOrdered if it became an order or was rung up meanwhile.
    """
    closing = Cart.objects.filter(pk=cart_id, state=Cart.State.OPEN, channel=Channel.WEB)
    if not closing.update(state=Cart.State.ORDERED, code=None, updated_at=at):
        raise carts.CartIsOrdered(cart_id)
    closed = Cart.objects.get(pk=cart_id)
    holds.end(carts.holder(cart_id), at=at)
    lines, saved = carts.lines_and_saved(closed)
    go_on(closed, lines=[*(line for line in lines if line.variant_id not in bought), *saved], at=at)


@act
def go_on(closed: Cart, *, lines: Sequence[CartLine], at: datetime) -> Cart | None:
    """Move lines of a cart that was closed in this transaction to a new open cart of the same customer or browser. None if there are none."""
    if not lines:
        return None
    following = Cart.objects.create(user_id=closed.user_id, store_id=closed.store_id, continues=closed, created_at=at, updated_at=at)
    CartLine.objects.filter(pk__in=[line.pk for line in lines]).update(cart=following)
    return following


def following(cart_id: int) -> Cart | None:
    """The open cart in which a browser's cart, closed since, goes on; None if nothing of it was left. A statement for each time it was closed, and one."""
    nexts = Cart.objects.filter(continues=cart_id, user=None, channel=Channel.WEB).select_related("store")
    found = nexts.first()
    if found is None or found.state == Cart.State.OPEN:
        return found
    return following(found.pk)


def last_sale(cart_ids: Collection[int], *, user_id: int | None, at: datetime) -> Cart | None:
    """The sale, with its store, in which a till rang up one of these carts, or one of this customer's, less than TOLD_FOR ago. One statement."""
    sales = Cart.objects.filter(channel=Channel.TILL, state=Cart.State.ORDERED, updated_at__gt=at - TOLD_FOR).select_related("store")
    of_customer = sales.filter(continues__user=user_id) if user_id else sales.filter(continues__in=cart_ids)
    return of_customer.order_by("-updated_at").first()
