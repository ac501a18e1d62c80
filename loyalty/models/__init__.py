"""The person: members, their points and the rule by which they earn."""

from loyalty.models.ledger import EarnRule, PointsEntry
from loyalty.models.member import Member

__all__ = ["EarnRule", "Member", "PointsEntry"]
