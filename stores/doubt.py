"""How far a count can be believed, and the buffer that follows from it: a rule without data, so that it can be tried out on any numbers.

Two things raise doubt. Short picks do at once: goods that the books had were not there. Time does slowly: once a count is not fresh any more, each unit that
moves may have moved wrongly. Doubt (0 to 1) times the most that head office allows is the buffer; a count ends all doubt.
"""

import math
from dataclasses import dataclass
from datetime import date

from babel.dates import format_date
from django.conf import settings

from stores.models import StockPolicy

SALES_DAYS = 28
"""As far back as sales tell how fast goods go."""
HIGH, LOW = 0.85, 0.5
"""Confidence of at least HIGH is high, below LOW it is low."""
FIRST_DOUBT = 0.1
"""As if so much had been found before anything was picked: a single short pick says nearly all."""
FOUND_AGAINST_SHORT = 12
"""So many picks that were found weigh as much against doubt as one short pick for it."""
MOVED_AGAINST_AGE = 2
"""Once a count is not fresh, so many units sold make it half as old as it can get."""
MOST_BY_AGE = 0.45
"""Age alone never makes confidence low."""


@dataclass(frozen=True)
class Facts:
    """What the ledgers say of a level.

    `days` since it was last counted (or, `counted` None, since its first goods came; None: never any); `picks` and `shorts` since the later of the last
    count and the beginning of the policy's window, `since_count` says which of these it is; units sold in SALES_DAYS.
    """

    counted: date | None
    days: float | None
    picks: int = 0
    shorts: int = 0
    since_count: bool = False
    sold: int = 0

    @property
    def per_day(self) -> float:
        """How many are sold in a day."""
        return self.sold / SALES_DAYS


@dataclass(frozen=True)
class Confidence:
    """How far a count can be believed, from 0 to 1, as a word, the buffer that follows, and why."""

    score: float
    label: str
    buffer: int
    reason: str


def judge(facts: Facts, policy: StockPolicy) -> Confidence:
    """The confidence in a level, and the units to keep back for want of it: never more than the policy's most_buffer."""
    doubt = 1 - (1 - _doubt_of_picks(facts)) * (1 - _doubt_of_age(facts, policy))
    score = round(1 - doubt, 2)
    label = "high" if score >= HIGH else "medium" if score >= LOW else "low"
    return Confidence(score, label, min(math.floor(doubt * policy.most_buffer + 0.5), policy.most_buffer), _reason(facts, policy))


def _doubt_of_picks(facts: Facts) -> float:
    found = max(facts.picks - facts.shorts, 0)
    return facts.shorts / (facts.shorts + FIRST_DOUBT + found / FOUND_AGAINST_SHORT) if facts.shorts else 0


def _doubt_of_age(facts: Facts, policy: StockPolicy) -> float:
    moved = max((facts.days or 0) - policy.count_fresh_days, 0) * facts.per_day
    return min(MOST_BY_AGE, moved / (moved + MOVED_AGAINST_AGE))


def _reason(facts: Facts, policy: StockPolicy) -> str:
    """'2 short picks in 10 since the count of 3 Nov; sells 4 a day'."""
    picked = f"{facts.shorts} short pick{'' if facts.shorts == 1 else 's'} in {facts.picks}" if facts.shorts else ""
    if picked and facts.since_count and facts.counted:
        return f"{picked} since the count of {_day(facts.counted)}; {_pace(facts.sold)}"
    age = f"counted on {_day(facts.counted)}" if facts.counted else "never counted"
    age += f", {facts.days:.0f} days ago" if facts.counted and facts.days and facts.days >= policy.count_fresh_days else ""
    parts = [f"{picked} in {policy.short_pick_days} days" if picked else "", age, _pace(facts.sold)]
    return "; ".join(part for part in parts if part)


def _pace(sold: int) -> str:
    per_day = sold / SALES_DAYS
    if per_day >= 1:
        return f"sells {per_day:.0f} a day"
    if per_day >= 1 / 7:
        return f"sells {per_day * 7:.0f} a week"
    return f"sold {sold} in {SALES_DAYS} days" if sold else f"sold none in {SALES_DAYS} days"


def _day(day: date) -> str:
    return format_date(day, "d MMM", locale=settings.LOCALE)
