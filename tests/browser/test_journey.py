"""The first day, in Chromium: a shelf scan becomes a collected order with points; on every size of screen, light and dark, and without scripts."""

import re
import time
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from loyalty.models import PointsEntry
from omo import outbox
from omo.models import Event, Message
from orders.models import Fulfilment, HandOver, Order
from stores.models import StockLevel
from tests.browser import shop_floor
from tests.browser.scanner import REPEAT_PAUSE, read_qr, scan
from tests.browser.shop_floor import ShopFloor

COAT, MUG = "COAT-PINE-M", "MUG-BLUE"
EMAIL = "marta@shop.test"
POLLED = 12_000
"""Milliseconds in which a page that polls must show what happened elsewhere."""


@dataclass
class Day:
    """The shop, the devices of the day and the order; `live` pages are not loaded anew but change by themselves."""

    shop: ShopFloor
    customer: Page
    staff: Page
    live: bool
    order: Order | None = None
    code: str = ""

    def see(self, page: Page, words: str, *, role: str = "heading") -> None:
        """Expect words that arrive by polling; without scripts the page is loaded anew."""
        self.touch(page)
        if not self.live:
            page.reload()
        expect(page.get_by_role(role, name=words).first).to_be_visible(timeout=POLLED)

    def touch(self, page: Page) -> None:
        """Use the page: one that was left alone for a minute polls at once then, one that is used goes on as it did."""
        page.keyboard.press("Shift")

    def scan(self, page: Page, code: str) -> None:
        """Scan at a counter."""
        scan(page, code, javascript=self.live)

    def level(self, sku: str) -> tuple[int, int]:
        """How many of something Harbour has on hand, and how many of them are promised."""
        level = StockLevel.objects.get(store=self.shop.harbour, variant=self.shop.goods[sku])
        return level.on_hand, level.allocated

    def happened(self) -> list[str]:
        """What happened to the order and its pickup, the oldest first."""
        kinds = Event.objects.filter(order=self.order).order_by("id").values_list("kind", flat=True)
        return [kind for kind in kinds if kind.startswith(("order.", "pickup."))]


@pytest.fixture
def mailbox(settings, tmp_path) -> Path:
    """The folder into which mails are written, as in the demo; 'ready' can be undone for one second."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH, settings.MAIL_DIR, settings.UNDO_SECONDS = str(tmp_path), tmp_path, 1
    return tmp_path


@pytest.mark.parametrize(
    ("customers", "counter", "dark", "member", "live"),
    [
        pytest.param("phone", "tablet", False, False, True, id="a guest's phone and a tablet, light"),
        pytest.param("tablet", "desktop", True, True, True, id="a member's tablet and a desktop, dark"),
        pytest.param("desktop", "phone", True, True, True, id="a member's desktop and a phone, dark"),
        pytest.param("phone", "tablet", False, True, False, id="a member's phone and a tablet, without scripts"),
    ],
)
def test_a_shelf_scan_becomes_a_collected_order_with_points(device, mailbox, customers, counter, dark, member, live):
    shop = shop_floor.stocked_shop()
    look = {"dark": dark, "javascript": live}
    day = Day(shop, device(customers, **look), device(counter, user=shop.ana, **look), live)
    label = print_label(day)
    fill_cart(day, label)
    if member:
        sign_in_at_the_checkout(day, mailbox)
    check_out(day)
    pick(day)
    follow_the_mail(day, device(customers, **look))
    refuse_at_another_store(day, device(counter, user=shop.tom, **look))
    hand_over(day)
    scan_again(day)
    sell_at_the_till(day, device(customers, user=shop.marta, **look))
    look_at_the_card(day, device(customers, user=shop.marta, **look), purchases=2 if member else 1)


def print_label(day: Day) -> str:
    """Staff make the coat's label; its QR holds the address of the label on our own host."""
    page = day.staff
    page.goto("/staff/harbour/labels/?q=tide+coat")
    page.get_by_role("checkbox", name=COAT).check()
    page.get_by_label("Shelf", exact=False).first.fill("D2")
    page.get_by_role("button", name="Make labels of what is ticked").click()
    stick = page.locator(".stick", has=page.locator("h2"))
    expect(stick).to_have_count(1)
    for words in ("Tide waxed coat", "Pine, M", "D2", COAT, "€149.00"):
        expect(stick).to_contain_text(words)
    return read_qr(stick.locator(".qr"))


def fill_cart(day: Day, label: str) -> None:
    """The customer opens the label's address, is in the store, and puts the coat and two mugs into the cart."""
    page = day.customer
    page.goto(label)
    expect(page.get_by_role("heading", level=1)).to_have_text("Tide waxed coat")
    expect(page.locator(".here")).to_contain_text("You are in Harbour")
    expect(page.get_by_role("main")).to_contain_text("Earns 149 points")
    page.get_by_role("button", name="Add to cart").click()
    page.get_by_role("link", name="Go to the cart").wait_for()
    page.goto("/products/mug/?variant=MUG-BLUE")
    page.get_by_label("How many").fill("2")
    page.get_by_role("button", name="Add to cart").click()
    page.get_by_role("link", name="Go to the cart").click()
    expect(page.get_by_role("main")).to_contain_text("€174.00")
    page.get_by_role("button", name="Go to checkout").click()


def sign_in_at_the_checkout(day: Day, mailbox: Path) -> None:
    """A member signs in by a code that comes by mail, and is back at the checkout with the same cart."""
    page = day.customer
    page.get_by_role("link", name="Member? Sign in").click()
    page.get_by_label("E-mail").first.fill(EMAIL)
    page.get_by_role("button", name="Send me a code").click()
    page.get_by_label("Code").wait_for()
    mail = newest_mail(mailbox)
    assert mail["To"] == EMAIL
    code = re.search(r"(?m)^\s*([A-Z0-9-]{6,12})\s*$", mail.get_body(("plain",)).get_content())
    assert code, "the mail has a code on a line of its own"
    page.get_by_label("Code").fill(code[1])
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Checkout")
    expect(page.get_by_label("Your name")).to_have_value("Marta Lindqvist")


def check_out(day: Day) -> None:
    """Name, e-mail, the store from the label, payment in store; the confirmation shows the number, the QR and six digits."""
    page, before = day.customer, day.level(COAT)
    page.get_by_label("Your name").fill("Marta Lindqvist")
    page.get_by_label("E-mail for the order").fill(EMAIL)
    button = page.get_by_role("button", name="Place order")
    page.get_by_role("radio", name="Pay in store").check()
    expect(button).to_contain_text("Collect at Harbour, pay €174.00 there" if day.live else "Place order")
    day.staff.goto("/staff/harbour/queue/")
    expect(day.staff.get_by_text("New orders come here")).to_be_visible()
    button.click()
    expect(page.get_by_text("Thank you, Marta Lindqvist. We have your order.")).to_be_visible()
    day.order = Order.objects.get()
    expect(page.get_by_role("heading", level=1)).to_contain_text(day.order.number)
    expect(page.locator(".digits")).to_have_text(re.compile(r"^\s*\d{3} \d{3}\s*$"))
    day.code = read_qr(page.locator(".pass .qr"))
    assert (day.order.channel, day.order.total, day.order.payment_state, day.order.email) == ("shelf", 17400, "unpaid", EMAIL)
    assert day.level(COAT) == (before[0], before[1] + 1)


def pick(day: Day) -> None:
    """The order appears in the queue by itself; staff claim it, tick both lines and mark it ready, while the customer's tracker follows."""
    page, number = day.staff, day.order.number
    if not day.live:
        page.get_by_role("link", name="Look again").click()
    day.touch(page)
    page.get_by_role("button", name=f"Claim {number}").click(timeout=POLLED)
    day.see(day.customer, "Picking at Harbour")
    for line, picked in (("Tide waxed coat", 1), ("Low tide mug", 3)):
        page.get_by_role("button", name=line).click()
        expect(page.get_by_role("heading", name=f"{picked} of 3 picked")).to_be_visible()
    page.get_by_label("Where does it wait?").fill("R-14")
    page.get_by_role("button", name="Mark ready").click()
    expect(page.get_by_role("status").filter(has_text=f"{number} is ready in R-14")).to_be_visible()
    day.see(day.customer, "Ready at Harbour")
    assert Fulfilment.objects.get(order=day.order).picker == day.shop.ana


def follow_the_mail(day: Day, other: Page) -> None:
    """The message leaves once it cannot be undone any more; staff can read it, and its link opens the order on another device."""
    deadline = time.monotonic() + 15
    while Message.objects.filter(state=Message.State.DUE).exists() and time.monotonic() < deadline:
        outbox.deliver_due()
        time.sleep(0.1)
    assert sorted(Message.objects.filter(state=Message.State.SENT).values_list("kind", flat=True)) == ["order_placed", "pickup_ready"]
    day.staff.goto("/staff/mail/")
    letter = day.staff.locator(".mail").first
    expect(letter).to_contain_text(f"Order {day.order.number} is ready at Harbour")
    link = letter.get_by_role("link", name="/open/").get_attribute("href")
    other.goto(link)
    assert other.url.endswith(f"/orders/{day.order.number}/"), "the secret does not stay in the address bar"
    expect(other.get_by_role("heading", level=1)).to_have_text("Ready at Harbour")
    assert read_qr(other.locator(".pass .qr")) == day.code


def refuse_at_another_store(day: Day, page: Page) -> None:
    """Another store's counter says red, and where the order is."""
    page.goto("/staff/garden-street/queue/")
    day.scan(page, day.code)
    expect(page.locator(".answer.stop")).to_contain_text("Wrong store")
    expect(page.locator(".answer.stop")).to_contain_text("Harbour")
    assert page.get_by_role("button", name="hand over").count() == 0


def hand_over(day: Day) -> None:
    """The counter says green and unpaid; money is taken and the goods leave, with the points of a member."""
    page, coats, mugs = day.staff, day.level(COAT), day.level(MUG)
    page.goto("/staff/harbour/queue/")
    day.scan(page, day.code)
    expect(page.locator(".answer.go")).to_contain_text("Fetch from R-14")
    expect(page.locator(".answer.go")).to_contain_text("Take payment first")
    assert day.level(COAT) == coats, "looking changes nothing"
    page.get_by_role("button", name="Take €174.00 by card, then hand over").click()
    expect(page.get_by_text(f"{day.order.number} is handed over to Marta Lindqvist.")).to_be_visible()
    day.see(day.customer, "Collected at Harbour")
    assert day.level(COAT) == (coats[0] - 1, coats[1] - 1)
    assert day.level(MUG) == (mugs[0] - 2, mugs[1] - 2)
    day.order.refresh_from_db()
    assert [(paid.tender, paid.amount) for paid in day.order.payments.all()] == [("card", 17400)]
    assert day.order.payment_state == "paid"
    assert day.happened() == ["order.placed", "pickup.picking", "pickup.picked", "pickup.picked", "pickup.ready", "pickup.collected"]


def scan_again(day: Day) -> None:
    """The same code once more: orange, with who and when, and nothing to press that hands over."""
    handed = HandOver.objects.get(fulfilment__order=day.order)
    day.staff.wait_for_timeout(REPEAT_PAUSE if day.live else 0)
    day.scan(day.staff, day.code)
    answer = day.staff.locator(".answer.soon")
    expect(answer).to_contain_text("Already collected")
    expect(answer).to_contain_text("handed over by Ana Costa")
    expect(answer).to_contain_text(f"{handed.at.astimezone(day.shop.harbour.zone):%H:%M}")
    assert day.staff.get_by_role("button", name="hand over").count() == 0
    assert HandOver.objects.count() == 1


def sell_at_the_till(day: Day, phone: Page) -> None:
    """A mug and the member's card are scanned at the till of the same store; the receipt says the points."""
    phone.goto("/card/")
    card, mugs, page = read_qr(phone.locator(".member .qr")), day.level(MUG), day.staff
    page.goto("/staff/harbour/till/")
    day.scan(page, day.shop.goods[MUG].gtin)
    expect(page.get_by_role("heading", name="Sale, 1 item")).to_be_visible()
    day.scan(page, card)
    expect(page.get_by_role("main")).to_contain_text("Marta Lindqvist")
    page.get_by_role("button", name="Take €12.50 by card").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sold, €12.50")
    expect(page.get_by_role("main")).to_contain_text("earned 12 points")
    sale = Order.objects.get(channel="till")
    assert (sale.total, sale.member, sale.store) == (1250, day.shop.member, day.shop.harbour)
    assert day.level(MUG) == (mugs[0] - 1, mugs[1])


def look_at_the_card(day: Day, page: Page, *, purchases: int) -> None:
    """The member's page has every purchase of the member in one history, and the sum of their points. A guest's order earns none."""
    points = {1: 12, 2: 174 + 12}[purchases]
    page.goto("/card/")
    expect(page.locator(".number").first).to_have_text(str(points))
    history = page.get_by_role("region", name="History")
    expect(history.get_by_role("listitem")).to_have_count(purchases)
    expect(history).to_contain_text("Bought 1 item")
    if purchases == 2:
        expect(history).to_contain_text(f"Order {day.order.number}")
        expect(history).to_contain_text("+174")
    day.shop.member.refresh_from_db()
    assert day.shop.member.balance == points == sum(PointsEntry.objects.values_list("points", flat=True))


def newest_mail(mailbox: Path):
    """The mail that was written last."""
    newest = max(mailbox.glob("*.log"), key=lambda file: file.stat().st_mtime)
    return message_from_bytes(newest.read_bytes(), policy=policy.default)
