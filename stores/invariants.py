"""The promises of stock: on hand is the sum of the movements, and what is allocated is on hand."""

from collections.abc import Iterator

from django.db.models import Count, F, OuterRef, Q, Subquery, Sum

from omo.invariants import Violation
from stores.models import Adjustment, Hold, KeptBack, SlotBooking, SlotLoad, StockLevel, StockMovement, Transfer, TransferLine


def violations() -> Iterator[Violation]:
    """Every stock level that disagrees with its movements, or with itself."""
    sums = StockMovement.objects.order_by().values_list("store_id", "variant_id").annotate(Sum("quantity"), Sum("allocated"))
    moved = {(store_id, variant_id): totals for store_id, variant_id, *totals in sums}
    for store_id, variant_id, *counters in StockLevel.objects.values_list("store_id", "variant_id", "on_hand", "allocated").iterator():
        totals = moved.pop((store_id, variant_id), [0, 0])
        for name, found, total in zip(("on hand", "allocated"), counters, totals, strict=True):
            if found != total:
                yield Violation(f"{name} is the sum of the movements", f"store {store_id}, variant {variant_id}", found, total)
    for (store_id, variant_id), totals in moved.items():
        yield Violation("movements have a stock level", f"store {store_id}, variant {variant_id}", None, totals)
    wrong = Q(on_hand__lt=0) | Q(allocated__lt=0) | Q(allocated__gt=F("on_hand"))
    for level in StockLevel.objects.filter(wrong):
        yield Violation("0 ≤ allocated ≤ on hand", f"level {level.pk}", level.allocated, level.on_hand)
    for hold in Hold.objects.filter(Q(level__held_until=None) | Q(level__held_until__lt=F("expires_at")), ended_at=None):
        yield Violation("a level knows how long its holds may live", f"hold {hold.pk}", hold.expires_at.isoformat(), None)
    yield from _slots()
    yield from _transfers()
    yield from _adjustments()
    yield from _kept_back()


def _slots() -> Iterator[Violation]:
    """Slots whose taken places are not the live bookings."""
    live = SlotBooking.objects.filter(released_at=None).order_by().values_list("store_id", "slot_starts_at").annotate(Count("id"))
    counted = {(store_id, starts_at): count for store_id, starts_at, count in live}
    for store_id, starts_at, booked in SlotLoad.objects.values_list("store_id", "starts_at", "booked").iterator():
        count = counted.pop((store_id, starts_at), 0)
        if booked != count:
            yield Violation("a slot's places are its live bookings", f"store {store_id}, slot {starts_at.isoformat()}", booked, count)
    for (store_id, starts_at), count in counted.items():
        yield Violation("a slot's places are its live bookings", f"store {store_id}, slot {starts_at.isoformat()}", None, count)


def _transfers() -> Iterator[Violation]:
    """What left one store for another, and what arrived there, is what the transfer's lines say."""
    moves = StockMovement.objects.filter(kind=StockMovement.Kind.TRANSFERRED).order_by().values_list("reference", "store_id", "variant_id")
    moved = {(number, store_id, variant_id): total for number, store_id, variant_id, total in moves.annotate(total=Sum("quantity"))}
    for line in TransferLine.objects.select_related("transfer").iterator():
        transfer = line.transfer
        away = 0 if transfer.state == Transfer.State.CANCELLED else line.sent
        for store_id, expected in ((transfer.source_id, -away), (transfer.target_id, line.received or 0)):
            found = moved.pop((transfer.number, store_id, line.variant_id), 0)
            if found != expected:
                yield Violation("movements of a transfer equal its lines", f"{transfer.number}, store {store_id}, variant {line.variant_id}", found, expected)
    for (number, store_id, variant_id), total in moved.items():
        yield Violation("movements of a transfer equal its lines", f"{number}, store {store_id}, variant {variant_id}", total, None)


def _adjustments() -> Iterator[Violation]:
    """What a second person agreed to is in the books once, and what he refused is not."""
    rows = StockMovement.objects.filter(reference__startswith="adjustment:").order_by().values_list("reference")
    moved = dict(rows.annotate(total=Sum("quantity")).values_list("reference", "total"))
    for pk, state, change in Adjustment.objects.values_list("pk", "state", "change").iterator():
        found, expected = moved.get(f"adjustment:{pk}", 0), change if state == Adjustment.State.APPROVED else 0
        if found != expected:
            yield Violation("an adjustment is in the books once it is approved", f"adjustment {pk}", found, expected)


def _kept_back() -> Iterator[Violation]:
    """Levels that keep back something else than the last row of their ledger says; without a row that is nothing."""
    rows = KeptBack.objects.filter(level=OuterRef("pk")).order_by("-id")
    last = {f"last_{name}": Subquery(rows.values(name)[:1]) for name in ("safety_stock", "buffer", "distrusted")}
    levels = StockLevel.objects.annotate(**last).values_list("pk", "safety_stock", "buffer", "distrusted_at", *last)
    for pk, safety_stock, buffer, distrusted_at, *told in levels.iterator():
        found, expected = [safety_stock, buffer, distrusted_at is not None], [told[0] or 0, told[1] or 0, bool(told[2])]
        if found != expected:
            yield Violation("a level keeps back what its ledger says", f"level {pk}", found, expected)
