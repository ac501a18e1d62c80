"""What providers tell us: by events that they post, once each whatever comes twice, early, late or out of order, and by answers to what we ask.

Both end in `learn`: an attempt's state moves forward only, and captured wins over all. Money that was captured is always booked; what is too much goes back.
"""

import logging
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q

from omo import events
from omo.acts import act
from omo.models import User
from orders import capturing, honouring, log, paid, refunds, release
from orders.models import Fulfilment, Order, Payment, PaymentAttempt, ProviderEvent, Refund
from orders.providers import Found, GivenBack, Told
from stores import stock

logger = logging.getLogger("omo.payments")
State = PaymentAttempt.State
BEFORE = {
    State.AUTHORISED: [State.STARTED],
    State.DECLINED: [State.STARTED, State.AUTHORISED],
    State.VOIDED: [State.STARTED, State.AUTHORISED],
    State.EXPIRED: [State.STARTED, State.AUTHORISED],
    State.CAPTURED: [State.STARTED, State.AUTHORISED, State.DECLINED, State.VOIDED, State.EXPIRED],
}
"""{state: the states that it may follow}"""
REFUSED, SEEN = "Refused: ", "Seen: "
"""How the outcomes begin of events that head office has to look into, and of those that it has."""
PAID_TWICE, TOO_LATE, TOO_MUCH = "It was paid twice.", "It was paid after the order was cancelled.", "It was more than is to be paid."


class DoesNotMatch(Exception):
    """Amount, currency or reference are not the attempt's; the words are the argument. Nothing is booked."""


@act
def note(provider: str, told: Told, *, at: datetime) -> str:
    """Keep an event and do what it says, in one transaction and once, however often it comes. Returns the outcome in words.

    One that is about something we do not know yet waits (`handle_waiting`). One that does not match is kept for head office, and nothing is booked.
    """
    fields = {"kind": told.kind[:60], "reference": told.reference, "data": _kept(told), "received_at": at}
    try:
        with transaction.atomic():
            event = ProviderEvent.objects.create(provider=provider, event_id=told.event_id, **fields)
    except IntegrityError:
        event = ProviderEvent.objects.select_for_update().get(provider=provider, event_id=told.event_id)
        if event.handled_at:
            return event.outcome
    return _handle(event, told, at)


def handle_waiting(*, at: datetime, most: int = 100) -> int:
    """Do what events say that came before we knew what they are about, once we do. Returns how many were handled.

    Each in a transaction of its own: one that fails is an error in the log, tried again by the next call, and keeps no other waiting.
    """
    known = PaymentAttempt.objects.filter(provider=OuterRef("provider"), reference=OuterRef("reference"))
    waiting = ProviderEvent.objects.filter(Exists(known), handled_at=None).order_by("id").values_list("pk", flat=True)
    return sum(_handled(pk, at) for pk in list(waiting[:most]))


def _handled(event_id: int, at: datetime) -> bool:
    try:
        return _handle_waiting(event_id, at)
    except Exception:
        logger.exception("event %s waits on", event_id)
        return False


@act
def _handle_waiting(event_id: int, at: datetime) -> bool:
    event = ProviderEvent.objects.select_for_update(skip_locked=True).filter(pk=event_id, handled_at=None).first()
    return event is not None and not _handle(event, _told(event), at).startswith("Waits")


@act
def learn(attempt: PaymentAttempt, found: Found, *, at: datetime) -> str:
    """What a provider knows of an attempt is what we know: state, payment, order. Returns the outcome in words; repeats change nothing.

    Of what was authorised less may be captured; the attempt's amount is that from then on. Raises DoesNotMatch for any other amount, currency or payment.
    """
    order = paid.hold(attempt.order_id)
    known = PaymentAttempt.objects.get(pk=attempt.pk)
    target = State(found.state)
    _match(known, found, target)
    amount = found.amount if target == State.CAPTURED else known.amount
    fields = {"state": target, "words": found.words[:200], "changed_at": at, "reference": known.reference or found.reference, "amount": amount}
    if not PaymentAttempt.objects.filter(pk=known.pk, state__in=BEFORE.get(target, [])).update(**fields):
        return f"Nothing new: {known.state}."
    attempt.refresh_from_db()
    return _follow(order, attempt, at)


def _follow(order: Order, attempt: PaymentAttempt, at: datetime) -> str:
    """What the new state of an attempt means for its held order."""
    if attempt.state == State.CAPTURED:
        return _book(order, attempt, at)
    paid.write(order)
    log.of_order(f"payment.{attempt.state}", order, at=at, provider=attempt.provider, amount=attempt.amount, words=attempt.words)
    if attempt.state == State.AUTHORISED:
        return _authorised(order, at) if order.due else _let_go(order, at)
    release.show_staff(order)  # one that was authorised is to be paid at the counter now
    return f"The attempt is {attempt.state}."


def _book(order: Order, attempt: PaymentAttempt, at: datetime) -> str:
    """Money came: once for each attempt, held by the database. The order goes on, or is honoured again, or the money goes back."""
    payment = Payment.objects.create(order=order, tender=Payment.Tender.ONLINE, amount=attempt.amount, attempt=attempt, at=at)
    order.paid_total += attempt.amount
    paid.write(order)
    log.of_order("payment.taken", order, at=at, tenders=[[payment.tender, payment.amount]], provider=attempt.provider)
    outcome = _honoured(order, at) if _all_cancelled(order) else _released(order, at)
    if refunds.refund_overpaid(order, cause=f"overpaid:{payment.pk}", reason=_why_too_much(order, payment), by=None, at=at):
        return f"Booked. {outcome} What was too much goes back."
    return f"Booked. {outcome}"


def _why_too_much(order: Order, payment: Payment) -> str:
    """Why money goes back of an order that was paid, as its customer reads it."""
    if _all_cancelled(order):
        return TOO_LATE
    return PAID_TWICE if Payment.objects.filter(order=order).exclude(pk=payment.pk).exists() else TOO_MUCH


def _authorised(order: Order, at: datetime) -> str:
    """The order goes on; if that is authorised anew, and goods are ready or gone by now, it is captured at once."""
    outcome = _released(order, at)
    if capturing.is_time(order):
        capturing.capture_later(order, at=at)
    return outcome


def _released(order: Order, at: datetime) -> str:
    if order.due and order.payment_state != Order.PaymentState.AUTHORISED:
        return "A part is still to pay."
    return "The order goes to the store." if release.release_to_staff(order, at=at) else "The order was with the store."


def _let_go(order: Order, at: datetime) -> str:
    refunds.let_go(order, at=at)
    return "Nothing is owed, so it is let go of."


def _all_cancelled(order: Order) -> bool:
    return not Fulfilment.objects.filter(order=order).exclude(state=Fulfilment.State.CANCELLED).exists()


def _honoured(order: Order, at: datetime) -> str:
    """The order goes on although its time had run out, if its goods and a window are still there."""
    try:
        with transaction.atomic():
            honouring.honour(order, at=at)
    except honouring.NotHonoured as why:
        if isinstance(why.__cause__, stock.NotAvailable):
            stock.note_refusal(why.__cause__, reference=f"order:{order.pk}", by=None, at=at)
        order.refresh_from_db()
        return why.words
    order.refresh_from_db()
    paid.write(order)
    release.release_to_staff(order, at=at)
    return "The order is honoured again."


def _handle(event: ProviderEvent, told: Told, at: datetime) -> str:
    """Do what a kept event says, and keep what was done."""
    attempt = None
    try:
        if told.refund:
            outcome = _handle_refund(event, told, at)
        elif told.payment:
            attempt = _attempt_of(event, told)
            outcome = learn(attempt, told.payment, at=at) if attempt else "Waits: we know of no such payment yet."
        else:
            outcome = "Nothing to us."
    except DoesNotMatch as wrong:
        outcome = f"{REFUSED}{wrong}"
        if attempt:
            log.of_order("payment.mismatched", attempt.order, at=at, provider=event.provider, event=event.event_id, why=str(wrong))
    handled = None if outcome.startswith("Waits") else at
    ProviderEvent.objects.filter(pk=event.pk).update(attempt=attempt, handled_at=handled, outcome=outcome[:100])
    return outcome


def _attempt_of(event: ProviderEvent, told: Told) -> PaymentAttempt | None:
    """The attempt that an event names by our key, or by its provider's reference."""
    known = PaymentAttempt.objects.filter(provider=event.provider)
    by_key = known.filter(key=told.key).first() if told.key else None
    return by_key or (known.filter(reference=told.reference).first() if told.reference else None)


def _handle_refund(event: ProviderEvent, told: Told, at: datetime) -> str:
    of_provider = Refund.objects.filter(payment__attempt__provider=event.provider).select_related("payment__order")
    by_key = of_provider.filter(key=told.key).first() if told.key else None
    found = by_key or (of_provider.filter(reference=told.reference).first() if told.reference else None)
    if found is None or told.refund is None:
        return f"{REFUSED}we asked for no such refund."
    refunds.settle(found, told.refund, at=at)
    if told.refund.state == Refund.State.DONE and found.state == Refund.State.FAILED:
        return f"{REFUSED}it is done there and failed here."
    return f"The refund is {told.refund.state}."


def _match(attempt: PaymentAttempt, found: Found, target: State) -> None:
    """Raises DoesNotMatch. What is declined or let go of has no amount that counts, and what was authorised none once it is captured."""
    others = PaymentAttempt.objects.filter(provider=attempt.provider, reference=found.reference).exclude(reference="").exclude(pk=attempt.pk)
    if (attempt.reference and found.reference and found.reference != attempt.reference) or others.exists():
        raise DoesNotMatch("another payment under our key.")
    money_counts = target == State.CAPTURED or (target == State.AUTHORISED and attempt.state == State.STARTED)
    less = target == State.CAPTURED and attempt.state == State.AUTHORISED and 0 < found.amount < attempt.amount  # as much as was owed when we asked
    if money_counts and found.currency.upper() != attempt.currency:
        raise DoesNotMatch(f"{found.currency.upper()} instead of {attempt.currency}.")
    if money_counts and found.amount != attempt.amount and not less:
        raise DoesNotMatch(f"{found.amount} instead of {attempt.amount}.")


def _kept(told: Told) -> dict[str, object]:
    """What is kept of an event: nothing of it names a card."""
    kept: dict[str, object] = {"key": told.key}
    if told.payment:
        kept["payment"] = {"state": told.payment.state, "amount": told.payment.amount, "currency": told.payment.currency, "words": told.payment.words[:200]}
    if told.refund:
        kept["refund"] = {"reference": told.refund.reference, "state": told.refund.state, "words": told.refund.words[:200]}
    return kept


def _told(event: ProviderEvent) -> Told:
    """An event as it came."""
    payment, refund = event.data.get("payment"), event.data.get("refund")
    return Told(
        event.event_id,
        event.kind,
        event.data.get("key", ""),
        event.reference,
        Found(event.reference, **payment) if payment else None,
        None if refund is None else GivenBack(**refund),
    )


@act
def mark_seen(event: ProviderEvent, *, by: User | None, at: datetime) -> None:
    """Head office has looked into an event that did not match, or that was about nothing we know; it stays as it came. Once."""
    waits = Q(handled_at=None) | to_look_into()
    if ProviderEvent.objects.filter(waits, pk=event.pk).update(handled_at=at, outcome=f"{SEEN}{event.outcome}"[:100]):
        events.record("payment.event_seen", at=at, by=by, subject=f"providerevent:{event.pk}", data={"was": event.outcome})


def is_parked(outcome: str) -> bool:
    """Whether an event with this outcome is kept without effect, until we know what it is about or somebody looks into it."""
    return outcome.startswith(("Waits", REFUSED))


def to_look_into() -> Q:
    """Events that head office has to look into."""
    return Q(outcome__startswith=REFUSED)
