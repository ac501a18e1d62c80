"""The purchase: cart, order, fulfilment, payment and promise."""

from orders.models.cart import Cart, CartLine
from orders.models.fulfilment import Fulfilment, FulfilmentLine, HandOver, QueueVersion
from orders.models.order import Order, OrderLine
from orders.models.payment import Payment
from orders.models.promise import Promise, PromiseOutcome

__all__ = ["Cart", "CartLine", "Fulfilment", "FulfilmentLine", "HandOver", "Order", "OrderLine", "Payment", "Promise", "PromiseOutcome", "QueueVersion"]
