"""Confidence: the rule on exact numbers, and buffers that move by themselves after short picks, counts and nights."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from omo.models import Event
from stores import confidence, invariants, kept_back, stock
from stores.doubt import Facts, judge
from stores.models import KeptBack, StockLevel, StockMovement, StockPolicy, StockReason
from tests import factories
from tests.factories import NOON
from tests.unchanged import unchanged

POLICY = StockPolicy(pk=1)
DAY = timedelta(days=1)
COUNT = date(2026, 11, 3)


# The rule, without data


@pytest.mark.parametrize(
    ("facts", "score", "label", "buffer"),
    [
        pytest.param(Facts(COUNT, 0), 1.0, "high", 0, id="just counted"),
        pytest.param(Facts(None, None), 1.0, "high", 0, id="nothing known"),
        pytest.param(Facts(COUNT, 21, picks=10, sold=40), 1.0, "high", 0, id="every pick found"),
        pytest.param(Facts(COUNT, 21, picks=10, shorts=3, sold=40), 0.19, "low", 2, id="3 short in 10"),
        pytest.param(Facts(COUNT, 21, picks=10, shorts=1, sold=40), 0.46, "low", 2, id="1 short in 10"),
        pytest.param(Facts(COUNT, 21, picks=1, shorts=1), 0.09, "low", 3, id="the only pick short"),
        pytest.param(Facts(COUNT, 21, picks=40, shorts=1), 0.77, "medium", 1, id="1 short in 40"),
        pytest.param(Facts(COUNT, 30, sold=112), 1.0, "high", 0, id="fresh to the day"),
        pytest.param(Facts(COUNT, 31, sold=28), 0.67, "medium", 1, id="a day too old, sells 1 a day"),
        pytest.param(Facts(COUNT, 32, sold=28), 0.55, "medium", 1, id="two days too old"),
        pytest.param(Facts(COUNT, 300, sold=280), 0.55, "medium", 1, id="as old as can be"),
        pytest.param(Facts(COUNT, 300), 1.0, "high", 0, id="old, but nothing moved"),
        pytest.param(Facts(None, 300, sold=280), 0.55, "medium", 1, id="never counted"),
        pytest.param(Facts(COUNT, 300, picks=10, shorts=3, sold=280), 0.1, "low", 3, id="old and short"),
        pytest.param(Facts(COUNT, 300, picks=9, shorts=9, sold=280), 0.01, "low", 3, id="never more than the most"),
    ],
)
def test_confidence_follows_from_age_short_picks_and_sales(facts, score, label, buffer):
    believed = judge(facts, POLICY)
    assert (believed.score, believed.label, believed.buffer) == (score, label, buffer)


@pytest.mark.parametrize(("most", "buffer"), [(0, 0), (1, 1), (2, 2), (3, 2), (10, 8)])
def test_head_office_limits_the_buffer(most, buffer):
    assert judge(Facts(COUNT, 21, picks=10, shorts=3, sold=40), StockPolicy(most_buffer=most)).buffer == buffer


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        (Facts(COUNT, 10, picks=10, shorts=2, since_count=True, sold=112), "2 short picks in 10 since the count of 3 Nov; sells 4 a day"),
        (Facts(COUNT, 21, picks=1, shorts=1, sold=8), "1 short pick in 1 in 14 days; counted on 3 Nov; sells 2 a week"),
        (Facts(COUNT, 53, sold=3), "counted on 3 Nov, 53 days ago; sold 3 in 28 days"),
        (Facts(None, 300), "never counted; sold none in 28 days"),
    ],
)
def test_the_reason_is_in_words(facts, reason):
    assert judge(facts, POLICY).reason == reason


# Levels


@pytest.fixture
def mug(db):
    """A level of 40 mugs, of which 7 were collected by customers, a promise each, in the days before noon."""
    place = factories.store()
    goods = factories.stocked(place, 40)
    for number in range(7):
        why = {"reference": f"fulfilment:{number}", "by": None, "at": NOON - number * DAY}
        stock.allocate(place.pk, {goods.pk: 1}, **why)
        stock.hand_out(place.pk, {goods.pk: 1}, **why)
    return StockLevel.objects.get()


def short(level, number, at=NOON):
    return confidence.report_short_pick(level, missing=1, reference=f"fulfilment:short-{number}", by=None, at=at)


def kept(level):
    level.refresh_from_db()
    return level.safety_stock, level.buffer, level.distrusted_at is not None


def test_three_short_picks_in_ten_keep_two_back_and_a_count_resets_it(mug):
    assert [short(mug, number).buffer for number in range(3)] == [2, 2, 2]
    believed = confidence.of([mug.pk], at=NOON)[mug.pk]
    assert (believed.label, believed.reason) == ("low", "3 short picks in 10 in 14 days; never counted; sells 2 a week")
    assert kept(mug) == (0, 2, False)
    rows = list(KeptBack.objects.values_list("buffer", "why", "by"))
    assert rows == [(2, "Low confidence: 1 short pick in 8 in 14 days; never counted; sells 2 a week", None)]
    ana, later = factories.staff(mug.store), NOON + DAY
    StockLevel.objects.update(counted_at=later)
    confidence.counted([mug.pk], by=ana, at=later)
    assert kept(mug) == (0, 0, False)
    last = KeptBack.objects.latest("id")
    assert (last.buffer, last.why, last.by, last.at) == (0, "Counted", ana, later)
    assert confidence.review(at=later + DAY) == 0
    assert confidence.of([mug.pk], at=later + DAY)[mug.pk] == confidence.Confidence(1.0, "high", 0, "counted on 25 Nov; sells 2 a week")
    assert list(invariants.violations()) == []


def test_a_short_pick_leaves_its_event_and_counts_once_however_often_it_is_reported(mug):
    ana = factories.staff(mug.store)
    for _ in range(2):
        confidence.report_short_pick(mug, missing=2, reference="fulfilment:71", by=ana, at=NOON)
    event = Event.objects.filter(kind="stock.short_pick").first()
    assert (event.store_id, event.by, event.subject) == (mug.store_id, ana, f"level:{mug.pk}")
    assert event.data == {"missing": 2, "reference": "fulfilment:71", "variant": mug.variant_id}
    assert confidence.of([mug.pk], at=NOON)[mug.pk].reason.startswith("1 short pick in 8")


def test_a_pick_that_was_partly_short_is_one_pick(mug):
    confidence.report_short_pick(mug, missing=1, reference="fulfilment:3", by=None, at=NOON)
    assert confidence.of([mug.pk], at=NOON)[mug.pk].reason.startswith("1 short pick in 7")


@pytest.mark.parametrize(("effect", "counts"), [("distrust", True), ("damaged", False), ("none", False)])
def test_goods_that_were_not_found_count_as_a_short_pick_and_damaged_ones_do_not(mug, effect, counts):
    reason = StockReason.objects.create(code="why", words="Why", effect=effect, direction="fewer")
    about = {"store": mug.store, "variant": mug.variant, "kind": "adjusted", "reason": reason, "at": NOON}
    StockMovement.objects.create(quantity=-1, reference="adjustment:1", **about)
    StockMovement.objects.create(quantity=2, reference="adjustment:2", **about)
    assert confidence.of([mug.pk], at=NOON)[mug.pk].reason.startswith("1 short pick in 8" if counts else "never counted")


def test_a_short_pick_is_forgiven_after_the_policys_days_by_the_nightly_review(mug):
    short(mug, 1)
    assert confidence.review(at=NOON + 13 * DAY) == 1  # the picks that were found are forgotten first: 1 in 2 is worse than 1 in 8
    assert kept(mug) == (0, 3, False)
    assert confidence.review(at=NOON + 14 * DAY) == 1
    assert kept(mug) == (0, 0, False)
    assert KeptBack.objects.latest("id").why == "High confidence: never counted; sells 2 a week"


def test_the_day_of_a_count_is_the_stores_own(mug):
    mug.store.time_zone = "Pacific/Auckland"
    mug.store.save()
    StockLevel.objects.update(counted_at=NOON)
    assert confidence.of([mug.pk], at=NOON + DAY)[mug.pk].reason.startswith("counted on 25 Nov")


def test_a_switched_off_buffer_moves_back_to_nothing(mug):
    short(mug, 1)
    StockPolicy.objects.update(most_buffer=0)
    assert confidence.review(at=NOON) == 1
    assert kept(mug) == (0, 0, False)


def test_a_review_that_moves_nothing_changes_nothing(mug):
    short(mug, 1)
    with unchanged():
        assert confidence.review(at=NOON) == 0
        assert confidence.review([], at=NOON) == 0


def test_the_count_that_comes_later_has_the_last_word_over_an_older_short_pick(mug):
    short(mug, 1)
    StockLevel.objects.update(counted_at=NOON + timedelta(minutes=1))
    assert confidence.review(at=NOON + DAY) == 1
    assert kept(mug) == (0, 0, False)


def test_a_review_takes_as_many_statements_for_thirty_levels_as_for_one(mug):
    StockPolicy.objects.get_or_create(pk=1)

    def statements():
        for level in StockLevel.objects.all():
            data = {"missing": 1, "reference": f"fulfilment:{level.pk}", "variant": level.variant_id}
            Event.objects.create(kind="stock.short_pick", at=NOON, subject=f"level:{level.pk}", data=data)
        with CaptureQueriesContext(connection) as queries:
            assert confidence.review(at=NOON) == StockLevel.objects.count()
        return len(queries)

    one = statements()
    kept_back.change(dict.fromkeys(StockLevel.objects.values_list("pk", flat=True), kept_back.Change("Test", buffer=0)), by=None, at=NOON)
    for _ in range(29):
        factories.stocked(mug.store, 5)
    assert statements() == one


def test_every_level_is_reviewed_in_portions(mug, monkeypatch):
    monkeypatch.setattr(kept_back, "PORTION", 2)
    for _ in range(4):
        factories.stocked(mug.store, 5)
    levels = list(StockLevel.objects.order_by("pk"))
    for level in levels:
        Event.objects.create(kind="stock.short_pick", at=NOON, subject=f"level:{level.pk}", data={"reference": "fulfilment:9"})
    assert confidence.review(at=NOON) == 5
    assert [kept(level)[1] for level in levels] == [2, 3, 3, 3, 3]
