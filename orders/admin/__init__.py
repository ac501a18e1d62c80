"""Head office's pages of the purchase: all of them facts that acts write."""

from orders.admin import carts, fulfilments, promises, purchases

__all__ = ["carts", "fulfilments", "promises", "purchases"]
