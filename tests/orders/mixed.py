"""An order of several parts: collected in two stores and delivered from a third one."""

from datetime import datetime

from omo import codes
from omo.models import User
from orders import carts, checkout, payments, release
from orders.delivery_quotes import Wish
from orders.models import CartLine, DeliveryOption, Fulfilment, Order
from stores import slots
from stores.models import Store
from tests import factories
from tests.factories import NOON
from tests.orders import delivering


def order(main: Store, other: Store | None = None, *, owner: User | None = None, paid: bool = True, at: datetime = NOON) -> Order:
    """Two mugs at 12.50 at `main`, a bowl at 20.00 at `other` if there is one, and a lamp at 30.00 delivered from Depot for 4.95.

    It waits for its online payment if it is not `paid`.
    """
    depot = delivering.sender("depot", pickup=False)
    standard = DeliveryOption.objects.first() or delivering.option()
    mug, lamp = factories.stocked(main, 10, price=1250), factories.stocked(depot, 10, price=3000)
    basket = factories.cart((mug, 2), (lamp, 1), owner=owner, place=main)
    carts.receive(basket, lamp, way=CartLine.Way.DELIVERY, at=at)
    if other:
        bowl = factories.stocked(other, 10, price=2000)
        carts.add(basket, bowl, at=at)
        carts.receive(basket, bowl, way=CartLine.Way.PICKUP, store=other, at=at)
    placed = checkout.place_order(
        basket,
        channel="web",
        contact=checkout.Contact("Marta Lindqvist", "marta@shop.test"),
        store=main,
        windows={other.code: slots.FIRST} if other else {},
        delivery=Wish(delivering.HOME, standard.pk, "Ring twice"),
        method="sandbox",
        idempotency_key=codes.random_id(20),
        by=owner,
        at=at,
    )
    if paid:
        payments.take_payment(placed, [payments.Tendered("card", placed.total)], store=main, by=None, at=at)
        release.release_to_staff(placed, at=at)
    return placed


def parts(placed: Order) -> list[Fulfilment]:
    """Its fulfilments, as the database has them now."""
    return list(Fulfilment.objects.select_related("order__member", "store", "picker", "delivery").filter(order=placed).order_by("id"))
