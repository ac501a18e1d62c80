"""The port to online providers: what OMO asks of them and what they tell, as plain data. `of` gives the adapter of a name.

Adapters speak to another system: they are called outside every transaction, and each request carries a key of ours, so that a repeat has no second effect.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

AT_ONCE, WHEN_READY = "at_once", "when_ready"
"""When an authorised payment is captured: with it, or when the goods are ready or leave the store."""
LONGEST_NAME = 255
"""As many characters as a provider gives to an event, a payment or a refund."""


class Away(Exception):
    """The provider does not answer, or not in time; the same request may be sent again."""


class Refused(Exception):
    """The provider says no, and no repeat helps; its words are the argument."""


class NotGenuine(Exception):
    """An event that the provider did not sign, or signed too long ago."""


@dataclass(frozen=True)
class Wanted:
    """A payment to begin: minor units of a currency, for an order, to be captured at once or when ready.

    `key` is the attempt's; the customer comes back to `return_url`, or to `cancel_url` without having paid.
    """

    key: str
    amount: int
    currency: str
    order: str
    email: str
    return_url: str
    cancel_url: str
    capture: str
    until: datetime


@dataclass(frozen=True)
class Begun:
    """The provider's name for a payment, and the page on which it is paid."""

    reference: str
    url: str


@dataclass(frozen=True)
class Found:
    """A payment as the provider knows it: `state` is a PaymentAttempt.State, `amount` what is authorised or captured, `words` why it was declined."""

    reference: str
    state: str
    amount: int
    currency: str
    words: str = ""


@dataclass(frozen=True)
class GivenBack:
    """A refund as the provider knows it: `state` is a Refund.State."""

    reference: str
    state: str
    words: str = ""


@dataclass(frozen=True)
class Told:
    """An event of a provider. `payment` or `refund` says what is known since; both are None for an event that is nothing to us.

    `key` is our key of the attempt, or of the refund, if the provider names it.
    """

    event_id: str
    kind: str
    key: str = ""
    reference: str = ""
    payment: Found | None = None
    refund: GivenBack | None = None

    def __post_init__(self) -> None:
        """Raises NotGenuine for names that no provider gives: an event without one, one that is too long, or with signs that no table keeps."""
        names = (self.event_id, self.kind, self.key, self.reference)
        if not self.event_id or any(len(name) > LONGEST_NAME or not (name.isascii() and name.isprintable()) for name in names):
            raise NotGenuine("not as a provider names things")


class Provider(Protocol):
    """What every adapter does. All of it may raise Away, and what is asked for may be Refused."""

    name: str

    def begin(self, wanted: Wanted) -> Begun:
        """Make a payment to be paid on the provider's page; the same key gets the same one."""

    def look_up(self, reference: str) -> Found:
        """How far a payment is."""

    def capture(self, reference: str, *, amount: int, key: str) -> Found:
        """Take an authorised payment, or less of it; the rest is let go."""

    def void(self, reference: str, *, key: str) -> Found:
        """Let go of a payment of which nothing is taken, so that nothing can be. Raises Refused for one that is captured."""

    def refund(self, reference: str, *, amount: int, key: str) -> GivenBack:
        """Give back an amount of a captured payment."""

    def read_event(self, body: bytes, headers: Mapping[str, str], *, at: datetime) -> Told:
        """What the provider posted to us, as it came. Raises NotGenuine."""


def of(name: str) -> Provider:
    """The adapter of a provider, also of one that is not offered any more. Raises KeyError for one that OMO does not know."""
    return import_string(settings.PROVIDER_ADAPTERS[name])()
