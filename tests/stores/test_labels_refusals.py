"""The label pages: what is not printed, and NUL, of which PostgreSQL knows no text."""

import pytest
from django.urls import reverse

from stores import label_sheets
from stores.models import ShelfLabel
from tests import factories
from tests.unchanged import unchanged

pytestmark = pytest.mark.django_db
TOO_MANY = "That is more than 1050 labels. Narrow the list or take fewer of each."


@pytest.fixture
def store(client):
    place = factories.store("harbour")
    client.force_login(factories.staff(place))
    return place


def url(name):
    return reverse(name, args=["harbour"])


@pytest.mark.parametrize("field", ["q", "category", "stock"])
@pytest.mark.parametrize("value", ["a\x00b", "a" * 201])
def test_a_filter_that_is_none_makes_no_label(client, store, field, value):
    goods = factories.stocked(store)
    with unchanged():
        answer = client.post(url("make_labels"), {"sku": [goods.sku], "shelf": "B4", "copies": "1", "start": "1", field: value})
    assert answer.status_code == 400


def test_a_sku_with_nul_is_nobodys_and_the_others_get_their_labels(client, store):
    goods = factories.stocked(store)
    post = {"sku": ["A\x00B", goods.sku], "shelf": "B4", "copies": "1", "start": "1"}
    assert client.post(url("make_labels"), post).status_code == 302
    assert [label.variant for label in ShelfLabel.objects.all()] == [goods]
    with unchanged():
        answer = client.post(url("make_labels"), post | {"sku": ["A\x00B"]})
    assert (answer.status_code, "Tick at least one thing." in answer.text) == (422, True)


def test_more_labels_than_a_printer_takes_are_refused_in_words_instead_of_cut(client, store, monkeypatch):
    monkeypatch.setattr(label_sheets, "MOST_LABELS", 6)
    made = [factories.label(store, factories.stocked(store)) for _ in range(3)]
    codes = "-".join(label.code for label in made)
    enough = client.get(url("print_labels"), {"codes": codes, "copies": "2"})
    assert (enough.status_code, enough.text.count('<article class="stick">')) == (200, 6)
    answer = client.get(url("print_labels"), {"codes": codes, "copies": "3"})
    assert (answer.status_code, TOO_MANY in answer.text, answer.text.count('<article class="stick">')) == (422, True, 0)


def test_too_many_copies_of_what_is_ticked_make_no_label(client, store, monkeypatch):
    monkeypatch.setattr(label_sheets, "MOST_LABELS", 6)
    goods = [factories.stocked(store) for _ in range(2)]
    with unchanged():
        answer = client.post(url("make_labels"), {"sku": [one.sku for one in goods], "shelf": "B4", "copies": "4", "start": "1"})
    assert (answer.status_code, TOO_MANY in answer.text) == (422, True)


NUL = "a\x00b"


def test_nul_in_any_other_form_is_no_fault_of_the_server(client, store):
    goods = factories.stocked(store)
    order = factories.order(store, (goods, 1))
    posts = [
        (url("scan_goods"), {"code": NUL, "key": NUL}),
        (url("ring_up"), {"sale_reference": NUL, "total": NUL, "tender": NUL}),
        (reverse("till_set_quantity", args=["harbour", goods.sku]), {"quantity": NUL}),
        (reverse("add_to_cart"), {"sku": NUL, "quantity": "1"}),
        (reverse("add_to_cart"), {"sku": goods.sku, "quantity": "1", "label": NUL, "next": "/" + NUL}),
        (reverse("enter_store", args=["harbour"]), {"next": "/" + NUL}),
        (reverse("hand_over", args=["harbour", order.number]), {"proof": NUL, "identity": NUL}),
        (reverse("place_order"), {"name": NUL, "email": NUL, "store": NUL, "key": NUL, "seen_total": NUL, "seen_store": NUL}),
    ]
    assert [answer.status_code for address, data in posts if (answer := client.post(address, data)).status_code >= 500] == []
