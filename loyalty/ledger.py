"""The points ledger: entries are facts, the balance is their sum."""

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F

from loyalty.models import EarnRule, Member, PointsEntry
from omo import events, memory
from omo.acts import act
from omo.models import User


class AlreadyBooked(Exception):
    """The source has an entry of this kind; a purchase earns once."""


def rule_at(at: datetime) -> EarnRule | None:
    """The earn rule in force at a moment."""
    return EarnRule.objects.filter(valid_from__lte=at).order_by("-valid_from").first()


def rule_shown(at: datetime) -> EarnRule | None:
    """The earn rule that pages show for a moment; a rule made a minute ago may be missing. Ones that are set for later come in on time."""
    return in_force(memory.remembered("loyalty.rules", rules), at)


def rules() -> list[EarnRule]:
    """Every earn rule, the latest first."""
    return list(EarnRule.objects.order_by("-valid_from"))


def in_force(among: Sequence[EarnRule], at: datetime) -> EarnRule | None:
    """Of `rules()`, the one in force at a moment."""
    return next((rule for rule in among if rule.valid_from <= at), None)


def points_for(amount: int, rule: EarnRule | None) -> int:
    """Points for a purchase of `amount` minor units: the rule's points for every full amount, none without a rule."""
    return amount // rule.amount * rule.points if rule else 0


@act
def accrue(
    member: Member,
    amount: int,
    *,
    source: str,
    order_id: int | None,
    store_id: int | None,
    channel: str,
    bought_at: datetime | None = None,
    by: User | None,
    at: datetime,
) -> PointsEntry | None:
    """Credit, at `at`, the points that a purchase of `amount` minor units earns; None if that is no point.

    It earns by the rule of `bought_at`, when the points were promised; that is now, if it is not given.
    `source` names the purchase as '<model>:<id>'. Raises AlreadyBooked if it has earned before; nothing is credited then.
    """
    points = points_for(amount, rule_at(bought_at or at))
    if not points:
        return None
    entry = PointsEntry(
        member=member, kind=PointsEntry.Kind.EARN, points=points, source=source, order_id=order_id, store_id=store_id, channel=channel, at=at, by=by
    )
    try:
        with transaction.atomic():
            entry.save()
    except IntegrityError as clash:
        raise AlreadyBooked(source) from clash
    Member.objects.filter(pk=member.pk).update(balance=F("balance") + points)
    events.record(
        "points.earned", at=at, by=by, channel=channel, member_id=member.pk, order_id=order_id, store_id=store_id, subject=source, data={"points": points}
    )
    return entry
