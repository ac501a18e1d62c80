"""Paying: money taken in the store, tender by tender, and payments that are begun at online providers (what comes of those is `provider_events`')."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.urls import reverse

from omo import codes
from omo.acts import act
from omo.models import User
from omo.models.event import Channel
from orders import log, paid, provider_events, providers, refunds, release
from orders.models import Order, Payment, PaymentAttempt
from stores.models import Store

IN_STORE = "in_store"
"""The method of who pays when they collect."""
AT_COUNTER = [(Payment.Tender.CARD.value, Payment.Tender.CARD.label), (Payment.Tender.CASH.value, Payment.Tender.CASH.label)]
"""What staff can take money with."""
PAGE_OPEN_FOR = timedelta(minutes=31)
"""As long as a provider's page takes a payment at least. Stripe's shortest is 30 minutes."""
ASKED_AGAIN_FOR = timedelta(seconds=30)
"""For how long a provider that did not answer is asked again under the same key, and in the same words; after that the page would close too soon."""


class MethodNotOffered(Exception):
    """What is ordered cannot be paid in this way."""


class NothingToPay(Exception):
    """The order is paid already, or nothing of it is owed."""


class NotOnline(Exception):
    """The order is to be paid in the store."""


class MoreThanDue(Exception):
    """The amount is more than is still to pay; `due` is that, in minor units."""

    def __init__(self, due: int) -> None:
        super().__init__(due)
        self.due = due


class DueChanged(Exception):
    """Another amount is to be paid than whoever took the money saw; `due` is what is, in minor units."""

    def __init__(self, due: int) -> None:
        super().__init__(due)
        self.due = due


@dataclass(frozen=True)
class Tendered:
    """An amount in minor units, paid with one tender; `reference` is that of the card terminal's slip."""

    tender: str
    amount: int
    reference: str = ""


def methods_for(stores: Sequence[Store], *, delivery: bool) -> list[str]:
    """How an order can be paid that is collected in these stores, and delivered or not: online providers first, for that is the rule.

    In the store only if all of it is collected and every store allows it. Where no provider is configured, every store that hands over orders takes money.
    """
    online = list(settings.PAYMENT_PROVIDERS)
    in_store = not delivery and bool(stores) and (not online or all(store.pay_in_store for store in stores))
    return [*online, IN_STORE] if in_store else online


def due(order: Order) -> int:
    """What staff have still to take, in minor units: nothing while an authorised payment waits to be captured."""
    return 0 if order.payment_state == Order.PaymentState.AUTHORISED else order.due


# In the store


@act
def take_payment(order: Order, tendered: Sequence[Tendered], *, seen_due: int | None = None, store: Store, by: User | None, at: datetime) -> None:
    """Record money that was taken for an order; it is paid when nothing is due any more. An order of 0 is paid with nothing.

    `seen_due` is what was due when it was taken, so that a part that is sent twice is recorded once.
    Raises NothingToPay, MoreThanDue or DueChanged and records nothing then.
    """
    now = due(paid.hold(order.pk)) if seen_due is not None else 0
    if now and seen_due != now:
        raise DueChanged(now)
    book(order, tendered, store=store, by=by, at=at)
    if order.channel != Channel.TILL:
        release.show_staff(order)


@act
def book(order: Order, tendered: Sequence[Tendered], *, store: Store, by: User | None, at: datetime) -> None:
    """`take_payment` as a part of a larger act, which raises the queue's version itself, last.

    An order that waited for an online payment waits no more once all is paid, and what was begun online is let go of.
    """
    held = paid.hold(order.pk)
    amount, open_amount = sum(payment.amount for payment in tendered), due(held)
    if not open_amount and held.total:
        raise NothingToPay(order.number)
    if amount > open_amount:
        raise MoreThanDue(open_amount)
    Payment.objects.bulk_create(
        Payment(order=held, tender=one.tender, amount=one.amount, reference=one.reference, store=store, at=at, by=by) for one in tendered
    )
    held.paid_total += amount
    paid.write(held, order)
    log.of_order("payment.taken", held, store_id=store.pk, by=by, at=at, tenders=[[payment.tender, payment.amount] for payment in tendered])
    if not held.due and held.payment_method != IN_STORE:
        refunds.let_go(held, at=at)
        release.release_to_staff(held, at=at)


# Online


def begin(order: Order, *, at: datetime) -> PaymentAttempt:
    """Begin to pay what is due of an order at its provider: the attempt with the address of the provider's page. While one lives, a repeat gets the same.

    The attempt is committed first; the provider is asked outside any transaction, under the attempt's key, so that who presses twice has one payment. What
    is not answered within ASKED_AGAIN_FOR is asked anew: nobody was given the page of the former.
    Raises NotOnline, NothingToPay, providers.Away and providers.Refused; the order stays as it is then.
    """
    attempt = _attempt(order, at=at)
    if not attempt.reference:
        begun = providers.of(attempt.provider).begin(_wanted(order, attempt))
        PaymentAttempt.objects.filter(pk=attempt.pk).update(reference=begun.reference, url=begun.url)
        attempt.refresh_from_db()
        provider_events.handle_waiting(at=at)
    return attempt


@act
def _attempt(order: Order, *, at: datetime) -> PaymentAttempt:
    """The live attempt for what is due, or a new one. One for another amount is let go of."""
    held = paid.hold(order.pk)
    if held.payment_method not in settings.PAYMENT_PROVIDERS:
        raise NotOnline(held.number)
    if not due(held):
        raise NothingToPay(held.number)
    live = PaymentAttempt.objects.filter(order=held, provider=held.payment_method, state=PaymentAttempt.State.STARTED)
    same = live.filter(amount=held.due).exclude(reference="", started_at__lt=at - ASKED_AGAIN_FOR).order_by("id").last()
    if same:
        return same
    refunds.let_go(held, at=at)
    made = PaymentAttempt.objects.create(
        order=held, provider=held.payment_method, key=codes.random_id(26), amount=held.due, currency=held.currency, started_at=at, changed_at=at
    )
    log.of_order("payment.begun", held, at=at, provider=made.provider, amount=made.amount)
    return made


def _wanted(order: Order, attempt: PaymentAttempt) -> providers.Wanted:
    """The same words for the same attempt, whenever it is asked: a provider refuses others under a key that it knows."""
    opened = attempt.started_at
    return providers.Wanted(
        key=attempt.key,
        amount=attempt.amount,
        currency=attempt.currency,
        order=order.number,
        email=order.email,
        return_url=settings.SITE_URL + reverse("paid", args=[order.number]),
        cancel_url=settings.SITE_URL + reverse("order", args=[order.number]),
        capture=settings.PAYMENT_CAPTURE,
        until=max(order.payment_due_by or opened, opened + PAGE_OPEN_FOR),
    )


def look_up(order: Order, *, at: datetime) -> None:
    """Ask the providers how far the live attempts of an order are, and go by what they say: a lost event harms nobody.

    Raises providers.Away. What does not match, or what a provider does not know, changes nothing.
    """
    for attempt in PaymentAttempt.objects.filter(order=order, state__in=PaymentAttempt.LIVE).exclude(reference="").order_by("id"):
        try:
            provider_events.learn(attempt, providers.of(attempt.provider).look_up(attempt.reference), at=at)
        except (providers.Refused, provider_events.DoesNotMatch):
            continue
