"""From a cart with three ways to receive its goods to the order page and its changes, in Chromium: by touch, by keyboard, and without scripts."""

import re

import pytest
from playwright.sync_api import Page, expect

from orders import address_book
from orders.models import Order, ProxyPass, Refund
from stores.models import StockLevel
from tests import factories
from tests.browser import buying
from tests.browser.buying import CANDLE, DECLINED, EMAIL, NAME
from tests.orders import delivering


@pytest.fixture
def seen(audit, keep) -> buying.Seen:
    """Looks at a page and keeps its picture."""

    def look(page: Page, name: str) -> None:
        expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)
        size = page.viewport_size
        page.set_viewport_size({**size, "height": page.evaluate("document.documentElement.scrollHeight")})  # a bar at the lower edge covers nothing then
        audit(page)
        keep(page, f"buying-{name}")
        page.set_viewport_size(size)

    return look


def allocated(shop) -> int:
    """How many things are promised to orders in all stores."""
    return sum(StockLevel.objects.values_list("allocated", flat=True))


def test_a_guest_collects_in_two_stores_and_has_one_thing_delivered(device, seen):
    shop, page = buying.open_shop(), device("phone")
    buying.fill_cart(page, shop)
    for words in ("Harbour", "Garden Street", "Delivery", "from €4.95"):
        expect(page.get_by_role("main")).to_contain_text(words)
    seen(page, "1-cart")
    page.get_by_role("button", name="Go to checkout").click()
    seen(page, "2-checkout")
    buying.type_contact(page)
    buying.type_address(page)
    page.get_by_role("radio", name="Express").check()
    buying.see_total(page, "3 items", "€232.00", "Delivery, Express", "€9.95", "€241.95")
    buying.see_total(page, "Collect at Harbour", "Collect at Garden Street", "Delivered to your door")
    page.get_by_role("radio", name="Standard").check()
    buying.see_total(page, "Delivery, Standard", "€4.95", "€236.95", "7 Herring Lane, D08 XY12, Dublin")
    assert allocated(shop) == 0, "nothing is promised before the order"
    seen(page, "3-checkout-filled")
    page.get_by_role("button", name="Place order and pay €236.95").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("€236.95")
    order = Order.objects.get()
    assert (order.total, order.delivery_total, order.payment_state, allocated(shop)) == (23695, 495, "unpaid", 3)
    seen(page, "4-card")
    buying.pay(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text(order.number)
    expect(page.locator(".pass")).to_have_count(2)
    order.refresh_from_db()
    assert (order.payment_state, order.paid_total) == ("paid", 23695)
    assert buying.parts_of(order) == {"harbour": "placed", "garden-street": "placed", "depot": "placed"}
    seen(page, "5-order")
    name_somebody(page, device("phone", dark=True), order, seen)
    cancel_the_second_store(page, order, seen)


def name_somebody(page: Page, other: Page, order: Order, seen) -> None:
    """Ben gets a pass for the pickup at Harbour, and opens it on a phone of his own."""
    harbour = order.fulfilments.get(store__code="harbour")
    page.locator(f"#part-{harbour.pk} + div").get_by_role("link", name="Someone else collects it").click()
    page.get_by_label("Who collects it?").fill("Ben Kelly")
    page.get_by_role("button", name="Make the pass").click()
    expect(page.get_by_role("heading", name="Ben Kelly may collect it")).to_be_visible()
    seen(page, "6-proxy")
    other.goto(page.get_by_role("link", name="/pass/").get_attribute("href"))
    expect(other.locator(".pass")).to_contain_text("Ben")
    assert NAME not in other.content(), "a pass tells nothing of who ordered"
    seen(other, "7-pass")
    assert ProxyPass.objects.get().fulfilment == harbour


def cancel_the_second_store(page: Page, order: Order, seen) -> None:
    """The lamp is not wanted any more: its 74.00 come back, and the rest of the order stays."""
    garden = order.fulfilments.get(store__code="garden-street")
    page.goto(f"/orders/{order.number}/")
    page.locator(f"#part-{garden.pk} + div").get_by_role("link", name="Change or cancel").click()
    seen(page, "8-change")
    page.get_by_role("link", name="Cancel this pickup").click()
    expect(page.get_by_role("main")).to_contain_text("€74.00")
    seen(page, "9-cancel")
    page.get_by_role("button", name="Cancel this pickup").click()
    expect(page.get_by_role("main")).to_contain_text("€162.95")
    buying.settle()
    page.goto(f"/orders/{order.number}/")
    expect(page.locator(".sum").last).to_contain_text("Given back")
    seen(page, "10-order-cancelled-part")
    assert [(refund.amount, refund.state) for refund in Refund.objects.all()] == [(7400, "done")]
    assert buying.parts_of(order) == {"harbour": "placed", "garden-street": "cancelled", "depot": "placed"}


def test_a_customer_takes_an_address_of_the_book_and_pays_at_the_second_try(device, seen):
    shop = buying.open_shop()
    home = address_book.keep(shop.marta, delivering.HOME, at=shop.at)
    factories.cart((shop.goods[CANDLE], 2), owner=shop.marta)
    page = device("desktop", user=shop.marta)
    page.goto("/cart/")
    buying.receive(page, CANDLE, "delivered")
    page.get_by_role("button", name="Go to checkout").click()
    expect(page.get_by_label("Your name")).to_have_value(NAME)
    expect(page.get_by_role("radio", name="7 Herring Lane")).to_be_checked()
    expect(page.get_by_label("Street and number")).to_be_hidden()
    page.get_by_role("radio", name="Another address").check()
    expect(page.get_by_label("Street and number")).to_have_value("")
    page.get_by_role("radio", name="7 Herring Lane").check()
    buying.see_total(page, "€22.95", "7 Herring Lane", "D08 XY12")
    seen(page, "book-checkout")
    page.get_by_role("button", name="Place order and pay €22.95").click()
    buying.pay(page, DECLINED)
    order = Order.objects.get()
    expect(page.get_by_role("alert")).to_contain_text("The bank declined the card.")
    assert (order.payment_state, order.paid_total, buying.parts_of(order)) == ("unpaid", 0, {"depot": "placed"})
    seen(page, "declined")
    page.get_by_role("button", name="Pay now").click()
    buying.pay(page)
    expect(page.get_by_text(f"Thank you, {NAME}. We have your order.")).to_be_visible()
    seen(page, "book-order")
    order.refresh_from_db()
    assert (order.payment_state, order.paid_total, order.attempts.count()) == ("paid", 2295, 2)
    delivery = order.fulfilments.get().delivery
    assert (delivery.street, delivery.postcode) == (home.street, home.postcode)


def test_the_same_order_without_scripts_with_an_address_put_right(device, watch, keep):
    watch.allow("status of 422")
    shop, page = buying.open_shop(), device("phone", javascript=False)
    buying.fill_cart(page, shop)
    page.get_by_role("button", name="Go to checkout").click()
    buying.type_contact(page)
    buying.type_address(page)
    page.locator("#id_to-postcode").fill("12345")
    expect(page.get_by_role("radio", name="Standard")).to_be_checked()
    page.get_by_role("radio", name="Standard").check()
    page.get_by_role("button", name="Place order").click()
    summary = page.locator("[data-error-summary]")
    expect(summary).to_contain_text("Eircode")
    expect(page).to_have_title(re.compile("^Error: "))
    assert not Order.objects.exists()
    expect(page.get_by_label("Street and number")).to_have_value("7 Herring Lane")
    expect(summary.get_by_role("link")).to_have_attribute("href", "#id_to-postcode")
    keep(page, "buying-no-scripts-error")
    page.locator("#id_to-postcode").fill("D08 XY12")
    page.get_by_role("button", name="Place order").click()
    buying.pay(page)
    order = Order.objects.get()
    expect(page.get_by_role("heading", level=1)).to_contain_text(order.number)
    expect(page.locator(".pass")).to_have_count(2)
    order.refresh_from_db()
    assert (order.payment_state, order.paid_total, order.email) == ("paid", 23695, EMAIL)


def test_the_checkout_is_filled_in_and_sent_by_keyboard_alone(device, watch, seen):
    watch.allow("status of 422")
    shop, page = buying.open_shop(), device("desktop")
    buying.fill_cart(page, shop)
    page.get_by_role("button", name="Go to checkout").press("Enter")
    page.get_by_role("heading", name="Checkout").wait_for()
    walk = walked(page, "Place order")
    assert [name for name in walk if name in ORDER] == ORDER
    page.locator("#checkout").evaluate("form => { form.noValidate = true }")
    page.keyboard.press("Enter")
    summary = page.locator("[data-error-summary]")
    expect(summary).to_be_focused()
    seen(page, "checkout-errors")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#id_name")).to_be_focused()


ORDER = ["name", "email", "store", "slot", "window-garden-street", "to-street", "to-postcode", "to-city", "to-region", "to-option"]
"""The fields in the order in which the page asks them."""


def walked(page: Page, button: str) -> list[str]:
    """The names of the fields that Tab comes to, up to a button; each stop shows where the focus is."""
    names = []
    for _ in range(60):
        page.keyboard.press("Tab")
        name, words, outline = page.evaluate(
            "(() => { const e = document.activeElement, s = getComputedStyle(e), l = getComputedStyle(e.closest('label') ?? e);"
            " return [e.name ?? '', e.textContent, s.outlineStyle !== 'none' || l.outlineStyle !== 'none'] })()"
        )
        assert outline, f"the focus does not show on {name or words}"
        names.append(name)
        if button in words:
            return names
    raise AssertionError(f"Tab does not come to {button}: {names}")
