"""One import: read and check every file, then write all of it in one transaction, or nothing."""

from dataclasses import asdict, dataclass, field
from datetime import datetime

from django.db import transaction

from omo import events
from omo.acts import act
from omo.models import User
from stores import kept_back, safety_rules
from stores.catalogue_import import columns, levels, places, products
from stores.catalogue_import.columns import Layout, Row
from stores.catalogue_import.reading import Source, read
from stores.catalogue_import.report import Report
from stores.models import StockLevel

PRODUCTS = Layout("products", columns.PRODUCTS, required=("sku",), once=("sku",), telling=("name", "price", "category"))
STORES = Layout("stores", columns.STORES, required=("store",), once=("store",), telling=("name", "city", "time_zone"))
STOCK = Layout("stock", columns.STOCK, required=("store", "sku", "quantity"), once=("store", "sku"))
STOCK_OF_ONE = Layout("stock", columns.STOCK, required=("sku", "quantity"), once=("store", "sku"))


@dataclass
class Files:
    """The rows of each file and what it is called."""

    names: dict[str, str] = field(default_factory=dict)
    rows: dict[str, list[Row]] = field(default_factory=dict)


def run(
    *,
    products: Source | None = None,
    stores: Source | None = None,
    stock: Source | None = None,
    stock_of: str = "",
    dry_run: bool = False,
    by: User | None,
    at: datetime,
) -> Report:
    """Import the files (see the package for their columns) and report what changed, or everything that is wrong; then nothing was changed.

    `stock_of` is the code of the store that a stock file without a store column is about. With `dry_run` nothing is kept, and the report says what would be.
    Writes one event 'catalogue.imported' if anything changed. Raises acts.Busy.
    """
    report, files = Report(dry_run=dry_run), Files()
    _read(files, products, PRODUCTS, report)
    _read(files, stores, STORES, report)
    _read(files, stock, STOCK_OF_ONE if stock_of else STOCK, report)
    for row in files.rows.get("stock", []):
        row.values.setdefault("store", stock_of)
    columns.warn_of_check_digits(files.names.get("products", ""), files.rows.get("products", []), report.warnings)
    _apply(files, report, by=by, at=at)
    if report.changes and not dry_run and "products" in files.rows and safety_rules.of_categories():
        _follow_categories(files.rows["products"], by=by, at=at)
    return report


def _follow_categories(rows: list[Row], *, by: User | None, at: datetime) -> None:
    """Goods that were brought into another category keep back what its rule says. After the import, which holds locks of its own."""
    for start in range(0, len(rows), kept_back.PORTION):
        skus = [row["sku"] for row in rows[start : start + kept_back.PORTION]]
        kept_back.apply_rules(levels=StockLevel.objects.filter(variant__product__variants__sku__in=skus).distinct(), by=by, at=at)


def _read(files: Files, source: Source | None, layout: Layout, report: Report) -> None:
    if source is None:
        return
    table = read(source, aliases=columns.STORE_ALIASES if layout is STORES else columns.ALIASES, problems=report.problems)
    files.names[layout.kind] = source.name
    files.rows[layout.kind] = columns.rows_of(table, layout, problems=report.problems, warnings=report.warnings)


@act
def _apply(files: Files, report: Report, *, by: User | None, at: datetime) -> None:
    """Check against the database and write, in one transaction that is rolled back with problems and for a dry run."""
    report.counts = {}
    with transaction.atomic():
        rows, names = files.rows, files.names
        planned = products.plan(names["products"], rows["products"], report.problems) if "products" in rows else None
        if "stores" in rows:
            places.check(names["stores"], rows["stores"], report.problems)
        if "stock" in rows:
            codes = {row["store"] for row in rows.get("stores", [])}
            skus = {row["sku"] for row in rows.get("products", [])}
            levels.check(names["stock"], rows["stock"], codes=codes, skus=skus, problems=report.problems)
        if not report.problems:
            _write(files, planned, report, by, at)
        if report.problems or report.dry_run:
            transaction.set_rollback(True)
    if report.problems:
        report.counts = {}


def _write(files: Files, planned: products.Plan | None, report: Report, by: User | None, at: datetime) -> None:
    if planned is not None:
        report.counts["products"] = products.write(planned, by=by, at=at)
    if "stores" in files.rows:
        report.counts["stores"] = places.write(files.rows["stores"], by=by, at=at)
    if "stock" in files.rows:
        report.counts["stock"] = levels.write(files.names["stock"], files.rows["stock"], by=by, at=at, problems=report.problems)
    if report.changes:
        data = {kind: asdict(counts) for kind, counts in report.counts.items()}
        events.record("catalogue.imported", at=at, by=by, data=data)
