"""Two colleagues at once: a correction is approved once, a transfer arrives once, a count sent twice counts once."""

import time

import pytest

from omo.models import Event, User
from stores import adjustments, counting, deliveries, stock, transfers
from stores.models import Adjustment, StockLevel, Store, Transfer, Variant
from tests import factories
from tests.factories import NOON
from tests.races.crowd import at_once, kinds, sound

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True), pytest.mark.slow]
COLLEAGUES = 8


def crew(place: Store) -> list[User]:
    return [factories.staff(place) for _ in range(COLLEAGUES)]


def asked(place: Store, goods: Variant) -> Adjustment:
    """A correction by +20 that waits."""
    done = adjustments.adjust(place, goods, change=20, reason=factories.reason("found"), key="key-1", by=factories.staff(place), at=NOON)
    return Adjustment.objects.select_related("level").get(pk=done.waits)


def approve(waits: Adjustment, people: list[User]) -> dict[str, int]:
    """Everybody approves at the same moment; how often what happened."""
    copies = [Adjustment.objects.select_related("level").get(pk=waits.pk) for _ in people]
    return kinds(at_once(*(lambda own=own, by=by: adjustments.approve(own, by=by, at=NOON) for own, by in zip(copies, people, strict=True))))


def on_hand(place: Store, goods: Variant) -> int:
    return StockLevel.objects.get(store=place, variant=goods).on_hand


def test_eight_colleagues_approve_a_correction_once(harbour, rivalries):
    mug, people = factories.stocked(harbour, 40), crew(harbour)
    assert approve(asked(harbour, mug), people) == {"NoneType": 1, "Decided": 7}
    assert on_hand(harbour, mug) == 60
    assert Event.objects.filter(kind="adjustment.approved").count() == 1
    assert rivalries == []
    assert sound()


def test_without_the_state_in_the_update_each_of_them_corrects(harbour, monkeypatch):
    """The negative control: the state is read before, as in many a shop, and nobody waits for the level's lock."""

    def read_first(adjustment, state, by, at):
        waits = Adjustment.objects.get(pk=adjustment.pk).state == "waiting"
        time.sleep(0.05)
        Adjustment.objects.filter(pk=adjustment.pk).update(state=state, decided_by=by, decided_at=at)
        return waits

    monkeypatch.setattr("stores.adjustments._decide", read_first)
    monkeypatch.setattr("stores.adjustments._locked", lambda store_id, variant_id: StockLevel.objects.get(store=store_id, variant=variant_id))
    mug = factories.stocked(harbour, 40)
    approve(asked(harbour, mug), crew(harbour))
    assert on_hand(harbour, mug) > 60


def test_who_approves_and_who_refuses_at_once_do_not_both_win(harbour):
    ana, ben, *_ = crew(harbour)
    for _ in range(10):
        mug = factories.stocked(harbour, 40)
        waits = asked(harbour, mug)
        copies = [Adjustment.objects.select_related("level").get(pk=waits.pk) for _ in range(2)]
        outcomes = at_once(
            lambda copies=copies: adjustments.approve(copies[0], by=ana, at=NOON),
            lambda copies=copies: adjustments.refuse(copies[1], by=ben, at=NOON),
        )
        assert kinds(outcomes) == {"NoneType": 1, "Decided": 1}
        waits.refresh_from_db()
        assert on_hand(harbour, mug) == (60 if waits.state == "approved" else 40)
    assert sound()


def receive(sent: Transfer, people: list[User], goods: dict[int, int]) -> dict[str, int]:
    """Everybody receives the same at the same moment; how often what happened."""
    copies = [Transfer.objects.get(pk=sent.pk) for _ in people]
    return kinds(at_once(*(lambda own=own, by=by: transfers.receive(own, received=goods, by=by, at=NOON) for own, by in zip(copies, people, strict=True))))


def test_eight_colleagues_receive_a_transfer_once(harbour, rivalries):
    station, mug = factories.store("station"), factories.stocked(harbour, 10)
    sent = transfers.send(harbour, station, {mug.pk: 6}, key="key-1", by=factories.staff(harbour), at=NOON)
    assert receive(sent, crew(station), {mug.pk: 6}) == {"Transfer": 8}
    assert (on_hand(harbour, mug), on_hand(station, mug)) == (4, 6)
    assert Event.objects.filter(kind="transfer.received").count() == 1
    assert rivalries == []
    assert sound()


def test_without_the_state_in_the_update_it_arrives_each_time(harbour, monkeypatch):
    """The negative control: whether it is still on its way is read before, and nobody waits for the level's lock."""

    def read_first(transfer, state, by, at):
        under_way = Transfer.objects.get(pk=transfer.pk).state == "sent"
        time.sleep(0.05)
        Transfer.objects.filter(pk=transfer.pk).update(state=state, received_by=by, received_at=at)
        return under_way

    monkeypatch.setattr("stores.transfers._take_in", read_first)
    monkeypatch.setattr("stores.counters.lock", lambda store_id, variants: list(StockLevel.objects.filter(store=store_id, variant__in=variants)))
    station, mug = factories.store("station"), factories.stocked(harbour, 10)
    stock.receive(station, {mug.pk: 1}, reference="delivery:1", by=None, at=NOON)  # a level that is made at the same moment would be a lock
    sent = transfers.send(harbour, station, {mug.pk: 6}, key="key-1", by=factories.staff(harbour), at=NOON)
    receive(sent, crew(station), {mug.pk: 6})
    assert on_hand(station, mug) > 1 + 6


def test_the_last_units_leave_with_one_transfer(harbour, rivalries):
    station, mug, people = factories.store("station"), factories.stocked(harbour, 6), crew(harbour)
    outcomes = at_once(*(lambda by=by: transfers.send(harbour, station, {mug.pk: 4}, key="key-1", by=by, at=NOON) for by in people))
    assert kinds(outcomes) == {"Transfer": 1, "NotAvailable": 7}
    assert on_hand(harbour, mug) == 2
    assert rivalries == []
    assert sound()


def test_stores_that_send_to_each_other_at_once_never_deadlock(harbour, rivalries):
    station = factories.store("station")
    goods = [factories.variant() for _ in range(3)]
    for place in (harbour, station):
        stock.receive(place, {one.pk: 100 for one in goods}, reference="delivery:1", by=None, at=NOON)

    def trips(source: Store, target: Store, turned: bool, by: User):
        wanted = {one.pk: 1 for one in (reversed(goods) if turned else goods)}
        for number in range(10):
            sent = transfers.send(source, target, wanted, key=f"key-{number}", by=by, at=NOON)
            transfers.receive(sent, received=wanted, by=by, at=NOON)

    ways = [(harbour, station, False), (station, harbour, True), (harbour, station, True), (station, harbour, False)]
    assert kinds(at_once(*(lambda way=way, by=by: trips(*way, by) for way, by in zip(ways, crew(harbour), strict=False)))) == {"NoneType": 4}
    assert [on_hand(place, one) for place in (harbour, station) for one in goods] == [100] * 6
    assert rivalries == []
    assert sound()


def same_paper(place: Store, goods: list[Variant]) -> dict[str, int]:
    """Everybody receives the same delivery from a page of their own; how often what happened."""
    arrived = {one.pk: 5 for one in goods}
    return kinds(at_once(*(lambda by=by: deliveries.receive_goods(place, "D-7", arrived, key="key-1", by=by, at=NOON) for by in crew(place))))


def test_colleagues_with_the_same_paper_receive_it_once_and_the_others_are_asked(harbour, rivalries):
    mug, vase = factories.stocked(harbour, 1), factories.variant()
    assert same_paper(harbour, [mug, vase]) == {"Received": 1, "ReceivedBefore": 7}
    assert (on_hand(harbour, mug), on_hand(harbour, vase)) == (6, 5)
    assert rivalries == []
    assert sound()


def test_without_the_lock_the_same_paper_comes_in_again(harbour, monkeypatch):
    """The negative control: what came in before is read while a colleague is about to receive it."""

    def read_only(*_):
        time.sleep(0.05)
        return []

    monkeypatch.setattr("stores.counters.lock", read_only)
    mug = factories.stocked(harbour, 1)
    assert same_paper(harbour, [mug])["Received"] > 1


def test_a_count_that_is_sent_eight_times_at_once_counts_once(harbour, rivalries):
    mug, ana, why = factories.stocked(harbour, 20), factories.staff(harbour), factories.reason("theft")
    outcomes = at_once(*[lambda: counting.count(harbour, mug, counted=15, reason=why, key="key-1", by=ana, at=NOON)] * COLLEAGUES)
    assert outcomes == [counting.Counted(15, 20, None)] * COLLEAGUES
    assert on_hand(harbour, mug) == 15
    assert rivalries == []
    assert sound()


def crossing(sent: Transfer, sender: User, receiver: User, goods: dict[int, int]) -> dict[str, int]:
    """One store takes a transfer back while the other receives it; how often what happened."""
    copies = [Transfer.objects.get(pk=sent.pk) for _ in range(2)]
    return kinds(
        at_once(
            lambda: transfers.cancel(copies[0], by=sender, at=NOON),
            lambda: transfers.receive(copies[1], received=goods, by=receiver, at=NOON),
        )
    )


def test_who_cancels_and_who_receives_at_once_do_not_both_win(harbour, rivalries):
    station = factories.store("station")
    sender, receiver = factories.staff(harbour), factories.staff(station)
    for number in range(10):
        mug = factories.stocked(harbour, 10)
        sent = transfers.send(harbour, station, {mug.pk: 6}, key=f"key-{number}", by=sender, at=NOON)
        outcome = crossing(sent, sender, receiver, {mug.pk: 6})
        sent.refresh_from_db()
        assert outcome == {"Transfer": 1, "AlreadyReceived" if sent.state == "received" else "Cancelled": 1}
        there = StockLevel.objects.filter(store=station, variant=mug).values_list("on_hand", flat=True).first() or 0
        assert (on_hand(harbour, mug), there) == ((4, 6) if sent.state == "received" else (10, 0))
    assert rivalries == []
    assert sound()


def test_without_the_state_in_the_update_the_goods_are_in_both_stores(harbour, monkeypatch):
    """The negative control: whether it is still on its way is read before, at both ends."""

    def read_first(transfer, *_):
        under_way = Transfer.objects.get(pk=transfer.pk).state == "sent"
        time.sleep(0.05)
        Transfer.objects.filter(pk=transfer.pk).update(state="received")
        return under_way

    monkeypatch.setattr("stores.transfers._take_in", read_first)
    monkeypatch.setattr("stores.transfers._take_back", read_first)
    station, mug = factories.store("station"), factories.stocked(harbour, 10)
    sender = factories.staff(harbour)
    sent = transfers.send(harbour, station, {mug.pk: 6}, key="key-1", by=sender, at=NOON)
    crossing(sent, sender, factories.staff(station), {mug.pk: 6})
    assert on_hand(harbour, mug) + on_hand(station, mug) == 16


def small_corrections(place: Store, goods: Variant, by: User) -> int:
    """The same person corrects by -4 from eight pages at once; how many are in the books without anybody else."""
    why = factories.reason()
    at_once(*(lambda key=key: adjustments.adjust(place, goods, change=-4, reason=why, key=f"key-{key}", by=by, at=NOON) for key in range(COLLEAGUES)))
    return 100 - on_hand(place, goods)


def test_small_corrections_of_one_person_at_once_are_not_more_than_one_large_one(harbour, rivalries):
    mug = factories.stocked(harbour, 100)
    assert small_corrections(harbour, mug, factories.staff(harbour)) == 8
    assert Adjustment.objects.get().before == 8
    assert rivalries == []
    assert sound()


def test_without_the_lock_small_corrections_are_not_seen_by_each_other(harbour, monkeypatch):
    """The negative control: what was changed before is read while others are about to change."""

    def unlocked(store_id, variant_id):
        level = StockLevel.objects.get(store=store_id, variant=variant_id)
        time.sleep(0.05)
        return level

    monkeypatch.setattr("stores.adjustments._locked", unlocked)
    mug = factories.stocked(harbour, 100)
    assert small_corrections(harbour, mug, factories.staff(harbour)) > 8
