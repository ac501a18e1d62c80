"""The code of a cart, by which it goes on at another device or at a till: ten letters, drawn when they are asked for, worthless once used."""

from datetime import datetime

from omo import acts, codes
from omo.models import User
from omo.models.event import Channel
from orders import carts, merging
from orders.models import Cart


class UnknownCode(Exception):
    """No open cart has this code, any more at least, or it is an account's and somebody else asks for it."""


@acts.act
def draw(cart: Cart, *, at: datetime) -> str:
    """The code of an open cart; drawn if it has none. Raises carts.CartIsOrdered."""
    carts.touch(cart, at)
    known = Cart.objects.values_list("code", flat=True).get(pk=cart.pk)
    if known:
        return known
    code = _random_code()
    with acts.drawing():
        Cart.objects.filter(pk=cart.pk).update(code=code)
    return code


@acts.act
def drop(cart: Cart, *, at: datetime) -> None:
    """The code opens nothing any more. Raises carts.CartIsOrdered."""
    carts.touch(cart, at)
    Cart.objects.filter(pk=cart.pk).update(code=None)


def find(code: str) -> Cart | None:
    """The open cart with this code, with its store and customer; None if there is none. For staff: whose it is does not matter."""
    typed = "".join(codes.clean(code).split())
    carts_open = Cart.objects.filter(state=Cart.State.OPEN, channel=Channel.WEB).select_related("store", "user")
    return carts_open.filter(code=typed).first() if typed else None


def find_for(code: str, user: User | None) -> Cart | None:
    """The open cart with this code if it is a browser's or this customer's own; None for an account's that is not theirs."""
    found = find(code)
    return found if found and (found.user_id is None or found.user == user) else None


@acts.act
def take_over(code: str, *, into: Cart, user: User | None, at: datetime) -> merging.Merged:
    """Let the cart with this code go on in another one, which the customer or the browser has; the code is worthless then.

    Raises UnknownCode and carts.CartIsOrdered.
    """
    found = find_for(code, user)
    if found is None:
        raise UnknownCode
    if found.pk == into.pk:
        drop(found, at=at)
        return merging.Merged(into)
    return merging.merge(found, into, at=at)


def _random_code() -> str:
    """Ten letters that cannot be taken for the number of a member's card, which has digits alone."""
    code = codes.random_id()
    return _random_code() if code.isdigit() else code
