"""An order of a pickup and a parcel, seen from the staff's tablet and from the customer's phone at the same time."""

import re

import pytest
from playwright.sync_api import Page, expect

from orders import delivery, proxies
from orders.models import HandOver, Order
from stores.models import Assignment, Store
from tests.browser import buying
from tests.browser.scanner import scan
from tests.orders import mixed

POLLED = 12_000
"""Milliseconds in which a page that polls must show what happened elsewhere."""


@pytest.fixture
def see(audit, keep):
    """Looks at a page and keeps its picture."""
    return lambda page, name: (audit(page), keep(page, f"parts-{name}"))


def test_staff_see_an_order_when_it_is_paid_and_bring_each_part_to_its_end(device, see):
    shop = buying.open_shop()
    order = mixed.order(shop.harbour, owner=shop.marta, paid=False, at=shop.at)
    Assignment.objects.create(user=shop.ana, store=Store.objects.get(code="depot"))
    tablet, phone = device("tablet", user=shop.ana), device("phone", user=shop.marta)
    for board in ("harbour/queue", "depot/parcels"):
        tablet.goto(f"/staff/{board}/")
        expect(tablet.get_by_text(order.number)).to_have_count(0)
    pay(phone, order)
    pick(tablet, order)
    say_that_marta_is_here(phone, tablet, order, see)
    hand_over_to_ben(tablet, order, see)
    pack_and_ship(tablet, order, see)
    follow_the_parcel(phone, order, see)


def pay(phone: Page, order: Order) -> None:
    """The customer pays; from now on staff see both parts."""
    phone.goto(f"/orders/{order.number}/")
    phone.get_by_role("button", name="Pay now").click()
    buying.pay(phone)
    expect(phone.get_by_text("We have your order.")).to_be_visible()


def pick(tablet: Page, order: Order) -> None:
    """Claim the pickup, tick its line, and mark it ready."""
    tablet.goto("/staff/harbour/queue/")
    tablet.get_by_role("button", name=f"Claim {order.number}").click()
    tablet.get_by_role("button", name="Low tide mug").click()
    expect(tablet.get_by_role("heading", name="2 of 2 picked")).to_be_visible()
    tablet.get_by_label("Where does it wait?").fill("R-14")
    tablet.get_by_role("button", name="Mark ready").click()
    expect(tablet.get_by_role("status").filter(has_text="is ready in R-14")).to_be_visible()
    tablet.goto("/staff/harbour/queue/")


def say_that_marta_is_here(phone: Page, tablet: Page, order: Order, see) -> None:
    """The customer's page turns ready by itself; she says in which bay she waits, and the queue shows her on top by itself."""
    phone.keyboard.press("Shift")
    expect(phone.get_by_role("heading", name="Ready at Harbour")).to_be_visible(timeout=POLLED)
    phone.get_by_label("Where do you wait?").select_option("2")
    phone.get_by_role("button", name="I’m here").click()
    expect(phone.get_by_role("status").filter(has_text="knows that you are here")).to_contain_text("Stay in your car")
    tablet.keyboard.press("Shift")
    expect(tablet.get_by_role("heading", name="1 customer is here")).to_be_visible(timeout=POLLED)
    expect(tablet.locator(".here-now")).to_contain_text(re.compile(r"Marta Lindqvist, bay 2", re.IGNORECASE))
    see(tablet, "queue-here")
    see(phone, "order-here")


def hand_over_to_ben(tablet: Page, order: Order, see) -> None:
    """Ben's pass answers in green with his first name only; the goods leave once."""
    pickup = mixed.parts(order)[0]
    made = proxies.name_proxy(pickup, name="Ben Kelly", by=order.user, at=pickup.ready_at)
    scan(tablet, proxies.qr_text(made))
    answer = tablet.locator(".answer.go")
    expect(answer).to_contain_text("Fetch from R-14")
    expect(answer).to_contain_text("Ben")
    see(tablet, "answer-pass")
    tablet.get_by_role("button", name="Hand over").click()
    expect(tablet.get_by_text(f"{order.number} is handed over")).to_be_visible()
    handed = HandOver.objects.get()
    assert (handed.fulfilment, handed.method, handed.proxy, handed.by.name) == (pickup, "proxy", made, "Ana Costa")


def pack_and_ship(tablet: Page, order: Order, see) -> None:
    """The parcel is packed, has a slip and a label that print on one sheet each, leaves without a number, comes back, and leaves with one."""
    tablet.goto("/staff/depot/parcels/")
    tablet.get_by_role("button", name=re.compile(f"{order.number}$")).click()
    tablet.get_by_role("button", name="Low tide mug").click()
    tablet.get_by_role("button", name="Mark packed").click()
    see(tablet, "parcel-packed")
    for paper in ("Packing slip", "Address label"):
        tablet.get_by_role("link", name=paper).click()
        expect(tablet.locator(".paper")).to_contain_text("7 Herring Lane")
        see(tablet, paper.lower().replace(" ", "-"))
        assert len(re.findall(rb"/Type\s*/Page\b", tablet.pdf(prefer_css_page_size=True))) == 1, f"the {paper} needs one sheet"
        tablet.go_back()
    tablet.get_by_role("button", name="Ship", exact=True).click()
    expect(tablet.get_by_role("status").filter(has_text="is on its way with Green Van")).to_be_visible()
    come_back(order)
    tablet.goto(f"/staff/depot/parcels/{order.number}/")
    tablet.get_by_label("Scan the carrier’s label").press("Enter")
    expect(tablet.get_by_role("heading", name="Send it again")).to_be_visible()
    tablet.get_by_label("Scan the carrier’s label").fill("GV-4711-AB")
    tablet.get_by_role("button", name="Send again", exact=True).click()
    expect(tablet.get_by_role("status").filter(has_text="is on its way with Green Van")).to_be_visible()
    see(tablet, "parcels")
    assert buying.parts_of(order) == {"harbour": "collected", "depot": "shipped"}


def come_back(order: Order) -> None:
    """The parcel had no number and came back."""
    parcel = mixed.parts(order)[1]
    assert (parcel.state, parcel.delivery.tracking) == ("shipped", "")
    delivery.fail(parcel, reason="Nobody was at home", by=None, at=parcel.shipped_at)


def follow_the_parcel(phone: Page, order: Order, see) -> None:
    """The customer's page shows both ends by itself, with the address at the carrier's where the parcel can be followed."""
    phone.keyboard.press("Shift")
    expect(phone.get_by_role("heading", name="Collected at Harbour")).to_be_visible(timeout=POLLED)
    expect(phone.get_by_text("It is on its way with Green Van once more.")).to_be_visible(timeout=POLLED)
    assert phone.get_by_role("link", name=re.compile("GV-4711-AB|Follow|Track")).first.get_attribute("href") == "https://track.example/GV-4711-AB"
    see(phone, "order-shipped")
