"""The checkout's page for a cart that is received in more ways than one, and for home delivery alone. Scenario P-08."""

from html import unescape

import pytest
from django.urls import reverse

from omo import memory
from orders import address_book, carts
from orders.models import Cart, CartLine, Delivery, Order
from stores import slots
from stores.models import StockLevel
from tests import factories
from tests.factories import NOON
from tests.orders import delivering, shopping
from tests.unchanged import unchanged

pytestmark = pytest.mark.django_db
HOME = {"to-street": "7 Herring Lane", "to-postcode": "D08 XY12", "to-city": "Dublin", "to-region": "", "to-country": "IE", "to-note": "Ring twice"}


@pytest.fixture
def option(harbour):
    delivering.sender("depot", pickup=False)
    return delivering.option()


def only_cart() -> Cart:
    return Cart.objects.get()


def deliver(client, goods) -> None:
    """Everything in the browser's cart goes home."""
    shopping.fill(client, (goods, 1))
    carts.receive_all(only_cart(), way=CartLine.Way.DELIVERY, at=NOON)


def send(client, option, **changes):
    """Place the order with the page's own hidden fields."""
    context = shopping.page(client).context
    shown = {"key": context["key"], "seen_total": context["quote"].total, "seen_ways": context["ways"], "method": "sandbox", "to-option": option.pk}
    return client.post(reverse("place_order"), {"name": "Marta Lindqvist", "email": "marta@shop.test", **HOME, **shown, **changes})


def test_only_the_store_that_has_everything_is_offered_for_one_pickup(client, harbour):
    """P-08: W0 has 5 of A, W2 has 3, W3 has 3 of each; for 3 of A, one of B and one of C only W3 will do, for 4 of A none."""
    w0, w2, w3 = factories.store("w0"), factories.store("w2"), factories.store("w3")
    a, b, c = factories.stocked(w0, 5), factories.stocked(w3, 3), factories.stocked(w3, 3)
    StockLevel.objects.create(store=w2, variant=a, on_hand=3)
    StockLevel.objects.create(store=w3, variant=a, on_hand=3)
    shopping.fill(client, (a, 3), (b, 1), (c, 1))
    offered = [choice.store.code for choice in shopping.page(client).context["choices"] if not choice.lacking]
    assert offered == ["w3"]
    shopping.fill(client, (a, 1))
    assert [choice.store.code for choice in shopping.page(client).context["choices"] if not choice.lacking] == []


def test_a_guest_has_it_delivered_and_is_led_to_the_payment(client, option):
    lamp = factories.stocked(factories.store("depot"), 5, price=3000)
    deliver(client, lamp)
    page = unescape(shopping.words(shopping.page(client)))
    assert "Fill in the address to see how it can be delivered" not in page
    assert "Standard, €4.95" in page
    assert "Have €30.00 more delivered, and delivery is free" in page
    assert "Where" not in page.partition("<h2")[2], "nothing is collected, so no store is asked for"
    answer = send(client, option)
    order = Order.objects.get()
    assert (answer.status_code, order.total, order.payment_method, order.phone) == (302, 3495, "sandbox", "")
    assert "/sandbox/" in answer.headers["location"]
    delivery = Delivery.objects.get()
    assert (delivery.name, delivery.street, delivery.postcode, delivery.note) == ("Marta Lindqvist", "7 Herring Lane", "D08 XY12", "Ring twice")


def test_the_parcel_may_bear_another_name(client, option):
    deliver(client, factories.stocked(factories.store("depot"), 5))
    send(client, option, **{"to-name": "Jonas Lindqvist", "to-phone": "+353 1 555 0100"})
    assert (Delivery.objects.get().name, Order.objects.get().name, Order.objects.get().phone) == ("Jonas Lindqvist", "Marta Lindqvist", "+353 1 555 0100")


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("to-street", "", "Write the street and the number."),
        ("to-postcode", "12345", "Eircode"),
        ("to-country", "US", "We do not deliver to this country."),
        ("to-option", "", "Choose how it is delivered."),
        ("to-note", "ring twice " * 20, "200 characters"),
        ("to-phone", "call me", "This is not a phone number."),
        ("name", "", "Tell us the name for the counter."),
        ("method", "", "Choose how you pay."),
    ],
)
def test_what_is_wrong_is_said_on_top_and_beside_it_and_nothing_is_ordered(client, option, field, value, words):
    deliver(client, factories.stocked(factories.store("depot"), 5))
    with unchanged():
        answer = send(client, option, **{field: value})
    page = unescape(shopping.words(answer))
    assert answer.status_code == 422
    assert "Something to put right" in page
    assert words in page
    assert "7 Herring Lane" in page or field == "to-street", "what was typed stays"


@pytest.mark.django_db(transaction=True)
def test_a_delivery_cannot_be_paid_in_the_store(client, option):
    deliver(client, factories.stocked(factories.store("depot"), 5))
    assert "Pay in store" not in shopping.words(shopping.page(client))
    answer = send(client, option, method="in_store")
    assert (answer.status_code, Order.objects.count()) == (409, 0)
    assert "cannot be paid in that way" in shopping.words(answer)


def test_a_way_that_was_changed_in_another_window_is_shown_before_anything_is_ordered(client, harbour, option):
    mug, lamp = factories.stocked(harbour, 5), factories.stocked(factories.store("depot"), 5)
    shopping.fill(client, (mug, 1), (lamp, 1), place=harbour)
    carts.receive(only_cart(), lamp, way=CartLine.Way.DELIVERY, at=NOON)
    shown = shopping.page(client).context
    carts.receive(only_cart(), mug, way=CartLine.Way.DELIVERY, at=NOON)
    fields = {"name": "Marta", "email": "marta@shop.test", "store": "harbour", "seen_store": "harbour", "slot": "", "method": "sandbox", **HOME}
    fields |= {"key": shown["key"], "seen_total": shown["quote"].total, "seen_ways": shown["ways"], "to-option": option.pk}
    answer = client.post(reverse("place_order"), fields)
    assert (answer.status_code, Order.objects.count()) == (409, 0)
    assert "Your cart has changed" in shopping.words(answer)


@pytest.mark.django_db(transaction=True)
def test_what_moved_to_delivery_on_a_page_that_showed_none_is_refused(client, harbour, option):
    lamp = factories.stocked(harbour, 5)
    shopping.fill(client, (lamp, 1), place=harbour)
    shown = shopping.page(client).context
    carts.receive_all(only_cart(), way=CartLine.Way.DELIVERY, at=NOON)
    fields = {"name": "Marta", "email": "marta@shop.test", "store": "harbour", "seen_store": "harbour", "slot": "", "method": "in_store"}
    answer = client.post(reverse("place_order"), {**fields, "key": shown["key"], "seen_total": shown["quote"].total})
    assert (answer.status_code, Order.objects.count()) == (409, 0)


def test_two_stores_and_a_door_in_one_order(client, harbour, option):
    station = factories.store("station")
    mug, scarf, lamp = factories.stocked(harbour, 5), factories.stocked(station, 5, price=2000), factories.stocked(factories.store("depot"), 5, price=3000)
    shopping.fill(client, (mug, 1), (scarf, 1), (lamp, 1), place=harbour)
    carts.receive(only_cart(), scarf, way=CartLine.Way.PICKUP, store=station, at=NOON)
    carts.receive(only_cart(), lamp, way=CartLine.Way.DELIVERY, at=NOON)
    page = shopping.words(shopping.page(client))
    for words in ("Collect at Harbour", "Collect at Station", "Delivered to your door", "Place order and pay"):
        assert words in page
    answer = send(client, option, store="harbour", seen_store="harbour", slot="", **{"window-station": slots.FIRST})
    assert answer.status_code == 302
    order = Order.objects.get()
    assert sorted(order.fulfilments.values_list("kind", "store__code")) == [("delivery", "depot"), ("pickup", "harbour"), ("pickup", "station")]
    assert order.total == 1250 + 2000 + 3000 + 495


def test_a_customer_picks_an_address_of_the_book(client, option):
    marta = factories.user()
    client.force_login(marta)
    kept = address_book.keep(marta, delivering.HOME, at=NOON)
    deliver(client, factories.stocked(factories.store("depot"), 5))
    assert "7 Herring Lane" in shopping.words(shopping.page(client))
    answer = send(client, option, **{"to-book": kept.pk, "to-street": "", "to-postcode": "", "to-city": ""})
    assert answer.status_code == 302
    assert Delivery.objects.get().street == "7 Herring Lane\nFlat 3"


def test_beside_an_address_of_the_book_the_fields_of_another_are_empty_and_the_button_repeats_it(client, option):
    marta = factories.user()
    client.force_login(marta)
    kept = address_book.keep(marta, delivering.HOME, at=NOON)
    deliver(client, factories.stocked(factories.store("depot"), 5))
    door = shopping.page(client).context["door"]
    assert (door.from_book, door.form["street"].value(), "required" in str(door.form["street"])) == (str(kept.pk), None, False)
    assert (door.goes_to, door.price) == ("7 Herring Lane, Flat 3, DUBLIN, Co. Dublin, D08 XY12, IRELAND", 495)
    client.post(reverse("start_checkout"), {"name": "Marta", "email": "marta@shop.test", "to-book": "", **HOME})
    assert shopping.page(client).context["door"].goes_to == "7 Herring Lane, D08 XY12, Dublin"


def test_a_name_that_is_missing_is_said_once(client, option):
    deliver(client, factories.stocked(factories.store("depot"), 5))
    page = unescape(shopping.words(send(client, option, name="", **{"to-name": ""})))
    assert "Tell us the name for the counter." in page
    assert "Say who gets the parcel." not in page


def test_an_address_of_somebody_elses_book_is_none(client, option):
    kept = address_book.keep(factories.user(), delivering.HOME, at=NOON)
    deliver(client, factories.stocked(factories.store("depot"), 5))
    answer = send(client, option, **{"to-book": kept.pk, "to-street": ""})
    assert (answer.status_code, Order.objects.count()) == (422, 0)


def test_what_was_typed_stays_while_the_page_is_asked_anew(client, option):
    deliver(client, factories.stocked(factories.store("depot"), 5))
    client.post(reverse("start_checkout"), {"name": "Marta", "email": "marta@shop.test", **HOME, "to-option": option.pk, "method": "sandbox"})
    page = shopping.words(shopping.page(client))
    assert 'value="7 Herring Lane"' in page
    assert 'value="D08 XY12"' in page
    assert 'value="Marta"' in page


def test_what_a_guest_saved_for_later_is_there_after_the_order(client, harbour):
    mug, lamp = factories.stocked(harbour, 5), factories.stocked(harbour, 5, price=3000)
    shopping.fill(client, (mug, 1), (lamp, 1), place=harbour)
    client.post(reverse("save_for_later", args=[lamp.sku]))
    assert shopping.place(client).status_code == 302
    assert Order.objects.get().total == 1250
    page = shopping.words(client.get(reverse("cart")))
    assert "Saved for later" in page
    assert lamp.product.name in page


def test_who_goes_to_the_checkout_has_seen_the_new_price(client, harbour):
    mug = factories.stocked(harbour, 5)
    shopping.fill(client, (mug, 1), place=harbour)
    type(mug).objects.filter(pk=mug.pk).update(price=1400)
    assert "€12.50" in shopping.words(client.get(reverse("cart"))), "what it was"
    client.post(reverse("start_checkout"))
    assert CartLine.objects.get().seen_price == 1400
    assert "€12.50" not in shopping.words(client.get(reverse("cart")))


@pytest.mark.django_db(transaction=True)
def test_a_way_of_another_country_is_refused_in_words_that_name_the_country(client, option):
    abroad = delivering.option(delivering.zone("Germany", countries="DE"), name="Abroad")
    memory.forget()
    deliver(client, factories.stocked(factories.store("depot"), 5))
    there = {"to-country": "DE", "to-street": "Hafenstr. 1", "to-postcode": "20457", "to-city": "Hamburg"}
    answer = send(client, option, **there)
    page = unescape(answer.content.decode())
    assert (answer.status_code, Order.objects.count()) == (409, 0)
    assert "What you chose is not offered for this address in Germany." in page
    assert answer.context["door"].chosen.option == abroad
    assert "Eircode" not in page
