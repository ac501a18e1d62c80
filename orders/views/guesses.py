"""Wrong pickup codes, wherever six digits are typed: so many per person, store and minute."""

from datetime import datetime, timedelta

from omo import limits
from orders import scans, verdicts
from stores.models import Store
from stores.views.at_work import StaffRequest

WHAT = "pickup-code"
MOST = 20
"""Wrong pickup codes per person, store and minute."""
STILL_ASKED = timedelta(days=1)
"""How long the code of a closed pickup is no guess: its holder may come back with a question."""


def resolved(request: StaffRequest, store: Store, scan: scans.Scan, *, at: datetime) -> scans.Found:
    """What a scan stands for. Six digits that miss are counted. Raises limits.TooManyTries for six digits after MOST of them."""
    if scan.kind != scans.Kind.DIGITS:
        return scans.resolve(scan, store=store, at=at)
    refuse_more(request, store)
    found = scans.resolve(scan, store=store, at=at)
    if found.verdict and _missed(found.verdict, at):
        count(request, store)
    return found


def refuse_more(request: StaffRequest, store: Store) -> None:
    """Raises limits.TooManyTries if this person has tried too many wrong codes at this store; counts nothing."""
    limits.refuse_after(WHAT, _who(request, store), most=MOST)


def count(request: StaffRequest, store: Store) -> None:
    """Count one wrong code. Raises limits.TooManyTries."""
    limits.count(WHAT, _who(request, store), most=MOST)


def _who(request: StaffRequest, store: Store) -> str:
    return f"{store.pk}:{request.user.pk}"


def _missed(verdict: verdicts.Verdict, at: datetime) -> bool:
    """Whether six digits missed: they are nobody's, or those of a pickup that was over a day ago already."""
    pickup = verdict.pickup
    if pickup is None or verdict.reason not in verdicts.CLOSED:
        return verdict.reason == verdicts.UNKNOWN
    return (pickup.collected_at or pickup.held_until or pickup.placed_at) < at - STILL_ASKED
