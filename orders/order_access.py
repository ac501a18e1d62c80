"""Finding one's orders again without an account: whoever reads the mailbox may open what was ordered with its address."""

from datetime import datetime

from omo import mailed_codes, outbox
from omo.acts import act
from orders.models import Order

PURPOSE = "find_order"
MOST = 50


@act
def ask(email: str, *, at: datetime) -> str:
    """Ask for a code by mail, and return the id under which it is to be proved.

    The same happens for every address; whether anything was ordered with it is looked up when the mail is sent. The caller limits how often.
    """
    code = mailed_codes.make(PURPOSE, email, at=at)
    outbox.queue("find_order", dedup_key=f"find_order:{code.public_id}", payload={"code": code.pk}, at=at)
    return code.public_id


def prove(public_id: str, typed: str, *, at: datetime) -> list[Order]:
    """The orders that these digits open, the newest first, at most MOST. Raises mailed_codes.WrongCode and CodeIsOver."""
    return orders_to(mailed_codes.prove(PURPOSE, public_id, typed, at=at))


def orders_to(email: str) -> list[Order]:
    """What was ordered with an address, the newest first, at most MOST."""
    return list(Order.objects.filter(email=email).order_by("-id")[:MOST])
