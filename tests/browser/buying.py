"""A shop that collects and delivers, and what a customer does in it from the cart to the order page."""

from collections.abc import Callable
from datetime import time

from playwright.sync_api import Page, expect

from omo import outbox
from orders.models import Order
from orders.providers.sandbox_cards import CARDS
from stores import labels, stock
from stores.models import OpeningHours, Store
from tests.browser import shop_floor
from tests.browser.shop_floor import ShopFloor
from tests.orders import delivering

COAT, LAMP, CANDLE = "COAT-PINE-M", "LAMP-PINE", "CANDLE-HONEY"
GOOD, DECLINED = CARDS[0].number, CARDS[2].number
NAME, EMAIL = "Marta Lindqvist", "marta@shop.test"


def open_shop() -> ShopFloor:
    """The stocked shop, open whenever this runs: coats at Harbour, lamps at Garden Street, candles that Depot sends for 4.95 or 9.95."""
    shop = shop_floor.stocked_shop()
    depot = delivering.sender("depot", pickup=False)
    zone = delivering.option().zone
    delivering.option(zone, name="Express", price=995, free_from=None, days=1)
    stock.receive(shop.garden, {shop.goods[LAMP].pk: 4}, reference="delivery:9", by=None, at=shop.at)
    stock.receive(depot, {shop.goods[CANDLE].pk: 9}, reference="delivery:9", by=None, at=shop.at)
    OpeningHours.objects.update(opens=time(0, 1), closes=time(23, 59))
    Store.objects.filter(code="harbour").update(bays=2)
    return shop


def fill_cart(page: Page, shop: ShopFloor) -> None:
    """The label's coat to be collected at Harbour, a lamp at Garden Street, and a candle to be delivered; the cart is open at the end."""
    page.goto(f"/q/{labels.signed_code(shop.label)}")
    add(page)
    for slug in ("lamp", "candle"):
        page.goto(f"/products/{slug}/")
        add(page)
    page.goto("/cart/")
    receive(page, LAMP, "at-garden-street")
    receive(page, CANDLE, "delivered")


def add(page: Page) -> None:
    """Put what the page shows into the cart."""
    page.get_by_role("button", name="Add to cart").click()
    page.get_by_role("link", name="Go to the cart").wait_for()


def receive(page: Page, sku: str, how: str) -> None:
    """Say on the cart page how a line is received; it is sent by itself, without scripts by its button."""
    menu = page.locator(f"#how-{sku}")
    if scripted(page):
        with page.expect_response(f"**/cart/lines/{sku}/receive/"):
            menu.select_option(how)
        page.wait_for_load_state("networkidle")
    else:
        menu.select_option(how)
        page.locator("form.way", has=menu).get_by_role("button").click()


def scripted(page: Page) -> bool:
    """Whether this page runs scripts."""
    return "js" in (page.locator("html").get_attribute("class") or "").split()


def type_contact(page: Page) -> None:
    """Who orders."""
    page.get_by_label("Your name").fill(NAME)
    page.get_by_label("E-mail for the order").fill(EMAIL)


def type_address(page: Page) -> None:
    """Where the parcel goes; the ways to deliver come by themselves, without scripts by their button."""
    page.get_by_label("Street and number").fill("7 Herring Lane")
    page.get_by_label("City").fill("Dublin")
    page.get_by_label("County").fill("Co. Dublin")
    page.locator("#id_to-postcode").fill("D08 XY12")


def pay(page: Page, number: str = GOOD) -> None:
    """Type a card on the provider's page and press its button."""
    for label, words in (("Card number", number), ("Valid until", "12/30"), ("Security code", "123"), ("Name on the card", NAME)):
        page.get_by_label(label).fill(words)
    page.get_by_role("button", name="Pay").click()


def settle() -> None:
    """What waits in the outbox goes out: mails, what the provider tells, and refunds."""
    outbox.deliver_due()


def parts_of(order: Order) -> dict[str, str]:
    """The state of each part, by its store."""
    return dict(order.fulfilments.values_list("store__code", "state"))


Seen = Callable[[Page, str], None]
"""Looks at a page: axe, its width, and a picture."""


def see_total(page: Page, *words: str) -> None:
    """The box above the button repeats all of this."""
    for said in words:
        expect(page.get_by_role("region", name="Total and place")).to_contain_text(said)
