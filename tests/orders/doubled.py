"""A cart with two lines of the same goods, which no cart has: a demand that comes from two lines is summed before it is decided."""

import pytest

from orders import carts
from orders.models import Cart, CartLine


def twice_in_each_cart(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if every cart had each of its lines twice."""
    read = carts.lines_and_saved

    def doubled(cart: Cart) -> tuple[list[CartLine], list[CartLine]]:
        bought, saved = read(cart)
        return bought * 2, saved

    monkeypatch.setattr("orders.carts.lines_and_saved", doubled)
