"""Going on with a cart at another device: its code, and what opens under it."""

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from omo import codes
from orders import cart_codes, carts
from orders.merging import Merged
from orders.models import Cart, CartLine
from tests import factories
from tests.factories import NOON
from tests.orders.shopping import fill, text
from tests.unchanged import refused, unchanged

pytestmark = pytest.mark.django_db


def opened(client, code, status=200):
    return text(client, reverse("continue_cart", args=[code]), status)


def take_over(client, code):
    return client.post(reverse("take_over_cart", args=[code]))


def held(cart):
    return {line.variant: line.quantity for line in cart.lines.all()}


# The acts


def test_a_code_is_drawn_once_and_has_ten_letters():
    cart = factories.cart((factories.variant(), 1))
    code = cart_codes.draw(cart, at=NOON)
    assert len(code) == 10
    assert set(code) <= set(codes.ALPHABET)
    assert cart_codes.draw(cart, at=NOON) == code
    assert cart_codes.find(f" {code[:5].lower()} {code[5:].lower()} ") == cart


def test_a_code_is_never_the_number_of_a_card(monkeypatch):
    drawn = iter(["2345678923", "ABCDE23456"])
    monkeypatch.setattr(codes, "random_id", lambda: next(drawn))
    assert cart_codes.draw(factories.cart((factories.variant(), 1)), at=NOON) == "ABCDE23456"


def test_an_ordered_cart_has_no_code_and_its_code_opens_nothing():
    cart = factories.cart((factories.variant(), 1))
    code = cart_codes.draw(cart, at=NOON)
    Cart.objects.update(state=Cart.State.ORDERED)
    assert cart_codes.find(code) is None
    with refused(carts.CartIsOrdered):
        cart_codes.draw(cart, at=NOON)


def test_a_browsers_cart_goes_on_with_whoever_has_the_code_and_once():
    mug, bowl, vase = factories.variant(), factories.variant(), factories.variant()
    cart, phone = factories.cart((mug, 2), (bowl, 1)), factories.cart((mug, 1), (vase, 1))
    carts.save_for_later(cart, bowl, at=NOON)
    code = cart_codes.draw(cart, at=NOON)
    merged = cart_codes.take_over(code, into=phone, user=None, at=NOON)
    assert (merged.cart, merged.came, [(one.variant, one.now, one.capped) for one in merged.met]) == (phone, 2, [(mug, 3, False)])
    assert held(phone) == {mug: 3, bowl: 1, vase: 1}
    assert phone.lines.get(variant=bowl).saved_at == NOON
    assert not Cart.objects.filter(pk=cart.pk).exists()
    with refused(cart_codes.UnknownCode):
        cart_codes.take_over(code, into=factories.cart(), user=None, at=NOON)


def test_the_cart_of_an_account_goes_on_with_that_account_only():
    marta, mug = factories.user(), factories.variant()
    cart = factories.cart((mug, 2), owner=marta)
    code = cart_codes.draw(cart, at=NOON)
    for other in (None, factories.user()):
        into = factories.cart(owner=other)
        with refused(cart_codes.UnknownCode):
            cart_codes.take_over(code, into=into, user=other, at=NOON)
    assert cart_codes.take_over(code, into=cart, user=marta, at=NOON) == Merged(cart)
    assert held(cart) == {mug: 2}
    assert cart_codes.find(code) is None


# The pages


def test_the_cart_shows_a_code_when_it_is_asked_for(client, harbour):
    mug = factories.stocked(harbour, 5)
    fill(client, (mug, 1), place=harbour)
    page = text(client, reverse("cart"))
    assert "Show the code" in page
    assert "Code of this cart" not in page
    assert client.post(reverse("draw_cart_code"))["Location"] == "/cart/"
    code, page = Cart.objects.get().code, text(client, reverse("cart"))
    assert f'<b class="number">{code}</b>' in page
    assert f"{settings.SITE_URL}/cart/continue/{code}/" in page
    assert 'aria-label="Code of this cart"' in page


def test_another_phone_sees_what_is_in_it_and_takes_it_over_by_a_button(client, harbour):
    mug, lamp = factories.stocked(harbour, 5, price=1000), factories.stocked(harbour, 5, price=500)
    fill(client, (mug, 2), place=harbour)
    client.post(reverse("draw_cart_code"))
    code, phone = Cart.objects.get().code, Client()
    fill(phone, (lamp, 1), (mug, 1))
    with unchanged():
        page = opened(phone, code)
    assert "2 × Low tide mug" in page
    assert "It joins what is in your cart here." in page
    assert "Take it over" in page
    assert take_over(phone, code)["Location"] == "/cart/"
    assert (phone.session["cart_count"], phone.session["cart_total"]) == (4, 3500)
    page = text(phone, reverse("cart"))
    assert "1 item from the other device joined your cart." in page
    assert "was there already, now 3." in page
    assert "Your cart is empty" in text(client, reverse("cart"))
    assert "No cart waits under this code" in opened(phone, code, 404)


def test_who_is_second_by_a_moment_is_told_that_it_is_gone(client, harbour, monkeypatch):
    code = cart_codes.draw(factories.cart((factories.stocked(harbour, 5), 1)), at=NOON)
    monkeypatch.setattr(cart_codes, "take_over", lambda code, *, into, user, at: Merged(into))
    answer = take_over(client, code)
    assert answer.status_code == 404
    assert "No cart waits under this code" in answer.content.decode()


def test_ones_own_code_says_so_and_takes_nothing_away(client, harbour):
    mug = factories.stocked(harbour, 5)
    fill(client, (mug, 2), place=harbour)
    client.post(reverse("draw_cart_code"))
    code = Cart.objects.get().code
    page = opened(client, code)
    assert "This is your cart" in page
    assert "Take it over" not in page
    take_over(client, code)
    assert CartLine.objects.get().quantity == 2


def test_an_accounts_cart_reads_as_none_for_others_and_the_owner_goes_on(client, harbour):
    marta, mug = factories.user(), factories.stocked(harbour, 5)
    code = cart_codes.draw(factories.cart((mug, 2), owner=marta), at=NOON)
    page = opened(client, code, 404)
    assert page.replace(code, "ZZZZZZZZZZ") == opened(client, "ZZZZZZZZZZ", 404)
    assert "sign in" in page
    with unchanged():
        assert take_over(client, code).status_code == 404
    client.force_login(marta)
    assert "This is your cart" in opened(client, code)


def test_guessing_codes_ends_after_twenty_in_a_minute(client, harbour):
    code = cart_codes.draw(factories.cart((factories.stocked(harbour, 5), 1)), at=NOON)
    for number in range(20):
        opened(client, f"ZZZZZZZZ{number:02d}", 404)
    assert client.get(reverse("continue_cart", args=[code])).status_code == 429
    with unchanged():
        assert take_over(client, code).status_code == 429


def test_signing_in_says_what_joined_and_what_would_be_too_many(client, harbour):
    marta = factories.user()
    mug, lamp, bowl = (factories.stocked(harbour, 5) for _ in range(3))
    factories.cart((mug, 1), (lamp, 98), owner=marta)
    fill(client, (mug, 2), (lamp, 2), (bowl, 1), place=harbour)
    client.post(reverse("account_login"), {"login": marta.email, "password": factories.PASSWORD})
    page = text(client, reverse("cart"))
    assert dict(CartLine.objects.values_list("variant__sku", "quantity")) == {mug.sku: 3, lamp.sku: 99, bowl.sku: 1}
    assert Cart.objects.get().user == marta
    assert "3 items from this browser joined your cart." in page
    assert f"Low tide mug {mug.sku}, Blue was there already, now 3." in page
    assert f"Low tide mug {lamp.sku}, Blue was there already, now 99, the most of one item (99)." in page
