"""One tap after the order: its guest becomes a member, with this order's points.

A typed address proves nothing. A new membership under it stays nobody's until its owner signs in (`loyalty.members.link`), and an order comes onto a membership
that is there already only when its owner says so from the mail. What the guest is told is the same in both cases.
"""

from datetime import datetime

from django.conf import settings
from django.urls import reverse

from loyalty import members
from loyalty.models import Member
from omo import codes, events, outbox
from omo.acts import act
from omo.models import User
from omo.models.event import Channel
from orders import fulfilment
from orders.models import Fulfilment, Order

PURPOSE = "attach"


class NotAGuests(Exception):
    """The order is an account's, or has no address: its card is not had in this way."""


class NoMembership(Exception):
    """Nobody has a membership under the order's address."""


@act
def join_order(order: Order, *, by: User | None, at: datetime) -> None:
    """Make the guest a member and the order the member's; if the address has a membership, change nothing. A repeat changes nothing.

    Queues 'join_order', which says what comes next. Raises NotAGuests.
    """
    order = _locked(order)
    if order.user_id or not order.email:
        raise NotAGuests(order.number)
    if order.member_id is None:
        try:
            member = members.join(name=order.name, email=order.email, channel=Channel.WEB, by=by, at=at)
        except members.AlreadyMember:
            pass
        else:
            _put_on(member, order, by, at)
    outbox.queue("join_order", dedup_key=f"join_order:{order.pk}", payload={"order": order.pk}, at=at, order_id=order.pk)


@act
def attach_order(order: Order, *, by: User | None, at: datetime) -> None:
    """Put the order on the membership of its address. The caller has proof of the address. A repeat changes nothing. Raises NoMembership."""
    order = _locked(order)
    if order.member_id:
        return
    member = membership_of(order)
    if member is None:
        raise NoMembership(order.number)
    _put_on(member, order, by, at)


def membership_of(order: Order) -> Member | None:
    """The membership under the order's address; None if there is none, or it was switched off."""
    return Member.objects.filter(email=order.email.lower(), active=True).first() if order.email else None


def attach_link(order: Order) -> str:
    """The address in the mail by which the owner of the mailbox may put the order on their card."""
    return settings.SITE_URL + reverse("open_attach", args=[order.number, codes.link_token(PURPOSE, order.number, version=order.access_version)])


def attach_link_opens(order: Order, token: str) -> bool:
    """Whether `token` is the secret of that address."""
    return codes.link_opens(PURPOSE, order.number, token, version=order.access_version)


def _locked(order: Order) -> Order:
    """The order as it is now. No key is locked, so that what only refers to it need not wait."""
    return Order.objects.select_for_update(no_key=True).get(pk=order.pk)


def _put_on(member: Member, order: Order, by: User | None, at: datetime) -> None:
    """The order is the member's from now on, and so are the points of what was received already; those of the rest come when it is.

    A fulfilment that is being completed meanwhile is waited for, or reads the member after us: so points come once, and are not lost.
    """
    Order.objects.filter(pk=order.pk).update(member=member)
    events.record(
        "order.joined", at=at, by=by, channel=order.channel, store_id=order.store_id, member_id=member.pk, order_id=order.pk, subject=f"order:{order.pk}"
    )
    for part in Fulfilment.objects.select_for_update(no_key=True).filter(order=order).order_by("id"):
        if part.state in Fulfilment.RECEIVED:
            fulfilment.credit(part, by=by, at=at)
