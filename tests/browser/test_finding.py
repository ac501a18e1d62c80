"""Finding stores and goods in Chromium: the phone's position, suggestions by keyboard, narrowing without scripts, and pictures."""

import io
import re

import pytest
from PIL import Image
from playwright.sync_api import expect

from stores import pictures
from stores.models import Picture, Place, Product, Service, Store
from tests.browser import looks, shop_floor


@pytest.fixture(autouse=True)
def shop(settings, tmp_path):
    """A shop whose stores are on a map, and whose coat has a photo."""
    settings.MEDIA_ROOT = tmp_path
    floor = shop_floor.stocked_shop()
    Store.objects.filter(code="harbour").update(latitude="53.348310", longitude="-6.247980")
    Store.objects.exclude(code="harbour").update(latitude="53.356470", longitude="-6.260220")
    floor.harbour.services.add(Service.objects.create(name="Gift wrapping", slug="gift-wrapping"))
    for region, code, latitude in (("Dublin", "A94", "53.3015"), ("Louth", "A91", "53.9639")):
        Place.objects.create(name="Blackrock", region=region, postcode=code, latitude=latitude, longitude="-6.1778")
    file = io.BytesIO()
    Image.linear_gradient("L").resize((900, 700)).convert("RGB").save(file, "JPEG")
    made = pictures.prepare(io.BytesIO(file.getvalue()), name="coat.jpg", size=len(file.getvalue()))
    pictures.keep(made)
    Picture.objects.create(product=Product.objects.get(slug="coat"), words="The coat", digest=made.digest, width=made.width, height=made.height)
    return floor


def test_the_pages_of_finding_are_accessible_valid_and_never_too_wide(device, watch):
    watch.allow("status of (404|422)")
    guest = looks.Inspector(device("phone"))
    guest.see("finder-several", "/stores/?where=blackrock")
    guest.see("finder-unknown", "/stores/?where=atlantis&pickup=yes&radius=5")
    guest.see("finder-near", "/stores/?where=D01")
    guest.see("store-goods", "/stores/harbour/?q=coat")
    guest.page.get_by_role("button", name="Shop here").click()
    guest.see("products-narrowed", "/products/?size=M&least=10&here=yes")
    guest.see("products-not-narrowed", "/products/?least=ten")
    guest.see("product-photo", "/products/coat/")
    guest.page.goto("/")
    guest.page.get_by_role("combobox").press_sequentially("coat")
    expect(guest.page.get_by_role("listbox")).to_be_visible()
    guest.inspect("suggestions")
    assert guest.faults == [], "\n".join(["", *guest.faults])


def test_a_phone_that_says_where_it_is_sees_the_nearest_store_first(device):
    page = device("phone", geolocation={"latitude": 53.3564711, "longitude": -6.2602234}, permissions=["geolocation"])
    page.goto("/stores/")
    page.get_by_role("button", name="Use my position").click()
    expect(page.get_by_text("nearest to your position first")).to_be_visible()
    assert "here" in page.locator("li.place").first.inner_text()
    page.get_by_role("button", name="Forget my position").click()
    expect(page.get_by_role("button", name="Forget my position")).to_have_count(0)


def test_a_phone_that_may_not_say_where_it_is_says_so_and_the_page_stays(device):
    page = device("phone")
    page.goto("/stores/")
    page.get_by_role("button", name="Use my position").click()
    expect(page.get_by_role("alert").filter(has_text="was not allowed to say where you are")).to_be_visible()
    page.get_by_label("Town, quarter or postcode").fill("Blackrock, Louth")
    page.get_by_role("button", name="Find stores").click()
    expect(page.get_by_text("nearest to Blackrock, Louth A91 first")).to_be_visible()


def test_suggestions_are_chosen_by_keyboard(device):
    page = device("desktop")
    page.goto("/")
    field = page.get_by_role("combobox", name="Search the shop")
    field.press_sequentially("coat")
    listed = page.get_by_role("listbox")
    expect(listed).to_be_visible()
    expect(field).to_have_attribute("aria-expanded", "true")
    expect(page.locator("#status")).to_have_text(re.compile("suggestion"))
    field.press("ArrowDown")
    chosen = page.locator("[role=option][aria-selected=true]")
    expect(chosen).to_have_count(1)
    assert field.get_attribute("aria-activedescendant") == chosen.get_attribute("id")
    field.press("ArrowUp")
    expect(chosen).to_have_count(0)
    field.press("Escape")
    expect(listed).to_be_hidden()
    expect(field).to_have_value("coat")
    field.press("ArrowDown")
    field.press("Enter")
    expect(page).to_have_url(re.compile("/products/"))


def test_enter_without_a_choice_searches_and_leaving_the_field_closes_the_list(device):
    page = device("desktop")
    page.goto("/")
    field = page.get_by_role("combobox")
    field.press_sequentially("coat")
    expect(page.get_by_role("listbox")).to_be_visible()
    page.get_by_role("heading", level=1).click()
    expect(page.get_by_role("listbox")).to_be_hidden()
    field.press("Enter")
    expect(page).to_have_url(re.compile(r"/products/\?q=coat$"))


def test_without_scripts_everything_is_found_by_forms(device):
    page = device("phone", javascript=False)
    page.goto("/stores/")
    expect(page.get_by_role("button", name="Use my position")).to_be_hidden()
    page.get_by_label("Town, quarter or postcode").fill("A91")
    page.get_by_role("button", name="Find stores").click()
    expect(page.get_by_text("nearest to Blackrock, Louth A91 first")).to_be_visible()
    page.goto("/products/")
    page.get_by_text("Narrow the list").click()
    page.get_by_label("Price up to").fill("20")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_role("link", name=re.compile("Up to €20.00"))).to_be_visible()
    page.get_by_role("link", name=re.compile("Up to €20.00")).click()
    expect(page).to_have_url(re.compile(r"/products/\?$"))


def test_a_picture_has_its_room_before_it_is_loaded_and_is_no_larger_than_the_screen_needs(device):
    page = device("phone")
    page.goto("/products/coat/")
    shown = page.get_by_role("img", name="The coat")
    expect(shown).to_have_js_property("complete", True)
    assert shown.evaluate("image => image.naturalWidth > 0 && image.currentSrc.includes('/pictures/')")
    assert shown.evaluate("image => image.currentSrc").endswith("-640.webp")
