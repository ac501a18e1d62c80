"""The staff's pages of stock in Chromium: accessible, valid, strict and never too wide, on phones, tablets and desktops, light and dark."""

import pytest
from django.utils import timezone

from stores import adjustments, holds, kept_back, stock, transfers
from stores.models import StockLevel
from tests import factories
from tests.browser import looks, shop_floor

STOCK = "/staff/harbour/stock/"


@pytest.fixture
def inspector(device, watch):
    """Makes inspectors, and asserts at the end that they found nothing."""
    made = []
    watch.allow("status of (409|422)")  # the refusals that are looked at

    def make(user) -> looks.Inspector:
        made.append(looks.Inspector(device("tablet", user=user)))
        return made[-1]

    yield make
    faults = [fault for inspector in made for fault in inspector.faults]
    assert faults == [], "\n".join(["", *faults])


def posted(inspector, act):
    """The answer to a form that `act` sends: the last page that was loaded."""
    with inspector.page.expect_navigation() as navigation:
        act(inspector.page)
    return navigation.value


def busy_shop():
    """Goods with everything that a page can tell: promises, holds, a buffer, a refusal, a transfer on the way and a correction that waits."""
    shop, now = shop_floor.stocked_shop(), timezone.now()
    mug, coat = shop.goods["MUG-BLUE"], shop.goods["COAT-PINE-M"]
    for code in ("theft", "found", "damaged", "not-on-shelf", "counting-error"):
        factories.reason(code)
    factories.order(shop.harbour, (mug, 2))
    holds.take({shop.harbour.pk: {mug.pk: 1}}, holder="cart:77", at=now)
    kept_back.set_buffer(StockLevel.objects.get(store=shop.harbour, variant=mug), 1, why="2 short picks in 10 since the count of 3 Nov", at=now)
    with pytest.raises(stock.NotAvailable) as refusal:
        stock.allocate(shop.harbour.pk, {mug.pk: 90}, reference="fulfilment:99", by=None, at=now)
    stock.note_refusal(refusal.value, reference="cart:2", by=None, at=now)
    sent = transfers.send(shop.harbour, shop.garden, {mug.pk: 2, coat.pk: 1}, note="Saturday", key="key-1", by=shop.ana, at=now)
    stock.receive(shop.garden, {coat.pk: 5}, reference="delivery:9", by=None, at=now)
    coming = transfers.send(shop.garden, shop.harbour, {coat.pk: 2}, key="key-2", by=shop.tom, at=now)
    ben = factories.staff(shop.harbour, name="Ben Ito")
    adjustments.adjust(shop.harbour, mug, change=20, reason=factories.reason("found"), note="top of the rack", key="key-3", by=ben, at=now)
    adjustments.adjust(shop.harbour, coat, change=30, reason=factories.reason("found"), key="key-4", by=shop.ana, at=now)
    kept_back.distrust(StockLevel.objects.get(store=shop.harbour, variant=coat), why="Not on the shelf", by=ben, at=now)
    return shop, sent, coming


def test_pages_of_stock(inspector):
    shop, sent, coming = busy_shop()
    staff = inspector(shop.ana)
    staff.see("stock", STOCK)
    staff.see("stock-distrusted", f"{STOCK}?show=distrusted")
    staff.see("stock-named", f"{STOCK}?code=tide")
    staff.see("stock-unknown", f"{STOCK}?code=NO-SUCH")
    staff.see("stock-goods", f"{STOCK}goods/MUG-BLUE/")
    staff.see("stock-goods-distrusted", f"{STOCK}goods/COAT-PINE-M/")
    staff.see("stock-explain", f"{STOCK}goods/MUG-BLUE/explain/")
    staff.see("stock-adjustments", f"{STOCK}adjustments/")
    staff.see("stock-transfers", f"{STOCK}transfers/")
    staff.see("stock-transfers-sent", f"{STOCK}transfers/?show=sent")
    staff.see("stock-transfer-sent", f"{STOCK}transfers/{sent.number}/")
    staff.see("stock-transfer-coming", f"{STOCK}transfers/{coming.number}/")
    staff.see("stock-transfer-new", f"{STOCK}transfers/new/?goods=MUG-BLUE~3~COAT-PINE-M~1")
    staff.see("stock-delivery", f"{STOCK}delivery/?goods=MUG-BLUE~3&number=D-7")


def test_refusals_of_stock(inspector):
    shop, _, _ = busy_shop()
    staff = inspector(shop.ana)
    staff.see("stock-count", f"{STOCK}counts/?code=MUG-BLUE")
    staff.page.get_by_label("How many are there?").fill("3")
    staff.inspect("stock-count-differs", posted(staff, lambda page: page.get_by_role("button", name="Enter", exact=True).click()))
    staff.page.get_by_label("Counted again").fill("1")
    staff.inspect("stock-count-few", posted(staff, lambda page: page.get_by_role("button", name="Enter the new count").click()))
    staff.page.goto(f"{STOCK}goods/MUG-BLUE/")
    staff.page.get_by_text("Adjust", exact=True).click()
    staff.inspect("stock-adjust-wrong", posted(staff, lambda page: page.get_by_role("button", name="Adjust the books").click()))
    staff.page.goto(f"{STOCK}transfers/new/?goods=MUG-BLUE~99")
    staff.page.get_by_label("To which store").select_option("garden-street")
    staff.inspect("stock-transfer-refused", posted(staff, lambda page: page.get_by_role("button", name="Send", exact=True).click()))


def test_pages_of_a_store_without_stock(inspector):
    factories.store()
    staff = inspector(factories.staff(factories.store()))
    for name in ("", "?show=distrusted", "counts/", "adjustments/", "transfers/", "transfers/?show=sent", "transfers/new/", "delivery/"):
        staff.see(f"stock-empty-{name.strip('/?').replace('/', '-').replace('=', '-') or 'look-up'}", f"{STOCK}{name}")
