"""What stands in the way of an order, in words, with the ways out; nothing is ordered then and the cart is as it was."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from orders.models import Order
from stores.models import Store, Variant
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


@committing
def test_too_few_left_says_how_many_and_offers_both_ways_out(client, store, mug):
    station = factories.store("station")
    factories.stock.receive(station, {mug.pk: 20}, reference="d", by=None, at=NOON)
    fill(client, (mug, 12), place=store)
    with unchanged(noting="stock.refused"):
        answer = place(client)
    text = words(answer)
    assert answer.status_code == 409
    assert f"Not enough left: 10 of {mug.product.name}, Blue at Harbour. Take 10, or choose another store." in text
    assert f"Take 10 of {mug.product.name}, Blue here" in text
    assert 'href="/checkout/?store=station">Collect everything at Station</a>' in text
    assert client.session["cart_count"] == 12


@committing
def test_taking_what_is_left_leads_back_to_the_checkout_with_what_was_typed(client, store, mug):
    fill(client, (mug, 12), place=store)
    place(client)
    answer = client.post(reverse("set_quantity", args=[mug.sku]), {"quantity": "10", "next": "/checkout/"})
    assert answer["Location"] == "/checkout/"
    assert 'value="Marta Lindqvist"' in words(page(client))
    assert place(client).status_code == 302


@committing
def test_a_new_price_is_shown_and_asked_again(client, store, mug):
    fill(client, (mug, 2), place=store)
    key = page(client).context["key"]
    Variant.objects.update(price=1500)
    with unchanged():
        answer = place(client, key=key, seen_total=2500)
    assert answer.status_code == 409
    assert 'Your cart costs <b><bdi class="money">€30.00</bdi></b> now.' in words(answer)
    assert place(client, key=key, seen_total=3000).status_code == 302
    assert Order.objects.get().total == 3000


def test_an_order_goes_only_to_the_store_that_stood_above_the_button(client, store, mug):
    station = factories.store("station")
    factories.stock.receive(station, {mug.pk: 20}, reference="d", by=None, at=NOON)
    fill(client, (mug, 1), place=store)
    with unchanged():
        answer = place(client, store="station", seen_store="harbour")
    assert answer.status_code == 409
    assert "You chose Station" in words(answer)
    assert "<b>Collect at Station</b>" in words(answer)


def test_a_store_that_was_chosen_on_a_page_without_scripts_is_shown_before_anything_is_ordered(client, store, mug):
    factories.store("station")
    fill(client, (mug, 1))
    assert 'name="seen_store" value=""' in words(page(client))
    with unchanged():
        answer = place(client, store="harbour", seen_store="")
    assert answer.status_code == 409
    assert "You chose Harbour" in words(answer)
    assert "<b>Collect at Harbour</b>" in words(answer)
    assert 'name="seen_store" value="harbour"' in words(answer)
    assert place(client, store="harbour", seen_store="harbour", key=answer.context["key"]).status_code == 302


def test_a_form_that_does_not_say_what_it_showed_is_taken_at_its_word(client, store, mug):
    fill(client, (mug, 1), place=store)
    context = page(client).context
    shown = {
        "name": "Marta Lindqvist",
        "email": "marta@shop.test",
        "store": "harbour",
        "method": "in_store",
        "key": context["key"],
        "seen_total": context["quote"].total,
    }
    assert client.post(reverse("place_order"), shown).status_code == 302


def test_another_store_can_be_shown_before_ordering(client, store, mug):
    factories.store("station")
    fill(client, (mug, 1), place=store)
    assert "<b>Collect at Station</b>" in words(page(client, store="station"))


def test_a_store_that_stopped_handing_over_is_refused(client, store, mug):
    fill(client, (mug, 1), place=store)
    Store.objects.update(pickup=False)
    with unchanged():
        answer = place(client)
    assert answer.status_code == 422
    assert "This store does not hand over orders." in words(answer)


@committing
def test_what_was_taken_out_of_the_shop_is_named(client, store, mug):
    fill(client, (mug, 1), place=store)
    Variant.objects.update(active=False)
    with unchanged():
        answer = place(client)
    assert answer.status_code == 409
    assert f"{mug.product.name}, Blue was taken out of the shop." in words(answer)


@committing
def test_a_page_that_was_used_for_another_order_asks_again_with_a_new_key(client, store, mug):
    fill(client, (mug, 1), place=store)
    key = page(client).context["key"]
    place(client, key=key)
    fill(client, (mug, 2))
    with unchanged():
        answer = place(client, key=key, name="Somebody Else")
    assert answer.status_code == 409
    assert answer.context["key"] != key
    assert Order.objects.count() == 1
