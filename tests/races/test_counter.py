"""The counter: one bag is handed over once, however many people press at the same moment."""

from collections.abc import Callable

import pytest
from django.db.models import QuerySet

from loyalty.models import PointsEntry
from omo.models import Event, Message
from orders import payments, pickup, pickup_codes, queue
from orders.models import Fulfilment, FulfilmentLine, HandOver, Order, Payment
from orders.models.fulfilment import FulfilmentQuerySet
from stores.models import StockLevel
from tests import factories
from tests.factories import NOON
from tests.races.crowd import at_once, constraints_off, kinds, sound

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True), pytest.mark.slow]
TIMES = 8


@pytest.fixture
def waiting(harbour, card) -> Callable[..., Fulfilment]:
    """Makes a pickup of one mug (12.50) of Marta's that waits at the counter, paid or not."""
    ana, mug = factories.staff(harbour), factories.stocked(harbour, 100)

    def make(*, paid: bool = True) -> Fulfilment:
        order = factories.order(harbour, (mug, 1), owner=card.user)
        made = factories.ready(order, ana)
        if paid:
            payments.take_payment(order, [payments.Tendered("card", 1250)], store=harbour, by=ana, at=NOON)
        return made

    return make


def hand_over(bag: Fulfilment):
    """Somebody at the counter presses once, on a page of their own."""
    page, code = factories.pickup_of(bag.order), pickup_codes.six_digits(bag)
    return lambda: pickup.hand_over(page, proof=code, by=page.picker, at=NOON)


def pay_and_hand_over(bag: Fulfilment):
    page, code = factories.pickup_of(bag.order), pickup_codes.six_digits(bag)
    return lambda: pickup.take_payment_and_hand_over(page, tendered=[payments.Tendered("card", 1250)], proof=code, by=page.picker, at=NOON)


def reasons(outcomes: list) -> dict[str, int]:
    """'collected' for who handed over, else the reason of the refusal, else the error."""
    told = ["collected" if one is None else one.verdict.reason if isinstance(one, pickup.Refused) else type(one).__name__ for one in outcomes]
    return {reason: told.count(reason) for reason in told}


def test_of_eight_hand_overs_one_succeeds_and_seven_are_told_so(waiting, card, rivalries):
    for _ in range(6):
        bag = waiting()
        assert reasons(at_once(*(hand_over(bag) for _ in range(TIMES)))) == {"collected": 1, "already_collected": 7}
    assert (HandOver.objects.count(), PointsEntry.objects.count(), Event.objects.filter(kind="pickup.collected").count()) == (6, 6, 6)
    assert Message.objects.filter(kind="pickup_collected").count() == 6
    card.refresh_from_db()
    assert card.balance == 6 * 12
    assert StockLevel.objects.values_list("on_hand", "allocated").get() == (94, 0)
    assert rivalries == []
    assert sound()


def test_without_the_guards_one_bag_is_handed_over_again_and_again(waiting, card, monkeypatch):
    """The negative control: no row lock, no condition on the state, and no unique rows behind them."""
    bag = waiting()
    presses = [hand_over(bag) for _ in range(TIMES)]
    monkeypatch.setattr(FulfilmentQuerySet, "select_for_update", lambda self, **options: self.all())
    monkeypatch.setattr(FulfilmentQuerySet, "filter", lambda self, *args, state=None, **fields: QuerySet.filter(self, *args, **fields))
    with constraints_off("orders_handover", "loyalty_pointsentry", "stores_stocklevel"):
        assert reasons(at_once(*presses))["collected"] > 1
        assert HandOver.objects.count() > 1
        card.refresh_from_db()
        assert card.balance > 12


def test_without_the_guards_the_database_still_hands_over_once(waiting, card, monkeypatch):
    """The last line: unique rows. The promise is kept, but seven of eight people see an error."""
    bag = waiting()
    presses = [hand_over(bag) for _ in range(TIMES)]
    monkeypatch.setattr(FulfilmentQuerySet, "select_for_update", lambda self, **options: self.all())
    monkeypatch.setattr(FulfilmentQuerySet, "filter", lambda self, *args, state=None, **fields: QuerySet.filter(self, *args, **fields))
    outcome = reasons(at_once(*presses))
    assert outcome["collected"] == 1
    assert outcome.get("IntegrityError", 0) >= 1
    monkeypatch.undo()
    assert sound()


def test_of_eight_who_take_the_payment_and_hand_over_one_does_both(waiting, rivalries):
    for _ in range(4):
        bag = waiting(paid=False)
        assert reasons(at_once(*(pay_and_hand_over(bag) for _ in range(TIMES)))) == {"collected": 1, "already_collected": 7}
    assert Payment.objects.count() == HandOver.objects.count() == 4
    assert rivalries == []
    assert sound()


def test_all_that_staff_can_do_to_a_bag_at_once_neither_deadlocks_nor_breaks_a_promise(waiting, rivalries):
    for _ in range(8):
        bag = waiting(paid=False)
        page, order = factories.pickup_of(bag.order), Order.objects.get(pk=bag.order_id)
        at_once(
            *(hand_over(bag) for _ in range(2)),
            *(pay_and_hand_over(bag) for _ in range(3)),
            lambda page=page: pickup.undo_ready(page, by=page.picker, at=NOON),
            lambda order=order: payments.take_payment(order, [payments.Tendered("cash", 1250)], store=order.store, by=None, at=NOON),
        )
        assert Payment.objects.filter(order=order).count() <= 1
        assert HandOver.objects.filter(fulfilment=bag).count() == (factories.pickup_of(order).state == "collected")
        assert sound()
    assert rivalries == []


def test_money_is_taken_once(waiting):
    bag = waiting(paid=False)
    orders = [Order.objects.select_related("store").get(pk=bag.order_id) for _ in range(TIMES)]
    tendered = [payments.Tendered("cash", 1250)]
    outcomes = at_once(*(lambda order=order: payments.take_payment(order, tendered, store=order.store, by=None, at=NOON) for order in orders))
    assert kinds(outcomes) == {"NoneType": 1, "NothingToPay": 7}
    assert Payment.objects.count() == 1
    assert sound()


def test_one_colleague_picks_and_the_others_are_told_who(harbour):
    staff = [factories.staff(harbour, name=f"Person {number}") for number in range(TIMES)]
    order = factories.order(harbour, (factories.stocked(harbour), 1))
    pages = [factories.pickup_of(order) for _ in staff]
    outcomes = at_once(*(lambda page=page, by=by: pickup.start_picking(page, by=by, at=NOON) for page, by in zip(pages, staff, strict=True)))
    assert kinds(outcomes) == {"NoneType": 1, "NotLegal": 7}
    winner = staff[outcomes.index(None)]
    assert {one.pickup.picker for one in outcomes if one} == {winner}
    assert factories.pickup_of(order).picker == winner
    assert Event.objects.filter(kind="pickup.picking").count() == 1


def test_what_is_unticked_at_the_same_moment_is_not_ready(harbour):
    ana, mug = factories.staff(harbour), factories.stocked(harbour, 100)
    for _ in range(12):
        bag = factories.picked(factories.order(harbour, (mug, 1)), ana)
        line = FulfilmentLine.objects.select_related("fulfilment__order").get(fulfilment=bag)
        ready, unticked = at_once(
            lambda bag=bag: pickup.mark_ready(bag, by=ana, at=NOON),
            lambda line=line: pickup.pick(line, picked=0, by=ana, at=NOON),
        )
        assert (kinds([ready]), kinds([unticked])) in [({"NoneType": 1}, {"NotLegal": 1}), ({"NotAllPicked": 1}, {"NoneType": 1})]
        bag.refresh_from_db()
        assert (bag.state == "ready") == (bag.lines.get().picked == 1)


def test_the_version_of_a_queue_counts_everything_also_the_first(harbour):
    assert kinds(at_once(*[lambda: queue.raise_version(harbour.pk)] * TIMES)) == {"NoneType": 8}
    assert factories.queue_version(harbour.pk) == 8
