"""Products and variants of an import: first what the rows mean together, without writing; then all of it in few statements."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from omo.models import User
from stores import gs1
from stores.catalogue_import.categories import Shelves, slug_of
from stores.catalogue_import.columns import Row
from stores.catalogue_import.lookups import owners_of_gtins, taken_slugs, variants_by_sku
from stores.catalogue_import.report import Counts, Problems
from stores.models import Product, Variant
from stores.models.catalogue import searchable

OF_PRODUCT = ("name", "brand", "summary", "description", "drawing")
OF_CATEGORY = ("department", "category")
OF_VARIANT = ("size", "colour", "tint")
NEW_NEEDS = ("name", "price")
PORTION = 1000


@dataclass
class Group:
    """The rows of one product, the product if it exists, and what the rows say of it together."""

    rows: list[Row] = field(default_factory=list)
    product: Product | None = None
    says: dict[str, Any] = field(default_factory=dict)


@dataclass
class Plan:
    """What a file means, checked and ready to be written."""

    groups: list[Group]
    variants: dict[str, Variant]


def plan(file: str, rows: list[Row], problems: Problems) -> Plan:
    """Bring the rows together with what is known. What contradicts itself or the catalogue is a problem."""
    variants = variants_by_sku(row["sku"] for row in rows)
    groups = _groups(file, rows, variants, problems)
    for group in groups:
        _agree(file, group, problems)
    if not _lacks_columns(file, rows, variants, problems):
        _check_new(file, groups, variants, problems)
    _check_gtins(file, rows, variants, problems)
    return Plan(groups, variants)


def write(planned: Plan, *, by: User | None, at: datetime) -> Counts:
    """Write what is new or different, each with its history, and count the rows."""
    shelves = Shelves()
    taken = taken_slugs(slug for group in planned.groups if not group.product for slug in _slugs(group))
    new_products, changed_products = [], []
    for group in planned.groups:
        if group.product is None:
            group.product = Product(slug=_free_slug(group, taken))
            new_products.append(group.product)
            _set_product(group.product, group.says, shelves)
        elif _set_product(group.product, group.says, shelves):
            changed_products.append(group.product)
    keep = {"batch_size": PORTION, "default_user": by, "default_date": at}
    bulk_create_with_history(new_products, Product, **keep)
    bulk_update_with_history(changed_products, Product, [*OF_PRODUCT, "category", "search_text"], **keep)
    return _write_variants(planned, {product.pk for product in changed_products}, keep)


def _write_variants(planned: Plan, changed_products: set[int], keep: dict[str, Any]) -> Counts:
    counts, new, changed = Counts(), [], []
    for group in planned.groups:
        for position, row in enumerate(group.rows):
            variant = planned.variants.get(row["sku"])
            if variant is None:
                variant = Variant(product=group.product, sku=row["sku"], gtin=_gtin(row), position=position)
                _set(variant, _variant_values(row))
                new.append(variant)
            elif _set(variant, _variant_values(row)):
                changed.append(variant)
            elif variant.product_id in changed_products:
                counts.changed += 1
            else:
                counts.unchanged += 1
    bulk_create_with_history(new, Variant, **keep)
    bulk_update_with_history(changed, Variant, [*OF_VARIANT, "gtin", "price", "active"], **keep)
    counts.added, counts.changed = len(new), counts.changed + len(changed)
    return counts


def _groups(file: str, rows: list[Row], variants: dict[str, Variant], problems: Problems) -> list[Group]:
    """Rows by product: the one that a SKU has already, else the word in `product`, else one for each SKU."""
    owners: dict[str, Product] = {}
    for row in rows:
        if row.get("product") and row["sku"] in variants:
            product = variants[row["sku"]].product
            if owners.setdefault(row["product"], product).pk != product.pk:
                problems.add(file, row.line, "two_products", product=row["product"])
    groups: dict[Any, Group] = {}
    for row in rows:
        word, variant = row.get("product"), variants.get(row["sku"])
        owner = owners.get(word) if word else variant.product if variant else None
        group = groups.setdefault(owner.pk if owner else word or (row["sku"],), Group(product=owner))
        group.rows.append(row)
    return list(groups.values())


def _agree(file: str, group: Group, problems: Problems) -> None:
    """What the rows say of their product. An empty cell leaves it to the others."""
    lines: dict[str, int] = {}
    for row in group.rows:
        for column in OF_PRODUCT + OF_CATEGORY:
            value = row.get(column)
            if value and group.says.get(column) and value != group.says[column]:
                problems.add(file, row.line, "differs", column=column, value=value, first=lines[column], other=group.says[column])
            elif value is not None and not group.says.get(column):
                group.says[column], lines[column] = value, row.line
    if group.says.get("name") == "":
        problems.add(file, group.rows[0].line, "required", column="name")


def _lacks_columns(file: str, rows: list[Row], variants: dict[str, Variant], problems: Problems) -> bool:
    """Whether SKUs are new in a file that cannot make any: said once, not for each of them. A file of nothing but SKUs says nothing."""
    if not rows:
        return False
    held = rows[0].values
    missing = [column for column in NEW_NEEDS if column not in held]
    if not any(column in held for column in OF_CATEGORY):
        missing.append("category")
    new = next((row for row in rows if row["sku"] not in variants), None)
    if new and missing:
        problems.add(file, new.line, "new_needs_columns", sku=new["sku"], columns=", ".join(missing))
    elif len(held) == 1:
        problems.add(file, 1, "missing_columns", columns="name, price, category or another column to import")
    return bool(missing)


def _check_new(file: str, groups: list[Group], variants: dict[str, Variant], problems: Problems) -> None:
    for group in groups:
        first = group.rows[0]
        if group.product is None and not any(group.says.get(column) for column in OF_CATEGORY):
            problems.add(file, first.line, "category_needed", sku=first["sku"])
        for row in group.rows:
            if row["sku"] not in variants and row["price"] is None:
                problems.add(file, row.line, "required", column="price")


def _check_gtins(file: str, rows: list[Row], variants: dict[str, Variant], problems: Problems) -> None:
    """A GTIN is of one SKU, in the file and in the catalogue."""
    wanted = [(row, _gtin(row)) for row in rows if row.get("gtin") or row["sku"] not in variants]
    owners = owners_of_gtins(gtin for _, gtin in wanted)
    for row, gtin in wanted:
        if owners.setdefault(gtin, row["sku"]) != row["sku"]:
            problems.add(file, row.line, "gtin_taken", gtin=gtin, sku=owners[gtin])


def _gtin(row: Row) -> str:
    return row.get("gtin") or gs1.restricted_gtin(row["sku"])


def _slugs(group: Group) -> list[str]:
    """What the product may be called in its address, best first."""
    name, sku = slug_of(group.says["name"]), slug_of(group.rows[0]["sku"])
    return [name, f"{name}-{sku}", f"{name}-{gs1.restricted_gtin(group.rows[0]['sku'])}"]


def _free_slug(group: Group, taken: set[str]) -> str:
    slug = next(slug for slug in _slugs(group) if slug not in taken)
    taken.add(slug)
    return slug


def _set_product(product: Product, says: dict[str, Any], shelves: Shelves) -> bool:
    values = {column: says[column] for column in OF_PRODUCT if column in says}
    if any(says.get(column) for column in OF_CATEGORY):
        values["category_id"] = shelves.category(says.get("department", ""), says.get("category", "")).pk
    changed = _set(product, values)
    return _set(product, {"search_text": searchable(product.name, product.brand, product.summary)}) or changed


def _variant_values(row: Row) -> dict[str, Any]:
    """The variant's columns that the row fills in. Empty cells of price, GTIN and 'on sale' leave what is there."""
    texts = {column: row[column] for column in OF_VARIANT if column in row.values}
    filled = {column: row[column] for column in ("price", "gtin", "active") if row.get(column) not in (None, "")}
    return texts | filled


def _set(thing: Product | Variant, values: dict[str, Any]) -> bool:
    """Give it the values; True if any was different."""
    changed = {name: value for name, value in values.items() if getattr(thing, name) != value}
    for name, value in changed.items():
        setattr(thing, name, value)
    return bool(changed)
