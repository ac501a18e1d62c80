"""The counter's keyboard: a scanner types wherever the focus is, and what a colleague does appears by itself."""

from playwright.sync_api import expect

from orders import pickup, pickup_codes
from tests import factories
from tests.browser import shop_floor
from tests.browser.scanner import REPEAT_PAUSE, wedge


def counter(device, user, address="/staff/harbour/queue/"):
    page = device("tablet", user=user)
    page.goto(address)
    return page


def test_a_scan_that_falls_into_another_field_leaves_it_as_it_was(device):
    shop = shop_floor.working_day()
    factories.picked(shop.orders["late"], shop.ana, at=shop.at)
    page = counter(device, shop.ana, f"/staff/harbour/pickups/{shop.orders['late'].number}/")
    place = page.get_by_label("Where does it wait?")
    place.press_sequentially("R-1", delay=120)
    page.wait_for_timeout(150)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    with page.expect_navigation():
        wedge(page, pickup_codes.qr_text(shop.pickup("ready")))
    expect(page.locator(".answer.go")).to_be_visible()
    assert not [address for address in asked if "mark-ready" in address]
    assert shop.pickup("late").state == "picking"


def test_letters_typed_by_hand_stay_in_their_field(device):
    shop = shop_floor.working_day()
    factories.picked(shop.orders["late"], shop.ana, at=shop.at)
    page = counter(device, shop.ana, f"/staff/harbour/pickups/{shop.orders['late'].number}/")
    page.get_by_label("Where does it wait?").press_sequentially("Shelf 12", delay=120)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert (shop.pickup("late").state, shop.pickup("late").place) == ("ready", "Shelf 12")


def test_the_slash_key_goes_to_the_scan_field_and_escape_empties_it(device):
    shop = shop_floor.stocked_shop()
    page = counter(device, shop.ana)
    page.keyboard.press("/")
    box = page.locator("[data-scan-box]")
    expect(box).to_be_focused()
    page.keyboard.type("mug", delay=100)
    expect(box).to_have_value("mug")
    page.keyboard.press("Escape")
    expect(box).to_have_value("")


def test_a_scanner_that_stutters_opens_one_answer(device):
    shop = shop_floor.working_day()
    page = counter(device, shop.ana)
    code = pickup_codes.qr_text(shop.pickup("ready"))
    with page.expect_navigation():
        wedge(page, code)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.evaluate("sessionStorage['omo-scan'] = JSON.stringify({ ...JSON.parse(sessionStorage['omo-scan']), at: Date.now() })")  # this moment, on any machine
    wedge(page, code)
    page.wait_for_timeout(300)
    assert [address for address in asked if "/scan/?" in address] == []
    page.wait_for_timeout(REPEAT_PAUSE)
    with page.expect_navigation():
        wedge(page, code)
    expect(page.locator(".answer.go")).to_be_visible()


def test_what_a_colleague_does_appears_in_the_queue_and_the_focus_stays(device):
    shop = shop_floor.working_day()
    page = counter(device, shop.ana)
    number = shop.orders["late"].number
    link = page.get_by_role("link", name=number, exact=True)
    link.focus()
    pickup.start_picking(shop.pickup("late"), by=factories.staff(shop.harbour, name="Tom Keane"), at=shop.at)
    expect(page.locator(f"[data-key={number}]").get_by_role("link", name="Pick list")).to_be_visible(timeout=12_000)
    expect(link).to_be_focused()
    assert page.locator("[data-poll-stale]").is_hidden()
