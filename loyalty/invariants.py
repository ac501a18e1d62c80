"""The promise of points: a balance is the sum of the entries."""

from collections.abc import Iterator

from django.db.models import Sum

from loyalty.models import Member, PointsEntry
from omo.invariants import Violation


def violations() -> Iterator[Violation]:
    """Every member whose balance is not the sum of the entries."""
    totals = dict(PointsEntry.objects.order_by().values_list("member_id").annotate(total=Sum("points")))
    for member_id, balance in Member.objects.values_list("pk", "balance").iterator():
        if balance != totals.get(member_id, 0):
            yield Violation("balance is the sum of points entries", f"member {member_id}", balance, totals.get(member_id, 0))
