"""The shop with a guard taken away, for negative controls: what a fault does to a shop without it. GUARDS_OFF names which, by commas."""

import os
import time
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

from django.core.signals import request_started
from django.db import connection
from django.db.transaction import Atomic

from omo.wsgi import application as shop
from orders import carts, checkout
from orders.models import Cart, CartLine
from tests.races.crowd import unguarded

__all__ = ["application"]
NAMES = os.environ["GUARDS_OFF"].split(",")


def key() -> None:
    """Nobody remembers which requests were answered."""
    patch("omo.idempotency.once", unguarded).start()


def cart() -> None:
    """A cart may be ordered again."""

    def lines(basket: Cart | None, *_: object) -> list[CartLine]:
        if basket is None:
            raise checkout.EmptyCart
        return carts.lines_of(basket)

    patch("orders.checkout._close", lines).start()


def transaction() -> None:
    """Every statement is committed by itself."""
    patch.object(Atomic, "__enter__", lambda *_: None).start()
    patch.object(Atomic, "__exit__", lambda *_: None).start()
    patch.object(type(connection.features), "has_select_for_update", new=False).start()  # which Django allows in transactions only


class Late(list[bytes]):
    """An answer whose changes are committed a while after it was sent."""

    def __init__(self, answer: Any) -> None:
        super().__init__(answer)
        self.answer = answer

    def close(self) -> None:
        """The web server has sent the answer."""
        time.sleep(0.3)
        connection.commit()
        connection.set_autocommit(True)
        self.answer.close()


def commit(environ: dict[str, Any], start_response: Callable[..., Any]) -> Late:
    """The answer does not wait for the commit."""
    return Late(shop(environ, start_response))


def _begin(**_: Any) -> None:
    """After Django has looked after the connection, at the start of a request."""
    connection.set_autocommit(False)


for guard in (key, cart, transaction):
    if guard.__name__ in NAMES:
        guard()
application = shop
if commit.__name__ in NAMES:
    request_started.connect(_begin)
    application = commit
