"""What an import refuses: every file that would mean something else than its writer thought, with the line."""

import pytest

from stores import catalogue_import
from stores.catalogue_import import Source
from stores.models import Product, StockMovement, Store, Variant
from tests import factories
from tests.factories import NOON

pytestmark = pytest.mark.django_db

HEAD = b"sku,name,category,price\n"
PRODUCTS = {
    "empty": (b"", ["The file is empty."]),
    "utf-16": ("sku,name\n".encode("utf-16"), ["line 1: The file is in UTF-16. Save it as UTF-8 (Excel: CSV UTF-8), or choose its encoding."]),
    "utf-16 without a mark": (
        "sku,name\n".encode("utf-16-le"),
        ["line 1: The file is in UTF-16. Save it as UTF-8 (Excel: CSV UTF-8), or choose its encoding."],
    ),
    "shift-jis": (
        HEAD + "A1,日本,台所,5\n".encode("cp932"),
        [
            "line 2: This line is not UTF-8 (byte 0x93), perhaps Shift_JIS or Windows-1252. Save it as UTF-8 (Excel: CSV UTF-8), or choose its encoding.",
        ],
    ),
    "semicolons": (b"sku;name\nA1;Mug\n", ["line 1: The columns are separated by semicolons. Save the file with commas."]),
    "a missing column": (b"name,price\nMug,5\n", ["line 1: These columns are missing: sku."]),
    "columns missing for a new SKU": (b"sku,price\nA1,5\n", ["line 2: SKU A1 is new, and for new SKUs these columns are missing: name, category."]),
    "a column twice": (b"sku,name,gtin,ean\nA1,Mug,,\n", ["line 1: The column gtin is there twice."]),
    "a column without heading": (b"sku,,name\nA1,,Mug\n", ["line 1: Column 2 has no heading."]),
    "an open quotation mark": (HEAD + b'A1,"Mug\n', ["line 2: A quotation mark is opened in this row and not closed, or closed in the middle of a cell."]),
    "a cell of 1 MiB": (HEAD + b"A1," + b"x" * 2**20 + b",Kitchen,5\n", ["line 2: A cell of this row is longer than 131,072 characters."]),
    "a ragged row": (HEAD + b"A1,Mug,Kitchen\n", ["line 2: The row has 3 cells, the heading has 4."]),
    "NUL": (HEAD + b"A1,Mu\0g,Kitchen,5\n", ["line 2: name holds a NUL character."]),
    "a SKU twice": (HEAD + b"A1,Mug,Kitchen,5\nB1,Cup,Kitchen,5\nA1,Mug,Kitchen,9\n", ["line 4: sku A1 is also in line 2."]),
    "a SKU twice, first in a row that is wrong itself": (
        HEAD + b"A1,Mug,Kitchen,dear\nA1,Mug,Kitchen,9\n",
        ["line 2: price is 'dear'.", "line 3: sku A1 is also in line 2."],
    ),
    "faults of several kinds": (
        HEAD + b"A1,Mug,,5\nA2,Cup,Kitchen\nA3,Jug,Kitchen,dear\nA1,Mug,,5\n",
        ["line 2: SKU A1 is new and", "line 3: The row has 3 cells", "line 4: price is 'dear'.", "line 5: sku A1 is also in line 2."],
    ),
    "receipts": (
        b"receipt,store,sku,quantity\nR1,harbour,A1,1\nR2,harbour,A1,1\n",
        ["line 1: This does not look like products: it has no column name, price or category."],
    ),
    "a heading only": (HEAD, ["The file has no rows beneath its heading line."]),
    "no name": (HEAD + b"A1,,Kitchen,5\n", ["line 2: name is empty."]),
    "no price": (HEAD + b"A1,Mug,Kitchen,\n", ["line 2: price is empty."]),
    "no category": (HEAD + b"A1,Mug,,5\n", ["line 2: SKU A1 is new and has neither category nor department."]),
    "comma decimals": (
        HEAD + b'A1,Mug,Kitchen,"1.234,50"\n',
        ["line 2: price is '1.234,50'. Write a point before the decimals and nothing between thousands, such as 1234.50."],
    ),
    "a negative price": (HEAD + b"A1,Mug,Kitchen,-5\n", ["line 2: price is '-5'. Write an amount such as 12.50, with at most 2 decimals."]),
    "a SKU with a space": (HEAD + b"A 1,Mug,Kitchen,5\n", ["line 2: sku is 'A 1'. A SKU has letters, digits, '.', '_' and '-' only."]),
    "a name too long": (
        HEAD + b"A1," + b"m" * 121 + b",Kitchen,5\n",
        ["line 2: name is '" + "m" * 60 + "…'. Ensure this value has at most 120 characters (it has 121)."],
    ),
    "a scientific barcode": (
        b"sku,name,category,price,jan\nA1,Mug,Kitchen,5,4.90123E+12\n",
        ["line 2: gtin is '4.90123E+12': a spreadsheet has cut its digits. Format the column as text and fill it in again."],
    ),
    "a short barcode": (b"sku,name,category,price,ean\nA1,Mug,Kitchen,5,12345\n", ["line 2: gtin is '12345'. A GTIN has 8, 12, 13 or 14 digits."]),
    "a barcode twice": (
        b"sku,name,category,price,ean\nA1,Mug,Kitchen,5,4006381333931\nA2,Cup,Kitchen,5,4006381333931\n",
        ["line 3: GTIN 4006381333931 belongs to SKU A1."],
    ),
    "variants that disagree": (
        b"sku,name,category,price,product\nA1,Mug,Kitchen,5,mug\nA2,Cup,Kitchen,5,mug\n",
        ["line 3: name is 'Cup', but line 2 says 'Mug' for the same product."],
    ),
    "a word for yes or no": (b"sku,name,category,price,active\nA1,Mug,Kitchen,5,maybe\n", ["line 2: active is 'maybe'. Write yes or no."]),
    "a row after one with line ends inside": (HEAD + b'A1,Mug,"Kit\nchen",5\n', ["line 2: category is 'Kit\nchen'. Use one line of plain text"]),
}
STOCK = {
    "negative stock": (b"store,sku,qty\nharbour,MUG,-3\n", ["line 2: quantity is '-3'. Stock is what is on hand: 0 or more."]),
    "half a mug": (b"store,sku,qty\nharbour,MUG,1.5\n", ["line 2: quantity is '1.5'. Write a whole number such as 12, at most 999,999."]),
    "a level twice": (b"store,sku,qty\nharbour,MUG,1\nharbour,MUG,9\n", ["line 3: store harbour, sku MUG is also in line 2."]),
    "unknown": (b"store,sku,qty\nmoon,MUG,1\nharbour,CUP,1\n", ["line 2: There is no store moon.", "line 3: There is no SKU CUP."]),
    "a heading only": (b"store,sku,qty\n\n", ["The file has no rows beneath its heading line."]),
    "no store": (b"sku,qty\nMUG,1\n", ["line 1: These columns are missing: store."]),
    "more rows than a million": (b"sku,qty\n" + b"A1,1\n" * 1_000_001, ["The file has more than 1,000,000 rows. Split it."]),
}
STORES = {
    "no such zone": (b"store,time_zone\nmoon,Moon/Tranquility\n", ["line 2: time_zone is 'Moon/Tranquility'. 'Moon/Tranquility' is not a time zone."]),
    "receipts": (b"receipt,store,sku\nR1,harbour,A1\n", ["line 1: This does not look like stores: it has no column name, city or time_zone."]),
    "a heading only": (b"store,name\n", ["The file has no rows beneath its heading line."]),
    "a wrong GLN": (b"store,gln\nharbour,5390000000001\n", ["line 2: gln is '5390000000001'. Its check digit is wrong."]),
    "not on Earth": (b"store,latitude\nharbour,95.1\n", ["line 2: latitude is '95.1'. Write a number between -90 and 90."]),
}


@pytest.mark.parametrize(("data", "expected"), PRODUCTS.values(), ids=PRODUCTS)
def test_products_are_refused(data, expected):
    _refused("products", data, expected)
    assert not Product.objects.exists()


@pytest.mark.parametrize(("data", "expected"), STOCK.values(), ids=STOCK)
def test_stock_is_refused(data, expected):
    factories.stocked(factories.store(), 10, sku="MUG")
    _refused("stock", data, expected)
    assert StockMovement.objects.get().quantity == 10


@pytest.mark.parametrize(("data", "expected"), STORES.values(), ids=STORES)
def test_stores_are_refused(data, expected):
    _refused("stores", data, expected)
    assert not Store.objects.exists()


def test_a_barcode_of_another_sku_is_refused():
    mug = factories.variant(sku="MUG")
    _refused("products", f"sku,name,category,price,ean\nA1,Cup,Kitchen,5,{mug.gtin}\n".encode(), [f"line 2: GTIN {mug.gtin} belongs to SKU MUG."])
    assert Variant.objects.get() == mug


def test_the_rows_of_two_products_cannot_become_one():
    factories.variant(sku="MUG")
    factories.variant(sku="CUP")
    expected = ["line 3: The rows of product 'both' belong to different products already."]
    _refused("products", b"sku,price,product\nMUG,5,both\nCUP,5,both\n", expected)


def test_the_first_hundred_problems_by_line_are_shown_whenever_they_were_found():
    """Many bad prices are found while reading, the row without a category only when all rows are known."""
    rows = [b"A0,Mug,,5\n", *(b"A%d,Mug,Kitchen,dear\n" % number for number in range(1, 1501))]
    report = catalogue_import.run(products=Source("f.csv", HEAD + b"".join(rows)), by=None, at=NOON)
    assert [problem.line for problem in report.problems] == list(range(2, 102))
    assert report.problems.more == 1401


def _refused(kind: str, data: bytes, expected: list[str]) -> None:
    """The import says exactly this, each in its line, and counts nothing."""
    report = catalogue_import.run(**{kind: Source("f.csv", data)}, by=None, at=NOON)
    found = [str(problem) for problem in report.problems]
    assert len(found) == len(expected), found
    for words, start in zip(found, expected, strict=True):
        assert words.removeprefix("f.csv, ").removeprefix("f.csv: ").startswith(start)
    assert report.counts == {}
