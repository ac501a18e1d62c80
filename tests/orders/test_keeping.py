"""How long a pickup that is ready is kept: reminder, more time once, no-show, the way back, and the goods' way to the shelf."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import mail

from omo import invariants, outbox
from omo.models import Event, Message
from orders import cancellation, keeping, payments, pickup, pickup_codes, tasks, verdicts
from orders.models import Fulfilment, Order, Promise, PromiseOutcome, Refund
from stores import stock
from stores.models import SlotBooking, StockLevel
from tests import factories
from tests.factories import NOON
from tests.unchanged import refused

pytestmark = pytest.mark.django_db
FRIDAY_SEVEN = datetime(2026, 11, 27, 19, tzinfo=UTC)
"""The world's pickup is ready on a Tuesday and held for three days."""
MONDAY_SEVEN = datetime(2026, 11, 30, 19, tzinfo=UTC)
SATURDAY_NINE = datetime(2026, 11, 28, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


def subjects(at: datetime) -> list[str]:
    """Deliver what is due at a moment; the subjects of the mails that left."""
    mail.outbox.clear()
    with time_machine.travel(at, tick=False):
        outbox.deliver_due()
    return [sent.subject for sent in mail.outbox]


def expired(ready):
    keeping.expire(ready.pickup, by=ready.ana, at=FRIDAY_SEVEN + SECOND)
    return ready


def allocated() -> list[int]:
    return list(StockLevel.objects.order_by("id").values_list("allocated", flat=True))


# The reminder


def test_the_customer_is_reminded_one_day_before_the_hold_ends(ready):
    assert ready.pickup.held_until == FRIDAY_SEVEN
    message = Message.objects.get(kind="pickup_reminder")
    assert message.available_at == FRIDAY_SEVEN - DAY
    subjects(FRIDAY_SEVEN - DAY - SECOND)
    (subject,) = subjects(FRIDAY_SEVEN - DAY)
    assert subject == f"Order {ready.order.number}: we hold it until Friday 27 November, 19:00"
    digits = pickup_codes.six_digits(ready.pickup)
    assert f"{digits[:3]} {digits[3:]}" in mail.outbox[0].body


def test_who_has_collected_is_not_reminded(ready):
    ready.pay()
    ready.hand_over()
    subjects(FRIDAY_SEVEN)
    assert Message.objects.get(kind="pickup_reminder").state == "withdrawn"


def test_nobody_is_reminded_of_a_hold_of_less_than_a_day(world):
    world.harbour.hold_days = 0
    world.harbour.save()
    factories.ready(world.order, world.ana)
    assert not Message.objects.filter(kind="pickup_reminder").exists()


# More time, once


def test_the_customer_has_it_held_for_as_many_days_more(ready):
    version = factories.queue_version(ready.harbour.pk)
    assert keeping.longer(ready.pickup) == MONDAY_SEVEN
    assert keeping.extend(ready.pickup, by=ready.marta, at=NOON) == MONDAY_SEVEN
    assert (ready.pickup.held_until, ready.pickup.extended_at) == (MONDAY_SEVEN, NOON)
    assert keeping.longer(ready.pickup) is None
    event = Event.objects.get(kind="pickup.extended")
    assert (event.by, event.data) == (ready.marta, {"held_until": MONDAY_SEVEN.isoformat()})
    assert factories.queue_version(ready.harbour.pk) == version + 1


def test_the_reminder_moves_with_it(ready):
    keeping.extend(ready.pickup, by=ready.marta, at=NOON)
    assert not [subject for subject in subjects(FRIDAY_SEVEN) if "hold it until" in subject]
    (subject,) = subjects(MONDAY_SEVEN - DAY)
    assert "Monday 30 November, 19:00" in subject


def test_it_is_held_for_longer_once(ready):
    keeping.extend(ready.pickup, by=ready.marta, at=NOON)
    with refused(keeping.NotExtendable):
        keeping.extend(ready.pickup, by=ready.marta, at=NOON)


def test_what_is_not_ready_is_not_held_for_longer(picked):
    with refused(keeping.NotExtendable):
        keeping.extend(picked.pickup, by=picked.marta, at=NOON)


# Nobody came


def test_it_expires_when_the_store_opens_after_the_hold(ready):
    assert keeping.expire_due(at=SATURDAY_NINE - SECOND) == 0
    assert ready.pickup.state == "ready"
    assert keeping.expire_due(at=SATURDAY_NINE) == 1
    assert (ready.pickup.state, ready.pickup.expired_at) == ("expired", SATURDAY_NINE)
    assert keeping.expire_due(at=SATURDAY_NINE) == 0


def test_the_grace_can_be_said_in_hours(ready, settings):
    settings.NO_SHOW_GRACE_HOURS = 2
    assert keeping.expires_at(ready.pickup) == FRIDAY_SEVEN + timedelta(hours=2)


def test_the_task_expires_what_is_due(ready):
    with time_machine.travel(SATURDAY_NINE, tick=False):
        tasks.expire_pickups()
    assert ready.pickup.state == "expired"


def test_goods_window_and_promise_are_given_back(ready):
    expired(ready)
    order = Order.objects.get()
    assert (order.cancelled_total, order.due) == (3499, 0)
    assert allocated() == [0, 0]
    assert SlotBooking.objects.get().released_at == FRIDAY_SEVEN + SECOND
    outcome = PromiseOutcome.objects.get()
    assert (outcome.kept, outcome.cause) == (True, "none")
    event = Event.objects.get(kind="pickup.expired")
    assert (event.by, event.order, event.data) == (ready.ana, ready.order, {})
    assert list(Fulfilment.objects.to_put_back(ready.harbour.pk)) == [ready.pickup]
    assert list(invariants.violations()) == []


def test_what_was_paid_goes_back_and_the_customer_is_told(ready):
    payments.take_payment(ready.order, [payments.Tendered("card", 3499)], store=ready.harbour, by=ready.ana, at=NOON)
    subjects(NOON + timedelta(minutes=1))
    expired(ready)
    assert Refund.objects.get().amount == 3499
    told = subjects(FRIDAY_SEVEN + SECOND)
    assert f"Order {ready.order.number} was not collected in time" in told
    (letter,) = [sent for sent in mail.outbox if "not collected" in sent.subject]
    assert "€34.99 waits for you in the store where you paid it." in letter.body


def test_staff_expire_nothing_before_its_hold_has_ended(ready):
    with refused(keeping.NotExpirable):
        keeping.expire(ready.pickup, by=ready.ana, at=FRIDAY_SEVEN)


def test_nothing_expires_twice(ready):
    expired(ready)
    with refused(keeping.NotExpirable):
        keeping.expire(ready.pickup, by=ready.ana, at=SATURDAY_NINE)


def test_an_expired_pickup_is_not_handed_over_and_the_answer_says_why(ready):
    expired(ready)
    assert verdicts.of_scan(ready.harbour, pickup_codes.six_digits(ready.pickup), at=SATURDAY_NINE).reason == "hold_expired"
    with refused(pickup.Refused) as refusal:
        ready.hand_over()
    assert refusal.value.verdict.reason == "hold_expired"


# The way back


def test_an_expired_pickup_is_reopened_while_its_goods_are_in_the_bag(ready):
    expired(ready)
    keeping.reopen(ready.pickup, by=ready.ana, at=SATURDAY_NINE)
    again, order = ready.pickup, Order.objects.get()
    assert (again.state, again.expired_at, again.window_ends, again.place) == ("ready", None, None, "R-14")
    assert again.held_until == datetime(2026, 11, 28, 19, tzinfo=UTC)
    assert (order.cancelled_total, order.due) == (0, 3499)
    assert allocated() == [2, 1]
    assert Promise.objects.count() == 2
    assert Event.objects.filter(kind="pickup.reopened").count() == 1
    assert list(invariants.violations()) == []
    assert not [subject for subject in subjects(SATURDAY_NINE) if "not collected" in subject]
    assert Message.objects.get(kind="pickup_expired").state == "withdrawn"


def test_what_was_refunded_is_paid_again_and_handed_over(ready):
    payments.take_payment(ready.order, [payments.Tendered("card", 3499)], store=ready.harbour, by=ready.ana, at=NOON)
    expired(ready)
    keeping.reopen(ready.pickup, by=ready.ana, at=SATURDAY_NINE)
    with refused(pickup.Refused) as refusal:
        ready.hand_over()
    assert refusal.value.verdict.reason == "unpaid"
    tendered = [payments.Tendered("cash", 3499)]
    pickup.take_payment_and_hand_over(ready.pickup, tendered=tendered, proof=pickup_codes.six_digits(ready.pickup), by=ready.ana, at=SATURDAY_NINE)
    assert ready.pickup.state == "collected"
    assert list(invariants.violations()) == []


def test_a_reopened_pickup_can_expire_again(ready):
    payments.take_payment(ready.order, [payments.Tendered("card", 3499)], store=ready.harbour, by=ready.ana, at=NOON)
    expired(ready)
    keeping.reopen(ready.pickup, by=ready.ana, at=SATURDAY_NINE)
    payments.take_payment(Order.objects.get(), [payments.Tendered("card", 3499)], store=ready.harbour, by=ready.ana, at=SATURDAY_NINE)
    keeping.expire(ready.pickup, by=ready.ana, at=SATURDAY_NINE + DAY)
    assert list(Refund.objects.values_list("amount", flat=True)) == [3499, 3499]
    assert Message.objects.filter(kind="pickup_expired").count() == 2
    assert list(invariants.violations()) == []


def test_goods_that_others_were_promised_meanwhile_are_not_handed_over(ready):
    expired(ready)
    mug = ready.pickup.lines.first().variant
    StockLevel.objects.filter(variant=mug).update(on_hand=1)
    with refused(stock.NotAvailable):
        keeping.reopen(ready.pickup, by=ready.ana, at=SATURDAY_NINE)


def test_what_is_on_the_shelf_again_or_never_expired_is_not_reopened(ready):
    with refused(keeping.NotReopenable):
        keeping.reopen(ready.pickup, by=ready.ana, at=SATURDAY_NINE)
    expired(ready)
    keeping.put_back(ready.pickup, by=ready.ana, at=SATURDAY_NINE)
    with refused(keeping.NotReopenable):
        keeping.reopen(ready.pickup, by=ready.ana, at=SATURDAY_NINE)


def test_a_code_that_another_customer_got_meanwhile_is_drawn_anew(ready):
    expired(ready)
    other = factories.pickup_of(factories.order(ready.harbour, (factories.stocked(ready.harbour), 1)))
    Fulfilment.objects.filter(pk=other.pk).update(code_digest=ready.pickup.code_digest)
    before = pickup_codes.six_digits(ready.pickup)
    keeping.reopen(ready.pickup, by=ready.ana, at=SATURDAY_NINE)
    assert pickup_codes.six_digits(ready.pickup) not in ("", before)


# To the shelf


def test_staff_say_that_the_goods_are_on_the_shelf_again(ready):
    expired(ready)
    keeping.put_back(ready.pickup, by=ready.ana, at=SATURDAY_NINE)
    assert ready.pickup.put_back_at == SATURDAY_NINE
    assert list(Fulfilment.objects.to_put_back(ready.harbour.pk)) == []
    event = Event.objects.get(kind="pickup.put_back")
    assert (event.by, event.subject) == (ready.ana, f"fulfilment:{ready.pickup.pk}")
    with refused(keeping.NothingToPutBack):
        keeping.put_back(ready.pickup, by=ready.ana, at=SATURDAY_NINE)


def test_nothing_of_an_open_pickup_is_put_back(ready):
    with refused(keeping.NothingToPutBack):
        keeping.put_back(ready.pickup, by=ready.ana, at=NOON)


def test_what_was_cancelled_after_picking_is_put_back(ready):
    cancellation.cancel_fulfilment(ready.pickup, reason="By phone", cause="store", by=ready.ana, at=NOON)
    keeping.put_back(ready.pickup, by=ready.ana, at=NOON)
    assert ready.pickup.put_back_at == NOON
