"""The checkout page: guests first, one page, nothing ordered unless everything is as the customer saw it."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.urls import reverse

from loyalty.models import EarnRule
from orders.models import Cart, Fulfilment, Order
from stores.templatetags.stock_words import named
from tests import factories
from tests.orders.shopping import fill, page, place, words
from tests.unchanged import unchanged

pytestmark = pytest.mark.django_db
committing = pytest.mark.django_db(transaction=True)  # a refused act rolls its own transaction back
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.fixture
def store():
    return factories.store("harbour")


@pytest.fixture
def mug(store):
    return factories.stocked(store, 10, price=1250)


@time_machine.travel(NOON, tick=False)
def test_the_page_repeats_store_promise_and_total_above_the_button(client, store, mug):
    EarnRule.objects.create(points=1, amount=100, valid_from=NOON - timedelta(days=1))
    fill(client, (mug, 2), place=store)
    text = words(page(client))
    promise = '<b>ready today <time datetime="2026-11-24T14:00:00+00:00">14:00</time>–<time>14:30</time></b>, held until Fri <time'
    assert promise in text
    assert "Quay 4, Dublin" in text
    assert "€25.00" in text
    assert "Pay in store" in text
    assert "Members earn <b>25 points</b> with this order" in text


def test_every_store_says_whether_it_has_everything(client, store, mug):
    station = factories.store("station")
    factories.stock.receive(station, {mug.pk: 1}, reference="d", by=None, at=NOON)
    factories.store("kiosk", pickup=False)
    fill(client, (mug, 2), place=store)
    choices = {choice.store.code: choice.lacking for choice in page(client).context["choices"]}
    assert choices == {"harbour": 0, "station": 1}


def test_what_the_store_lacks_is_changed_in_the_cart_and_not_ordered(client, store, mug):
    fill(client, (mug, 11), place=store)
    text = words(page(client))
    assert "Change the cart" in text
    assert "Place order" not in text
    assert f"not enough of {named(mug)}" in text


def test_a_guest_places_an_order_and_sees_its_page(client, store, mug):
    fill(client, (mug, 2), place=store)
    answer = place(client)
    order = Order.objects.get()
    assert answer["Location"] == f"/orders/{order.number}/"
    assert (order.name, order.email, order.total, order.store, order.user, order.channel) == ("Marta Lindqvist", "marta@shop.test", 2500, store, None, "web")
    text = words(client.get(answer["Location"]))
    assert "Thank you" in text
    assert order.number in text
    assert "Your cart is empty" in words(client.get(reverse("cart")))
    assert "cart_count" not in client.session


def test_the_confirmation_is_shown_once(client, store, mug):
    fill(client, (mug, 1), place=store)
    url = place(client)["Location"]
    assert "We have your order" in words(client.get(url))
    assert "We have your order" not in words(client.get(url))


def test_a_member_who_is_signed_in_orders_with_the_membership(client, store, mug):
    person = factories.user()
    member = factories.member(user=person)
    client.force_login(person)
    fill(client, (mug, 1), place=store)
    text = words(page(client))
    assert 'value="Marta Lindqvist"' in text
    assert f'value="{person.email}"' in text
    place(client)
    assert (Order.objects.get().user, Order.objects.get().member) == (person, member)


def test_an_order_scanned_at_the_shelf_says_so(client, store, mug):
    label = factories.label(store, mug)
    client.post(reverse("add_to_cart"), {"sku": mug.sku, "quantity": "1", "label": factories.labels.signed_code(label)})
    place(client)
    assert Order.objects.get().channel == "shelf"


def test_pressing_twice_places_one_order_and_shows_it_twice(client, store, mug):
    fill(client, (mug, 1), place=store)
    key = page(client).context["key"]
    first = place(client, key=key, seen_total=1250)
    second = place(client, key=key, seen_total=1250)
    assert first["Location"] == second["Location"]
    assert Order.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_another_basket_under_the_same_key_is_no_repeat(client, store, mug):
    fill(client, (mug, 1), place=store)
    key = page(client).context["key"]
    place(client, key=key, seen_total=1250)
    fill(client, (mug, 3))
    answer = place(client, key=key, seen_total=3750)
    assert (answer.status_code, answer.context["refusal"]) == (409, "reused")
    assert Order.objects.values_list("total").get() == (1250,)
    assert Cart.objects.get(state="open").lines.get().quantity == 3


def test_a_repeat_leaves_a_cart_that_was_begun_since_alone(client, store, mug):
    fill(client, (mug, 1), place=store)
    key = page(client).context["key"]
    place(client, key=key)
    fill(client, (mug, 3))
    place(client, key=key, seen_total=1250)
    assert Order.objects.count() == 1
    assert client.session["cart_count"] == 3
    assert Cart.objects.filter(state="open").count() == 1


@committing
def test_the_second_of_two_windows_learns_that_the_cart_was_ordered(client, store, mug):
    fill(client, (mug, 1), place=store)
    other_key = page(client).context["key"]
    place(client)
    with unchanged():
        answer = place(client, key=other_key, seen_total=1250)
    assert answer.status_code == 409
    assert f"order {Order.objects.get().number}" in words(answer)


def test_an_empty_cart_leads_back_to_the_cart(client):
    assert page(client)["Location"] == "/cart/"
    assert place(client, store="").status_code == 409


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("name", "", "Tell us the name for the counter."),
        ("name", "x" * 51, "at most 50"),
        ("name", "Taro\r\nBcc: a@b.example", "one line of plain text"),
        ("name", "\u200b\u200b", "Type something that can be seen"),
        ("name", "\u202etxt.exe", "turn the writing direction"),
        ("email", "", "We need an address"),
        ("email", "marta@lindqvist", "This is not an e-mail address. For example: name@example.com"),
        ("email", "\u0430dmin@shop.test", "looks like a Latin letter"),
        ("store", "", "Choose the store where you collect."),
        ("store", "kiosk", "This store does not hand over orders. Choose another."),
        ("store", "nowhere", "This store does not hand over orders. Choose another."),
        ("key", "", "This page was not complete."),
        ("key", "short", "This page was not complete."),
        ("seen_total", "1e3", "This page was not complete."),
        ("seen_total", "9" * 400, "This page was not complete."),
    ],
)
def test_what_was_typed_wrong_is_said_beside_the_field_and_nothing_is_ordered(client, store, mug, field, value, reason):
    factories.store("kiosk", pickup=False)
    fill(client, (mug, 1), place=store)
    with unchanged():
        answer = place(client, **{field: value, "seen_store": ""})
    assert answer.status_code == 422
    assert reason in words(answer)
    assert "data-error-summary" in words(answer)
    assert not Order.objects.exists()
    if field != "name":
        assert 'value="Marta Lindqvist"' in words(answer)


def test_the_key_stays_while_the_customer_corrects_the_form(client, store, mug):
    fill(client, (mug, 1), place=store)
    key = page(client).context["key"]
    assert place(client, key=key, email="x").context["key"] == key


def test_a_field_sent_twice_is_refused_as_a_whole(client, store, mug):
    fill(client, (mug, 1), place=store)
    with unchanged():
        answer = client.post(reverse("place_order"), "store=harbour&store=station", content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 400


def test_the_form_cannot_set_more_than_it_asks(client, store, mug):
    fill(client, (mug, 1), place=store)
    place(client, total="1", is_staff="1", payment_state="paid", user="1")
    order = Order.objects.get()
    assert (order.total, order.payment_state, order.user) == (1250, "unpaid", None)


def test_orders_are_placed_by_post_only(client):
    assert client.get(reverse("place_order")).status_code == 405


@committing
@pytest.mark.parametrize("many", [1, 30])
def test_checkout_costs_the_same_for_one_and_for_thirty_lines(client, store, django_assert_num_queries, django_assert_max_num_queries, many):
    fill(client, *[(factories.stocked(store, 5), 1) for _ in range(many)], place=store)
    with django_assert_num_queries(6):
        context = page(client).context
    fields = {"name": "Marta", "email": "m@shop.test", "store": "harbour", "method": "in_store", "key": context["key"], "seen_total": context["quote"].total}
    fields |= {"seen_store": "harbour", "slot": context["windows"].chosen.value}
    with django_assert_max_num_queries(30) as counted:
        client.post(reverse("place_order"), fields)
    assert Fulfilment.objects.get().lines.count() == many
    asked = [one for one in counted.captured_queries if not one["sql"].startswith(("BEGIN", "COMMIT"))]
    assert len(asked) == (18 if connection.vendor == "postgresql" else 19)  # where a place and its booking are one statement
