"""Head office's pages of the place."""

from stores.admin import catalogue, places, shelves

__all__ = ["catalogue", "places", "shelves"]
