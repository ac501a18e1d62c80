"""Whether a promise was kept, and what broke it if not. Pure: no database, no clock."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from orders.models import PromiseOutcome

Cause = PromiseOutcome.Cause


@dataclass(frozen=True)
class Facts:
    """What became of a promise.

    `ready_at` is None if it never was ready until it ended (`at`). `short` lists the goods that were missing, `promised` and `taken` are totals in minor units.
    `closure` is one that took the promised day away after the promise was made; `ended` says who ended it before its time, and why.
    """

    ready_by: datetime
    ready_at: datetime | None
    at: datetime
    promised: int
    taken: int
    short: Sequence[dict[str, Any]] = field(default=())
    closure: dict[str, str] | None = None
    ended: Cause | None = None


def whole_minute(moment: datetime) -> datetime:
    """The minute that a clock shows at a moment: promises are made and judged in these."""
    return moment.replace(second=0, microsecond=0)


def minutes_late(ready_by: datetime, ready_at: datetime) -> int:
    """How many minutes after the promised one it was ready; 0: in time, which all of the promised minute is."""
    return max(int((whole_minute(ready_at) - whole_minute(ready_by)).total_seconds()) // 60, 0)


def causes(facts: Facts) -> list[Cause]:
    """Everything that broke the promise, what explains the rest first; empty if it was kept.

    Missing goods come first: who looks for them is late, and may have to cancel. A day that the store closed later comes before whatever followed from that.
    What the customer changed comes last: who gives up on a late order was not the one who broke the promise.
    """
    late = minutes_late(facts.ready_by, facts.ready_at or facts.at) > 0
    found = {
        Cause.SHORT: bool(facts.short) or facts.ended == Cause.SHORT,
        Cause.CLOSED: facts.ended == Cause.CLOSED or bool(late and facts.closure),
        Cause.STAFF: facts.ended == Cause.STAFF,
        Cause.PRICE: facts.taken != facts.promised or facts.ended == Cause.PRICE,
        Cause.LATE: (late and not facts.closure) or facts.ended == Cause.LATE,
        Cause.WITHDRAWN: facts.ended == Cause.WITHDRAWN,
    }
    return [cause for cause, broke in found.items() if broke]


def on_record(facts: Facts) -> dict[str, Any]:
    """The facts as they are kept with the outcome, without those that say nothing."""
    known = {
        "ready_at": facts.ready_at.isoformat() if facts.ready_at else None,
        "minutes_late": minutes_late(facts.ready_by, facts.ready_at or facts.at) or None,
        "short": list(facts.short) or None,
        "taken": facts.taken if facts.taken != facts.promised else None,
        "closure": facts.closure,
        "also": [str(cause) for cause in causes(facts)[1:]] or None,
    }
    return {name: value for name, value in known.items() if value is not None}
