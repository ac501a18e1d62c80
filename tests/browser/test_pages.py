"""Every page of customers and staff in Chromium: accessible, valid, strict and never too wide, on phones, tablets and desktops, light and dark."""

from datetime import time, timedelta

import pytest
from django.utils import timezone

from omo import outbox
from orders import messages, pickup_codes
from stores import closed_days, labels, pace, stock
from stores.models import SpecialOpening
from tests import factories
from tests.browser import looks, shop_floor


@pytest.fixture
def inspector(device, watch):
    """Makes inspectors, and asserts at the end that they found nothing."""
    made = []
    watch.allow("status of (404|409|422|400|403)")  # the refusals that are looked at

    def make(user=None) -> looks.Inspector:
        made.append(looks.Inspector(device("phone", user=user)))
        return made[-1]

    yield make
    faults = [fault for inspector in made for fault in inspector.faults]
    assert faults == [], "\n".join(["", *faults])


def posted(inspector, act):
    """The answer to a form that `act` sends: the last page that was loaded."""
    with inspector.page.expect_navigation() as navigation:
        act(inspector.page)
    return navigation.value


def test_the_html_check_sees_parse_errors_and_ids_that_stand_twice():
    text = "<!doctype html><html lang='en'><head><title>x</title></head><body><p id='a'><div id='a'></p></body></html>"
    found = "\n".join(looks.faults_of_html(text))
    assert "unexpected-end-tag" in found
    assert "the id a stands 2 times" in found


def test_the_inspection_sees_what_axe_finds_refused_content_and_pages_that_are_too_wide(device, watch):
    inspector = looks.Inspector(device("phone"))
    inspector.page.goto("/health/")
    inspector.page.set_content(
        "<!doctype html><html lang=en><title>x</title><main><h1>x</h1><p style='top:0'><font color=#dddddd>pale</font><img width=2000></main></html>"
    )
    inspector.inspect("control")
    found = "\n".join(inspector.faults)
    assert "control at 390, light: scrolls sideways by" in found
    assert "image-alt" in found
    assert "control at 390, dark: color-contrast" in found
    assert "style-src" in "\n".join(watch.found())
    watch.allow(".")


def test_pages_of_a_shop_in_which_nothing_has_happened(inspector):
    place = factories.store()
    guest = inspector()
    guest.see("home-empty", "/")
    guest.see("products-none", "/products/?q=nothing+like+it")
    guest.see("cart-empty", "/cart/")
    guest.see("orders-empty", "/orders/")
    guest.see("card-guest", "/card/")
    staff = inspector(factories.staff(place))
    staff.see("staff-queue-empty", "/staff/harbour/queue/")
    staff.see("staff-till-empty", "/staff/harbour/till/")
    staff.see("staff-labels-empty", "/staff/harbour/labels/")
    staff.see("staff-pace-empty", "/staff/harbour/pace/")
    staff.see("staff-closed-days-empty", "/staff/harbour/closed-days/")
    staff.see("staff-promises-empty", "/staff/harbour/promises/")
    customer = inspector(factories.user())
    customer.see("card-join", "/card/")


def test_pages_of_the_shop(inspector):
    shop = shop_floor.stocked_shop()
    guest = inspector()
    guest.see("home", "/")
    guest.see("products", "/products/?category=home&order=price")
    guest.see("products-search", "/products/?q=tide")
    guest.see("product", "/products/coat/")
    guest.see("product-long-name", "/products/blanket/")
    guest.see("stores", "/stores/")
    guest.see("store", "/stores/harbour/")
    guest.see("scan", "/scan/")
    guest.see("not-found", "/products/there-is-none/", status=404)
    guest.see("bad-request", "/products/?order=upside-down", status=400)
    guest.see("shelf", f"/q/{labels.signed_code(shop.label)}")
    guest.see("home-in-store", "/")


def test_pages_of_a_store_that_is_closed_paused_and_busy(inspector):
    shop = shop_floor.stocked_shop()
    today, guest, ana = shop.at.astimezone(shop.harbour.zone).date(), inspector(), inspector(shop.ana)
    factories.order(shop.harbour, (shop.goods["MUG-BLUE"], 1), at=shop.at)
    pace.slow_down(shop.harbour, minutes=15, until=shop.at + timedelta(hours=3), reason="Saturday rush", by=shop.ana, at=shop.at)
    SpecialOpening.objects.create(store=shop.harbour, day=today + timedelta(days=9), opens=time(9), closes=time(1), reason="Late shopping")
    guest.see("store-busy", "/stores/harbour/")
    closed_days.close_days(shop.harbour, first_day=today, last_day=today + timedelta(days=2), reason="Stocktaking", by=shop.ana, at=shop.at)
    pace.pause(shop.harbour, until=shop.at + timedelta(hours=2), reason="Delivery at the door", by=shop.ana, at=shop.at)
    ana.see("staff-closed-days", "/staff/harbour/closed-days/")
    ana.see("staff-pace", "/staff/harbour/pace/")
    ana.page.locator("form[action$='slow-down/']").evaluate("form => { form.noValidate = true }")
    ana.inspect("staff-pace-wrong", posted(ana, lambda page: page.get_by_role("button", name="Promise later").click()))
    ana.see("staff-queue-paused", "/staff/harbour/queue/")
    guest.see("store-closed", "/stores/harbour/")
    guest.see("stores-closed", "/stores/")
    guest.page.goto(f"/q/{labels.signed_code(shop.label)}")
    posted(guest, lambda page: page.get_by_role("button", name="Add to cart").click())
    guest.see("cart-paused", "/cart/")
    guest.see("checkout-paused", "/checkout/")


def test_pages_on_the_way_to_an_order(inspector):
    shop = shop_floor.stocked_shop()
    guest = inspector()
    guest.page.goto(f"/q/{labels.signed_code(shop.label)}")
    guest.inspect("cart-added", posted(guest, lambda page: page.get_by_role("button", name="Add to cart").click()))
    guest.page.goto("/products/mug/?variant=MUG-BLUE")
    posted(guest, lambda page: page.get_by_role("button", name="Add to cart").click())
    guest.see("cart", "/cart/")
    guest.see("checkout", "/checkout/")
    wrong = guest.page.locator("#checkout")
    wrong.evaluate("form => { form.noValidate = true; form.elements.email.value = 'marta@' }")
    guest.inspect("checkout-wrong", posted(guest, lambda page: page.get_by_role("button", name="Place order").click()))
    guest.page.get_by_label("Your name").fill("Marta Lindqvist")
    guest.page.get_by_label("E-mail for the order").fill("marta@shop.test")
    stock.set_on_hand(shop.harbour, {shop.goods["COAT-PINE-M"].pk: 0}, reference="count:1", by=None, at=timezone.now())
    guest.inspect("checkout-short", posted(guest, lambda page: page.get_by_role("button", name="Place order").click()))
    stock.set_on_hand(shop.harbour, {shop.goods["COAT-PINE-M"].pk: 8}, reference="count:2", by=None, at=timezone.now())
    guest.page.goto("/checkout/")  # what was typed is still there
    guest.inspect("order-confirmed", posted(guest, lambda page: page.get_by_role("button", name="Place order").click()))


def test_pages_of_a_member(inspector):
    shop = shop_floor.working_day()
    marta = inspector(shop.marta)
    marta.see("card", "/card/")
    marta.see("orders", "/orders/")
    for state in ("placed", "ready", "collected", "cancelled", "till"):
        marta.see(f"order-{state}", f"/orders/{shop.orders[state].number}/")
    guest = inspector()
    guest.page.goto(messages.order_link(shop.orders["picking"]))
    guest.inspect("order-picking")
    guest.page.goto(messages.order_link(shop.orders["expired"]))
    guest.inspect("order-expired")


def test_pages_of_signing_in(inspector, settings):
    settings.ACCOUNT_RATE_LIMITS = {}
    guest = inspector()
    guest.see("sign-in", "/accounts/login/")
    guest.see("sign-in-staff", "/accounts/login/?next=/staff/")
    guest.see("sign-up", "/accounts/signup/")
    guest.see("sign-in-code", "/accounts/login/code/")
    guest.page.get_by_label("E-mail").fill("marta@shop.test")
    guest.inspect("sign-in-code-sent", posted(guest, lambda page: page.get_by_role("button", name="Send me a code").click()))
    customer = inspector(factories.user())
    customer.see("account-email", "/accounts/email/")
    customer.see("account-second-step", "/accounts/2fa/")
    customer.see("sign-out", "/accounts/logout/")


def test_pages_of_the_queue(inspector, settings, tmp_path):
    settings.EMAIL_BACKEND, settings.MAIL_DIR = "django.core.mail.backends.filebased.EmailBackend", tmp_path
    settings.EMAIL_FILE_PATH = str(tmp_path)
    shop = shop_floor.working_day()
    ana = inspector(shop.ana)
    ana.see("staff-queue", "/staff/harbour/queue/")
    for state in ("late", "picking", "ready", "collected"):
        ana.see(f"staff-pickup-{state}", f"/staff/harbour/pickups/{shop.orders[state].number}/")
    ana.see("staff-promises", "/staff/harbour/promises/")
    ana.see("staff-slip", f"/staff/harbour/pickups/{shop.orders['late'].number}/slip/")
    ana.see("staff-mails-empty", "/staff/mail/")
    outbox.deliver_due()
    ana.see("staff-mails", "/staff/mail/")
    inspector(factories.head_office()).see("staff-workplaces", "/staff/")


def test_answers_to_scans(inspector):
    shop = shop_floor.working_day()
    ana, tom = inspector(shop.ana), inspector(shop.tom)
    scan = "/staff/harbour/scan/?code="
    ana.see("answer-unpaid", scan + pickup_codes.qr_text(shop.pickup("ready")))
    ana.see("answer-paid", scan + pickup_codes.six_digits(shop.pickup("paid")))
    ana.see("answer-collected", scan + pickup_codes.qr_text(shop.pickup("collected")))
    ana.see("answer-not-ready", scan + pickup_codes.qr_text(shop.pickup("late")))
    ana.see("answer-unknown", scan + "000000")
    tom.see("answer-wrong-store", "/staff/garden-street/scan/?code=" + pickup_codes.qr_text(shop.pickup("ready")))
    ana.see("answer-identity", scan + shop.orders["paid"].number)
    ana.see("answer-matches", scan + "mug")
    ana.see("answer-nothing", scan + "nobody-like-this")
    ana.see("answer-goods", scan + shop.goods["MUG-BLUE"].gtin)
    ana.see("answer-member", scan + shop.member.number)


def test_pages_of_the_till_and_the_labels(inspector):
    shop = shop_floor.working_day()
    ana = inspector(shop.ana)
    ana.see("staff-receipt", f"/staff/harbour/till/receipts/{shop.orders['till'].number}/?given=15000")
    for code in (shop.goods["MUG-BLUE"].gtin, shop.goods["COAT-PINE-M"].sku, shop.member.number):
        ana.page.goto("/staff/harbour/till/")
        ana.page.locator("[data-scan-box]").fill(code)
        posted(ana, lambda page: page.keyboard.press("Enter"))
    ana.see("staff-till", "/staff/harbour/till/")
    ana.page.locator("[data-scan-box]").fill("no such thing")
    ana.inspect("staff-till-unknown", posted(ana, lambda page: page.keyboard.press("Enter")))
    ana.see("staff-labels", "/staff/harbour/labels/")
    ana.see("staff-labels-none", "/staff/harbour/labels/?q=nothing+like+it")
    codes = "-".join(shop.harbour.labels.values_list("code", flat=True))
    ana.see("staff-labels-print", f"/staff/harbour/labels/print/?codes={codes}")
