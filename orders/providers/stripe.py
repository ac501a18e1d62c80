"""The adapter of Stripe: its hosted Checkout, its signed webhooks, its refunds, through its own library (`pip install '.[stripe]'`).

Our reference is the Checkout Session. Its PaymentIntent carries our key too, so events of either are known at once, however early they come.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeVar

import stripe
from django.conf import settings

from omo import money
from orders.models import PaymentAttempt, Refund
from orders.providers import WHEN_READY, Away, Begun, Found, GivenBack, NotGenuine, Refused, Told, Wanted, signatures

T = TypeVar("T")
State = PaymentAttempt.State
NO_DECIMALS = set("BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF".split())
THREE_DECIMALS = set("BHD JOD KWD OMR TND".split())
"""How Stripe counts minor units, where not in hundredths: https://docs.stripe.com/currencies."""
INTENTS = {
    "requires_capture": State.AUTHORISED,
    "succeeded": State.CAPTURED,
    "canceled": State.VOIDED,
}
"""{status of a PaymentIntent: what that means}; one that is declined waits for another card, on Stripe's page."""
REFUNDS = {"succeeded": Refund.State.DONE, "failed": Refund.State.FAILED, "canceled": Refund.State.FAILED}
SECONDS = 15


@lru_cache(maxsize=1)
def client(secret: str) -> stripe.StripeClient:
    """The client of an account, which answers or fails within seconds and tries a connection that broke once more."""
    return stripe.StripeClient(secret, http_client=stripe.RequestsClient(timeout=SECONDS), max_network_retries=1)


class Stripe:
    """See orders.providers.Provider."""

    name = "stripe"

    def begin(self, wanted: Wanted) -> Begun:
        """A Checkout Session for the whole amount as one line."""
        line = {"currency": wanted.currency.lower(), "unit_amount": _theirs(wanted.amount, wanted.currency), "product_data": {"name": f"Order {wanted.order}"}}
        intent = {"metadata": {"key": wanted.key}, "capture_method": "manual" if wanted.capture == WHEN_READY else "automatic"}
        params: Any = {
            "mode": "payment",
            "client_reference_id": wanted.key,
            "metadata": {"key": wanted.key, "order": wanted.order},
            "line_items": [{"price_data": line, "quantity": 1}],
            "payment_intent_data": intent,
            "success_url": wanted.return_url,
            "cancel_url": wanted.cancel_url,
            "expires_at": int(wanted.until.timestamp()),
            **({"customer_email": wanted.email} if wanted.email else {}),
        }
        made = _asked(lambda: self._api.checkout.sessions.create(params, {"idempotency_key": wanted.key}))
        return Begun(made.id, made.url or "")

    def look_up(self, reference: str) -> Found:
        """How far the session is, and its intent."""
        return _found(self._session(reference))

    def capture(self, reference: str, *, amount: int, key: str) -> Found:
        """Capture the session's intent; what is more than `amount` is let go."""
        session = self._session(reference)
        taken: Any = {"amount_to_capture": _theirs(amount, session.currency or "")}
        _asked(lambda: self._api.payment_intents.capture(_intent(session), taken, {"idempotency_key": key}))
        return self.look_up(reference)

    def void(self, reference: str, *, key: str) -> Found:
        """Close an open session, or cancel the intent of one that is authorised."""
        session = self._session(reference)
        if session.status == "open":
            _asked(lambda: self._api.checkout.sessions.expire(reference, {}, {"idempotency_key": f"{key}:expire"}))
        elif session.status == "complete":
            _asked(lambda: self._api.payment_intents.cancel(_intent(session), {}, {"idempotency_key": f"{key}:cancel"}))
        return self.look_up(reference)

    def refund(self, reference: str, *, amount: int, key: str) -> GivenBack:
        """Refund a part of the session's intent. Our key is on it, so that its events are known."""
        session = self._session(reference)
        params: Any = {"payment_intent": _intent(session), "amount": _theirs(amount, session.currency or ""), "metadata": {"refund": key}}
        return _given_back(_asked(lambda: self._api.refunds.create(params, {"idempotency_key": f"{reference}:{key}"})))

    def read_event(self, body: bytes, headers: Mapping[str, str], *, at: datetime) -> Told:
        """An event that one of our webhook secrets signed lately; it says what we need, so Stripe is not asked."""
        header = headers.get("Stripe-Signature", "")
        signatures.verify(body, header, secrets=settings.STRIPE_WEBHOOK_SECRETS, at=at)
        try:
            event = _constructed(body, header)
            about: Any = event.data.object
            reader = READERS.get(event.type)
            return reader(event, about) if reader else Told(event.id, event.type)
        except (ValueError, AttributeError, KeyError, TypeError, ArithmeticError, RecursionError) as broken:
            raise NotGenuine("not as Stripe writes") from broken

    @property
    def _api(self) -> Any:
        return client(settings.STRIPE_SECRET_KEY).v1

    def _session(self, reference: str) -> Any:
        return _asked(lambda: self._api.checkout.sessions.retrieve(reference, {"expand": ["payment_intent"]}))


def _constructed(body: bytes, header: str) -> stripe.Event:
    """The event, checked by Stripe's own library with each of our secrets. The time was checked against the caller's clock."""
    for secret in settings.STRIPE_WEBHOOK_SECRETS:
        try:
            return stripe.Webhook.construct_event(body, header, secret, tolerance=0)
        except stripe.SignatureVerificationError:
            continue
    raise NotGenuine("another signature")


def _asked(ask: Callable[[], T]) -> T:
    """Stripe's answer. Raises Away where the same request may succeed later, else Refused with Stripe's words."""
    try:
        return ask()
    except (stripe.APIConnectionError, stripe.RateLimitError, stripe.APIError) as failure:
        raise Away(failure.__class__.__name__) from failure
    except stripe.StripeError as refusal:
        raise Refused(refusal.user_message or refusal.__class__.__name__) from refusal


def _found(session: Any) -> Found:
    """What a session with its intent says."""
    intent = session.payment_intent
    status = getattr(intent, "status", "")
    if session.status == "expired":
        state = State.EXPIRED
    elif session.payment_status == "paid":
        state = State.CAPTURED
    else:
        state = INTENTS.get(status, State.STARTED)
    amount = _amount_of(intent) if state in (State.AUTHORISED, State.CAPTURED) and status else session.amount_total
    return _in_ours(session.id, state, amount, session.currency)


def _amount_of(intent: Any) -> int:
    return intent.amount_received if intent.status == "succeeded" else intent.amount_capturable


def _in_ours(reference: str, state: str, amount: int, currency: str, words: str = "") -> Found:
    return Found(reference, state, _ours(amount, currency), currency.upper(), words)


def _of_session(state: str) -> Callable[[stripe.Event, Any], Told]:
    def read(event: stripe.Event, session: Any) -> Told:
        found = _in_ours(session.id, state, session.amount_total, session.currency)
        # An authorised or delayed payment completes its session without being paid; another event says when it is.
        waits = state == State.CAPTURED and session.payment_status != "paid"
        return Told(event.id, event.type, session.client_reference_id or "", session.id, payment=None if waits else found)

    return read


def _of_intent(state: str) -> Callable[[stripe.Event, Any], Told]:
    def read(event: stripe.Event, intent: Any) -> Told:
        key = _metadata(intent, "key")
        amount = intent.amount if state == State.VOIDED else _amount_of(intent)
        # The intent's name is not our reference; our key says which attempt it is.
        return Told(event.id, event.type, key, payment=_in_ours("", state, amount, intent.currency) if key else None)

    return read


def _of_refund(event: stripe.Event, refund: Any) -> Told:
    given = _given_back(refund)
    key = _metadata(refund, "refund")
    return Told(event.id, event.type, key, refund.id, refund=None if given.state == Refund.State.REQUESTED or not key else given)


def _given_back(refund: Any) -> GivenBack:
    return GivenBack(refund.id, REFUNDS.get(refund.status, Refund.State.REQUESTED), getattr(refund, "failure_reason", None) or "")


def _metadata(about: Any, name: str) -> str:
    """What we wrote on it; '' if it is not ours. Stripe's objects are no dictionaries."""
    return about.metadata[name] if about.metadata and name in about.metadata else ""


READERS: dict[str, Callable[[stripe.Event, Any], Told]] = {
    "checkout.session.completed": _of_session(State.CAPTURED),
    "checkout.session.async_payment_succeeded": _of_session(State.CAPTURED),
    "checkout.session.async_payment_failed": _of_session(State.DECLINED),
    "checkout.session.expired": _of_session(State.EXPIRED),
    "payment_intent.amount_capturable_updated": _of_intent(State.AUTHORISED),
    "payment_intent.succeeded": _of_intent(State.CAPTURED),
    "payment_intent.canceled": _of_intent(State.VOIDED),
    "refund.created": _of_refund,
    "refund.updated": _of_refund,
    "refund.failed": _of_refund,
}
"""How each kind of event is read that is something to us."""


def _intent(session: Any) -> str:
    """The name of the session's intent. Raises Refused if nothing was paid in it."""
    if session.payment_intent is None:
        raise Refused("nothing was paid")
    return session.payment_intent.id


def _decimals(currency: str) -> int:
    return 0 if currency.upper() in NO_DECIMALS else 3 if currency.upper() in THREE_DECIMALS else 2


def _theirs(amount: int, currency: str) -> int:
    """Our minor units as Stripe counts them. Raises Refused for an amount that Stripe cannot take: of three decimals the last must be 0."""
    more = _decimals(currency) - money.digits()
    counted = amount * 10**more if more >= 0 else amount
    if more < 0 or (_decimals(currency) == 3 and counted % 10):
        raise Refused(f"Stripe takes no {amount} {currency.upper()}.")
    return counted


def _ours(amount: int, currency: str) -> int:
    more = _decimals(currency) - money.digits()
    return amount // 10**more if more >= 0 else amount * 10**-more
