"""The till: wrong pickup codes are limited as at the counter, and a sale's number stands for one sale."""

import pytest
from django.urls import reverse

from orders import pickup_codes
from orders.models import Order
from orders.views import guesses
from tests import factories
from tests.unchanged import unchanged

pytestmark = pytest.mark.django_db
SALE = {"sale_reference": "harbour:abcdefgh", "total": "1250", "tender": "card"}


@pytest.fixture
def store():
    return factories.store("harbour")


@pytest.fixture
def ana(store, client):
    person = factories.staff(store)
    client.force_login(person)
    return person


def url(name):
    return reverse(name, args=["harbour"])


def scan(client, text):
    return client.post(url("scan_goods"), {"code": text})


def test_wrong_pickup_codes_at_the_till_and_at_the_counter_are_counted_together(client, store, ana, monkeypatch):
    monkeypatch.setattr(guesses, "MOST", 3)
    digits = pickup_codes.six_digits(factories.pickup_of(factories.order(store, (factories.stocked(store), 1))))
    wrong = [f"{number:06}" for number in range(100_000, 100_009) if f"{number:06}" != digits]
    assert [scan(client, wrong[0]).status_code, client.get(url("scan_code"), {"code": wrong[1]}).status_code, scan(client, wrong[2]).status_code] == [
        422,
        200,
        422,
    ]
    with unchanged():
        assert [scan(client, text).status_code for text in (wrong[3], digits)] == [429, 429]
        assert client.get(url("scan_code"), {"code": digits}).status_code == 429
    assert scan(client, factories.stocked(store).sku).status_code == 302  # goods are sold all the same


def test_right_codes_and_goods_of_six_digits_are_no_guesses(client, store, ana, monkeypatch):
    monkeypatch.setattr(guesses, "MOST", 1)
    digits = pickup_codes.six_digits(factories.pickup_of(factories.order(store, (factories.stocked(store), 1))))
    factories.stocked(store, sku="900001")
    assert {scan(client, text).status_code for text in (digits, "900001", digits, "900001")} == {302}


@pytest.mark.django_db(transaction=True)
def test_the_number_of_a_colleagues_sale_is_refused_and_nothing_is_taken(client, store, ana):
    mug = factories.stocked(store, 5, price=1250)
    scan(client, mug.sku)
    first = client.post(url("ring_up"), SALE)
    assert first["Location"] == f"{reverse('receipt', args=['harbour', Order.objects.get().number])}"
    client.force_login(factories.staff(store, name="Tom Byrne"))
    scan(client, mug.sku)
    with unchanged():
        answer = client.post(url("ring_up"), SALE)
    assert (answer.status_code, "The sale changed while it was rung up. Nothing was taken." in answer.text) == (409, True)


def test_the_same_sale_sent_again_shows_its_receipt_while_the_next_one_is_scanned(client, store, ana):
    mug = factories.stocked(store, 5, price=1250)
    scan(client, mug.sku)
    first = client.post(url("ring_up"), SALE)
    scan(client, mug.sku)
    with unchanged():
        assert client.post(url("ring_up"), SALE)["Location"] == first["Location"]
