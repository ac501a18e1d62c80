"""Cancelling: goods, window, promise and money are given back once, and only by who may."""

from datetime import timedelta

import pytest

from omo import invariants
from omo.models import Event, Message
from orders import cancellation, payments, pickup
from orders.cancellation import Cause
from orders.models import Fulfilment, FulfilmentLine, Order, PromiseOutcome, Refund
from stores.models import SlotBooking, SlotLoad, StockLevel, StockMovement
from tests import factories
from tests.factories import NOON
from tests.unchanged import refused

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(minutes=5)


def cancel(world, cause: Cause = Cause.CUSTOMER, reason: str = "Changed my mind", at=LATER) -> None:
    by = world.marta if cause == Cause.CUSTOMER else world.ana
    cancellation.cancel_fulfilment(world.pickup, reason=reason, cause=cause, by=by, at=at)


def cancel_units(world, *units: int, cause: Cause = Cause.CUSTOMER) -> None:
    lines = world.pickup.lines.order_by("id")
    wanted = {line.pk: count for line, count in zip(lines, units, strict=True) if count}
    cancellation.cancel_lines(world.pickup, wanted, reason="One is enough", cause=cause, by=world.marta, at=LATER)


def pay_all(world) -> None:
    payments.take_payment(world.order, [payments.Tendered("card", 3499)], store=world.harbour, by=world.ana, at=NOON)


def allocated() -> list[int]:
    return list(StockLevel.objects.order_by("id").values_list("allocated", flat=True))


def sound() -> bool:
    assert list(invariants.violations()) == []
    return True


def test_a_customer_cancels_and_everything_is_given_back(world):
    assert allocated() == [2, 1]
    cancel(world)
    ended, order = world.pickup, Order.objects.get()
    assert (ended.state, ended.cancelled_at, ended.cancel_reason) == ("cancelled", LATER, "Changed my mind")
    assert (order.cancelled_total, order.due, order.overpaid, order.payment_state) == (3499, 0, 0, "unpaid")
    assert allocated() == [0, 0]
    assert list(StockLevel.objects.order_by("id").values_list("on_hand", flat=True)) == [10, 10]
    released = StockMovement.objects.filter(kind="released").values_list("reference", "allocated")
    assert sorted(released) == [(f"fulfilment:{ended.pk}", -2), (f"fulfilment:{ended.pk}", -1)]
    assert SlotBooking.objects.get().released_at == LATER
    assert SlotLoad.objects.get().booked == 0
    assert PromiseOutcome.objects.get().cause == "withdrawn"
    assert sound()


def test_who_cancelled_what_and_why_is_on_record_and_the_customer_and_the_staff_learn_it(world):
    version = factories.queue_version(world.harbour.pk)
    cancel(world)
    event = Event.objects.get(kind="pickup.cancelled")
    assert (event.at, event.by, event.store, event.order, event.subject) == (LATER, world.marta, world.harbour, world.order, f"fulfilment:{world.pickup.pk}")
    assert event.data == {"cause": "customer", "reason": "Changed my mind"}
    message = Message.objects.get(kind="fulfilment_cancelled")
    assert (message.payload, message.order) == ({"fulfilment": world.pickup.pk}, world.order)
    assert factories.queue_version(world.harbour.pk) == version + 1


def test_the_second_time_nothing_happens(world):
    cancel(world)
    with refused(cancellation.NotCancellable) as refusal:
        cancel(world)
    assert refusal.value.fulfilment.state == "cancelled"


def test_once_picking_begins_the_customer_cannot_cancel_but_the_store_can(world):
    pickup.start_picking(world.pickup, by=world.ana, at=NOON)
    with refused(cancellation.NotCancellable):
        cancel(world)
    cancel(world, Cause.STORE, "The last one was broken")
    assert world.pickup.state == "cancelled"
    assert PromiseOutcome.objects.get().cause == "staff"
    assert sound()


def test_a_cancelled_pickup_cannot_be_picked(world):
    cancel(world)
    with refused(pickup.NotLegal):
        pickup.start_picking(world.pickup, by=world.ana, at=LATER)


def test_picked_goods_come_back_and_are_to_be_put_back(ready):
    cancel(ready, Cause.STORE, "Asked for by phone")
    assert allocated() == [0, 0]
    assert list(Fulfilment.objects.to_put_back(ready.harbour.pk)) == [ready.pickup]
    assert [line.picked for line in ready.pickup.lines.all()] == [2, 1]
    assert ready.pickup.place == "R-14"
    assert sound()


def test_what_nobody_had_begun_to_pick_is_not_to_be_put_back(world):
    cancel(world)
    assert list(Fulfilment.objects.to_put_back(world.harbour.pk)) == []


def test_what_was_collected_cannot_be_cancelled(ready):
    ready.pay()
    ready.hand_over()
    for cause in Cause:
        with refused(cancellation.NotCancellable):
            cancel(ready, cause)


def test_what_was_paid_is_refunded_once(world):
    pay_all(world)
    cancel(world)
    order, refund = Order.objects.get(), Refund.objects.get()
    assert (order.paid_total, order.refunded_total, order.cancelled_total, order.payment_state) == (3499, 3499, 3499, "refunded")
    assert (refund.amount, refund.reason) == (3499, "Changed my mind")
    with refused(cancellation.NotCancellable):
        cancel(world)
    assert sound()


def test_only_what_waits_for_its_payment_is_cancelled_for_want_of_it(world):
    with refused(cancellation.NotCancellable):
        cancel(world, Cause.UNPAID, "It was not paid in time.")
    Fulfilment.objects.update(awaits_payment=True)
    Order.objects.update(payment_due_by=LATER)
    cancel(world, Cause.UNPAID, "It was not paid in time.")
    assert Order.objects.get().payment_due_by is None
    assert PromiseOutcome.objects.get().cause == "withdrawn"


# Fewer units


def test_fewer_units_are_free_for_others_and_not_owed(world):
    cancel_units(world, 1, 0)
    order = Order.objects.get()
    assert (order.cancelled_total, order.due) == (1250, 2249)
    assert [(line.quantity, line.cancelled) for line in world.pickup.lines.all()] == [(2, 1), (1, 0)]
    assert allocated() == [1, 1]
    assert (world.pickup.state, SlotLoad.objects.get().booked) == ("placed", 1)
    event = Event.objects.get(kind="pickup.lines_cancelled")
    first = world.pickup.lines.first()
    assert event.data == {"cause": "customer", "reason": "One is enough", "units": {str(first.pk): 1}}
    assert Message.objects.get(kind="pickup_changed").payload == {"fulfilment": world.pickup.pk, "event": event.pk}
    assert sound()


def test_a_whole_line_is_taken_off(world):
    cancel_units(world, 0, 1)
    assert Order.objects.get().cancelled_total == 999
    assert allocated() == [2, 0]
    assert sound()


def test_the_last_units_cancel_the_fulfilment(world):
    cancel_units(world, 0, 1)
    cancel_units(world, 2, 0)
    assert world.pickup.state == "cancelled"
    assert Order.objects.get().cancelled_total == 3499
    assert Message.objects.filter(kind="fulfilment_cancelled").count() == 1
    assert sound()


@pytest.mark.parametrize("units", [(3, 0), (0, 2), (-1, 0)])
def test_more_units_than_there_are_or_fewer_than_one_are_refused(world, units):
    with refused(cancellation.NotSoMany):
        cancel_units(world, *units)


def test_a_line_of_another_order_is_refused(world):
    other = factories.order(world.harbour, (factories.stocked(world.harbour), 1))
    line = FulfilmentLine.objects.get(fulfilment__order=other)
    with refused(cancellation.NotSoMany) as refusal:
        cancellation.cancel_lines(world.pickup, {line.pk: 1}, reason="", cause=Cause.CUSTOMER, by=world.marta, at=LATER)
    assert refusal.value.left == 0


def test_the_customer_takes_nothing_off_once_picking_begins(world):
    pickup.start_picking(world.pickup, by=world.ana, at=NOON)
    with refused(cancellation.NotCancellable):
        cancel_units(world, 1, 0)


def test_the_store_takes_units_out_of_the_bag(ready):
    cancel_units(ready, 1, 0, cause=Cause.STORE)
    assert [(line.picked, line.cancelled) for line in ready.pickup.lines.all()] == [(1, 1), (1, 0)]
    payments.take_payment(ready.order, [payments.Tendered("card", 2249)], store=ready.harbour, by=ready.ana, at=LATER)
    ready.hand_over(600)
    assert [line.collected for line in ready.pickup.lines.all()] == [1, 1]
    assert Order.objects.get().points_entries.get().points == 22
    assert sound()


def test_units_of_a_paid_order_are_refunded_each_time_they_are_taken_off(world):
    pay_all(world)
    cancel_units(world, 1, 0)
    cancel_units(world, 1, 0)
    assert list(Refund.objects.order_by("id").values_list("amount", flat=True)) == [1250, 1250]
    order = Order.objects.get()
    assert (order.refunded_total, order.overpaid, order.due, order.payment_state) == (2500, 0, 0, "part_refunded")
    assert sound()


def test_remainders_of_a_line_sum_to_its_total(harbour):
    """Three for 10.00: nobody can be given back a third of a cent."""
    placed = factories.order(harbour, (factories.stocked(harbour, price=334), 3))
    placed.lines.update(total=1000)
    Order.objects.update(total=1000)
    waiting = factories.pickup_of(placed)
    (line,) = waiting.lines.all()
    sums = []
    for _ in range(3):
        cancellation.cancel_lines(waiting, {line.pk: 1}, reason="", cause=Cause.CUSTOMER, by=None, at=LATER)
        sums.append(Order.objects.get().cancelled_total)
    assert sums == [334, 667, 1000]
    assert factories.pickup_of(placed).state == "cancelled"


# All of an order


def test_all_of_an_order_is_cancelled_in_all_its_stores(world):
    twin = split(world)
    cancellation.cancel_order(world.order, reason="Too much", cause=Cause.CUSTOMER, by=world.marta, at=LATER)
    assert list(Fulfilment.objects.values_list("state", flat=True)) == ["cancelled", "cancelled"]
    assert allocated() == [0, 0, 0]
    assert Order.objects.get().cancelled_total == 3499
    assert Message.objects.filter(kind="fulfilment_cancelled").count() == 2
    assert factories.queue_version(twin.store_id) == 1


def test_if_one_part_cannot_be_cancelled_none_is(world):
    split(world)
    pickup.start_picking(Fulfilment.objects.latest("id"), by=world.ana, at=NOON)
    with refused(cancellation.NotCancellable):
        cancellation.cancel_order(world.order, reason="", cause=Cause.CUSTOMER, by=world.marta, at=LATER)


def test_an_order_of_which_nothing_is_open_cannot_be_cancelled(world):
    cancel(world)
    with refused(cancellation.NotCancellable) as refusal:
        cancellation.cancel_order(world.order, reason="", cause=Cause.STORE, by=world.ana, at=LATER)
    assert refusal.value.fulfilment is None


def test_delivery_is_owed_until_no_parcel_goes_out(world):
    twin = split(world)
    Fulfilment.objects.update(kind="delivery")
    Order.objects.update(delivery_total=495, total=3994)
    cancellation.cancel_fulfilment(Fulfilment.objects.earliest("id"), reason="", cause=Cause.CUSTOMER, by=world.marta, at=LATER)
    assert Order.objects.get().cancelled_total == 2500
    cancellation.cancel_fulfilment(twin, reason="", cause=Cause.CUSTOMER, by=world.marta, at=LATER)
    assert Order.objects.get().cancelled_total == 3994


def test_delivery_stays_owed_for_a_parcel_that_left(world):
    twin = split(world)
    Fulfilment.objects.update(kind="delivery")
    Order.objects.update(delivery_total=495, total=3994)
    Fulfilment.objects.filter(pk=twin.pk).update(state="shipped")
    cancellation.cancel_fulfilment(Fulfilment.objects.earliest("id"), reason="", cause=Cause.STORE, by=world.ana, at=LATER)
    assert Order.objects.get().cancelled_total == 2500


def split(world) -> Fulfilment:
    """The order's bowl comes from another store instead."""
    station = factories.store("station")
    bowl = world.pickup.lines.last()
    StockLevel.objects.create(store=station, variant=bowl.variant, on_hand=5, allocated=1)
    StockLevel.objects.filter(store=world.harbour, variant=bowl.variant).update(allocated=0)
    whole = world.pickup
    twin = Fulfilment.objects.create(order=world.order, store=station, kind="pickup", public_id="TWIN", due_at=whole.due_at, placed_at=NOON)
    FulfilmentLine.objects.filter(pk=bowl.pk).update(fulfilment=twin)
    return twin
