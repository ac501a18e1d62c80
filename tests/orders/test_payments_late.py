"""Orders that are not paid in time, and money that comes too late: nothing is lost, and nothing is kept that is not owed."""

import pytest
from django.core import mail

from omo import invariants
from omo.acts import Busy
from omo.models import Event
from orders import cancellation, checkout, lapsing, payments, pickup_codes, providers
from orders.models import Fulfilment, Order, PaymentAttempt, Refund, SandboxPayment
from orders.providers import sandbox
from stores import slots, stock
from stores.models import SlotBooking, StockLevel, Store
from tests import factories
from tests.factories import NOON
from tests.orders.paying import MINUTE, begun, card_typed, deliver, hear, money, now, online, states

pytestmark = pytest.mark.django_db
TIME_OVER = NOON + 30 * MINUTE


@pytest.fixture
def order(harbour) -> Order:
    """Two mugs of the only two, for 25.00, to be paid until half past twelve."""
    return online(harbour, (factories.stocked(harbour, 2), 2))


def allocated() -> int:
    return sum(StockLevel.objects.values_list("allocated", flat=True))


def sound() -> bool:
    found = list(invariants.violations())
    assert found == [], found
    return True


def lapsed(order: Order) -> Order:
    assert lapsing.lapse_due(at=TIME_OVER) == 1
    return now(order)


def test_an_order_that_is_not_paid_in_time_ends_and_its_goods_are_free(order):
    assert lapsing.lapse_due(at=TIME_OVER - MINUTE) == 0
    assert lapsing.lapse_due(at=TIME_OVER) == 1
    assert states(order) == ["cancelled"]
    assert (allocated(), SlotBooking.objects.filter(released_at=None).count()) == (0, 0)
    assert (now(order).payment_due_by, now(order).cancelled_total, *money(order)) == (None, 2500, "unpaid", 0, 0)
    assert lapsing.lapse_due(at=TIME_OVER + MINUTE) == 0
    assert sound()


def test_its_page_at_the_provider_is_closed_so_that_nobody_pays_for_nothing(order):
    attempt = begun(order)
    lapsed(order)
    deliver(TIME_OVER)
    assert PaymentAttempt.objects.get(pk=attempt.pk).state == "expired"
    assert SandboxPayment.objects.get().state == "expired"


def test_who_paid_just_now_is_asked_about_first(order):
    attempt = begun(order)
    card_typed(attempt)  # and the event is not here yet
    assert lapsing.lapse_due(at=TIME_OVER) == 0
    assert (states(order), money(order)) == (["placed"], ("paid", 2500, 0))
    assert sound()


def test_while_the_provider_is_away_an_order_is_kept_a_little_longer(order, monkeypatch):
    begun(order)
    monkeypatch.setattr(sandbox.Sandbox, "look_up", lambda *_args: (_ for _ in ()).throw(providers.Away()))
    assert lapsing.lapse_due(at=TIME_OVER + 14 * MINUTE) == 0
    assert states(order) == ["placed"]
    assert lapsing.lapse_due(at=TIME_OVER + 15 * MINUTE) == 1
    assert states(order) == ["cancelled"]


def test_paid_late_the_order_is_honoured_again_if_all_is_still_there(order, harbour):
    attempt = begun(order)
    before = factories.pickup_of(order)
    lapsed(order)
    assert hear(attempt, at=TIME_OVER + MINUTE) == "Booked. The order is honoured again."
    pickup = factories.pickup_of(order)
    assert (pickup.state, pickup.awaits_payment, pickup.due_at, pickup.cancel_reason) == ("placed", False, before.due_at, "")
    assert (money(order), now(order).cancelled_total, now(order).payment_due_by) == (("paid", 2500, 0), 0, None)
    assert (allocated(), Refund.objects.count()) == (2, 0)
    assert pickup_codes.find_by_digits(harbour.pk, pickup_codes.six_digits(pickup), at=TIME_OVER) == pickup
    assert sound()
    deliver(TIME_OVER + MINUTE)
    assert f"Order {order.number}: we have it, collect at Harbour" in [sent.subject for sent in mail.outbox]


def test_paid_when_the_window_is_over_it_gets_the_next_one(order):
    attempt = begun(order)
    lapsed(order)
    late = NOON + 180 * MINUTE  # the window began at two
    hear(attempt, at=late)
    assert states(order) == ["placed"]
    assert factories.pickup_of(order).due_at == NOON + 300 * MINUTE
    assert sound()


def test_paid_late_when_the_goods_are_gone_the_money_goes_back_by_itself(order, harbour):
    attempt = begun(order)
    lapsed(order)
    card_typed(attempt)
    goods = order.lines.get().variant
    factories.order(harbour, (goods, 1), at=TIME_OVER)
    assert hear(attempt, at=TIME_OVER + MINUTE) == "Booked. The goods were sold meanwhile. What was too much goes back."
    assert Event.objects.get(kind="stock.refused").subject == f"order:{attempt.order_id}", "the numbers are kept"
    assert (states(order), money(order)) == (["cancelled"], ("refunded", 2500, 2500))
    assert allocated() == 1
    assert sound()
    deliver(TIME_OVER + MINUTE)
    deliver(TIME_OVER + MINUTE)
    assert Refund.objects.get().state == "done"
    sent = next(one for one in mail.outbox if one.subject == f"Order {order.number}: €25.00 back")
    assert "It was paid after the order was cancelled." in sent.body


def test_paid_late_when_the_store_takes_no_orders_the_money_goes_back(order, harbour):
    attempt = begun(order)
    lapsed(order)
    Store.objects.update(paused_until=NOON + 600 * MINUTE)
    SlotBooking.objects.update(starts_at=NOON)  # its own window is over
    assert "There is no window to collect it in." in hear(attempt, at=TIME_OVER)
    assert money(order) == ("refunded", 2500, 2500)
    assert allocated() == 0


def test_paid_late_when_its_window_is_full_it_gets_another(order, harbour):
    attempt = begun(order)
    window = SlotBooking.objects.get()
    lapsed(order)
    Store.objects.update(slot_capacity=1)
    harbour.refresh_from_db()
    slots.book(harbour, slots.Slot(window.starts_at, window.ends_at, window.slot_starts_at), reference="test:1", at=TIME_OVER)
    hear(attempt, at=TIME_OVER)
    assert states(order) == ["placed"]
    assert factories.pickup_of(order).due_at > window.starts_at


def test_what_the_customer_cancelled_is_not_honoured_but_refunded(order):
    attempt = begun(order)
    cancellation.cancel_order(order, reason="Changed my mind.", cause="customer", by=None, at=NOON)
    assert hear(attempt) == "Booked. It was cancelled. What was too much goes back."
    assert (states(order), money(order)) == (["cancelled"], ("refunded", 2500, 2500))


def test_a_late_event_that_does_not_match_is_not_booked(order):
    attempt = begun(order)
    lapsed(order)
    assert hear(attempt, amount=1).startswith("Refused: ")
    assert money(order) == ("unpaid", 0, 0)


def test_cancelling_what_was_paid_gives_the_money_back(order):
    attempt = begun(order)
    card_typed(attempt)
    hear(attempt)
    cancellation.cancel_order(order, reason="It was damaged.", cause="store", by=None, at=NOON)
    assert money(order) == ("refunded", 2500, 2500)
    deliver()
    assert SandboxPayment.objects.get().refunded == 2500
    assert sound()


def test_an_order_in_two_stores_is_honoured_whole_or_not_at_all(harbour):
    airport = factories.store("airport")
    mug, bowl = factories.stocked(harbour, 1), factories.stocked(airport, 1, price=999)
    cart = factories.cart((mug, 1), (bowl, 1), place=harbour)
    cart.lines.filter(variant=bowl).update(store=airport)
    order = _order_of(cart, harbour)
    attempt = begun(order)
    assert states(order) == ["placed", "placed"]
    assert lapsing.lapse_due(at=TIME_OVER) == 1
    stock.allocate(airport.pk, {bowl.pk: 1}, reference="test:1", by=None, at=TIME_OVER)
    hear(attempt, at=TIME_OVER)
    assert states(order) == ["cancelled", "cancelled"]
    assert money(order) == ("refunded", 2249, 2249)
    assert StockLevel.objects.get(variant=mug).allocated == 0
    assert not Fulfilment.objects.exclude(state="cancelled").exists()


def _order_of(cart, place) -> Order:
    contact = checkout.Contact("Marta", "marta@shop.test")
    return checkout.place_order(
        cart, channel="web", contact=contact, store=place, method="sandbox", windows={"airport": slots.FIRST}, idempotency_key="two-stores", by=None, at=NOON
    )


def paid_in_part_and_lapsed(harbour: Store, amount: int) -> tuple[Order, PaymentAttempt]:
    """25.00, of which a part was paid in cash, so that it goes back at the counter; its payment page for all of it is open still."""
    order = online(harbour, (factories.stocked(harbour, 2), 2))
    attempt = begun(order)
    payments.take_payment(order, [payments.Tendered("cash", amount)], store=harbour, by=None, at=NOON)
    return lapsed(order), attempt


def test_cancelled_a_second_time_the_money_goes_back_a_second_time(harbour):
    order, attempt = paid_in_part_and_lapsed(harbour, 1000)
    hear(attempt, at=TIME_OVER)
    assert (states(order), money(order)) == (["placed"], ("paid", 3500, 1000))
    cancellation.cancel_order(order, reason="It was damaged.", cause="store", by=None, at=TIME_OVER + MINUTE)
    assert money(order) == ("refunded", 3500, 3500)
    assert sound()


def test_late_money_that_does_not_pay_for_all_of_it_goes_back(harbour):
    order = online(harbour, (factories.stocked(harbour, 2), 2))
    payments.take_payment(order, [payments.Tendered("cash", 1000)], store=harbour, by=None, at=NOON)
    attempt = begun(order)
    lapsed(order)
    assert hear(attempt, at=TIME_OVER) == "Booked. A part of it is not paid. What was too much goes back."
    assert (states(order), allocated(), money(order)) == (["cancelled"], 0, ("refunded", 2500, 2500))
    assert sound()


def test_one_order_that_cannot_be_looked_up_keeps_no_other_from_ending(order, harbour, monkeypatch):
    other = online(harbour, at=NOON + MINUTE)
    begun(order)
    begun(other)
    real = payments.look_up

    def busy(one: Order, *, at):
        if one == order:
            raise Busy("learn")
        real(one, at=at)

    monkeypatch.setattr(payments, "look_up", busy)
    assert lapsing.lapse_due(at=TIME_OVER + MINUTE) == 1
    assert (states(order), states(other)) == (["placed"], ["cancelled"])
