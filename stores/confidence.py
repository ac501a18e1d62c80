"""Confidence in stock: what the ledgers say of each level (`Facts`), judged by the rule of `stores.doubt`, moves the level's buffer by itself.

It is judged anew every night, after each count and after each short pick. A count ends all doubt and all distrust.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils.dateparse import parse_datetime

from omo import events
from omo.acts import act
from omo.models import Event, User
from stores import kept_back
from stores.doubt import SALES_DAYS, Confidence, Facts, judge
from stores.kept_back import Change
from stores.models import StockLevel, StockPolicy

__all__ = ["Confidence", "Facts", "counted", "judge", "of", "report_short_pick", "review"]

SHORT_PICK = "stock.short_pick"
ShortPicks = Mapping[int, list[tuple[datetime, str]]]
"""{level id: when, and of which pick}"""


class Known(NamedTuple):
    """What the level and its movements say: when it was counted and first had goods, where, the units sold, picks that were found, and suspect losses."""

    counted_at: datetime | None
    first_goods: datetime | None
    time_zone: str
    sold: int
    found: int
    lost: int


@act
def report_short_pick(level: StockLevel, *, missing: int, reference: str, by: User | None, at: datetime) -> Confidence:
    """`missing` units that the books have were not there to be picked for `reference`. Moves the buffer at once; returns what is believed now.

    Leaves the event 'stock.short_pick'. Picks are told apart by their reference: one reported twice counts once.
    """
    data = {"missing": missing, "reference": reference, "variant": level.variant_id}
    events.record(SHORT_PICK, at=at, by=by, store_id=level.store_id, subject=_subject(level.pk), data=data)
    review([level.pk], by=by, at=at)
    return of([level.pk], at=at)[level.pk]


@act
def counted(level_ids: Collection[int], *, why: str = "Counted", by: User | None, at: datetime) -> None:
    """The levels were counted (`counted_at` is `at` already): doubt and distrust are over. At most kept_back.PORTION of them, in constant statements."""
    kept_back.change(dict.fromkeys(level_ids, Change(why, buffer=0, distrusted=False)), by=by, at=at)


def review(level_ids: Iterable[int] | None = None, *, by: User | None = None, at: datetime) -> int:
    """Judge levels anew (all of them if not told) and move their buffers; returns how many moved. Portion by portion, each in constant statements."""
    limits = kept_back.policy()
    wanted = None if level_ids is None else sorted(set(level_ids))
    short_picks = _short_picks(wanted, limits, at)
    portions = _portions_of_all() if wanted is None else kept_back.in_portions(wanted)
    return sum(_review(portion, short_picks, limits, by, at) for portion in portions)


def of(level_ids: Collection[int], *, at: datetime) -> dict[int, Confidence]:
    """{level id: how far its count can be believed}, as it is now, in two statements."""
    limits = kept_back.policy_shown()
    return _judged(level_ids, _short_picks(level_ids, limits, at), limits, at)


@act
def _review(portion: list[int], short_picks: ShortPicks, limits: StockPolicy, by: User | None, at: datetime) -> int:
    # Locked before it is judged: a count that comes in meanwhile has the last word.
    list(StockLevel.objects.filter(pk__in=portion).order_by("pk").select_for_update().values_list("pk"))
    judged = _judged(portion, short_picks, limits, at)
    return len(kept_back.change({pk: Change(_said(believed), buffer=believed.buffer) for pk, believed in judged.items()}, by=by, at=at))


def _said(believed: Confidence) -> str:
    return f"{believed.label.capitalize()} confidence: {believed.reason}"


def _portions_of_all() -> Iterator[list[int]]:
    last = 0
    while portion := list(StockLevel.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[: kept_back.PORTION]):
        yield portion
        last = portion[-1]


def _judged(level_ids: Collection[int], short_picks: ShortPicks, limits: StockPolicy, at: datetime) -> dict[int, Confidence]:
    reported = {pk: short_picks.get(pk, []) for pk in level_ids}
    begin = at - timedelta(days=limits.short_pick_days)
    known = _known(level_ids, {reference for picks in reported.values() for _, reference in picks}, begin, at)
    return {pk: judge(_facts(about, reported[pk], begin, at), limits) for pk, about in known.items()}


def _facts(about: Known, reported: list[tuple[datetime, str]], begin: datetime, at: datetime) -> Facts:
    since = max(about.counted_at or begin, begin)
    shorts = len({reference for when, reference in reported if when > since}) + about.lost
    known_from = about.counted_at or about.first_goods
    return Facts(
        counted=about.counted_at.astimezone(ZoneInfo(about.time_zone)).date() if about.counted_at else None,
        days=(at - known_from) / timedelta(days=1) if known_from else None,
        picks=about.found + shorts,
        shorts=shorts,
        since_count=since == about.counted_at,
        sold=about.sold,
    )


# In SQL of our own, because movements know their level by store and variant only, and the night reads all of them.
SINCE = "moved.at > %(begin)s AND (level.counted_at IS NULL OR moved.at > level.counted_at) AND moved.reference NOT IN ({reported})"
KNOWN = f"""
SELECT level.id, level.counted_at, CASE WHEN level.counted_at IS NULL THEN (
        SELECT came.at FROM stores_stockmovement came WHERE came.store_id = level.store_id AND came.variant_id = level.variant_id
        AND came.quantity > 0 AND came.at <= %(at)s ORDER BY came.id LIMIT 1
    ) END, store.time_zone,
    SUM(CASE WHEN moved.kind = 'sold' AND moved.at > %(sales)s THEN -moved.quantity ELSE 0 END),
    SUM(CASE WHEN moved.kind = 'sold' AND moved.allocated < 0 AND {SINCE} THEN 1 ELSE 0 END),
    SUM(CASE WHEN moved.quantity < 0 AND moved.kind = 'adjusted' AND reason.effect = 'distrust' AND {SINCE} THEN 1 ELSE 0 END)
FROM stores_stocklevel level JOIN stores_store store ON store.id = level.store_id
LEFT JOIN stores_stockmovement moved
    ON moved.store_id = level.store_id AND moved.variant_id = level.variant_id AND moved.at > %(earliest)s AND moved.at <= %(at)s
LEFT JOIN stores_stockreason reason ON reason.id = moved.reason_id
WHERE level.id IN ({{ids}}) GROUP BY level.id, store.id
"""  # noqa: S608 - names of our own


def _known(level_ids: Collection[int], reported: Collection[str], begin: datetime, at: datetime) -> dict[int, Known]:
    """{level id: what is known}, in one statement. `reported` are the references of short picks, each a pick of its own."""
    if not level_ids:
        return {}
    sales = at - timedelta(days=SALES_DAYS)
    moments = {"at": at, "begin": begin, "sales": sales, "earliest": min(begin, sales)}
    values: dict[str, Any] = {name: connection.ops.adapt_datetimefield_value(moment) for name, moment in moments.items()}
    picks = {f"pick{number}": reference for number, reference in enumerate(reported or [""])}
    statement = KNOWN.replace("{reported}", ", ".join(f"%({name})s" for name in picks)).replace("{ids}", ", ".join(str(int(pk)) for pk in level_ids))
    with connection.cursor() as cursor:
        cursor.execute(statement, values | picks)
        return {pk: Known(_moment(counted), _moment(first), *rest) for pk, counted, first, *rest in cursor.fetchall()}


def _moment(value: Any) -> datetime | None:
    """SQLite keeps moments as text, without the zone."""
    moment = parse_datetime(value) if isinstance(value, str) else value
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment


def _short_picks(level_ids: Collection[int] | None, limits: StockPolicy, at: datetime) -> ShortPicks:
    """The short picks that may still count. For all levels they are read once, not portion by portion."""
    rows = Event.objects.filter(kind=SHORT_PICK, at__gt=at - timedelta(days=limits.short_pick_days), at__lte=at)
    if level_ids is not None and len(level_ids) <= kept_back.PORTION:
        rows = rows.filter(subject__in=[_subject(pk) for pk in level_ids])
    found: dict[int, list[tuple[datetime, str]]] = defaultdict(list)
    for subject, when, reference in rows.order_by().values_list("subject", "at", "data__reference"):
        found[int(subject.partition(":")[2])].append((when, reference))
    return found


def _subject(level_id: int) -> str:
    return f"level:{level_id}"
