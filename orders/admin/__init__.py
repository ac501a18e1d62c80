"""Head office's pages of the purchase: facts that acts write, and where the shop delivers."""

from orders.admin import carts, collecting, delivery, fulfilments, payments, promises, purchases

__all__ = ["carts", "collecting", "delivery", "fulfilments", "payments", "promises", "purchases"]
