"""The purchase: cart, order, fulfilment, delivery, payment and promise."""

from orders.models.address import Address, PostalAddress
from orders.models.cart import Cart, CartLine
from orders.models.collecting import Arrival, ProxyPass
from orders.models.delivery import Carrier, Delivery, DeliveryOption, DeliveryZone, HandOff
from orders.models.fulfilment import Fulfilment, FulfilmentLine, HandOver, QueueVersion
from orders.models.order import Order, OrderLine
from orders.models.payment import Payment, PaymentAttempt, ProviderEvent, Refund, SandboxPayment
from orders.models.promise import Promise, PromiseOutcome

__all__ = [
    "Address",
    "Arrival",
    "Carrier",
    "Cart",
    "CartLine",
    "Delivery",
    "DeliveryOption",
    "DeliveryZone",
    "Fulfilment",
    "FulfilmentLine",
    "HandOff",
    "HandOver",
    "Order",
    "OrderLine",
    "Payment",
    "PaymentAttempt",
    "PostalAddress",
    "Promise",
    "PromiseOutcome",
    "ProviderEvent",
    "ProxyPass",
    "QueueVersion",
    "Refund",
    "SandboxPayment",
]
