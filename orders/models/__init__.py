"""The purchase: cart, order, fulfilment and payment."""

from orders.models.cart import Cart, CartLine
from orders.models.fulfilment import Fulfilment, FulfilmentLine, HandOver, QueueVersion
from orders.models.order import Order, OrderLine
from orders.models.payment import Payment

__all__ = ["Cart", "CartLine", "Fulfilment", "FulfilmentLine", "HandOver", "Order", "OrderLine", "Payment", "QueueVersion"]
