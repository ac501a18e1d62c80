"""Head office's pages of the place: prices and numbers as people type them, and what is refused beside the field."""

from datetime import time

import pytest

from omo.models import Event
from stores import gs1, labels
from stores.models import Category, OpeningHours, Product, ShelfLabel, Store, Variant
from tests import factories
from tests.office import errors, filled, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(client):
    """The browser of somebody of head office with every right."""
    client.force_login(factories.head_office())
    return client


def test_a_price_is_typed_in_euros_and_kept_in_cents(office):
    goods = factories.variant(price=1250)
    form = office.get(url(Variant, "change", goods.pk))
    assert 'value="12.50"' in form.text
    assert filled(office, url(Variant, "change", goods.pk), price="12.95").status_code == 302
    goods.refresh_from_db()
    assert goods.price == 1295
    assert [old.price for old in goods.history.order_by("history_id")] == [1250, 1295]
    event = Event.objects.get(kind="office.changed")
    assert (event.subject, event.by.name) == (f"variant:{goods.pk}", "Ines Head")
    assert event.data == {"what": [{"changed": {"fields": ["List price"]}}]}


NOT_MONEY = "Use an amount such as 12.50: digits only, with a point, without a sign."


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("-5", NOT_MONEY),
        ("12,50", NOT_MONEY),
        ("1e3", NOT_MONEY),
        ("NaN", NOT_MONEY),
        ("12.505", NOT_MONEY),
        ("9" * 40, NOT_MONEY),
        ("999999999999", "Use an amount up to €10,000,000.00."),
        ("", "This field is required."),
    ],
)
def test_what_is_no_price_is_refused(office, typed, words):
    goods = factories.variant(price=1250)
    assert errors(filled(office, url(Variant, "change", goods.pk), price=typed)) == {"price": [words]}
    goods.refresh_from_db()
    assert goods.price == 1250
    assert not Event.objects.filter(kind="office.changed").exists()


def test_a_gtin_follows_from_the_sku_where_there_is_none(office):
    goods = factories.variant("MUG-1")
    product = url(Product, "change", goods.product_id)
    row = {"variants-TOTAL_FORMS": "2", "variants-1-sku": "4711", "variants-1-price": "8", "variants-1-position": "1", "variants-1-active": "on"}
    assert filled(office, product, **row).status_code == 302
    new = Variant.objects.get(sku="4711")
    assert (new.gtin, new.price, new.product_id) == ("2000000047119", 800, goods.product_id)
    assert gs1.is_gtin(new.gtin)


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("gtin", "4006381333932", "The check digit of this GTIN is wrong: after 400638133393 comes 1."),
        ("gtin", "40063813", "The check digit of this GTIN is wrong: after 4006381 comes 2."),
        ("gtin", "12", "A GTIN has 8, 12, 13 or 14 digits."),
        ("sku", "MUG-0", "Variant with this SKU already exists."),
        ("sku", "MUG 1", "A SKU has letters, digits, '.', '_' and '-' only."),
        ("sku", "M" * 41, "Ensure this value has at most 40 characters (it has 41)."),
        ("tint", "green", "A tint is like #3f5f4c."),
        ("colour", "Blue\x00", "Use one line of plain text, without control characters."),
        ("colour", "\u202eeulB", "Remove the hidden characters that turn the writing direction."),
        ("position", "10001", "Ensure this value is less than or equal to 10000."),
    ],
)
def test_a_variant_that_is_wrong_is_refused_beside_the_field(office, field, typed, words):
    factories.variant("MUG-0")
    goods = factories.variant("MUG-1")
    before = list(Variant.objects.values())
    assert words in errors(filled(office, url(Variant, "change", goods.pk), **{field: typed}))[field]
    assert words in errors(filled(office, url(Product, "change", goods.product_id), **{f"variants-0-{field}": typed}))[f"variants-0-{field}"]
    assert list(Variant.objects.values()) == before


def test_bytes_that_are_no_text_are_refused(office):
    category = Category.objects.create(name="Coats", slug="coats")
    lone_surrogate = b"name=Coat%ED%A0%80&slug=coats&position=0"
    answer = office.post(url(Category, "change", category.pk), lone_surrogate, content_type="application/x-www-form-urlencoded")
    assert errors(answer) == {"name": ["Some characters arrived damaged. Type them again."]}
    category.refresh_from_db()
    assert category.name == "Coats"


def test_a_product_is_found_again_under_its_new_name(office):
    goods = factories.variant()
    assert filled(office, url(Product, "change", goods.product_id), name="Café au lait bowl", description="Blue.\n\nFor two.").status_code == 302
    product = Product.objects.get()
    assert (product.name, product.search_text, product.description) == ("Café au lait bowl", "cafe au lait bowl", "Blue.\n\nFor two.")
    for typed in ("CAFE bowl", goods.sku.lower(), goods.gtin):
        assert list(office.get(url(Product), {"q": typed}).context["cl"].result_list) == [product], typed
    assert not office.get(url(Product), {"q": "100%"}).context["cl"].result_list


def test_a_former_version_of_a_product_is_taken_back(office):
    goods = factories.variant()
    first = goods.product.history.get()
    filled(office, url(Product, "change", goods.product_id), name="Wrong name")
    page = url(Product, "simple_history", goods.product_id, first.pk)
    assert office.get(page).status_code == 200
    history = office.get(url(Product, "history", goods.product_id)).text
    assert "Wrong name" in history
    assert " style=" not in history
    form = {"name": first.name, "category": first.category_id, "slug": first.slug, "drawing": first.drawing, "active": "on"}
    assert office.post(page, form).status_code == 302
    assert Product.objects.get().name == first.name


def test_a_category_cannot_lie_in_itself(office):
    outer = Category.objects.create(name="Home", slug="home")
    inner = Category.objects.create(name="Mugs", slug="mugs", parent=outer)
    answer = filled(office, url(Category, "change", outer.pk), parent=inner.pk)
    assert errors(answer) == {"parent": ["A category cannot lie in itself. Choose another one."]}


NOT_NOTHING = "Closing must be after opening. For a whole day, give two intervals: 00:00–12:00 and 12:00–00:00."


@pytest.mark.parametrize(
    ("typed", "refused"),
    [
        ({"time_zone": "Europe/Atlantis"}, {"time_zone": ["'Europe/Atlantis' is not a time zone. For example: Europe/Dublin"]}),
        ({"gln": "4012345000008"}, {"gln": ["The check digit of this GLN is wrong: after 401234500000 comes 9."]}),
        ({"gln": "123"}, {"gln": ["A GLN has 13 digits."]}),
        ({"latitude": "91", "longitude": "6"}, {"latitude": ["A latitude lies between -90 and 90."]}),
        ({"latitude": "53.35"}, {"longitude": ["Give both latitude and longitude, or neither."]}),
        ({"hold_days": "0"}, {"hold_days": ["Ensure this value is greater than or equal to 1."]}),
        ({"hold_days": "9223372036854775807"}, {"hold_days": ["Ensure this value is less than or equal to 60."]}),
        ({"lead_minutes": "40000"}, {"lead_minutes": ["Ensure this value is less than or equal to 10080."]}),
        ({"code": "har bour"}, {"code": ["Enter a valid “slug” consisting of letters, numbers, underscores or hyphens."]}),
        ({"name": "\u200b\u200b"}, {"name": ["This looks empty. Type something that can be seen."]}),
        ({"opening_hours-0-closes": "09:00"}, {"opening_hours-0-closes": [NOT_NOTHING]}),
        ({"opening_hours-0-closes": "25:00"}, {"opening_hours-0-closes": ["Enter a valid time."]}),
        ({"opening_hours-1-weekday": "0", "opening_hours-1-opens": "12:00"}, {"opening_hours-1-opens": ["This overlaps with Monday 09:00–19:00."]}),
        ({"opening_hours-0-closes": "08:59", "opening_hours-1-opens": "08:58"}, {"opening_hours-1-opens": ["This overlaps with Monday 09:00–08:59."]}),
        ({"opening_hours-6-opens": "10:00", "opening_hours-6-closes": "09:30"}, {"opening_hours-0-opens": ["This overlaps with Sunday 10:00–09:30."]}),
        ({"slot_minutes": "4"}, {"slot_minutes": ["Ensure this value is greater than or equal to 5."]}),
        ({"slot_spacing": "0"}, {"slot_spacing": ["Ensure this value is greater than or equal to 5."]}),
        ({"window_days": "61"}, {"window_days": ["Ensure this value is less than or equal to 60."]}),
        ({"cut_off": "noon"}, {"cut_off": ["Enter a valid time."]}),
    ],
)
def test_a_store_that_is_wrong_is_refused_beside_the_field(office, typed, refused):
    place = factories.store()
    before = list(Store.objects.values()), list(OpeningHours.objects.values())
    assert errors(filled(office, url(Store, "change", place.pk), **typed)) == refused
    assert (list(Store.objects.values()), list(OpeningHours.objects.values())) == before


def test_a_store_is_made_with_its_hours_and_people(office):
    person = factories.user()
    data = {"name": "Old Town", "code": "old-town", "active": "on", "time_zone": "Europe/Dublin", "pickup": "on", "lead_minutes": "60", "hold_days": "2"}
    hours = {"opening_hours-TOTAL_FORMS": "2", "opening_hours-0-weekday": "0", "opening_hours-0-opens": "09:00", "opening_hours-0-closes": "13:00"}
    hours |= {"opening_hours-1-weekday": "0", "opening_hours-1-opens": "14:00", "opening_hours-1-closes": "18:30"}
    people = {"assignments-TOTAL_FORMS": "1", "assignments-0-user": person.pk, "assignments-0-role": "manager"}
    assert filled(office, url(Store, "add"), **data, **hours, **people).status_code == 302
    place = Store.objects.get(code="old-town")
    assert [(row.opens, row.closes) for row in place.opening_hours.all()] == [(time(9), time(13)), (time(14), time(18, 30))]
    assert [(row.user, row.role) for row in place.assignments.all()] == [(person, "manager")]


def test_the_prints_of_a_label_are_revoked_by_its_button_and_for_many(office):
    place = factories.store()
    label, other = factories.label(place, factories.variant()), factories.label(place, factories.variant())
    print_out = labels.signed_code(label)
    answer = office.post(url(ShelfLabel, "press", label.pk, "revoke"), follow=True)
    assert "Every print of 1 label is worthless now. Print and stick new ones." in answer.text
    with pytest.raises(labels.UnknownLabel):
        labels.read(print_out)
    answer = office.post(url(ShelfLabel), {"action": "revoke", "_selected_action": [label.pk, other.pk]}, follow=True)
    assert "Every print of 2 labels is worthless now. Print and stick new ones." in answer.text
    assert list(ShelfLabel.objects.order_by("id").values_list("version", flat=True)) == [3, 2]
    assert Event.objects.filter(kind="label.revoked", store=place).count() == 3


def test_two_labels_of_a_variant_cannot_stand_at_one_shelf(office):
    place, goods = factories.store(), factories.variant()
    factories.label(place, goods, shelf="A1")
    second = factories.label(place, goods, shelf="B2")
    answer = filled(office, url(ShelfLabel, "change", second.pk), shelf="A1")
    assert errors(answer) == {"shelf": ["This variant has a label at that shelf already."]}


def test_a_store_is_not_switched_off_while_customers_wait_for_its_goods(office):
    place = factories.store()
    factories.order(place, (factories.stocked(place, 5), 2))
    page = url(Store, "change", place.pk)
    refused = filled(office, page, active=False)
    assert "2 units are promised to customers here. Hand over first." in refused.text.replace("&#x27;", "'")
    place.refresh_from_db()
    assert place.active
    assert filled(office, page, pickup=False).status_code == 302
    place.refresh_from_db()
    assert (place.active, place.pickup) == (True, False)
