"""The label pages: choose goods, make labels, print and revoke them."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from omo.models import Event
from stores import labels
from stores.models import ShelfLabel
from tests import factories
from tests.unchanged import unchanged

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    return factories.store("harbour")


@pytest.fixture
def ana(store, client):
    person = factories.staff(store)
    client.force_login(person)
    return person


def url(name, *more):
    return reverse(name, args=["harbour", *more])


def make(client, *goods, **more):
    return client.post(url("make_labels"), {"sku": [variant.sku for variant in goods], "shelf": "B4", "copies": "1", "start": "1", **more})


def test_the_list_shows_what_is_in_stock_with_its_labels(client, store, ana):
    mug, lamp = factories.stocked(store, 3), factories.variant()
    label = factories.label(store, mug, shelf="C3")
    page = client.get(url("labels")).content.decode()
    assert (mug.sku in page, lamp.sku in page, f"codes={label.code}" in page) == (True, False, True)
    assert lamp.sku in client.get(url("labels"), {"stock": "all"}).content.decode()


@pytest.mark.parametrize("count", [1, 40])
def test_the_list_takes_as_many_statements_for_one_thing_as_for_a_page(client, store, ana, count):
    for variant in [factories.stocked(store, 3) for _ in range(count)]:
        factories.label(store, variant)
    with CaptureQueriesContext(connection) as statements:
        client.get(url("labels"))
    assert len(statements) == 7  # session, person, store, goods, their labels, stock, categories


def test_long_lists_are_paged_by_key(client, store, ana):
    goods = [factories.stocked(store, 3, sku=f"GOODS-{number:02}") for number in range(40)]
    first = client.get(url("labels"))
    second = client.get(url("labels") + first.context["next_url"])
    shown = [variant.sku for page in (first, second) for variant, _ in page.context["rows"]]
    assert shown == [variant.sku for variant in goods]
    assert second.context["next_url"] == ""


def test_ticked_goods_get_labels_once_and_their_sheet_opens(client, store, ana):
    mug, lamp = factories.stocked(store, 3), factories.stocked(store, 3)
    answers = [make(client, mug, lamp, copies="2", start="4")["Location"] for _ in range(2)]
    made = list(ShelfLabel.objects.order_by("id"))
    assert {(label.variant, label.shelf) for label in made} == {(mug, "B4"), (lamp, "B4")}
    assert answers == [f"{url('print_labels')}?codes={made[0].code}-{made[1].code}&copies=2&start=4"] * 2
    assert Event.objects.filter(kind="labels.made").count() == 1
    page = client.get(answers[0]).content.decode()
    assert (page.count('<article class="stick">'), page.count('<div class="stick">')) == (4, 3)


def test_a_label_says_name_price_sku_code_and_host(client, store, ana, settings):
    settings.SITE_URL = "https://shop.test"
    label = factories.label(store, factories.stocked(store, 3, price=14900, colour="Pine", size="M"))
    page = client.get(url("print_labels"), {"codes": label.code}).content.decode()
    for words in (label.variant.product.name, "Pine, M", "€149.00", label.variant.sku, label.code, "shop.test", 'class="qr"', "B4"):
        assert words in page


def test_everything_found_is_labelled_in_one_go(client, store, ana):
    goods = [factories.stocked(store, 3) for _ in range(25)]
    factories.variant()
    answer = make(client, all="yes", q="mug")
    assert ShelfLabel.objects.count() == 25
    page = client.get(answer["Location"]).content.decode()
    assert ("25 shelf labels" in page, "2 sheets" in page, page.count('class="sheet"')) == (True, True, 2)
    assert all(variant.sku in page for variant in goods)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"sku": []}, "Tick at least one thing."),
        ({"sku": ["NO-SUCH"]}, "Tick at least one thing."),
        ({"copies": "22"}, "Choose from 1 to 21."),
        ({"copies": "0"}, "Choose from 1 to 21."),
        ({"start": "1_0"}, "Use a whole number"),
        ({"start": ""}, "Say how many."),
        ({"shelf": "B" * 21}, "at most 20"),
        ({"shelf": "B\u202e4"}, "hidden characters"),
    ],
)
def test_what_cannot_be_printed_makes_no_label(client, store, ana, more, words):
    mug = factories.stocked(store, 3)
    with unchanged():
        answer = make(client, mug, **more)
    assert (answer.status_code, words in answer.content.decode()) == (422, True)


@pytest.mark.parametrize(
    ("query", "status"), [("?copies=0", 422), ("?start=22", 422), ("?x=1", 400), ("?q=a&q=b", 400), ("?codes=NONE", 200), ("?page=x", 400), ("", 200)]
)
def test_strange_addresses_of_the_sheet(client, store, ana, query, status):
    assert client.get(url("print_labels") + query).status_code == status


def test_a_forged_page_of_the_list_is_not_found(client, store, ana):
    assert client.get(url("labels") + "?page=x").status_code == 404


def test_revoking_makes_old_prints_worthless_and_twice_is_once(client, store, ana):
    label = factories.label(store, factories.stocked(store, 3))
    old = labels.signed_code(label)
    for _ in range(2):
        answer = client.post(url("revoke_label", label.code), {"version": "1"}, follow=True)
        page = answer.content.decode()
        assert f"Every print of {label.code}" in page
        assert f'href="{url("print_labels")}?codes={label.code}">Print the new label' in page
    label.refresh_from_db()
    assert label.version == 2
    with pytest.raises(labels.UnknownLabel):
        labels.read(old)
    assert labels.read(labels.signed_code(label)) == label


def test_labels_of_another_store_are_not_found(client, store, ana):
    other = factories.store("old-town")
    label = factories.label(other, factories.stocked(other, 3))
    with unchanged():
        assert client.post(url("revoke_label", label.code), {"version": "1"}).status_code == 404
        assert "There is no label to print" in client.get(url("print_labels"), {"codes": label.code}).content.decode()


def test_customers_and_other_stores_staff_make_no_labels(client, store):
    mug = factories.stocked(store, 3)
    label = factories.label(store, mug)
    for person in (factories.user(), factories.staff(factories.store("old-town"))):
        client.force_login(person)
        with unchanged():
            assert make(client, mug, shelf="C1").status_code == 404
            assert client.post(url("revoke_label", label.code), {"version": "1"}).status_code == 404
            assert client.get(url("print_labels"), {"codes": label.code}).status_code == 404
