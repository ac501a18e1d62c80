"""One order in several parts: collected in one store and another, delivered, paid online or in the store. Scenarios P-08, P-10, P-11 and P-16."""

from datetime import date, timedelta

import pytest

from omo import invariants
from omo.models import Event, Message
from orders import carts, checkout, parts, payments
from orders.checkout import Contact, PriceChanged
from orders.delivery_quotes import NotDelivered, OptionGone, Wish
from orders.models import Address, CartLine, Delivery, Fulfilment, Order, Promise
from stores import holds, slots
from stores.models import StockLevel
from stores.stock import NotAvailable
from tests import factories
from tests.factories import NOON
from tests.orders import delivering
from tests.unchanged import refused

pytestmark = pytest.mark.django_db
MARTA = Contact("Marta Lindqvist", "marta@shop.test", "+353 1 555 0100")


def place(cart, store, **fields) -> Order:
    usual = {"channel": "web", "contact": MARTA, "idempotency_key": "key-of-the-page-1", "by": None, "at": NOON}
    return checkout.place_order(cart, store=store, **{**usual, **fields})


def allocated() -> dict[tuple[str, int], int]:
    return {(code, variant): count for code, variant, count in StockLevel.objects.filter(allocated__gt=0).values_list("store__code", "variant_id", "allocated")}


@pytest.fixture
def world(harbour):
    """A mug that is collected at Harbour, a lamp at Station, and a coat that goes home from Riverside, for 4.95."""

    class World:
        station, riverside = factories.store("station"), delivering.sender("riverside")
        option = delivering.option()
        mug, lamp, coat = factories.stocked(harbour, 5, price=1250), factories.stocked(station, 5, price=3000), factories.stocked(riverside, 5, price=2000)
        cart = factories.cart((mug, 2), (lamp, 1), (coat, 1), place=harbour)
        wish = Wish(delivering.HOME, option.pk, "Ring twice")

        def ways(self):
            carts.receive(self.cart, self.lamp, way=CartLine.Way.PICKUP, store=self.station, at=NOON)
            carts.receive(self.cart, self.coat, way=CartLine.Way.DELIVERY, at=NOON)
            return {"windows": {"station": slots.FIRST}, "delivery": self.wish, "method": "sandbox"}

    return World()


def test_one_order_is_collected_in_two_stores_and_delivered(world, harbour):
    order = place(world.cart, harbour, **world.ways())
    assert (order.total, order.delivery_total, order.store, order.phone) == (2 * 1250 + 3000 + 2000 + 495, 495, harbour, "+353 1 555 0100")
    made = list(order.fulfilments.order_by("id").values_list("kind", "store__code", "awaits_payment"))
    assert made == [("pickup", "harbour", True), ("pickup", "station", True), ("delivery", "riverside", True)]
    assert allocated() == {("harbour", world.mug.pk): 2, ("station", world.lamp.pk): 1, ("riverside", world.coat.pk): 1}
    delivery = Delivery.objects.get()
    assert (delivery.street, delivery.city, delivery.price, delivery.promised_day, delivery.note) == (
        "7 Herring Lane\nFlat 3",
        "Dublin",
        495,
        date(2026, 11, 26),
        "Ring twice",
    )
    assert Promise.objects.filter(fulfilment__order=order).count() == 3
    assert Event.objects.filter(order=order, kind="order.placed").count() == 1
    assert list(invariants.violations()) == []


def test_an_order_to_be_paid_online_waits_with_its_goods_promised_and_tells_nobody_yet(world, harbour):
    order = place(world.cart, harbour, **world.ways())
    assert (order.payment_state, order.payment_method, order.payment_due_by) == ("unpaid", "sandbox", NOON + timedelta(minutes=30))
    assert not Message.objects.filter(order=order).exists()


def test_what_costs_nothing_waits_for_no_payment(harbour):
    free = factories.stocked(harbour, price=0)
    order = place(factories.cart((free, 1)), harbour, method="sandbox")
    assert (order.payment_state, order.payment_due_by, order.fulfilments.get().awaits_payment) == ("paid", None, False)


def test_a_guest_who_collects_gives_no_address_and_pays_no_delivery(harbour):
    """P-10: an item of 10.00, a name and an e-mail address; the total is 10.00, and the store is on the order."""
    order = place(factories.cart((factories.stocked(harbour, price=1000), 1)), harbour, seen_total=1000)
    assert (order.total, order.delivery_total, order.store, Delivery.objects.count()) == (1000, 0, harbour, 0)


def test_a_pickup_puts_no_address_into_the_book(harbour):
    """P-11."""
    marta = factories.user()
    factories.collected(factories.order(harbour, (factories.stocked(harbour), 1), owner=marta), factories.staff(harbour))
    assert not Address.objects.exists()


def test_pay_in_store_is_no_way_to_pay_for_a_delivery(world, harbour):
    """P-16."""
    with refused(payments.MethodNotOffered):
        place(world.cart, harbour, **{**world.ways(), "method": payments.IN_STORE})
    assert Order.objects.count() == 0


def test_a_store_that_takes_no_money_is_paid_online(world, harbour):
    type(harbour).objects.filter(pk=world.station.pk).update(pay_in_store=False)
    carts.receive(world.cart, world.lamp, way=CartLine.Way.PICKUP, store=world.station, at=NOON)
    carts.set_quantity(world.cart, world.coat, quantity=0, at=NOON)
    windows = {"station": slots.FIRST}
    with refused(payments.MethodNotOffered):
        place(world.cart, harbour, windows=windows)
    assert place(world.cart, harbour, windows=windows, method="sandbox").fulfilments.count() == 2


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"delivery": None}, parts.NoAddress),
        ({"windows": {}}, parts.NoWindow),
        ({"windows": {"station": "2026-11-24T03:00:00+00:00"}}, slots.SlotGone),
        ({"delivery": Wish(delivering.HOME, 9999)}, OptionGone),
        ({"seen_total": 1}, PriceChanged),
    ],
)
def test_what_does_not_hold_is_refused_and_changes_nothing(world, harbour, changes, refusal):
    wishes = {**world.ways(), **changes}
    with refused(refusal):
        place(world.cart, harbour, **wishes)
    assert (Order.objects.count(), allocated()) == (0, {})


def test_an_address_that_is_delivered_to_nowhere_is_refused(world, harbour):
    wishes = world.ways()
    world.option.zone.postcodes = "D01"
    world.option.zone.save()
    with refused(NotDelivered):
        place(world.cart, harbour, **wishes)


def test_without_a_store_what_is_collected_is_refused(world):
    with refused(parts.NoStore):
        place(world.cart, None, **world.ways())


def test_a_part_that_is_not_there_lets_none_be_ordered(world, harbour):
    wishes = world.ways()
    carts.set_quantity(world.cart, world.lamp, quantity=6, at=NOON)
    with refused(NotAvailable) as refusal:
        place(world.cart, harbour, **wishes)
    short = refusal.value.shortages[0]
    assert (short.variant_id, short.wanted, short.left, short.store_id) == (world.lamp.pk, 6, 5, world.station.pk)
    assert allocated() == {}


def test_a_delivery_that_no_store_has_whole_comes_in_two_parcels_and_costs_once(world, harbour):
    other = delivering.sender("old-town")
    lamp = factories.stocked(world.riverside, 1, price=1000)
    StockLevel.objects.create(store=other, variant=lamp, on_hand=1)
    cart = factories.cart((lamp, 2))
    carts.receive_all(cart, way=CartLine.Way.DELIVERY, at=NOON)
    order = place(cart, None, delivery=world.wish, method="sandbox")
    assert (order.total, list(Delivery.objects.order_by("id").values_list("price", flat=True))) == (2495, [495, 0])
    assert allocated() == {("riverside", lamp.pk): 1, ("old-town", lamp.pk): 1}


def test_what_was_scanned_at_a_shelf_and_is_delivered_is_the_order_of_the_shelfs_store(world, harbour):
    """M6: the store whose shelf was scanned is credited, whoever sends it."""
    cart = carts.start(at=NOON)
    carts.add(cart, world.coat, label=factories.label(harbour, world.coat), at=NOON)
    carts.receive_all(cart, way=CartLine.Way.DELIVERY, at=NOON)
    order = place(cart, None, delivery=world.wish, method="sandbox")
    assert (order.store, order.channel, order.fulfilments.get().store) == (harbour, "shelf", world.riverside)


def test_what_is_saved_for_later_is_not_bought(world, harbour):
    wishes = world.ways()
    carts.save_for_later(world.cart, world.coat, at=NOON)
    order = place(world.cart, harbour, **{**wishes, "delivery": None})
    assert (order.total, Delivery.objects.count()) == (2 * 1250 + 3000, 0)


def test_the_same_wishes_under_the_same_key_are_one_order(world, harbour):
    wishes = world.ways()
    assert place(world.cart, harbour, **wishes) == place(world.cart, harbour, **wishes)
    assert (Order.objects.count(), Fulfilment.objects.count()) == (1, 3)


def test_the_checkout_holds_everything_where_it_comes_from(world, harbour):
    world.ways()
    checkout.hold(world.cart, harbour, origin="", at=NOON)
    held = holds.of(carts.holder(world.cart.pk))
    assert held.goods == {harbour.pk: {world.mug.pk: 2}, world.station.pk: {world.lamp.pk: 1}, world.riverside.pk: {world.coat.pk: 1}}
