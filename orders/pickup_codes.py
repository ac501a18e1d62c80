"""The codes of a pickup: the QR's signed id, and six digits to say at the counter."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q

from omo import codes
from orders.models import Fulfilment

PURPOSE = "pickup"
REMEMBERED = timedelta(days=30)
"""How long six digits still tell of a closed pickup; there are a million of them, and old ones come again."""


@dataclass(frozen=True)
class Code:
    """A public id for the QR and the digest of the six digits that follow from it."""

    public_id: str
    digest: str


def draw(store_id: int) -> Code:
    """A code for a new pickup. Among the open pickups of a store the six digits are unique, held by the database."""
    public_id = codes.random_id()
    return Code(public_id, _digest(store_id, codes.six_digits(public_id, version=1), settings.CODE_KEYS[0]))


def six_digits(fulfilment: Fulfilment) -> str:
    """The six digits of a pickup, under the key by which they were made."""
    for key in settings.CODE_KEYS:
        digits = codes.six_digits(fulfilment.public_id, version=fulfilment.code_version, key=key)
        if _digest(fulfilment.store_id, digits, key) == fulfilment.code_digest:
            return digits
    return ""


def qr_text(fulfilment: Fulfilment) -> str:
    """What the pickup QR says: '<public id>.<signature>'."""
    return codes.sign(PURPOSE, fulfilment.public_id, version=fulfilment.code_version)


def find_by_qr(text: str) -> Fulfilment | None:
    """The pickup of a scanned QR, at any store; None if we did not sign it."""
    fulfilment = Fulfilment.objects.select_related("order", "store").filter(kind=Fulfilment.Kind.PICKUP, public_id=codes.signed_id(text)).first()
    return fulfilment if fulfilment and proves(fulfilment, text) else None


def find_by_digits(store_id: int, digits: str, *, at: datetime) -> Fulfilment | None:
    """The pickup that these six digits belong to at a store: an open one, else the latest that was placed or collected within 30 days."""
    digests = [_digest(store_id, digits, key) for key in settings.CODE_KEYS]
    found = Fulfilment.objects.select_related("order", "store").filter(store_id=store_id, code_digest__in=digests)
    lately = Q(placed_at__gte=at - REMEMBERED) | Q(collected_at__gte=at - REMEMBERED)
    return found.filter(pk__in=Fulfilment.objects.open_at(store_id)).first() or found.filter(lately).order_by("-id").first()


def proves(fulfilment: Fulfilment, text: str) -> bool:
    """Whether the text is this pickup's QR or six digits."""
    digits = "".join(text.split())
    if digits.isdigit() and len(digits) == 6:
        return any(_digest(fulfilment.store_id, digits, key) == fulfilment.code_digest for key in settings.CODE_KEYS)
    return codes.signed_id(text) == fulfilment.public_id and codes.verified(PURPOSE, text, version=fulfilment.code_version)


def _digest(store_id: int, digits: str, key: str) -> str:
    return codes.digest(PURPOSE, f"{store_id}:{digits}", key=key)
