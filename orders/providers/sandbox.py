"""The adapter of the sandbox, which plays a provider on this machine: real enough to try every way a payment can go, and never any money."""

import json
from collections.abc import Mapping
from datetime import datetime

from django.conf import settings

from orders.models import PaymentAttempt, Refund, SandboxPayment
from orders.providers import Begun, Found, GivenBack, NotGenuine, Refused, Told, Wanted, sandbox_bank, signatures

State = PaymentAttempt.State
STATES = {
    "payment.authorised": State.AUTHORISED,
    "payment.captured": State.CAPTURED,
    "payment.declined": State.DECLINED,
    "payment.voided": State.VOIDED,
    "payment.expired": State.EXPIRED,
}
"""What an event of each kind says."""


class Sandbox:
    """See orders.providers.Provider. The network is a function call here, and `sandbox_bank` is what answers at the other end."""

    name = "sandbox"

    def begin(self, wanted: Wanted) -> Begun:
        """A payment on the sandbox's own card page."""
        made = sandbox_bank.open_payment(
            key=wanted.key, amount=wanted.amount, currency=wanted.currency, return_url=wanted.return_url, cancel_url=wanted.cancel_url
        )
        return Begun(made.reference, sandbox_bank.page_of(made))

    def look_up(self, reference: str) -> Found:
        """How far it is."""
        try:
            return _found(sandbox_bank.payment(reference))
        except sandbox_bank.No as no:
            raise Refused(str(no)) from no

    def capture(self, reference: str, *, amount: int, key: str) -> Found:
        """Take it, or less of it."""
        try:
            return _found(sandbox_bank.capture(reference, amount=amount))
        except sandbox_bank.No as no:
            raise Refused(str(no)) from no

    def void(self, reference: str, *, key: str) -> Found:
        """Let go of it."""
        try:
            return _found(sandbox_bank.void(reference))
        except sandbox_bank.No as no:
            raise Refused(str(no)) from no

    def refund(self, reference: str, *, amount: int, key: str) -> GivenBack:
        """Give back a part of it or all."""
        try:
            return GivenBack(sandbox_bank.refund(reference, amount=amount, key=key), Refund.State.DONE)
        except sandbox_bank.No as no:
            raise Refused(str(no)) from no

    def read_event(self, body: bytes, headers: Mapping[str, str], *, at: datetime) -> Told:
        """An event, if the sandbox signed it."""
        signatures.verify(body, headers.get("Sandbox-Signature", ""), secrets=settings.SANDBOX_SECRETS, at=at)
        try:
            told = json.loads(body)
            about = told["payment"]
            found = Found(str(about["reference"]), STATES.get(told["kind"], ""), int(about["amount"]), str(about["currency"]), str(about.get("words", "")))
            return Told(str(told["id"]), str(told["kind"]), str(about.get("key", "")), found.reference, payment=found if found.state else None)
        except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError, RecursionError) as broken:
            raise NotGenuine("not as the sandbox writes") from broken


def _found(payment: SandboxPayment) -> Found:
    return Found(payment.reference, payment.state, payment.amount, payment.currency, sandbox_bank.words_of(payment))
