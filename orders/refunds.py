"""Giving money back, by the tender it came with: a row first, in the transaction of what causes it, then the provider or the counter."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import F, Q, QuerySet

from omo import outbox
from omo.acts import act
from omo.models import User
from orders import log, paid
from orders.models import Order, Payment, PaymentAttempt, Refund
from orders.providers import GivenBack
from stores.models import Store

State = Refund.State
Tender = Payment.Tender
GIVEN_FIRST = [Tender.ONLINE, Tender.CARD, Tender.CASH]
"""What goes back by itself comes first; of one tender, the newest payment."""


class NothingToRefund(Exception):
    """An amount of nothing is asked for."""


class MoreThanPaid(Exception):
    """More is asked for than was paid and not given back; `left` is that, in minor units."""

    def __init__(self, left: int) -> None:
        super().__init__(left)
        self.left = left


class NotToGiveBack(Exception):
    """The refund goes back by itself, or was given back before."""


class NotFailed(Exception):
    """The refund is under way or done, so it is not asked for again."""


@act
def refund(order: Order, amount: int, *, cause: str, reason: str, store: Store | None = None, by: User | None, at: datetime) -> list[Refund]:
    """Give back `amount` (minor units) of what was paid, once per cause (such as 'cancel:12'); a repeat gets the same refunds.

    Online it is asked for by the outbox; cash and card wait at `store`, or where they were paid, until staff have given them back (`give_back`).
    `reason` is read by the customer. Raises NothingToRefund and MoreThanPaid; nothing is given back then.
    """
    held = paid.hold(order.pk)
    payments = list(Payment.objects.filter(order=held).select_related("attempt"))
    before = list(Refund.objects.filter(key__in=[_key(cause, payment) for payment in payments]).order_by("id"))
    if before:
        return before
    if amount <= 0:
        raise NothingToRefund(amount)
    left = _left(payments)
    if amount > sum(left.values()):
        raise MoreThanPaid(sum(left.values()))
    made = [
        Refund.objects.create(payment=payment, key=_key(cause, payment), amount=part, reason=reason, store=_counter(payment, store), at=at, by=by)
        for payment, part in _split(payments, left, amount)
    ]
    held.refunded_total += amount
    paid.write(held, order)
    log.of_order("payment.refund_requested", held, by=by, at=at, amount=amount, reason=reason)
    for one in made:
        if one.payment.tender == Tender.ONLINE:
            outbox.queue("payment_refund", dedup_key=f"payment_refund:{one.pk}", payload={"refund": one.pk}, at=at, order_id=held.pk)
    return made


@act
def refund_overpaid(order: Order, *, cause: str, reason: str, by: User | None, at: datetime) -> list[Refund]:
    """Give back what was paid and is not owed any more, after something was cancelled or paid twice; nothing if nothing was.

    What is authorised for an order of which nothing is owed any more is let go of. Last in the act that lowers what is owed, under the order's lock.
    """
    held = paid.hold(order.pk)
    paid.write(held, order)
    if not held.due:
        let_go(held, at=at)
    return refund(order, held.overpaid, cause=cause, reason=reason, by=by, at=at) if held.overpaid else []


@act
def let_go(order: Order, *, at: datetime) -> None:
    """Ask the providers to void every attempt of an order that money may still come of.

    Once for each state: who was faster than the closing of the page has authorised it, and that is to be let go of as well.
    """
    for attempt in PaymentAttempt.objects.filter(order=order, state__in=PaymentAttempt.LIVE).exclude(reference=""):
        outbox.queue("payment_void", dedup_key=f"payment_void:{attempt.pk}:{attempt.state}", payload={"attempt": attempt.pk}, at=at, order_id=order.pk)


@act
def give_back(refund: Refund, *, store: Store, by: User, at: datetime) -> None:
    """The customer has the money: cash, or on the terminal's slip, at a counter. Raises NotToGiveBack, also the second time."""
    if not Refund.objects.filter(pk__in=to_give_back().filter(pk=refund.pk)).update(state=State.DONE, done_at=at, store=store):
        raise NotToGiveBack(refund.pk)
    refund.state, refund.done_at, refund.store = State.DONE, at, store
    _done(refund, by, at)


def to_give_back() -> QuerySet[Refund]:
    """What waits at counters to be given back."""
    return Refund.objects.filter(state=State.REQUESTED).exclude(payment__tender=Tender.ONLINE)


def failed() -> QuerySet[Refund]:
    """Refunds that failed, of orders of which money is to go back still."""
    overpaid = Q(payment__order__paid_total__gt=F("payment__order__total") - F("payment__order__cancelled_total") + F("payment__order__refunded_total"))
    return Refund.objects.filter(overpaid, state=State.FAILED)


@act
def settle(refund: Refund, answer: GivenBack, *, at: datetime) -> None:
    """What the provider says of a refund: done, or failed and the money is still ours. Only forward: what is over stays as it is.

    A provider may find out later that money could not be given back, so that a refund that was done fails.
    """
    held = paid.hold(refund.payment.order_id)
    legal = {State.DONE: [State.REQUESTED], State.FAILED: [State.REQUESTED, State.DONE]}.get(State(answer.state), [])
    changes = {"state": answer.state, "reference": answer.reference, "done_at": at if answer.state == State.DONE else None}
    if not Refund.objects.filter(pk=refund.pk, state__in=legal).update(**changes):
        Refund.objects.filter(pk=refund.pk, reference="").update(reference=answer.reference)
        return
    if answer.state == State.DONE:
        _done(refund, None, at)
        return
    held.refunded_total -= refund.amount
    paid.write(held)
    log.of_order("payment.refund_failed", held, at=at, amount=refund.amount, why=answer.words[:200])


@act
def ask_again(failed: Refund, *, by: User | None, at: datetime) -> list[Refund]:
    """Ask for a refund that failed once more, as one of its own. Raises NotFailed, and MoreThanPaid if it is not to go back any more, or did otherwise."""
    held = paid.hold(failed.payment.order_id)
    if Refund.objects.get(pk=failed.pk).state != State.FAILED:
        raise NotFailed(failed.pk)
    if failed.amount > held.overpaid:
        raise MoreThanPaid(held.overpaid)
    return refund(held, failed.amount, cause=f"again:{failed.pk}", reason=failed.reason, by=by, at=at)


def _done(refund: Refund, by: User | None, at: datetime) -> None:
    order = refund.payment.order
    log.of_order("payment.refunded", order, by=by, at=at, amount=refund.amount, tender=refund.payment.tender)
    outbox.queue("payment_refunded", dedup_key=f"payment_refunded:{refund.pk}", payload={"refund": refund.pk}, at=at, order_id=order.pk)


def _key(cause: str, payment: Payment) -> str:
    return f"{cause}:{payment.pk}"


def _left(payments: list[Payment]) -> dict[int, int]:
    """{payment id: what of it was not given back}"""
    left = {payment.pk: payment.amount for payment in payments}
    for payment_id, amount in Refund.objects.filter(payment__in=payments).exclude(state=State.FAILED).values_list("payment_id", "amount"):
        left[payment_id] -= amount
    return left


def _split(payments: list[Payment], left: dict[int, int], amount: int) -> Iterator[tuple[Payment, int]]:
    """How much of each payment makes up the amount."""
    for payment in sorted(payments, key=lambda one: (GIVEN_FIRST.index(Tender(one.tender)), -one.pk)):
        part = min(left[payment.pk], amount)
        if part:
            amount -= part
            yield payment, part


def _counter(payment: Payment, store: Store | None) -> Store | None:
    """Where it waits to be given back; online nowhere."""
    return None if payment.tender == Tender.ONLINE else store or payment.store
