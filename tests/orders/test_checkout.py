"""Checkout: a cart becomes an order, or nothing changes. Numbers of the acceptance scenarios P-02, P-07 and P-09."""

from datetime import timedelta

import pytest
from django.db import transaction

from omo import acts, invariants
from omo.idempotency import KeyReused
from omo.models import Event, Message
from orders import carts, checkout, pickup_codes
from orders.carts import NotOnSale
from orders.checkout import Contact, EmptyCart, PriceChanged
from orders.models import Cart, Fulfilment, Order
from orders.parts import NoPickup
from stores import availability
from stores.models import StockLevel, Store
from stores.stock import NotAvailable, Shortage
from tests import factories
from tests.factories import NOON
from tests.orders.doubled import twice_in_each_cart
from tests.unchanged import refused, unchanged

pytestmark = pytest.mark.django_db
MARTA = Contact("Marta Lindqvist", "marta@shop.test")


def place(cart: Cart | None, store: Store, key: str = "key-1", **fields) -> Order:
    return checkout.place_order(cart, **{"channel": "web", "contact": MARTA, "store": store, "idempotency_key": key, "by": None, "at": NOON, **fields})


# What an order is


def test_a_guests_order_holds_who_what_where_and_for_how_much(harbour):
    mug, bowl = factories.stocked(harbour, price=1250), factories.stocked(harbour, price=999)
    order = place(factories.cart((mug, 2), (bowl, 1)), harbour, seen_total=3499)
    order.refresh_from_db()
    assert (order.channel, order.store, order.user, order.member) == ("web", harbour, None, None)
    assert (order.name, order.email, order.placed_at) == ("Marta Lindqvist", "marta@shop.test", NOON)
    assert (order.total, order.currency, order.payment_state, order.sale_reference) == (3499, "EUR", "unpaid", None)
    assert list(order.lines.values_list("sku", "words", "quantity", "list_price", "unit_price", "total")) == [
        (mug.sku, "Blue", 2, 1250, 1250, 2500),
        (bowl.sku, "Blue", 1, 999, 999, 999),
    ]
    assert order.number.startswith("HP-")


def test_the_pickup_has_its_moment_and_codes_and_waits_in_the_queue(harbour):
    order = place(factories.cart((factories.stocked(harbour), 2)), harbour)
    pickup = factories.pickup_of(order)
    assert (pickup.kind, pickup.state, pickup.store, pickup.due_at) == ("pickup", "placed", harbour, NOON + timedelta(hours=2))
    assert list(pickup.lines.values_list("quantity", "picked", "collected")) == [(2, 0, 0)]
    assert pickup_codes.find_by_qr(pickup_codes.qr_text(pickup)) == pickup
    assert pickup_codes.find_by_digits(harbour.pk, pickup_codes.six_digits(pickup), at=NOON) == pickup
    assert factories.queue_version(harbour.pk) == 1
    assert list(Fulfilment.objects.open_at(harbour.pk)) == [pickup]


def test_goods_are_promised_and_stay_on_hand(harbour):
    mug = factories.stocked(harbour, 10)
    place(factories.cart((mug, 5)), harbour)
    assert StockLevel.objects.values_list("on_hand", "allocated").get() == (10, 5)
    assert availability.at_store(harbour.pk, [mug.pk], at=factories.NOON) == {mug.pk: 5}


def test_one_event_and_one_message_are_written(harbour):
    order = place(factories.cart((factories.stocked(harbour), 2)), harbour)
    event = Event.objects.get(order=order)
    assert (event.kind, event.at, event.by, event.channel, event.store) == ("order.placed", NOON, None, "web", harbour)
    assert event.data == {"number": order.number, "total": 2500, "count": 2}
    message = Message.objects.get(order=order)
    assert (message.kind, message.dedup_key, message.available_at) == ("order_placed", f"order_placed:{order.pk}", NOON)
    assert message.payload == {"order": order.pk}


def test_a_members_order_is_the_members(harbour):
    marta = factories.user()
    card = factories.member(user=marta)
    order = place(factories.cart((factories.stocked(harbour), 1), owner=marta), harbour, by=marta)
    assert (order.user, order.member) == (marta, card)
    assert Event.objects.get(kind="order.placed").member == card


def test_an_order_with_a_scanned_line_came_from_the_shelf(harbour):
    mug, bowl = factories.stocked(harbour), factories.stocked(harbour)
    cart = factories.cart((bowl, 1))
    scanned = factories.label(harbour, mug)
    carts.add(cart, mug, label=scanned, at=NOON)
    order = place(cart, harbour)
    assert order.channel == "shelf"
    assert list(order.lines.values_list("label", flat=True)) == [None, scanned.pk]


def test_an_ordered_cart_is_kept_and_changes_no_more(harbour):
    cart = factories.cart((factories.stocked(harbour), 2))
    place(cart, harbour)
    assert Cart.objects.get().state == "ordered"
    with refused(carts.CartIsOrdered):
        carts.add(cart, factories.variant(), at=NOON)


def test_an_order_of_nothing_due_needs_no_payment_to_be_placed(harbour):
    order = place(factories.cart((factories.stocked(harbour, price=0), 1)), harbour, seen_total=0)
    assert order.total == 0
    assert list(invariants.violations()) == []


@pytest.mark.parametrize("lines", [1, 30])
def test_the_number_of_statements_does_not_grow_with_the_lines(harbour, lines, django_assert_max_num_queries):
    cart = factories.cart(*((factories.stocked(harbour), 1) for _ in range(lines)))
    with django_assert_max_num_queries(20):
        place(cart, harbour)


# Refusals


def test_one_more_than_can_be_promised_is_refused_and_the_cart_is_kept(harbour):
    mug = factories.stocked(harbour, 4)
    cart = factories.cart((mug, 5))
    with refused(NotAvailable) as refusal:
        place(cart, harbour)
    assert refusal.value.shortages == [Shortage(mug.pk, 5, 4)]
    assert Order.objects.count() == 0
    carts.set_quantity(cart, mug, quantity=4, at=NOON)
    assert place(cart, harbour).total == 4 * 1250  # the same key is still good


def test_two_lines_of_the_same_goods_are_counted_together(harbour, monkeypatch):
    """P-07: 5 are there, two lines want 3 each. A cart has one line per variant, so it is read as if it had two."""
    twice_in_each_cart(monkeypatch)
    mug = factories.stocked(harbour, 5)
    cart = factories.cart((mug, 3))
    with refused(NotAvailable) as refusal:
        place(cart, harbour)
    assert refusal.value.shortages == [Shortage(mug.pk, 6, 5)]


def test_another_stores_stock_promises_nothing_here(harbour):
    mug = factories.stocked(factories.store("station"), 9)
    with refused(NotAvailable):
        place(factories.cart((mug, 1)), harbour)


@pytest.mark.parametrize("changed", [1249, 1251, 0])
def test_a_total_that_the_customer_has_not_seen_is_refused_with_the_new_one(harbour, changed):
    with refused(PriceChanged) as refusal:
        place(factories.cart((factories.stocked(harbour), 1)), harbour, seen_total=changed)
    assert refusal.value.total == 1250


@pytest.mark.parametrize("field", ["active", "pickup"])
def test_a_store_that_hands_over_no_orders_gets_none(harbour, field):
    cart = factories.cart((factories.stocked(harbour), 1))
    setattr(harbour, field, False)
    harbour.save()
    with refused(NoPickup):
        place(cart, harbour)


@pytest.mark.parametrize("table", ["variant", "product"])
def test_what_is_no_longer_sold_is_refused(harbour, table):
    mug = factories.stocked(harbour)
    cart = factories.cart((mug, 1))
    row = mug if table == "variant" else mug.product
    row.active = False
    row.save()
    with refused(NotOnSale):
        place(cart, harbour)


def test_no_cart_and_an_empty_one_order_nothing(harbour):
    for cart in (None, factories.cart()):
        with refused(EmptyCart):
            place(cart, harbour)


def test_a_cart_becomes_one_order_even_under_two_keys(harbour):
    cart = factories.cart((factories.stocked(harbour), 1))
    place(cart, harbour, "key-1")
    with refused(EmptyCart):
        place(cart, harbour, "key-2")


# Repeats


def test_the_same_request_again_gets_the_same_order_and_changes_nothing(harbour):
    cart = factories.cart((factories.stocked(harbour), 1))
    order = place(cart, harbour, seen_total=1250)
    with unchanged():
        assert place(cart, harbour, seen_total=1250, at=NOON + timedelta(hours=1)) == order
        assert place(None, harbour, seen_total=1250) == order


def test_another_request_under_the_key_is_refused(harbour):
    station, goods = factories.store("station"), factories.stocked(harbour)
    place(factories.cart((goods, 1)), harbour)
    other = factories.cart((goods, 1))
    for change in (
        {"store": station},
        {"contact": Contact("Bo", "marta@shop.test")},
        {"contact": Contact("Marta Lindqvist", "bo@shop.test")},
        {"by": factories.user()},
    ):
        with refused(KeyReused):
            place(other, **{"store": harbour, **change})


# Rare luck


@pytest.mark.django_db(transaction=True)
def test_six_digits_that_an_open_pickup_has_are_drawn_again(harbour, monkeypatch):
    mug = factories.stocked(harbour)
    first = place(factories.cart((mug, 1)), harbour, "key-1")
    drawn, draw = [], pickup_codes.draw

    def unlucky(store_id: int) -> pickup_codes.Code:
        code = draw(store_id)
        drawn.append(pickup_codes.Code(code.public_id, factories.pickup_of(first).code_digest) if not drawn else code)
        return drawn[-1]

    monkeypatch.setattr("orders.pickup_codes.draw", unlucky)
    second = place(factories.cart((mug, 1)), harbour, "key-2")
    assert len(drawn) == 2
    assert factories.pickup_of(second).code_digest == drawn[1].digest
    assert Order.objects.count() == 2
    assert list(invariants.violations()) == []


def test_the_digits_of_a_collected_order_are_free_again(harbour, monkeypatch):
    mug, ana = factories.stocked(harbour), factories.staff(harbour)
    gone = factories.collected(factories.order(harbour, (mug, 1)), ana)
    monkeypatch.setattr("orders.pickup_codes.draw", lambda store_id: pickup_codes.Code("ABCDEFGHJK", gone.code_digest))
    with transaction.atomic():
        order = place(factories.cart((mug, 1)), harbour)
    assert pickup_codes.find_by_digits(harbour.pk, pickup_codes.six_digits(gone), at=NOON) == factories.pickup_of(order)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("again", [1, 2])
def test_a_try_that_was_rolled_back_leaves_no_order_behind(harbour, monkeypatch, again):
    """A rival takes the row at the very end, so the act runs anew: what the customer gets is the order that was kept."""
    once, tries = checkout.idempotency.once, []

    def interrupted(*args, **options):
        number = once(*args, **options)
        tries.append(number)
        if len(tries) <= again:
            raise acts.DrawnTwice
        return number

    monkeypatch.setattr("orders.checkout.idempotency.once", interrupted)
    order = place(factories.cart((factories.stocked(harbour), 1)), harbour)
    assert [order.number] == list(Order.objects.values_list("number", flat=True)) == tries[-1:]


@pytest.mark.django_db(transaction=True)
def test_a_rival_with_the_same_key_gives_its_order_to_both(harbour, monkeypatch):
    """The first try fails at its end; before the second one, the same request was carried out by another process."""
    once, tries = checkout.idempotency.once, []
    cart = factories.cart((factories.stocked(harbour), 1))

    def interrupted(*args, **options):
        tries.append(once(*args, **options))
        if len(tries) == 1:
            raise acts.DrawnTwice
        return tries[-1]

    def rival(seconds: float) -> None:
        with monkeypatch.context() as patch:
            patch.setattr("orders.checkout.idempotency.once", once)
            tries.append(place(cart, harbour).number)

    monkeypatch.setattr("orders.checkout.idempotency.once", interrupted)
    monkeypatch.setattr("omo.acts.time.sleep", rival)
    assert place(cart, harbour).number == tries[1]
    assert list(Order.objects.values_list("number", flat=True)) == [tries[1]]
