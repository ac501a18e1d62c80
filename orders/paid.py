"""How far an order is paid: its sums of payments and refunds, and the state that follows from them, kept under the order's row lock."""

from orders.models import Order, PaymentAttempt

State = Order.PaymentState


def hold(order_id: int) -> Order:
    """The order's row as it is now, held until the act ends. Who only names the order in a row of its own need not wait."""
    return Order.objects.select_for_update(no_key=True).get(pk=order_id)


def state_of(order: Order, *, authorised: bool) -> State:
    """How far an order is paid, by its sums. What was paid twice and given back leaves it paid; `authorised` says whether a payment waits to be captured."""
    kept = order.paid_total - order.refunded_total
    if kept >= order.total:
        return State.PAID
    if order.refunded_total:
        return State.PART_REFUNDED if kept else State.REFUNDED
    if order.paid_total and kept >= order.total - order.cancelled_total:
        return State.PAID
    return State.AUTHORISED if authorised else State.UNPAID


def write(held: Order, *copies: Order) -> None:
    """Write a held order's sums with the state that follows from them, and let other copies of it in the caller's hands know."""
    authorised = PaymentAttempt.objects.filter(order=held, state=PaymentAttempt.State.AUTHORISED).exists()
    held.payment_state = state_of(held, authorised=authorised)
    sums = {name: getattr(held, name) for name in ("paid_total", "refunded_total", "payment_state")}
    Order.objects.filter(pk=held.pk).update(**sums)
    for copy in copies:
        for name, value in sums.items():
            setattr(copy, name, value)
