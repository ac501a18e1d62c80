"""How long a checkout holds: activity extends it, a lapse ends it, and both eleven times at most."""

from datetime import datetime, timedelta

import pytest
from django.conf import settings

from stores import holds
from stores.models import Hold, Store, Variant
from stores.stock import NotAvailable, Shortage
from tests import factories
from tests.factories import NOON
from tests.stores.held import JONAS, MARTA, also_at, later, left
from tests.unchanged import refused, unchanged

pytestmark = pytest.mark.django_db


def test_activity_extends_a_hold_eleven_times_and_not_once_more(harbour):
    mug = factories.stocked(harbour, 10)
    holds.take({harbour.pk: {mug.pk: 3}}, holder=MARTA, at=NOON)
    for turn in range(1, settings.HOLD_EXTENSIONS + 1):
        assert holds.extend(MARTA, at=later(9 * turn)), turn
    assert Hold.objects.values_list("extensions", "expires_at").get() == (11, later(9 * 11 + 10))
    with unchanged():
        assert not holds.extend(MARTA, at=later(9 * 11 + 5))
    assert left(harbour, mug, later(9 * 11 + 9)) == 7
    assert left(harbour, mug, later(9 * 11 + 10)) == 10


def test_what_has_lapsed_is_not_extended_but_taken_anew_if_it_is_there(harbour):
    mug = factories.stocked(harbour, 5)
    holds.take({harbour.pk: {mug.pk: 4}}, holder=MARTA, at=NOON)
    with unchanged():
        assert not holds.extend(MARTA, at=later(10))
    lapsed = holds.of(MARTA)
    assert (lapsed.until, lapsed.goods) == (later(10), {harbour.pk: {mug.pk: 4}})
    held = holds.take({harbour.pk: {mug.pk: 4}}, holder=MARTA, at=later(12))
    assert (held.until, held.extensions) == (later(22), 1)
    assert list(Hold.objects.order_by("id").values_list("at", "ended_at")) == [(NOON, later(10)), (later(12), None)]


def used_up(place: Store, goods: Variant) -> datetime:
    """Marta holds one, and has let it lapse and taken it anew as often as she may. Until when it is kept."""
    for turn in range(settings.HOLD_EXTENSIONS + 1):
        held = holds.take({place.pk: {goods.pk: 1}}, holder=MARTA, at=later(10 * turn))
        assert held.extensions == turn
    return held.until


def test_what_lapses_again_and_again_is_taken_anew_eleven_times_and_then_no_more(harbour):
    mug = factories.stocked(harbour, 5)
    assert used_up(harbour, mug) == later(120)
    with refused(holds.HeldTooOften):
        holds.take({harbour.pk: {mug.pk: 1}}, holder=MARTA, at=later(120))
    assert left(harbour, mug, later(120)) == 5
    assert not holds.of(MARTA).can_extend
    holds.take({harbour.pk: {mug.pk: 1}}, holder=JONAS, at=later(120))


@pytest.mark.parametrize("tidied", [True, False])
def test_who_held_nothing_for_a_day_may_hold_again(harbour, tidied):
    mug = factories.stocked(harbour, 5)
    until = used_up(harbour, mug)
    day_after = until + holds.TOLD_FOR
    with refused(holds.HeldTooOften):
        holds.take({harbour.pk: {mug.pk: 1}}, holder=MARTA, at=day_after - timedelta(seconds=1))
    if tidied:
        assert holds.tidy(at=day_after) == 1
    held = holds.take({harbour.pk: {mug.pk: 1}}, holder=MARTA, at=day_after)
    assert (held.until, held.extensions) == (day_after + timedelta(minutes=10), 0)


def test_what_changes_during_the_last_minutes_is_held_no_longer(harbour):
    mug, bowl = factories.stocked(harbour, 5), factories.stocked(harbour, 5)
    station = also_at("station", mug, 5)
    used_up(harbour, mug)
    added = holds.take({harbour.pk: {mug.pk: 1, bowl.pk: 2}}, holder=MARTA, at=later(112))
    moved = holds.take({station.pk: {mug.pk: 1}}, holder=MARTA, at=later(114))
    assert [(held.until, held.extensions) for held in (added, moved)] == [(later(120), 11)] * 2
    with unchanged():
        assert not holds.extend(MARTA, at=later(116))
    with refused(holds.HeldTooOften):
        holds.take({station.pk: {mug.pk: 1}}, holder=MARTA, at=later(121))


def test_going_to_and_fro_between_two_stores_extends_nothing(harbour):
    mug = factories.stocked(harbour, 5)
    station = also_at("station", mug, 5)
    for minutes, place in enumerate([harbour, station] * 4):
        assert holds.take({place.pk: {mug.pk: 1}}, holder=MARTA, at=later(minutes)).until == later(10)
    assert holds.extend(MARTA, at=later(9))
    held = holds.take({station.pk: {mug.pk: 2}}, holder=MARTA, at=later(10))
    assert (held.until, held.extensions) == (later(19), 1)


def test_extensions_that_a_customer_used_count_on_when_a_browser_s_hold_becomes_theirs(harbour):
    mug = factories.stocked(harbour, 5)
    used_up(harbour, mug)
    holds.take({harbour.pk: {mug.pk: 2}}, holder=JONAS, at=later(125))
    holds.hand_over(JONAS, to=MARTA, at=later(126))
    assert holds.of(MARTA) == holds.Held(later(135), 11, {harbour.pk: {mug.pk: 2}})


def test_who_comes_back_after_a_lapse_is_told_what_is_left(harbour):
    mug = factories.stocked(harbour, 5)
    holds.take({harbour.pk: {mug.pk: 4}}, holder=MARTA, at=NOON)
    holds.take({harbour.pk: {mug.pk: 3}}, holder=JONAS, at=later(11))
    with refused(NotAvailable) as refusal:
        holds.take({harbour.pk: {mug.pk: 4}}, holder=MARTA, at=later(12))
    assert refusal.value.shortages == [Shortage(mug.pk, 4, 2)]


def test_a_checkout_that_ends_frees_its_goods_at_once(harbour):
    mug = factories.stocked(harbour, 5)
    holds.take({harbour.pk: {mug.pk: 4}}, holder=MARTA, at=NOON)
    holds.end(MARTA, at=later(2))
    assert left(harbour, mug, later(2)) == 5
    assert holds.of(MARTA) is None
    with unchanged():
        holds.end(MARTA, at=later(3))


def test_what_a_checkout_holds_goes_with_the_customer_for_as_long_as_it_would_have_been_kept(harbour):
    mug, bowl = factories.stocked(harbour, 5), factories.stocked(harbour, 5)
    holds.take({harbour.pk: {mug.pk: 1, bowl.pk: 1}}, holder=JONAS, at=NOON)
    holds.take({harbour.pk: {mug.pk: 4}}, holder=MARTA, at=NOON)
    holds.hand_over(MARTA, to=JONAS, at=later(3))
    assert (holds.of(MARTA), holds.of(JONAS)) == (None, holds.Held(later(10), 0, {harbour.pk: {mug.pk: 4}}))
    assert (left(harbour, mug, later(3)), left(harbour, bowl, later(3))) == (1, 5), "what he held before is free"
    assert left(harbour, mug, later(3), JONAS) == 5
    with unchanged():
        holds.hand_over(MARTA, to=JONAS, at=later(4))
    holds.take({harbour.pk: {mug.pk: 1}}, holder=MARTA, at=later(5))
    holds.take({harbour.pk: {mug.pk: 1}}, holder=JONAS, at=later(14))
    with unchanged():
        holds.hand_over(MARTA, to=JONAS, at=later(16))  # hers has lapsed, his has not


def test_tidying_up_changes_what_nobody_sees(harbour):
    mug = factories.stocked(harbour, 9)
    for number in range(3):
        holds.take({harbour.pk: {mug.pk: 1}}, holder=f"cart:{number}", at=later(number))
    with unchanged():
        assert holds.tidy(at=later(13)) == 0, "who comes back now is told that the hold has lapsed"
    assert holds.tidy(at=later(11) + holds.TOLD_FOR) == 2
    assert list(Hold.objects.order_by("id").values_list("ended_at", flat=True)) == [later(10), later(11), None]
    assert left(harbour, mug, later(11)) == 8
    assert holds.tidy(at=later(11) + holds.TOLD_FOR) == 0
