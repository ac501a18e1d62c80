"""The place: stores, catalogue, stock, slots and shelf labels."""

from stores.models.catalogue import Category, Product, Variant
from stores.models.handling import Adjustment, StockReason, Transfer, TransferLine
from stores.models.kept_back import KeptBack, SafetyStock, StockPolicy
from stores.models.label import ShelfLabel
from stores.models.picture import Picture
from stores.models.place import Place
from stores.models.slot import SlotBooking, SlotLoad
from stores.models.stock import Hold, StockLevel, StockMovement
from stores.models.store import Assignment, Closure, OpeningHours, Service, SpecialOpening, Store

__all__ = [
    "Adjustment",
    "Assignment",
    "Category",
    "Closure",
    "Hold",
    "KeptBack",
    "OpeningHours",
    "Picture",
    "Place",
    "Product",
    "SafetyStock",
    "Service",
    "ShelfLabel",
    "SlotBooking",
    "SlotLoad",
    "SpecialOpening",
    "StockLevel",
    "StockMovement",
    "StockPolicy",
    "StockReason",
    "Store",
    "Transfer",
    "TransferLine",
    "Variant",
]
