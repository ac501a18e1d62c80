"""Transfers: goods leave one store, are in transit, and arrive at another; what does not arrive is short."""

from collections.abc import Mapping
from datetime import datetime

from django.db.models import Q, QuerySet, Sum

from omo import acts, codes, events, idempotency
from omo.acts import act
from omo.models import User
from stores import counters
from stores.counters import Cause, NotAvailable
from stores.models import StockMovement, Store, Transfer, TransferLine

__all__ = [
    "AlreadyReceived",
    "Cancelled",
    "MoreThanSent",
    "NotAvailable",
    "NothingToSend",
    "SameStore",
    "cancel",
    "coming",
    "in_transit",
    "receive",
    "send",
    "sent",
]

SCOPE = "stock.transfer"
PREFIX = "TR"
State = Transfer.State


class SameStore(Exception):
    """Goods are sent to another store."""


class NothingToSend(Exception):
    """A transfer without goods is none."""


class MoreThanSent(Exception):
    """More would arrive than was sent. `excess` is {variant id: (received, sent)}; what was never sent was sent 0 times."""

    def __init__(self, excess: Mapping[int, tuple[int, int]]) -> None:
        super().__init__(excess)
        self.excess = excess


class AlreadyReceived(Exception):
    """The transfer was received before; `transfer` says when and by whom."""

    def __init__(self, transfer: Transfer) -> None:
        super().__init__(transfer)
        self.transfer = transfer


class Cancelled(Exception):
    """The sending store took the transfer back; `transfer` says when and by whom."""

    def __init__(self, transfer: Transfer) -> None:
        super().__init__(transfer)
        self.transfer = transfer


@act
def send(source: Store, target: Store, goods: Mapping[int, int], *, note: str = "", key: str, by: User, at: datetime) -> Transfer:
    """Send goods ({variant id: units}) from one store to another, once per `key`. They leave the source's on hand now and are in transit.

    Only what is free is sent: what is promised, held or kept back stays. Leaves 'transfer.sent'.
    Raises NotAvailable (which goods, how many are free), SameStore, NothingToSend and idempotency.KeyReused, and sends nothing then.
    """
    if source.pk == target.pk:
        raise SameStore
    if not goods:
        raise NothingToSend
    request = idempotency.fingerprint(source.pk, target.pk, sorted(goods.items()), note)
    number = idempotency.once(SCOPE, f"{by.pk}:{key}", request=request, at=at, act=lambda: _send(source, target, goods, note, by, at))
    return Transfer.objects.select_related("source", "target").get(number=number)


@act
def receive(transfer: Transfer, *, received: Mapping[int, int], by: User, at: datetime) -> Transfer:
    """The goods of a transfer arrived: `received` units ({variant id: units}, those not named: 0) come into the target's on hand, and the rest is short.

    A repeat with the same numbers changes nothing. Leaves 'transfer.received', or 'transfer.short' with what lacks.
    Raises MoreThanSent, AlreadyReceived (with other numbers) and Cancelled, and changes nothing then.
    """
    lines = list(TransferLine.objects.filter(transfer=transfer).order_by("id"))
    arrived = {line.variant_id: received.get(line.variant_id, 0) for line in lines}
    short = {line.variant_id: line.sent - arrived[line.variant_id] for line in lines if arrived[line.variant_id] < line.sent}
    _refuse_more_than_sent(lines, received)
    goods = {variant_id: units for variant_id, units in arrived.items() if units}
    counters.ensure_levels(transfer.target_id, goods, by=by, at=at)
    counters.lock(transfer.target_id, goods)
    if not _take_in(transfer, State.SHORT if short else State.RECEIVED, by, at):
        return _as_before(transfer, arrived)
    for line in lines:
        line.received = arrived[line.variant_id]
    TransferLine.objects.bulk_update(lines, ["received"])
    counters.change(transfer.target_id, Cause(StockMovement.Kind.TRANSFERRED, transfer.number, by, at), on_hand=goods)
    data = {"number": transfer.number, "received": goods, **({"short": short} if short else {})}
    kind = "transfer.short" if short else "transfer.received"
    events.record(kind, at=at, by=by, store_id=transfer.target_id, subject=f"transfer:{transfer.pk}", data=data)
    transfer.refresh_from_db()
    return transfer


@act
def cancel(transfer: Transfer, *, by: User, at: datetime) -> Transfer:
    """The source takes back what it sent by mistake, while nothing was received: the goods come into its on hand again. A repeat changes nothing.

    Leaves 'transfer.cancelled'. Raises AlreadyReceived, and changes nothing then.
    """
    goods = dict(TransferLine.objects.filter(transfer=transfer).values_list("variant_id", "sent"))
    counters.lock(transfer.source_id, goods)
    if not _take_back(transfer, by, at):
        found = _as_it_is(transfer)
        if found.state != State.CANCELLED:
            raise AlreadyReceived(found)
        return found
    counters.change(transfer.source_id, Cause(StockMovement.Kind.TRANSFERRED, transfer.number, by, at), on_hand=goods)
    data = {"number": transfer.number, "back": goods}
    events.record("transfer.cancelled", at=at, by=by, store_id=transfer.source_id, subject=f"transfer:{transfer.pk}", data=data)
    transfer.refresh_from_db()
    return transfer


def coming(store: Store) -> QuerySet[Transfer]:
    """What other stores send to this one, the newest first, each with its `units`."""
    return _listed(Transfer.objects.filter(target=store))


def sent(store: Store) -> QuerySet[Transfer]:
    """What this store sent to others, the newest first, each with its `units`."""
    return _listed(Transfer.objects.filter(source=store))


def in_transit(store: Store, variant_id: int) -> list[TransferLine]:
    """The lines of goods on their way to the store or from it, the oldest first."""
    here = Q(transfer__source=store) | Q(transfer__target=store)
    lines = TransferLine.objects.filter(here, variant=variant_id, transfer__state=State.SENT)
    return list(lines.select_related("transfer__source", "transfer__target").order_by("id"))


def _listed(transfers: QuerySet[Transfer]) -> QuerySet[Transfer]:
    found = transfers.select_related("source", "target", "sent_by", "received_by", "cancelled_by").order_by("-id")
    return found.annotate(units=Sum("lines__sent"), arrived=Sum("lines__received"))


def _send(source: Store, target: Store, goods: Mapping[int, int], note: str, by: User, at: datetime) -> str:
    with acts.drawing():
        transfer = Transfer.objects.create(number=f"{PREFIX}-{codes.random_id(6)}", source=source, target=target, note=note, sent_by=by, sent_at=at)
    TransferLine.objects.bulk_create(TransferLine(transfer=transfer, variant_id=variant_id, sent=goods[variant_id]) for variant_id in sorted(goods))
    counters.refuse_short({source.pk: goods}, counters.lock(source.pk, goods), at=at)
    counters.change(source.pk, Cause(StockMovement.Kind.TRANSFERRED, transfer.number, by, at), on_hand=counters.minus(goods))
    data = {"number": transfer.number, "to": target.code, "sent": dict(goods)}
    events.record("transfer.sent", at=at, by=by, store_id=source.pk, subject=f"transfer:{transfer.pk}", data=data)
    return transfer.number


def _refuse_more_than_sent(lines: list[TransferLine], received: Mapping[int, int]) -> None:
    sent_units = {line.variant_id: line.sent for line in lines}
    excess = {variant_id: (units, sent_units.get(variant_id, 0)) for variant_id, units in received.items() if units > sent_units.get(variant_id, 0)}
    if excess:
        raise MoreThanSent(excess)


def _take_in(transfer: Transfer, state: State, by: User, at: datetime) -> bool:
    """Whether it is still on its way; from now on it is not."""
    return bool(Transfer.objects.filter(pk=transfer.pk, state=State.SENT).update(state=state, received_by=by, received_at=at))


def _take_back(transfer: Transfer, by: User, at: datetime) -> bool:
    """Whether it is still on its way; from now on it is cancelled. The same row decides as in `_take_in`, so only one of both comes true."""
    return bool(Transfer.objects.filter(pk=transfer.pk, state=State.SENT).update(state=State.CANCELLED, cancelled_by=by, cancelled_at=at))


def _as_it_is(transfer: Transfer) -> Transfer:
    return Transfer.objects.select_related("source", "target", "received_by", "cancelled_by").get(pk=transfer.pk)


def _as_before(transfer: Transfer, arrived: Mapping[int, int]) -> Transfer:
    found = _as_it_is(transfer)
    if found.state == State.CANCELLED:
        raise Cancelled(found)
    if dict(found.lines.values_list("variant_id", "received")) != dict(arrived):
        raise AlreadyReceived(found)
    return found
