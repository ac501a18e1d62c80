"""The columns of each file, and a table as rows of what its cells mean."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from django.db.models import Field, Model

from stores import gs1
from stores.catalogue_import import cells
from stores.catalogue_import.reading import Table
from stores.catalogue_import.report import Problems
from stores.models import Category, Product, Store, Variant

ALIASES = {
    **dict.fromkeys(["jan", "ean", "barcode", "upc"], "gtin"),
    **dict.fromkeys(["qty", "on_hand", "stock"], "quantity"),
    **dict.fromkeys(["color"], "colour"),
}
STORE_ALIASES = {**ALIASES, "code": "store"}


def text_of(model: type[Model], name: str) -> cells.Reader:
    """Text for a model's field."""
    return cells.text(cast("Field[Any, Any]", model._meta.get_field(name)))


def _texts(model: type[Model], *names: str) -> dict[str, cells.Reader]:
    return {name: text_of(model, name) for name in names}


CATEGORY = text_of(Category, "name")
STORE_CODE = text_of(Store, "code")
PRODUCTS: dict[str, cells.Reader] = {
    **_texts(Variant, "sku", "size", "colour", "tint"),
    **_texts(Product, "name", "brand", "summary", "drawing"),
    "description": cells.lines,
    "department": CATEGORY,
    "category": CATEGORY,
    "product": text_of(Product, "name"),
    "price": cells.amount,
    "gtin": cells.gtin,
    "active": cells.yes_or_no,
}
STORES: dict[str, cells.Reader] = {
    "store": STORE_CODE,
    **_texts(Store, "name", "time_zone", "street", "postcode", "city", "phone", "directions", "gln"),
    "latitude": cells.degrees(90),
    "longitude": cells.degrees(180),
    "pickup": cells.yes_or_no,
}
STOCK: dict[str, cells.Reader] = {"store": STORE_CODE, "sku": text_of(Variant, "sku"), "quantity": cells.count(0, cells.MOST_ON_HAND)}


@dataclass(frozen=True, slots=True)
class Row:
    """A line and what its cells mean, for the columns that its file has."""

    line: int
    values: dict[str, Any]

    def __getitem__(self, column: str) -> Any:
        return self.values[column]

    def get(self, column: str, default: Any = None) -> Any:
        """The cell's meaning, or the default if the file has no such column."""
        return self.values.get(column, default)


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of a file: how each is read, which must be there and filled in, which name a thing once, and some that tell this kind from others."""

    kind: str
    readers: Mapping[str, cells.Reader]
    required: tuple[str, ...]
    once: tuple[str, ...] = ()
    telling: tuple[str, ...] = ()


def rows_of(table: Table, layout: Layout, *, problems: Problems, warnings: Problems) -> list[Row]:
    """The table's rows; those with a bad cell and those about the same thing as an earlier one are left out and their problems are added."""
    used = [(place, column, layout.readers[column]) for place, column in enumerate(table.columns) if column in layout.readers]
    if not _is_of(table, layout, {column for _, column, _ in used}, problems, warnings):
        return []
    once = [column for column in layout.once if column in table.columns]
    first: dict[tuple[Any, ...], int] = {}
    rows = []
    for line, texts in table.rows:
        values = _values(table.file, line, texts, used, layout.required, problems)
        thing = tuple(values[column] for column in once if column in values)
        # A row that is wrong itself counts too: who mends it should not learn of the other one only then.
        if once and len(thing) == len(once) and first.setdefault(thing, line) != line:
            what = ", ".join(f"{column} {values[column]}" for column in once)
            problems.add(table.file, line, "twice", what=what, first=first[thing])
        elif len(values) == len(used):
            rows.append(Row(line, values))
    return rows


def warn_of_check_digits(file: str, rows: list[Row], warnings: Problems) -> None:
    """Name the GTINs that no scanner would read; they stay as they are given."""
    for row in rows:
        if row.get("gtin") and not gs1.is_gtin(row["gtin"]):
            warnings.add(file, row.line, "check_digit", column="gtin", value=row["gtin"])


def _is_of(table: Table, layout: Layout, used: set[str], problems: Problems, warnings: Problems) -> bool:
    """Whether the table has the columns of this kind of file. Columns of no use are a warning."""
    if not table.columns:
        return False
    missing = [column for column in layout.required if column not in used]
    unused = [column for column in table.columns if column not in used]
    if missing:
        problems.add(table.file, 1, "missing_columns", columns=", ".join(missing))
    elif unused and layout.telling and used <= set(layout.required):
        *others, last = layout.telling
        problems.add(table.file, 1, "another_file", kind=layout.kind, columns=f"{', '.join(others)} or {last}")
        return False
    elif unused:
        warnings.add(table.file, 0, "unused_columns", columns=", ".join(unused))
    return not missing


def _values(file: str, line: int, texts: list[str], used: list[tuple[int, str, cells.Reader]], required: tuple[str, ...], problems: Problems) -> dict[str, Any]:
    """What the cells mean; those that are bad are left out and their problems are added."""
    values: dict[str, Any] = {}
    for place, column, read in used:
        try:
            values[column] = read(texts[place])
        except cells.BadCell as bad:
            problems.add(file, line, bad.code, **{"column": column, **bad.data})
            continue
        if column in required and values[column] in ("", None):
            problems.add(file, line, "required", column=column)
            del values[column]
    return values
