"""The outbox's messages about payments: what is asked of providers, so that it is asked until it is answered, and what customers are told of it."""

from collections.abc import Callable

from django.utils import timezone

from omo import mail
from omo.models import Message
from omo.outbox import NoLongerTrue
from orders import capturing, provider_events, providers, refunds
from orders.messages import order_link
from orders.models import Payment, PaymentAttempt, Refund
from orders.providers import Found, GivenBack, sandbox_bank

State = PaymentAttempt.State

sandbox_event = sandbox_bank.send


def payment_capture(message: Message) -> None:
    """Take what is authorised: no more than is owed by now. Withdrawn if nothing is, or if the goods are not ready after all.

    What was taken is what the provider says; if that is more than is owed by then, it goes back.
    """
    attempt = _attempt(message, [State.AUTHORISED])
    if not capturing.is_time(attempt.order):
        raise NoLongerTrue("nothing of the order is ready")
    amount = min(attempt.amount, attempt.order.due)
    if not amount:
        refunds.let_go(attempt.order, at=timezone.now())
        raise NoLongerTrue("nothing is owed any more")
    provider = providers.of(attempt.provider)
    _ask(attempt, lambda: provider.capture(attempt.reference, amount=amount, key=f"{attempt.key}:capture:{amount}"))


def payment_void(message: Message) -> None:
    """Let go of an attempt, so that no money comes of it. If it came already, that is booked, and goes back if nothing is owed."""
    attempt = _attempt(message, PaymentAttempt.LIVE)
    provider = providers.of(attempt.provider)
    _ask(attempt, lambda: provider.void(attempt.reference, key=f"{attempt.key}:void"))


def payment_refund(message: Message) -> None:
    """Ask a provider to give money back. A refusal ends the refund as failed, for head office."""
    refund = Refund.objects.select_related("payment__attempt", "payment__order").get(pk=message.payload["refund"])
    attempt = refund.payment.attempt
    if refund.state != Refund.State.REQUESTED or attempt is None:
        raise NoLongerTrue(f"the refund is {refund.state}")
    try:
        answer = providers.of(attempt.provider).refund(attempt.reference, amount=refund.amount, key=refund.key)
    except providers.Refused as refused:
        answer = GivenBack("", Refund.State.FAILED, str(refused))
    refunds.settle(refund, answer, at=timezone.now())


def payment_refunded(message: Message) -> None:
    """The money is on its way back to the customer, or in their hands. Withdrawn if it failed since."""
    refund = Refund.objects.select_related("payment__order__store", "store").get(pk=message.payload["refund"])
    order = refund.payment.order
    if refund.state != Refund.State.DONE:
        raise NoLongerTrue(f"the refund is {refund.state}")
    if not order.email:
        raise NoLongerTrue("the order has no e-mail address")
    online = refund.payment.tender == Payment.Tender.ONLINE
    mail.send(message, to=order.email, context={"order": order, "refund": refund, "online": online, "store": order.store, "link": order_link(order)})


def _attempt(message: Message, states: tuple[State, ...] | list[State]) -> PaymentAttempt:
    attempt = PaymentAttempt.objects.select_related("order").get(pk=message.payload["attempt"])
    if attempt.state not in states:
        raise NoLongerTrue(f"the attempt is {attempt.state}")
    return attempt


def _ask(attempt: PaymentAttempt, ask: Callable[[], Found]) -> None:
    """Ask, and go by the answer. Refused: the provider knows better how far the attempt is."""
    try:
        found = ask()
    except providers.Refused:
        found = providers.of(attempt.provider).look_up(attempt.reference)
    provider_events.learn(attempt, found, at=timezone.now())
