"""Head office's pages of the place."""

from stores.admin import catalogue, finding, handling, kept_back, levels, pictures, places, shelves, slots

__all__ = ["catalogue", "finding", "handling", "kept_back", "levels", "pictures", "places", "shelves", "slots"]
