"""The place: stores, catalogue, stock and shelf labels."""

from stores.models.catalogue import Category, Product, Variant
from stores.models.label import ShelfLabel
from stores.models.stock import StockLevel, StockMovement
from stores.models.store import Assignment, OpeningHours, Store

__all__ = ["Assignment", "Category", "OpeningHours", "Product", "ShelfLabel", "StockLevel", "StockMovement", "Store", "Variant"]
