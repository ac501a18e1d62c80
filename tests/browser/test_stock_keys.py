"""Stock by keyboard: scan, number, Enter, the next; and lists that a scanner fills while numbers are typed by hand."""

from playwright.sync_api import expect

from stores.models import StockLevel, StockMovement, Transfer
from tests.browser import shop_floor
from tests.browser.scanner import wedge


def desk(device, shop, address):
    page = device("tablet", user=shop.ana)
    page.goto(f"/staff/harbour/stock/{address}")
    return page


def test_goods_are_counted_one_after_the_other_without_a_mouse(device):
    shop = shop_floor.stocked_shop()
    page = desk(device, shop, "counts/")
    for sku in ("MUG-BLUE", "COAT-PINE-M"):
        there = StockLevel.objects.get(store=shop.harbour, variant=shop.goods[sku]).on_hand
        with page.expect_navigation():
            wedge(page, sku)
        expect(page.get_by_label("How many are there?")).to_be_focused()
        page.keyboard.type(str(there), delay=120)
        with page.expect_navigation():
            page.keyboard.press("Enter")
        expect(page.get_by_text(f"{there} counted. The books agree.")).to_be_visible()
    assert StockLevel.objects.exclude(counted_at=None).count() == 2


def test_a_list_is_scanned_and_sent_and_what_was_typed_is_kept(device):
    shop = shop_floor.stocked_shop()
    page = desk(device, shop, "transfers/new/")
    with page.expect_navigation():
        wedge(page, "MUG-BLUE")
    page.get_by_label("How many of Low tide mug Blue").fill("3")
    with page.expect_navigation():
        wedge(page, "COAT-PINE-M")
    expect(page.get_by_label("How many of Low tide mug Blue")).to_have_value("3")
    page.get_by_label("To which store").select_option("garden-street")
    with page.expect_navigation():
        page.get_by_role("button", name="Send", exact=True).click()
    sent = Transfer.objects.get()
    expect(page.get_by_role("heading", name=sent.number)).to_be_visible()
    assert sorted(sent.lines.values_list("variant__sku", "sent")) == [("COAT-PINE-M", 1), ("MUG-BLUE", 3)]


def test_a_delivery_is_received_without_scripts(device):
    shop = shop_floor.stocked_shop()
    page = device("tablet", javascript=False, user=shop.ana)
    page.goto("/staff/harbour/stock/delivery/")
    for _ in range(2):
        page.locator("[data-scan-box]").fill("MUG-BLUE")
        with page.expect_navigation():
            page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_label("Delivery number").fill("D-7")
    with page.expect_navigation():
        page.get_by_role("button", name="Receive", exact=True).click()
    expect(page.get_by_text("Delivery D-7: 2 units are in the books.")).to_be_visible()
    assert StockMovement.objects.get(reference="delivery:D-7").quantity == 2
