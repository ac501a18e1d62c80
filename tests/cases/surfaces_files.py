"""Files that are imported: products, stores, stock."""

import csv
import io
import re
import unicodedata
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

from django.core.management import CommandError, call_command
from django.utils import timezone

from stores.models import StockLevel, Variant
from tests import factories as make
from tests.cases.inputs import BadInput
from tests.cases.scripts import Scripts
from tests.cases.targets import Target
from tests.cases.trial import NotBuilt, Trial
from tests.cases.world import World

PROMISED = 3
SECONDS = 2.0
STOCK = {"qty", "quantity", "on_hand", "stock"}

script = Scripts()


def targets(case: BadInput) -> list[Target]:
    """The import that a file is for, by its heading."""
    if "export" in case.words:
        raise NotBuilt("CSV exports")
    if case.steps:
        return script.of(case)
    if re.fullmatch(rb"[^\n,]+,-\d+\n", case.content):
        raise NotBuilt("stock deltas")
    if re.fullmatch(r"(\.\.?/)+[^\n,]*", case.text if "text" in case.payload else ""):
        return [Target("name of the file", odd_name)]
    return [Target("import of stock" if _is_stock(content_of(case)) else "import of products", as_file)]


def content_of(case: BadInput) -> bytes:
    """The file: the input itself, its rows under a heading if it has none, or its one long cell in a row."""
    content = case.content
    if case.payload.get("gen") in ("repeat", "nested"):
        return b"sku,name\nA1," + content + b"\n"
    if re.match(rb"[A-Z]\d+,", content):
        return b"sku,name\n" + content
    return content


def as_file(trial: Trial, world: World) -> None:
    """Import it, by the command as head office does."""
    case, content = trial.case, content_of(trial.case)
    _goods(world, promised=PROMISED if "reserved" in case.name else 0)
    held = _cells(content)
    trial.begin()
    trial.accepted, trial.said = _import(world, content)
    trial.whole = trial.so_far() == {} and not trial.accepted
    trial.stored = [_stored(column, sku) for sku, column, _ in held]
    trial.canonical = [_canonical(column, value) for _, column, value in held]
    if case.expect in ("SKIP_ROW", "REJECT_400"):
        trial.lines = _bad_lines(case, content)
    if case.expect == "INERT" and trial.accepted:
        assert trial.stored == trial.canonical, "a formula is only its letters"
        trial.pages = [trial.browser().get(f"/products/{Variant.objects.get(sku=held[0][0]).product.slug}/")]


def odd_name(trial: Trial, world: World) -> None:
    """A file that is called as if it lay elsewhere: it is read where it lies, and nothing is written."""
    _goods(world)
    trial.begin()
    with TemporaryDirectory() as folder:
        inner = Path(folder) / "a" / "b"
        inner.mkdir(parents=True)
        out = io.StringIO()
        try:
            call_command("import_catalogue", products=inner / trial.case.text, stdout=out, stderr=out)
        except CommandError as refusal:
            out.write(str(refusal))
        trial.accepted, trial.said = False, out.getvalue().replace(folder, "")
        assert sorted(path.name for path in Path(folder).rglob("*")) == ["a", "b"]


@script("import again|same file twice")
def same_file_twice(trial: Trial, world: World) -> None:
    """Import a file of goods and one of stock, then both again."""
    _goods(world)
    goods, levels = b"sku,name,price\nA1,Low tide mug,12.50\n", b"sku,qty\nA1,40\nA2,7\n"
    assert _import(world, goods)[0]
    assert _import(world, levels)[0]
    trial.begin()
    first, second = _import(world, goods), _import(world, levels)
    trial.accepted, trial.said = first[0] and second[0], first[1] + second[1]


@script("dry")
def dry_run(trial: Trial, world: World) -> None:
    """Say what would change."""
    _goods(world)
    trial.begin()
    trial.accepted, trial.said = _import(world, b"sku,qty\nA1,41\n", dry_run=True)
    trial.stored = trial.canonical = None
    assert trial.so_far() == {}


def _goods(world: World, *, promised: int = 0) -> None:
    """A1 and some more SKUs in store 1; of A1 some are promised to an order."""
    world.mug, world.coat  # noqa: B018
    for sku in ("A3", "A4", "A5"):
        make.stocked(world.store, 5, sku=sku)
    if promised:
        make.order(world.store, (world.mug, promised), at=timezone.now())


def _is_stock(content: bytes) -> bool:
    heading = content.split(b"\n", 1)[0].decode("latin-1").removeprefix("ï»¿").lower().replace('"', "")
    return bool(STOCK & {name.strip() for name in re.split(r"[,;\t|]", heading)})


def _import(world: World, content: bytes, **more: bool) -> tuple[bool, str]:
    """Whether it was taken, and what was said."""
    stock = _is_stock(content)
    heading = content.split(b"\n", 1)[0].lower()
    options = {"stock_of": world.store.code} if stock and b"store" not in heading else {}
    out = io.StringIO()
    with TemporaryDirectory() as folder:
        file = Path(folder) / "file.csv"
        file.write_bytes(content)
        began = timezone.now()
        try:
            call_command("import_catalogue", stdout=out, stderr=out, **{"stock" if stock else "products": file}, **options, **more)
        except CommandError as refusal:
            return False, out.getvalue() + str(refusal)
        finally:
            assert (timezone.now() - began).total_seconds() < SECONDS
    return True, out.getvalue() or "taken"


def _cells(content: bytes) -> list[tuple[str, str, str]]:
    """SKU, column and text of the second cell of every row; of a file that is not so simple: none."""
    try:
        text = content.decode("utf-8-sig") if len(content) < 10_000 else ""
        heading, *rows = [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row] or [[]]
    except (UnicodeDecodeError, csv.Error):
        return []
    return [(row[0].strip(), heading[1].strip().lower(), row[1]) for row in rows if len(row) == 2] if len(heading) == 2 else []


def _stored(column: str, sku: str) -> str:
    if column in STOCK:
        level = StockLevel.objects.filter(variant__sku=sku).order_by("store_id").first()
        return str(level.on_hand) if level else ""
    variant = Variant.objects.select_related("product").filter(sku=sku).first()
    known = {"name": variant.product.name, "jan": variant.gtin, "gtin": variant.gtin, "price": str(variant.price)} if variant else {}
    return known.get(column, "")


def _canonical(column: str, value: str) -> str:
    if column == "price" and re.fullmatch(r"\d+(\.\d+)?", value.strip()):
        return str(int(Decimal(value.strip()) * 100))
    if column in STOCK and re.fullmatch(r"\d+(\.0+)?", value.strip()):
        return str(int(Decimal(value.strip())))
    return unicodedata.normalize("NFC", value).strip()


def _bad_lines(case: BadInput, content: bytes) -> set[int]:
    """The lines that must be named: the second of two equal SKUs, else the one data row that the file has."""
    rows = content.split(b"\n")[1:]
    rows = rows[:-1] if rows and not rows[-1] else rows
    if "duplicate" in case.name.lower():
        return {2, 3}
    if case.expect == "SKIP_ROW":
        return {2} if len(rows) == 1 else set()  # of several rows the words must name some line
    return set()
