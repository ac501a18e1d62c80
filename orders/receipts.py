"""Replaying a grocer's receipts: every one goes through the till as it was sold, once."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from loyalty import ledger, members
from loyalty.models import Member
from omo.acts import act
from omo.models import User
from omo.models.event import Channel
from orders import payments, till
from orders.models import Order
from stores.catalogue_import import cells, columns
from stores.catalogue_import.lookups import portions, variants_by_sku
from stores.catalogue_import.reading import Source, read
from stores.catalogue_import.report import Problems
from stores.models import Store, Variant

ONE_RECEIPT = ("sold_at", "store", "member")
MOST_UNITS = 99_999


@dataclass
class Receipt:
    """A sale as the file has it: `sold_at` is the store's wall-clock time, `lines` are (line, SKU, quantity, total in minor units)."""

    number: str
    line: int
    sold_at: datetime
    store: str
    member: str
    lines: list[tuple[int, str, int, int]] = field(default_factory=list)

    @property
    def total(self) -> int:
        """In minor units."""
        return sum(total for _, _, _, total in self.lines)


@dataclass
class Ready:
    """Receipts that can be rung up, with the stores and variants that they name."""

    receipts: list[Receipt]
    stores: dict[str, Store] = field(default_factory=dict)
    variants: dict[str, Variant] = field(default_factory=dict)


def sold_at(cell: str) -> datetime:
    """A wall-clock time without a zone. Raises BadCell."""
    try:
        moment = datetime.fromisoformat(cell.strip())
    except ValueError as reason:
        raise cells.BadCell("not_a_time", value=cell) from reason
    if moment.tzinfo is not None:
        raise cells.BadCell("not_a_time", value=cell)
    return moment


COLUMNS: dict[str, cells.Reader] = {
    "receipt": columns.text_of(Order, "sale_reference"),
    "sold_at": sold_at,
    "store": columns.STORE_CODE,
    "member": columns.text_of(Member, "reference"),
    "sku": columns.STOCK["sku"],
    "quantity": cells.count(1, MOST_UNITS),
    "sales_value": cells.amount,
}
LAYOUT = columns.Layout("receipts", COLUMNS, required=("receipt", "sold_at", "store", "sku", "quantity", "sales_value"))


def check(source: Source, *, until: int | None = None) -> tuple[Ready, Problems]:
    """Read the first `until` receipts (None: all) and check the whole of them against stores, catalogue and earlier sales, before anything is written."""
    problems = Problems()
    table = read(source, aliases={}, problems=problems)
    rows = columns.rows_of(table, LAYOUT, problems=problems, warnings=Problems())
    ready = Ready(_receipts(source.name, rows, problems)[:until])
    ready.stores = {store.code: store for store in Store.objects.all()}
    ready.variants = variants_by_sku({sku for receipt in ready.receipts for _, sku, _, _ in receipt.lines})
    _check_known(source.name, ready, problems)
    _check_rung_up_before(source.name, ready, problems)
    return ready, problems


def replay(ready: Ready, *, by: User | None, done: Callable[[int], None]) -> int:
    """Ring up every receipt and say after each how many are done. Returns how many were new; the others had been rung up before and stay as they are.

    Each receipt is a transaction, so an interrupted replay goes on where it stopped. Raises idempotency.KeyReused and acts.Busy.
    """
    before = {reference for reference, _ in _rung_up(receipt.number for receipt in ready.receipts)}
    known = {member.reference: member for member in Member.objects.filter(reference__isnull=False)}
    for count, receipt in enumerate(ready.receipts, start=1):
        member = _ring_up(receipt, ready, known, by)
        if member:
            known[receipt.member] = member  # only now: an act that is tried again must not go on with a member that was taken back
        done(count)
    return sum(receipt.number not in before for receipt in ready.receipts)


def earns(ready: Ready) -> bool:
    """Whether an earn rule was in force at the first receipt, within a day."""
    return not ready.receipts or ledger.rule_at(ready.receipts[0].sold_at.replace(tzinfo=UTC)) is not None


@act
def _ring_up(receipt: Receipt, ready: Ready, known: Mapping[str | None, Member], by: User | None) -> Member | None:
    store = ready.stores[receipt.store]
    # An hour that the clocks repeat is taken the first time, one that they skip is moved on: what `fold=0` means (PEP 495).
    at = receipt.sold_at.replace(tzinfo=store.zone).astimezone(UTC)
    member = known.get(receipt.member) if receipt.member else None
    if receipt.member and member is None:
        member = members.join(reference=receipt.member, channel=Channel.TILL, store=store, by=by, at=at)
    till.ring_up(
        store,
        [till.SaleLine(ready.variants[sku], quantity, total) for _, sku, quantity, total in receipt.lines],
        tendered=[payments.Tendered("card", receipt.total)] if receipt.total else [],
        member=member,
        sale_reference=receipt.number,
        by=by,
        at=at,
    )
    return member


def _receipts(file: str, rows: Iterable[columns.Row], problems: Problems) -> list[Receipt]:
    """The rows by receipt, in the order of their first lines. A receipt has one time, store and member."""
    receipts: dict[str, Receipt] = {}
    for row in rows:
        receipt = receipts.setdefault(row["receipt"], Receipt(row["receipt"], row.line, row["sold_at"], row["store"], row.get("member", "")))
        for column in ONE_RECEIPT:
            if row.get(column, "") != getattr(receipt, column):
                problems.add(file, row.line, "receipt_differs", receipt=receipt.number, column=column, first=receipt.line)
        receipt.lines.append((row.line, row["sku"], row["quantity"], row["sales_value"]))
    return list(receipts.values())


def _check_known(file: str, ready: Ready, problems: Problems) -> None:
    for receipt in ready.receipts:
        if receipt.store not in ready.stores:
            problems.add(file, receipt.line, "unknown_store", store=receipt.store)
        for line, sku, _, _ in receipt.lines:
            if sku not in ready.variants:
                problems.add(file, line, "unknown_sku", sku=sku)


def _check_rung_up_before(file: str, ready: Ready, problems: Problems) -> None:
    """A receipt number that is known already must be the same sale."""
    totals = dict(_rung_up(receipt.number for receipt in ready.receipts))
    for receipt in ready.receipts:
        if totals.get(receipt.number, receipt.total) != receipt.total:
            problems.add(file, receipt.line, "rung_up_before", receipt=receipt.number)


def _rung_up(numbers: Iterable[str]) -> Iterable[tuple[str | None, int]]:
    for portion in portions(numbers):
        yield from Order.objects.filter(sale_reference__in=portion).values_list("sale_reference", "total")
