"""Mails that open something: the code that finds orders, and what comes after asking for a card with an order."""

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from loyalty.models import Member
from omo import mail, mailed_codes
from omo.models import MailedCode, Message
from omo.outbox import NoLongerTrue
from orders import membership, order_access
from orders.models import Order


def find_order(message: Message) -> None:
    """The code. Withdrawn if nothing was ordered with the address, or the code is over."""
    code = MailedCode.objects.get(pk=message.payload["code"])
    if mailed_codes.is_over(code, at=timezone.now()):
        raise NoLongerTrue("the code is over")
    if not order_access.orders_to(code.email):
        raise NoLongerTrue("nothing was ordered with this address")
    digits = mailed_codes.digits(code)
    mail.send(message, to=code.email, context={"digits": f"{digits[:3]} {digits[3:]}"})


def join_order(message: Message) -> None:
    """Welcome; or, to whoever has a membership already, the link by which the order comes onto it."""
    order = Order.objects.select_related("member").get(pk=message.payload["order"])
    member = order.member or membership.membership_of(order)
    if member is None:
        raise NoLongerTrue("there is no membership under this address")
    mail.send(message, to=order.email, context={"order": order, "member": member, "link": _link(order, member)})


def _link(order: Order, member: Member) -> str:
    """Where to go on: to the card if the order is on it, or to the account that it still wants; else to where the order comes onto it."""
    if order.member_id != member.pk:
        return membership.attach_link(order)
    return settings.SITE_URL + (reverse("card") if member.user_id else f"{reverse('account_signup')}?next={reverse('card')}")
