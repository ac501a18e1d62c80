"""The staff's pages of stock: look up, count, correct, and decide what a colleague asked for."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from omo.models import Event
from stores import holds, kept_back, labels, stock
from stores.models import StockLevel, StockPolicy
from tests import factories
from tests.factories import NOON
from tests.unchanged import unchanged

pytestmark = pytest.mark.django_db
committing = pytest.mark.django_db(transaction=True)  # a refused act rolls its own transaction back


@pytest.fixture
def store():
    return factories.store("harbour")


@pytest.fixture
def ana(store, client):
    person = factories.staff(store)
    client.force_login(person)
    return person


@pytest.fixture
def mug(store):
    for code in ("own-use", "damaged", "theft", "found", "not-on-shelf"):
        factories.reason(code)
    return factories.stocked(store, 10, sku="MUG-BLUE")


def url(name, *more):
    return reverse(name, args=["harbour", *more])


def text(answer):
    """What a page says, in one line."""
    return " ".join(answer.content.decode().split())


def on_hand(goods):
    return StockLevel.objects.get(variant=goods, store__code="harbour").on_hand


# Look up


def test_goods_are_found_by_sku_barcode_shelf_label_and_its_address(client, store, ana, mug, settings):
    settings.SITE_URL = "https://shop.test"
    label = factories.label(store, mug)
    for code in ("MUG-BLUE", " mug-blue ", mug.gtin, f"]E0{mug.gtin}", "0" + mug.gtin, label.code, labels.signed_code(label), labels.address(label)):
        answer = client.get(url("stock"), {"code": code})
        assert (answer.status_code, answer.get("Location")) == (302, url("stock_goods", "MUG-BLUE")), code


def test_a_name_lists_goods_and_what_is_unknown_says_so(client, store, ana, mug):
    assert url("stock_goods", "MUG-BLUE") in text(client.get(url("stock"), {"code": "low MUG"}))
    for code in ("HP-ZZZZZZ", "https://elsewhere.test/q/ABC", "x" * 150):
        page = text(client.get(url("stock"), {"code": code}))
        assert "No goods found" in page
        assert f"{url('scan_code')}?code=" in page


def test_the_goods_page_tells_every_number_and_why_it_is_kept_back(client, store, ana, mug):
    """10 on hand, 3 promised, 2 held, 1 safety stock, 1 buffer: 3 may be promised."""
    stock.allocate(store.pk, {mug.pk: 3}, reference="fulfilment:1", by=None, at=NOON)
    now = timezone.now()
    holds.take({store.pk: {mug.pk: 2}}, holder="cart:1", at=now)
    level = StockLevel.objects.get(variant=mug)
    kept_back.change({level.pk: kept_back.Change("Two short picks", safety_stock=1, buffer=1)}, by=ana, at=now)
    answer = client.get(url("stock_goods", mug.sku))
    figures = answer.context["story"].figures
    assert (figures.on_hand, figures.allocated, figures.held, figures.safety_stock, figures.buffer, figures.atp) == (10, 3, 2, 1, 1, 3)
    page = text(answer)
    for words in ('<span class="number">3</span>', "1 as safety stock, 1 because the count is not certain", "Two short picks", "Confidence in this count is"):
        assert words in page


def test_the_goods_page_of_what_was_never_there(client, store, ana):
    vase = factories.variant()
    with unchanged():
        page = text(client.get(url("stock_goods", vase.sku)))
    assert "never had any" in page
    assert client.get(url("stock_goods", "NO-SUCH")).status_code == 404


def test_the_list_of_what_is_low_and_of_what_is_distrusted(client, store, ana, mug):
    StockPolicy.objects.update_or_create(pk=1, defaults={"low_stock": 2})
    few, none = factories.stocked(store, 2), factories.stocked(store, 1)
    stock.allocate(store.pk, {none.pk: 1}, reference="fulfilment:1", by=None, at=NOON)
    factories.stocked(factories.store("station"), 1)
    kept_back.distrust(StockLevel.objects.get(variant=mug), why="Not on the shelf", by=ana, at=NOON)
    low = client.get(url("stock")).context["rows"]
    assert [(level.variant, level.left) for level, _ in low] == [(few, 2), (none, 0)]
    distrusted = client.get(url("stock"), {"show": "distrusted"}).context["rows"]
    assert [(level.variant, why) for level, why in distrusted] == [(mug, "Not on the shelf")]
    assert client.get(url("stock"), {"show": "all"}).status_code == 404


@pytest.mark.parametrize("count", [1, 40])
def test_lists_take_as_many_statements_for_one_thing_as_for_a_page(client, store, ana, count):
    for _ in range(count):
        factories.stocked(store, 1)
    client.get(url("stock"))
    with CaptureQueriesContext(connection) as statements:
        first = client.get(url("stock"))
    assert len(statements) == 6  # session, person, store, levels, what waits, what comes
    if count == 40:
        assert len(client.get(url("stock") + first.context["next_url"]).context["rows"]) == 10


# Put right


def test_a_correction_by_form(client, store, ana, mug):
    form = {"way": "fewer", "units": "2", "reason": "own-use", "note": "window", "key": "key-12345"}
    for _ in range(2):
        assert client.post(url("adjust", mug.sku), form)["Location"] == url("stock_goods", mug.sku)
    assert on_hand(mug) == 8
    assert "<b>-2</b> on hand" in text(client.get(url("stock_goods", mug.sku)))
    assert client.post(url("adjust", mug.sku), {**form, "way": "more", "reason": "found", "key": "key-67890"}).status_code == 302
    assert on_hand(mug) == 10


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"units": "0"}, "Choose from 1 to 99999."),
        ({"units": "many"}, "Use a whole number, such as 2."),
        ({"way": ""}, "Say whether there are fewer or more."),
        ({"reason": ""}, "Choose a reason."),
        ({"reason": "no-such"}, "Choose a reason from the list."),
        ({"key": ""}, "This page is out of date. Open it again."),
    ],
)
def test_a_form_with_a_fault_keeps_what_was_typed_and_changes_nothing(client, store, ana, mug, wrong, words):
    form = {"way": "fewer", "units": "2", "reason": "own-use", "note": "window", "key": "key-12345", **wrong}
    client.get(url("stock"))
    with unchanged():
        answer = client.post(url("adjust", mug.sku), form)
    assert answer.status_code == 422
    assert words in text(answer)
    assert 'value="window"' in text(answer)


@committing
def test_refused_corrections_say_why(client, store, ana, mug):
    factories.order(store, (mug, 4))
    form = {"way": "fewer", "units": "7", "reason": "own-use", "key": "key-12345"}
    with unchanged():
        answer = client.post(url("adjust", mug.sku), form)
    assert answer.status_code == 409
    assert "4 are promised to 1 order, and 3 would be left. Nothing was changed." in text(answer)
    client.post(url("adjust", mug.sku), {**form, "units": "1"})
    answer = client.post(url("adjust", mug.sku), {**form, "units": "2"})
    assert (answer.status_code, on_hand(mug)) == (409, 9)
    assert "was sent before with other numbers" in text(answer)
    with unchanged():
        answer = client.post(url("adjust", mug.sku), {**form, "way": "more", "units": "1", "reason": "damaged", "key": "key-2-345"})
    assert answer.status_code == 422
    assert "“Damaged” is a reason for fewer of them, not for more. Choose another reason, or “Fewer”." in text(answer)


@committing
def test_damaged_goods_by_form(client, store, ana, mug):
    assert client.post(url("mark_damaged", mug.sku), {"units": "3", "key": "key-12345"}).status_code == 302
    assert on_hand(mug) == 7
    answer = client.post(url("mark_damaged", mug.sku), {"units": "8", "key": "key-67890"})
    assert (answer.status_code, on_hand(mug)) == (409, 7)
    assert "There are not so many in the books: 1 unit too few." in text(answer)


@committing
def test_each_reason_says_what_it_is_one_for_and_a_count_offers_only_those_that_fit(client, store, ana, mug):
    page = text(client.get(url("stock_goods", mug.sku)))
    for words in (
        "<b>Found (only more)</b>",
        "<b>Damaged (only fewer)</b>",
        "10 units or more need a second person. What you change of it today counts together.",
    ):
        assert words in page
    more = text(client.post(url("count", mug.sku), {"counted": "12", "key": "key-12345"}))
    assert ("<b>Found</b>" in more, "<b>Theft</b>" in more or "<b>Stolen</b>" in more) == (True, False)
    fewer = text(client.post(url("count", mug.sku), {"counted": "8", "key": "key-12345"}))
    assert ("<b>Found</b>" in fewer, "<b>Theft</b>" in fewer or "<b>Stolen</b>" in fewer) == (False, True)


@committing
def test_a_count_with_a_reason_that_does_not_fit_is_refused_in_words(client, store, ana, mug):
    with unchanged():
        answer = client.post(url("count", mug.sku), {"counted": "8", "reason": "found", "key": "key-12345"})
    assert (answer.status_code, "“Found” cannot be the reason for that." in text(answer)) == (409, True)


def test_what_cannot_be_right_is_promised_to_nobody(client, store, ana, mug):
    for _ in range(2):
        assert client.post(url("distrust", mug.sku)).status_code == 302
    assert "Nothing is promised until it is counted: Distrusted by Ana" in text(client.get(url("stock_goods", mug.sku)))
    assert Event.objects.filter(kind="stock.distrusted").count() == 1


# Count


def test_the_count_page_never_shows_the_books(client, store, ana, mug):
    kept_back.policy()
    stock.receive(store, {mug.pk: 4321}, reference="delivery:9", by=None, at=NOON)
    for address in (f"{url('counts')}?code=MUG-BLUE", url("counts")):
        assert "4331" not in text(client.get(address))
    assert "Low tide mug" in text(client.get(f"{url('counts')}?code=MUG-BLUE"))


@committing
def test_a_count_that_differs_asks_to_recount_or_for_a_reason(client, store, ana, mug):
    factories.order(store, (mug, 2))
    with unchanged():
        answer = client.post(url("count", mug.sku), {"counted": "7", "key": "key-12345"})
    assert answer.status_code == 409
    page = text(answer)
    assert "You counted 7, the books say 10" in page
    assert "3 units fewer. 2 are promised to orders: what stands in bags counts too." in page
    assert "Not on the shelf" not in page
    answer = client.post(url("count", mug.sku), {"counted": "7", "reason": "theft", "key": "key-67890"}, follow=True)
    assert (answer.redirect_chain, on_hand(mug)) == ([(url("counts"), 302)], 7)
    assert "7 counted, -3. The books say 7 now." in text(answer)


def test_a_count_that_agrees_goes_on_to_the_next(client, store, ana, mug):
    for _ in range(2):
        answer = client.post(url("count", mug.sku), {"counted": "10", "key": "key-12345"}, follow=True)
    assert "10 counted. The books agree." in text(answer)
    assert [(event.data["change"], goods) for event, goods in answer.context["lately"]] == [(0, mug)]


@committing
def test_fewer_than_promised_offers_to_distrust(client, store, ana, mug):
    for units in (1, 3):
        factories.order(store, (mug, units))
    with unchanged():
        answer = client.post(url("count", mug.sku), {"counted": "3", "key": "key-12345"})
    assert answer.status_code == 409
    assert "You counted 3, and 4 are promised" in text(answer)
    assert "2 orders wait for them." in text(answer)
    assert url("distrust", mug.sku) in text(answer)


def test_a_large_difference_says_that_it_waits(client, store, ana, mug):
    client.post(url("count", mug.sku), {"counted": "30", "reason": "found", "key": "key-12345"})
    assert on_hand(mug) == 10
    assert "A correction of +20 by <bdi>Ana</bdi> waits for a second person." in text(client.get(url("stock_goods", mug.sku)))


@pytest.mark.parametrize("counted", ["", "-1", "1.5", "two", "100000"])
def test_what_is_no_count_is_asked_for_again(client, store, ana, mug, counted):
    client.get(url("counts"))
    with unchanged():
        assert client.post(url("count", mug.sku), {"counted": counted, "key": "key-12345"}).status_code == 422


def test_people_from_elsewhere_find_no_stock_here(client, store, mug):
    for person in (factories.staff(factories.store("station")), factories.user()):
        client.force_login(person)
        for name, *more in (("stock",), ("stock_goods", mug.sku), ("explain", mug.sku), ("counts",), ("adjustments",), ("transfers",), ("new_delivery",)):
            assert client.get(url(name, *more)).status_code == 404
