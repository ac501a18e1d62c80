"""A name sent twice is refused, except where a form sends a list."""

import pytest
from django.urls import reverse

from orders.models import CartLine
from stores.models import ShelfLabel
from tests import factories
from tests.unchanged import unchanged

pytestmark = pytest.mark.django_db


def test_two_goods_in_one_add_are_refused_because_one_of_them_would_be_lost(client):
    place = factories.store()
    mug, bowl = factories.stocked(place, 5), factories.stocked(place, 5)
    with unchanged():
        assert client.post(reverse("add_to_cart"), {"sku": [mug.sku, bowl.sku], "quantity": "1"}).status_code == 400
    client.post(reverse("add_to_cart"), {"sku": mug.sku, "quantity": "1"})
    assert CartLine.objects.get().variant == mug


def test_the_ticked_goods_of_a_list_of_labels_are_all_taken(client):
    place = factories.store()
    mug, bowl = factories.stocked(place, 5), factories.stocked(place, 5)
    client.force_login(factories.staff(place))
    client.post(reverse("make_labels", args=[place.code]), {"sku": [mug.sku, bowl.sku], "copies": "1", "start": "1", "shelf": "B4"})
    assert {label.variant for label in ShelfLabel.objects.all()} == {mug, bowl}


@pytest.mark.parametrize(("path", "way_on"), [("/checkout/place-order/", "/cart/"), ("/cart/add/", "/cart/"), ("/staff/harbour/till/ring-up/", "/staff/")])
def test_the_address_of_a_form_that_is_opened_by_itself_says_so_and_leads_on(client, db, path, way_on):
    answer = client.get(path)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    page = answer.content.decode()
    assert "Nothing to see at this address" in page
    assert f'class="button primary" href="{way_on}"' in page
    assert client.head(path).content == b""
