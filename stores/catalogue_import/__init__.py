"""Importing a catalogue, stores and stock from CSV files: all of it, or nothing and a list of what is wrong with line numbers.

Files are UTF-8 (a byte order mark is fine) or in the encoding that is chosen, with commas and one heading line; columns come in any order. Text stays
text: leading zeros are kept and a formula is only its letters. A column that is not in a file stays as it is; columns that are not known are named in the
report and not used.

products   sku (what a row is about). A SKU that is new also needs name, price and category or department.
           name, brand, summary, description, drawing, department (parent category), category (child): of the product.
           product: rows with the same word here are the variants of one product. Without it a SKU is a product of its own; a known SKU keeps its product.
           size, colour, tint (#rrggbb), price (list price such as 12.50), active (yes or no), gtin (also: jan, ean, barcode, upc): of the variant.
           A new SKU without a GTIN gets one for use within the company, always the same.
stores     store (also: code; what a row is about), name, time_zone, street, postcode, city, phone, directions, latitude, longitude, gln, pickup (yes or no).
stock      store, sku, quantity (also: qty, on_hand): what is on hand now, never below what is promised to placed orders.

Importing the same file again changes nothing. Changes of products, variants and stores are kept in their history, stock in its movements.
"""

from stores.catalogue_import.importing import run
from stores.catalogue_import.reading import ENCODINGS, Source
from stores.catalogue_import.report import Counts, Problem, Report

__all__ = ["ENCODINGS", "Counts", "Problem", "Report", "Source", "run"]
