"""The till: a sale is an order that is placed, paid and carried out at once."""

from datetime import timedelta

import pytest

from loyalty.models import EarnRule, Member, PointsEntry
from omo import invariants
from omo.idempotency import KeyReused
from omo.models import Event, IdempotencyRecord, Message
from orders import carts, checkout, till
from orders.models import Cart, Fulfilment, HandOver, Order, Payment
from orders.payments import Tendered
from orders.till import EmptySale, NotPaidInFull, SaleLine
from stores.models import StockLevel, StockMovement
from tests import factories
from tests.factories import NOON
from tests.unchanged import refused, unchanged

pytestmark = pytest.mark.django_db


class Till:
    """A till at Harbour where Ana works, ten mugs at 12.50, and Marta's card."""

    def __init__(self) -> None:
        EarnRule.objects.create(points=1, amount=100, valid_from=NOON - timedelta(days=1))
        self.harbour = factories.store()
        self.ana, self.card = factories.staff(self.harbour), factories.member()
        self.mug = factories.stocked(self.harbour, 10)

    def ring_up(self, *lines: SaleLine, paid: int = 2500, reference: str = "T-1", **fields) -> Order:
        """Sell two mugs for cash, if nothing else is said."""
        lines = lines or (SaleLine(self.mug, 2),)
        fields = {"tendered": [Tendered("cash", paid)], "sale_reference": reference, "by": self.ana, "at": NOON, **fields}
        return till.ring_up(self.harbour, lines, **fields)


@pytest.fixture
def counter() -> Till:
    """The till."""
    return Till()


def test_a_sale_is_an_order_that_is_paid_and_carried_out(counter):
    order = counter.ring_up(member=counter.card)
    order.refresh_from_db()
    assert (order.channel, order.store, order.member, order.total, order.payment_state) == ("till", counter.harbour, counter.card, 2500, "paid")
    assert (order.sale_reference, order.placed_at, order.name, order.email) == ("T-1", NOON, "", "")
    carried = Fulfilment.objects.get(order=order)
    assert (carried.kind, carried.state, carried.collected_at, carried.code_digest) == ("carry_out", "collected", NOON, "")
    assert list(carried.lines.values_list("quantity", "collected")) == [(2, 2)]
    assert HandOver.objects.get().method == "present"
    assert list(Payment.objects.values_list("tender", "amount")) == [("cash", 2500)]
    assert list(Event.objects.filter(order=order).order_by("pk").values_list("kind", "channel")) == [
        *[("order.placed", "till"), ("payment.taken", "till"), ("carry_out.collected", "till"), ("points.earned", "till")]
    ]


def test_the_goods_leave_now_and_the_points_come_now(counter):
    counter.ring_up(member=counter.card)
    assert StockLevel.objects.values_list("on_hand", "allocated").get() == (8, 0)
    assert Member.objects.get().balance == 25
    entry = PointsEntry.objects.get()
    assert (entry.channel, entry.store, entry.points) == ("till", counter.harbour, 25)
    assert list(invariants.violations()) == []


def test_a_sale_needs_no_member_and_nobody_is_written_to(counter):
    order = counter.ring_up()
    assert order.member is None
    assert not PointsEntry.objects.exists()
    assert not Message.objects.exists()
    assert factories.queue_version(counter.harbour.pk) == 0


def test_two_lines_of_the_same_goods_are_one_movement(counter):
    order = counter.ring_up(SaleLine(counter.mug, 3), SaleLine(counter.mug, 1), paid=5000)
    assert list(order.lines.values_list("quantity", flat=True)) == [3, 1]
    assert StockMovement.objects.get(kind="sold").quantity == -4


def test_a_sale_that_exceeds_the_books_is_a_fact_and_what_was_missing_is_found(counter):
    factories.order(counter.harbour, (counter.mug, 9))
    order = counter.ring_up(SaleLine(counter.mug, 4), paid=5000)
    assert StockLevel.objects.values_list("on_hand", "allocated").get() == (9, 9)
    event = Event.objects.get(kind="stock.found")
    assert event.data == {"found": {str(counter.mug.pk): 3}}
    assert event.subject == f"fulfilment:{Fulfilment.objects.get(order=order).pk}"
    assert list(invariants.violations()) == []


def test_a_sale_made_elsewhere_keeps_its_prices(counter):
    order = counter.ring_up(SaleLine(counter.mug, 3, sold_for=1000), paid=1000)
    assert order.lines.values_list("list_price", "unit_price", "total").get() == (1250, 333, 1000)
    assert order.total == 1000


def test_a_sale_of_nothing_due_is_paid_with_nothing(counter):
    order = counter.ring_up(SaleLine(counter.mug, 1, sold_for=0), tendered=[], member=counter.card)
    assert (order.total, order.payment_state) == (0, "paid")
    assert not PointsEntry.objects.exists()
    assert list(invariants.violations()) == []


def test_tenders_may_be_mixed(counter):
    counter.ring_up(tendered=[Tendered("cash", 500), Tendered("card", 2000)])
    assert list(Payment.objects.order_by("pk").values_list("tender", "amount")) == [("cash", 500), ("card", 2000)]


@pytest.mark.parametrize("paid", [2499, 2501, 0])
def test_a_sale_is_paid_exactly_or_not_made(counter, paid):
    with refused(NotPaidInFull) as refusal:
        counter.ring_up(paid=paid)
    assert (refusal.value.total, refusal.value.tendered) == (2500, paid)


def test_an_empty_sale_is_no_sale(counter):
    with refused(EmptySale):
        till.ring_up(counter.harbour, [], tendered=[], sale_reference="T-1", by=counter.ana, at=NOON)


# Repeats


def test_the_same_sale_again_is_the_same_order_even_a_week_later(counter):
    order = counter.ring_up(member=counter.card)
    with unchanged():
        assert counter.ring_up(member=counter.card) == order
        assert counter.ring_up(member=counter.card, at=NOON + timedelta(days=7), by=None) == order


def test_the_same_sale_again_is_the_same_order_after_a_price_change(counter):
    order = counter.ring_up()
    counter.mug.price = 1400
    counter.mug.save()
    with unchanged():
        assert counter.ring_up() == order


def test_the_same_sale_again_is_the_same_order_after_a_change_of_keys(counter, settings):
    order = counter.ring_up()
    settings.CODE_KEYS = ["n" * 40, *settings.CODE_KEYS]
    with unchanged():
        assert counter.ring_up() == order


def test_another_sale_under_the_number_is_refused(counter):
    counter.ring_up(member=counter.card)
    station, other = factories.store("station"), factories.stocked(counter.harbour)
    with refused(KeyReused):
        counter.ring_up()
    for lines in ([SaleLine(counter.mug, 3)], [SaleLine(other, 2)], [SaleLine(counter.mug, 2, sold_for=2500)]):
        with refused(KeyReused):
            counter.ring_up(*lines, member=counter.card)
    with refused(KeyReused):
        till.ring_up(station, [SaleLine(counter.mug, 2)], tendered=[Tendered("cash", 2500)], member=counter.card, sale_reference="T-1", by=None, at=NOON)


def test_a_refused_sale_leaves_its_number_free(counter):
    with refused(NotPaidInFull):
        counter.ring_up(paid=1)
    assert counter.ring_up().sale_reference == "T-1"


def test_the_longest_number_fits(counter):
    order = counter.ring_up(reference="R" * 60)
    assert counter.ring_up(reference="R" * 60) == order
    assert IdempotencyRecord.objects.get().key == "R" * 60


# The open sale of a person


@pytest.fixture
def sale(counter) -> Cart:
    """Ana's open sale with two mugs in it."""
    cart = carts.start_sale(store=counter.harbour, by=counter.ana, at=NOON)
    carts.add(cart, counter.mug, quantity=2, at=NOON)
    return cart


def ring_up_sale(counter: Till, sale: Cart, *, paid: int = 2500, reference: str = "T-1") -> Order:
    return till.ring_up_sale(sale, tendered=[Tendered("cash", paid)], sale_reference=reference, by=counter.ana, at=NOON)


def test_the_open_sale_is_closed_with_it(counter, sale):
    order = ring_up_sale(counter, sale)
    assert (order.store, order.total, order.member) == (counter.harbour, 2500, None)
    assert Cart.objects.get().state == "ordered"
    assert carts.start_sale(store=counter.harbour, by=counter.ana, at=NOON) != sale


def test_an_open_sale_is_rung_up_once_even_under_two_numbers(counter, sale):
    order = ring_up_sale(counter, sale)
    with refused(checkout.EmptyCart):
        ring_up_sale(counter, sale, reference="T-2")
    with unchanged():
        assert ring_up_sale(counter, sale) == order


def test_what_is_scanned_while_the_money_is_taken_does_not_leave_unpaid(counter, sale):
    page = Cart.objects.get(pk=sale.pk)
    carts.add(sale, counter.mug, at=NOON)
    with refused(NotPaidInFull) as refusal:
        ring_up_sale(counter, page)
    assert (refusal.value.total, refusal.value.tendered) == (3750, 2500)
    assert ring_up_sale(counter, page, paid=3750).lines.get().quantity == 3


def test_a_card_that_is_scanned_while_the_money_is_taken_counts(counter, sale):
    page = Cart.objects.select_related("member").get(pk=sale.pk)
    carts.attach_member(sale, counter.card, at=NOON)
    assert ring_up_sale(counter, page).member == counter.card
    assert Member.objects.get().balance == 25


def test_an_open_sale_of_nothing_is_not_rung_up_and_stays_open(counter, sale):
    carts.set_quantity(sale, counter.mug, quantity=0, at=NOON)
    with refused(EmptySale):
        ring_up_sale(counter, sale, paid=0)


def test_a_customers_cart_is_not_rung_up(counter):
    cart = carts.start(user=counter.ana, at=NOON)
    with refused(checkout.EmptyCart):
        ring_up_sale(counter, cart)


def test_the_shelf_label_that_was_scanned_stays_with_what_was_sold(counter, sale):
    label, elsewhere = factories.label(counter.harbour, counter.mug), factories.label(factories.store("station"), counter.mug)
    till.scan_into(sale, counter.mug, label=elsewhere, at=NOON)
    assert sale.lines.get().label is None
    till.scan_into(sale, counter.mug, label=label, at=NOON)
    assert ring_up_sale(counter, sale, paid=5000).lines.get().label == label


def test_a_page_adds_once_and_what_was_rung_up_takes_nothing_more(counter, sale):
    for _ in range(2):
        till.scan_into(sale, counter.mug, key="page-1", at=NOON)
    assert sale.lines.get().quantity == 3
    ring_up_sale(counter, sale, paid=3750)
    with refused(carts.CartIsOrdered):
        till.scan_into(sale, counter.mug, key="page-2", at=NOON)
