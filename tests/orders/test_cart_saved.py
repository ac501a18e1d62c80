"""What is saved for later, what was removed and what changed its price, on the page of the cart."""

import pytest
from django.urls import reverse

from orders.models import CartLine
from tests import factories
from tests.orders.shopping import also_at, cart_page, fill, receive
from tests.unchanged import unchanged

pytestmark = pytest.mark.django_db


@pytest.fixture
def station():
    return factories.store("station")


def test_what_is_saved_for_later_is_no_part_of_what_is_bought_and_comes_back_with_its_label(client, harbour):
    mug, lamp = factories.stocked(harbour, 5, price=1000), factories.stocked(harbour, 5, price=500)
    shelf = factories.label(harbour, mug)
    fill(client, (mug, 2), (lamp, 1), place=harbour)
    CartLine.objects.filter(variant=mug).update(label=shelf)
    client.post(reverse("save_for_later", args=[mug.sku]))
    assert (client.session["cart_count"], client.session["cart_total"]) == (1, 500)
    page = cart_page(client)
    assert "Saved for later: Low tide mug" in page
    later = page.partition('<h2 id="saved">')[2]
    assert f"mug-{mug.sku.lower()}" in later
    assert "5 left at Harbour" in later
    assert "Move to cart" in later
    client.post(reverse("bring_back", args=[mug.sku]))
    assert client.session["cart_count"] == 3
    assert CartLine.objects.get(variant=mug).label == shelf
    assert 'id="saved"' not in cart_page(client)


def test_a_cart_with_nothing_but_saved_things_is_empty_and_shows_them(client, harbour):
    mug = factories.stocked(harbour, 5)
    fill(client, (mug, 1), place=harbour)
    client.post(reverse("save_for_later", args=[mug.sku]))
    page = cart_page(client)
    assert "Your cart is empty" in page
    assert "Move to cart" in page
    assert client.get(reverse("checkout")).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_what_is_saved_and_no_longer_sold_says_so_and_does_not_stand_in_the_way(client, harbour):
    mug, lamp = factories.stocked(harbour, 5), factories.stocked(harbour, 5)
    fill(client, (mug, 1), (lamp, 1), place=harbour)
    client.post(reverse("save_for_later", args=[mug.sku]))
    mug.active = False
    mug.save()
    page = cart_page(client)
    assert "No longer sold." in page
    assert "Move to cart" not in page
    assert f'action="{reverse("start_checkout")}"' in page
    with unchanged():
        client.post(reverse("bring_back", args=[mug.sku]))
    assert "is no longer sold. It stays where it was." in cart_page(client)


def test_removing_is_undone_as_it_was(client, harbour, station):
    mug = factories.stocked(harbour, 5)
    also_at(station, mug, 5)
    fill(client, (mug, 2), place=harbour)
    receive(client, mug, "at-station")
    client.post(reverse("save_for_later", args=[mug.sku]))
    client.post(reverse("set_quantity", args=[mug.sku]), {"quantity": "0"})
    page = cart_page(client)
    form = page.partition(reverse("restore_line", args=[mug.sku]))[2].partition("</form>")[0]
    fields = {part.partition('"')[0]: part.partition('value="')[2].partition('"')[0] for part in form.split('type="hidden" name="')[1:]}
    fields.pop("csrfmiddlewaretoken", None)
    assert fields == {"quantity": "2", "way": "pickup", "store": "station", "label": "", "saved": "on"}
    client.post(reverse("restore_line", args=[mug.sku]), fields)
    line = CartLine.objects.get()
    assert (line.quantity, line.way, line.store, bool(line.saved_at)) == (2, "pickup", station, True)


def test_an_undo_that_says_nonsense_changes_nothing(client, harbour):
    mug = factories.stocked(harbour, 5)
    with unchanged():
        for fields in ({}, {"quantity": "-1", "way": "pickup"}, {"quantity": "2", "way": "by drone"}):
            assert client.post(reverse("restore_line", args=[mug.sku]), fields)["Location"] == "/cart/"
    assert client.post(reverse("restore_line", args=["NOTHING"])).status_code == 404


def test_a_price_that_changed_is_said_on_its_line_until_the_customer_agrees(client, harbour):
    up, down, same = factories.stocked(harbour, 5, price=3900), factories.stocked(harbour, 5, price=1000), factories.stocked(harbour, 5)
    fill(client, (up, 1), (down, 1), (same, 1), place=harbour)
    assert "when you added it" not in cart_page(client)
    up.price, down.price = 4100, 900
    up.save()
    down.save()
    page = cart_page(client)
    assert "Was €39.00 when you added it, now €41.00." in page
    assert "Was €10.00 when you added it, now €9.00." in page
    assert "The price of 2 things changed" in page
    client.post(reverse("agree_to_prices"))
    page = cart_page(client)
    assert "when you added it" not in page
    assert client.session["cart_total"] == 4100 + 900 + 1250
