"""Merging: a cart joins another one, because its customer signed in or went on at another device. No line is lost, and what happened can be told."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.conf import settings

from omo.acts import act
from orders import carts
from orders.models import Cart, CartLine
from stores import holds
from stores.models import Variant


class Met(NamedTuple):
    """A variant that both carts had: how many of it are in the cart `now`, and whether that is fewer than both together (`capped`)."""

    variant: Variant
    now: int
    capped: bool


@dataclass(frozen=True)
class Merged:
    """The cart that is left, how many lines came into it, and which of them were there already."""

    cart: Cart
    came: int = 0
    met: tuple[Met, ...] = ()


@act
def merge(guest: Cart, into: Cart, *, at: datetime) -> Merged:
    """Move every line of a browser's cart into another; together a line holds at most settings.MAX_LINE_QUANTITY. Raises carts.CartIsOrdered.

    What its checkout holds, and the sale of a till that rings it up, are the other one's now. A cart that has been ordered or moved meanwhile is left alone.
    """
    if guest.pk == into.pk or not carts.hold(guest, at):
        return Merged(into)
    carts.touch(into, at)
    own = {line.variant_id: line for line in into.lines.all()}
    bought, saved = carts.lines_and_saved(guest)
    met = [_join(line, own[line.variant_id]) for line in (*bought, *saved) if line.variant_id in own]
    guest.lines.exclude(variant_id__in=own).update(cart=into)
    if guest.store_id:
        carts.choose_store(into, guest.store, at=at)
    holds.hand_over(carts.holder(guest.pk), to=carts.holder(into.pk), at=at)
    Cart.objects.filter(pk=into.pk).update(holds=True)
    Cart.objects.filter(continues=guest).update(continues=into)
    guest.delete()
    return Merged(into, len(bought) + len(saved), tuple(met))


def _join(line: CartLine, own: CartLine) -> Met:
    """A line joins the other cart's own of the same variant, received as it says now; bought if one of them is not saved for later."""
    both = own.quantity + line.quantity
    own.quantity = min(both, settings.MAX_LINE_QUANTITY)
    own.label_id = own.label_id or line.label_id
    own.saved_at = own.saved_at and line.saved_at
    own.way, own.store_id = line.way, line.store_id
    own.save(update_fields=["quantity", "label", "saved_at", "way", "store"])
    return Met(line.variant, own.quantity, own.quantity < both)
