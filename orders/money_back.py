"""The money of an order of which less is owed, or more again: its figures are brought in line with its lines, and what was paid too much goes back."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Sum

from omo import money
from omo.acts import act
from omo.models import User
from orders import owed, refunds, release
from orders.models import Fulfilment, Order, Payment, Refund

AUTHORISED = Order.PaymentState.AUTHORISED


@act
def settle(order: Order, *, cause: str, reason: str, by: User | None, at: datetime) -> None:
    """Write down what is not owed any more, after parts of a held order ended or came back. What was paid and is not owed goes back, once per `cause`.

    Nothing left to pay: what is left of the order waits for no payment. Part of a larger act that holds the order's row.
    """
    order.cancelled_total = owed.cancelled_of(order)
    order.save(update_fields=["cancelled_total"])
    refunds.refund_overpaid(order, cause=cause, reason=reason, by=by, at=at)
    if not order.due and order.payment_due_by:
        _wait_no_more(order, at)


def _wait_no_more(order: Order, at: datetime) -> None:
    if Fulfilment.objects.filter(order=order, state__in=Fulfilment.OPEN).exists():
        release.release_to_staff(order, at=at)
        return
    order.payment_due_by = None
    order.save(update_fields=["payment_due_by"])


def foretold(order: Order, *, ending: Collection[int]) -> str:
    """What will become of the money if these fulfilments (ids) are cancelled, as the customer reads it before."""
    back, left = _after(order, ending)
    if back:
        tenders = set(Payment.objects.filter(order=order).values_list("tender", flat=True))
        way = "the way you paid it; a bank may take some days" if tenders == {Payment.Tender.ONLINE} else "the way you paid it"
        return f"{money.words(back)} goes back {way}."
    if left:
        return _to_pay(order, left)
    return "Nothing is taken from your card." if order.payment_state == AUTHORISED else "You have paid nothing, and there is nothing to pay."


def foretold_to_staff(order: Order, *, ending: Collection[int]) -> str:
    """What will become of the customer's money if these fulfilments (ids) are cancelled, as staff read it before."""
    back, left = _after(order, ending)
    if back:
        return f"{money.words(back)} goes back to the customer, the way it was paid."
    if order.payment_state == AUTHORISED:
        return f"{money.words(left) if left else 'Nothing'} is taken from the customer’s card."
    return f"{money.words(left)} is still to pay." if left else "Nothing goes back, and nothing is to pay."


def _after(order: Order, ending: Collection[int]) -> tuple[int, int]:
    """What goes back and what is still to pay once these fulfilments are cancelled, in minor units; one of them is 0."""
    owed_then = order.total - owed.cancelled_of(order, ending=ending)
    kept = order.paid_total - order.refunded_total
    return max(kept - owed_then, 0), max(owed_then - kept, 0)


def in_words(order: Order, *, at: datetime) -> str:
    """What becomes of the money of an order of which less is owed since the act of `at`, as its customer reads it.

    Only what goes back because of that is told, not what did before.
    """
    parts = [*_given_back(order, at)]
    if order.due:
        parts.append(_to_pay(order, order.due))
    elif not order.paid_total:
        parts.append("You have paid nothing for it.")
    return " ".join(parts) or f"Paid: {money.words(order.paid_total - order.refunded_total)}."


def _to_pay(order: Order, amount: int) -> str:
    return f"{money.words(amount)} is {'taken from your card when it is ready' if order.payment_state == AUTHORISED else 'still to pay'}."


def _given_back(order: Order, at: datetime) -> list[str]:
    """A sentence for what goes back by itself because of what was done at `at`, and one for what waits at a counter."""
    made = Refund.objects.filter(payment__order=order, at=at).exclude(state=Refund.State.FAILED)
    counter = made.exclude(payment__tender=Payment.Tender.ONLINE)
    waiting = counter.filter(state=Refund.State.REQUESTED).aggregate(total=Sum("amount"))["total"] or 0
    online = made.filter(payment__tender=Payment.Tender.ONLINE).aggregate(total=Sum("amount"))["total"] or 0
    words = []
    if online:
        words.append(f"{money.words(online)} goes back the way you paid it; a bank may take some days.")
    if waiting:
        words.append(f"{money.words(waiting)} waits for you in the store where you paid it.")
    return words
