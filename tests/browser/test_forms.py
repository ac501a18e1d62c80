"""Forms that send themselves lose nothing, and what could not be saved says so."""

import pytest
from playwright.sync_api import expect

from orders.models import CartLine, FulfilmentLine
from tests.browser import shop_floor

MUG, COAT = "MUG-BLUE", "COAT-PINE-M"
OFFLINE = "Not saved: no connection. Check the network and try again."


@pytest.fixture
def filled(device):
    """A phone with one mug and one coat in its cart."""
    shop_floor.stocked_shop()
    page = device("phone")
    for address in ("/products/mug/?variant=MUG-BLUE", "/products/coat/?variant=COAT-PINE-M"):
        page.goto(address)
        page.get_by_role("button", name="Add to cart").click()
        page.get_by_role("link", name="Go to the cart").wait_for()
    page.goto("/cart/")
    return page


@pytest.fixture
def picking(device):
    """A tablet with the pick list of an order that its owner picks."""
    shop = shop_floor.working_day()
    page = device("tablet", user=shop.ana)
    page.goto(f"/staff/harbour/pickups/{shop.orders['picking'].number}/")
    return page


def plus(page, sku):
    page.locator(f"#quantity-{sku}-up").click()


def quantities():
    return dict(CartLine.objects.values_list("variant__sku", "quantity"))


def slowly(route):
    """The answer takes its time."""
    answer = route.fetch()
    route.request.frame.page.wait_for_timeout(700)
    route.fulfill(response=answer)


def test_changes_of_two_lines_in_one_breath_are_both_kept(filled):
    plus(filled, MUG)
    plus(filled, COAT)
    expect(filled.locator("#cart-badge")).to_contain_text("4 items")
    assert quantities() == {MUG: 2, COAT: 2}


def test_an_answer_does_not_wipe_out_what_was_pressed_while_it_came(filled):
    filled.route("**/cart/**", slowly)
    with filled.expect_request("**/cart/**"):
        plus(filled, MUG)
    plus(filled, COAT)
    plus(filled, MUG)
    expect(filled.locator("#cart-badge")).to_contain_text("5 items")
    expect(filled.locator(f"#quantity-{MUG}")).to_have_value("3")
    expect(filled.locator(f"#quantity-{COAT}")).to_have_value("2")
    assert quantities() == {MUG: 3, COAT: 2}


def test_who_goes_on_at_once_takes_the_change_along(filled):
    plus(filled, MUG)
    filled.get_by_role("button", name="Go to checkout").locator("visible=true").click()
    expect(filled.get_by_role("main")).to_contain_text("€174.00")
    assert quantities() == {MUG: 2, COAT: 1}


def test_a_till_line_is_kept_when_another_one_is_sent_first(device):
    shop = shop_floor.stocked_shop()
    page = device("tablet", user=shop.ana)
    for sku in (MUG, COAT):
        page.goto("/staff/harbour/till/")
        page.locator("[data-scan-box]").fill(sku)
        with page.expect_navigation():
            page.keyboard.press("Enter")
    for name in ("Low tide mug", "Tide waxed coat"):
        page.get_by_role("button", name=f"One {name} more").click()
    expect(page.get_by_role("heading", name="Sale, 4 items")).to_be_visible()


def test_without_a_connection_a_tick_says_that_it_was_not_saved(picking, watch):
    watch.allow("ERR_INTERNET_DISCONNECTED|htmx.*: htmx:")
    picking.context.set_offline(True)
    before = list(FulfilmentLine.objects.order_by("id").values_list("picked", flat=True))
    picking.get_by_role("button", name="Low tide mug").click()
    expect(picking.get_by_role("alert")).to_have_text(OFFLINE)
    assert picking.get_by_role("alert").evaluate("note => note.getBoundingClientRect().bottom < innerHeight")
    assert list(FulfilmentLine.objects.order_by("id").values_list("picked", flat=True)) == before
    picking.context.set_offline(False)
    picking.get_by_role("button", name="Low tide mug").click()
    expect(picking.get_by_role("heading", name="3 of 3 picked")).to_be_visible()
    expect(picking.get_by_role("alert")).to_have_count(0)


def test_what_the_server_does_not_take_says_so(picking, watch, audit, keep):
    watch.allow("status of 500|Response Status Error Code 500")
    picking.route("**/pick/**", lambda route: route.fulfill(status=500, body="no"))
    picking.get_by_role("button", name="Low tide mug").click()
    expect(picking.get_by_role("alert")).to_have_text("Not saved. Load the page again.")
    audit(picking)
    keep(picking, "staff-pickup-not-saved")


def test_a_refused_tick_is_explained_in_the_list(picking, watch):
    watch.allow("status of 422")
    picking.locator("#picks input[name=picked]").first.evaluate("field => { field.value = 99 }")
    picking.get_by_role("button", name="Low tide mug").click()
    expect(picking.get_by_role("alert")).to_contain_text("Only 2 of Low tide mug were ordered.")
    expect(picking.locator("#picks")).to_have_count(1)
    expect(picking.locator("#picks main, #picks h1")).to_have_count(0)


def test_a_session_that_ended_leads_to_signing_in_and_not_into_the_list(picking, settings):
    picking.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    picking.get_by_role("button", name="Low tide mug").click()
    expect(picking.get_by_role("heading", level=1)).to_contain_text("Sign in")
    expect(picking.locator("#picks")).to_have_count(0)
    assert "next=/staff/harbour/pickups/" in picking.url
