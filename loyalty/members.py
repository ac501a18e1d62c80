"""Joining, and the member's card."""

import secrets
from datetime import datetime

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from django.db.models import Q

from loyalty.models import Member
from omo import codes, events
from omo.acts import act
from omo.models import User
from stores.models import Store

PURPOSE = "card"


class AlreadyMember(Exception):
    """The e-mail address, account or reference has a membership."""


@act
def join(
    *,
    name: str = "",
    email: str = "",
    user: User | None = None,
    reference: str | None = None,
    channel: str,
    store: Store | None = None,
    by: User | None,
    at: datetime,
) -> Member:
    """Make a membership. Raises AlreadyMember if the account, the address or the reference has one."""
    try:
        with transaction.atomic():
            member = Member.objects.create(
                number=_free_number(), name=name, email=email.lower(), user=user, reference=reference, joined_at=at, joined_store=store, joined_channel=channel
            )
    except IntegrityError as clash:
        raise AlreadyMember from clash
    events.record("member.joined", at=at, by=by, channel=channel, member_id=member.pk, store_id=store.pk if store else None, subject=f"member:{member.pk}")
    return member


def waiting_for(user: User) -> Member | None:
    """The membership that was made in a store under a verified address of this account, and that no account has yet."""
    verified = EmailAddress.objects.filter(user=user, verified=True).values_list("email", flat=True)
    return Member.objects.filter(email__in=[email.lower() for email in verified], user=None, active=True).first()


def kept_from_joining(user: User) -> bool:
    """Whether the account can get no card online: its own was switched off, or its address is on a card that it cannot take over."""
    waiting = waiting_for(user)
    others = Member.objects.exclude(user=user, active=True).exclude(pk=waiting.pk if waiting else 0)
    return others.filter(Q(user=user) | Q(email=user.email.lower())).exists()


@act
def link(user: User, *, at: datetime) -> Member | None:
    """Give the account the membership that waits for it; None if there is none, or the account has one. Only a verified address counts."""
    member = waiting_for(user)
    if member is None or Member.objects.filter(user=user).exists():
        return None
    if not Member.objects.filter(pk=member.pk, user=None).update(user=user):
        return None
    member.user = user
    events.record("member.linked", at=at, by=user, channel="web", member_id=member.pk, subject=f"member:{member.pk}")
    return member


def card_code(member: Member) -> str:
    """What the QR on the card says: '<number>.<signature>'."""
    return codes.sign(PURPOSE, member.number, version=member.card_version)


def read_card(text: str) -> Member | None:
    """The member whose card was scanned (signed), or whose number was typed (ten digits); None if there is none."""
    signed = "." in text
    number = codes.signed_id(text) if signed else "".join(codes.clean(text).split())
    member = Member.objects.filter(number=number, active=True).first()
    if member and signed and not codes.verified(PURPOSE, text, version=member.card_version):
        return None
    return member


def luhn_digit(digits: str) -> str:
    """The check digit after Luhn (ISO/IEC 7812-1, annex B)."""
    doubled = [int(digit) * (2 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits))]
    return str(-sum(value - 9 if value > 9 else value for value in doubled) % 10)


def _free_number() -> str:
    while True:
        body = "60" + "".join(str(secrets.randbelow(10)) for _ in range(7))
        number = body + luhn_digit(body)
        if not Member.objects.filter(number=number).exists():
            return number
