"""The cart and what becomes of it in Chromium: accessible, valid, strict and never too wide, light and dark; and changed without a page that jumps."""

import pytest
from playwright.sync_api import expect

from orders.models import Cart
from stores import stock
from stores.models import Store
from tests.browser import looks, shop_floor
from tests.factories import NOON
from tests.orders import delivering


@pytest.fixture
def inspector(device, watch):
    """Makes inspectors, and asserts at the end that they found nothing."""
    made = []
    watch.allow("status of 404")  # a code that opens nothing is looked at

    def make(kind, user=None) -> looks.Inspector:
        made.append(looks.Inspector(device(kind, user=user)))
        return made[-1]

    yield make
    faults = [fault for inspector in made for fault in inspector.faults]
    assert faults == [], "\n".join(["", *faults])


def test_pages_of_a_cart_that_is_received_in_three_ways(inspector):
    shop = shop_floor.stocked_shop()
    Store.objects.filter(pk=shop.harbour.pk).update(delivers=True)
    delivering.option()
    mug, coat = shop.goods["MUG-BLUE"], shop.goods["COAT-PINE-M"]
    stock.receive(shop.garden, {mug.pk: 5, coat.pk: 5}, reference="delivery:looks", by=None, at=NOON)
    guest = inspector("phone")
    page = guest.page
    for goods in ("mug/?variant=MUG-BLUE", "coat/?variant=COAT-PINE-M"):
        page.goto(f"/products/{goods}")
        page.get_by_role("button", name="Add to cart").click()
        page.get_by_role("link", name="Go to the cart").wait_for()
    page.goto("/cart/")
    menu = page.locator("#how-MUG-BLUE")
    menu.focus()
    menu.select_option("delivered")
    expect(page.get_by_role("heading", name="Delivered to your door")).to_be_visible()
    expect(page.locator("#how-MUG-BLUE")).to_be_focused()
    mug.price += 100
    mug.save()
    page.goto("/cart/")
    page.locator("#go-on summary").click()
    page.get_by_role("button", name="Show the code").click()
    expect(page.get_by_role("img", name="Code of this cart")).to_be_visible()
    guest.see("cart-ways", "/cart/")
    code = Cart.objects.get().code
    other = inspector("phone")
    other.see("cart-continue", f"/cart/continue/{code}/")
    other.see("cart-continue-unknown", "/cart/continue/ZZZZZZZZZZ/", status=404)
    staff = inspector("tablet", shop.ana)
    staff.see("staff-customer-cart", f"/staff/harbour/carts/{code}/")
    staff.page.get_by_role("button", name="Ring up here").click()
    staff.see("staff-till-customers-cart", "/staff/harbour/till/")
    page.goto("/cart/")
    page.locator("#save-MUG-BLUE").click()
    expect(page.get_by_role("heading", name="Saved for later")).to_be_visible()
    guest.see("cart-saved", "/cart/")
