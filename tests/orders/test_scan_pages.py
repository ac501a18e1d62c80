"""Scanning a shelf label: its page, and the page where a code is typed or photographed."""

import io
from types import SimpleNamespace

import pytest
import qrcode
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from omo.models import Event
from orders.models import Cart, CartLine
from stores import labels
from stores.models import Product, ShelfLabel
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def label():
    store = factories.store("old-town")
    return factories.label(store, factories.stocked(store, 3), shelf="B4")


def scan(client, label, **query):
    return client.get(reverse("scan_label", args=[labels.signed_code(label)]), query)


def picture(image, *, format="PNG", name="code.png"):
    data = io.BytesIO()
    image.save(data, format)
    return SimpleUploadedFile(name, data.getvalue())


def send(client, address="127.0.0.1", **fields):
    return client.post(reverse("scan"), fields, REMOTE_ADDR=address)


# The label's page


def test_a_scan_shows_the_product_in_the_store_of_the_label(client, label):
    answer = scan(client, label)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert label.variant.product.name in page
    assert "Shelf B4" in page
    assert "3 left here" in page
    assert "You are in <b>Old Town</b>" in page
    assert client.session["here"]["code"] == "old-town"


def test_a_scan_is_counted_and_does_nothing_else(client, label):
    scan(client, label)
    event = Event.objects.get(kind="label.scanned")
    assert (event.store, event.channel, event.data) == (label.store, "shelf", {"variant": label.variant_id})
    assert not Cart.objects.exists()
    scan(client, label, variant=label.variant.sku)
    assert Event.objects.filter(kind="label.scanned").count() == 1


def test_the_label_goes_with_the_goods_into_the_cart_and_the_order_comes_from_the_shelf(client, label):
    scan(client, label)
    answer = client.post(reverse("add_to_cart"), {"sku": label.variant.sku, "quantity": "1", "label": labels.signed_code(label)})
    assert answer["Location"] == f"/q/{labels.signed_code(label)}?variant={label.variant.sku}"
    assert CartLine.objects.get().label == label
    assert "In your cart" in client.get(answer["Location"]).content.decode()


def test_a_label_of_another_product_does_not_go_with_the_goods(client, label):
    other = factories.stocked(label.store, 3)
    client.post(reverse("add_to_cart"), {"sku": other.sku, "quantity": "1", "label": labels.signed_code(label)})
    assert CartLine.objects.get().label is None


def test_a_label_of_another_store_names_it_and_offers_to_switch(client, label):
    harbour = factories.store("harbour")
    client.post(reverse("enter_store", args=[harbour.code]))
    page = scan(client, label).content.decode()
    assert "This label is at Old Town." in page
    assert "You are in Harbour" in page
    assert "Switch to Old Town" in page
    assert client.session["here"]["code"] == "harbour"
    assert "None here" in page


def test_who_leaves_the_store_on_a_label_s_page_is_out_of_it(client, label):
    factories.stocked(factories.store("harbour"), 7)
    scan(client, label)
    page = client.post(reverse("leave_store"), {"next": f"/q/{labels.signed_code(label)}"}, follow=True).content.decode()
    assert "No store chosen" in page
    assert "You are in" not in page
    assert "3 left here" not in page
    assert Event.objects.filter(kind="label.scanned").count() == 1


def test_a_scan_after_leaving_offers_to_be_in_the_label_s_store(client, label):
    scan(client, label)
    client.post(reverse("leave_store"))
    again = factories.label(label.store, factories.stocked(label.store, 5))
    page = scan(client, again).content.decode()
    assert "This label is at Old Town.</b> You left the store, so you see what any store has." in page
    assert "Be in Old Town" in page
    page = client.post(reverse("enter_store", args=["old-town"]), {"next": f"/q/{labels.signed_code(again)}"}, follow=True).content.decode()
    assert "You are in <b>Old Town</b>" in page
    assert "5 left here" in page


def test_a_page_that_is_loaded_again_is_no_second_scan_but_another_customer_s_is(client, label):
    for _ in range(3):
        scan(client, label)
    assert Event.objects.filter(kind="label.scanned").count() == 1
    scan(Client(), label)
    scan(client, factories.label(label.store, label.variant, shelf="C1"))
    assert Event.objects.filter(kind="label.scanned").count() == 3


def test_a_label_of_a_delisted_product_is_a_page_and_not_an_error(client, label):
    Product.objects.update(active=False)
    answer = scan(client, label)
    assert answer.status_code == 200
    assert "no longer sold" in answer.content.decode()


def test_unknown_forged_revoked_and_unsigned_codes_are_the_very_same_404(client, label):
    signed = labels.signed_code(label)
    code, _, mac = signed.partition(".")
    other = labels.signed_code(factories.label(label.store, factories.variant()))
    forged = [f"{code}.{'A' if mac[0] != 'A' else 'B'}{mac[1:]}", f"{code}.{other.partition('.')[2]}", code, "ZZZZZZZZZZ.AAAAAAAAAAAAAAAA", signed]
    labels.revoke_label(label, by=None, at=factories.NOON)
    answers = [client.get(f"/q/{text}") for text in forged]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert "This label is not valid any more" in answers[0].content.decode()
    assert reverse("scan") in answers[0].content.decode()
    assert not Event.objects.filter(kind="label.scanned").exists()
    assert "here" not in client.session


def test_lower_case_is_understood(client, label):
    assert client.get(f"/q/{labels.signed_code(label).lower()}").status_code == 200


# Typing a code


@pytest.mark.parametrize("shape", ["{code}", " {code}\r\n", "\x02{code}", "http://testserver/q/{code}", "testserver/q/{code}"])
def test_a_typed_code_or_address_of_ours_leads_to_its_label(client, label, shape):
    code = labels.signed_code(label)
    assert send(client, code=shape.format(code=code))["Location"] == f"/q/{code}"


@pytest.mark.parametrize(
    "text",
    [
        "https://evil.example/q/AAAAAAAAAA.BBBBBBBBBBBBBBBB",
        "javascript:alert(1)",
        "http://testserver/cart/add/",
        "hello",
        "//evil.example/q/A.B",
        "ftp://testserver/q/AAAA.BBBB",
    ],
)
def test_what_is_not_our_label_is_not_followed(client, text):
    answer = send(client, code=text)
    assert answer.status_code == 422
    assert "not a code of our shelf labels" in answer.content.decode()


def test_no_code_is_refused_beside_the_field(client):
    answer = send(client, code="")
    assert answer.status_code == 422
    assert "Type the code of the label, or take a picture of it." in answer.content.decode()


def test_what_is_longer_than_any_code_is_refused_as_a_whole(client):
    assert send(client, code="A" * 4096).status_code == 400
    assert client.get("/q/" + "A" * 1000).status_code == 400


# Typing what is printed


@pytest.mark.parametrize("shape", ["{}", " {}\r\n", "{} "])
def test_the_code_that_is_printed_on_the_label_leads_to_its_product_and_into_no_store(client, label, shape):
    answer = send(client, code=shape.format(label.code.lower()))
    assert answer["Location"] == f"/products/{label.variant.product.slug}/?variant={label.variant.sku}"
    assert label.variant.product.name in client.get(answer["Location"]).content.decode()
    assert "here" not in client.session
    assert not Event.objects.filter(kind="label.scanned").exists()


def test_what_the_scan_page_asks_for_is_what_the_label_says(client, label):
    assert "The ten letters and digits under the square code." in client.get(reverse("scan")).content.decode()
    assert "ten letters and digits under the square code" in send(client, code="ZZZZZZZZZZ").content.decode()
    assert len(label.code) == 10


@pytest.mark.parametrize("change", [{"code": "ZZZZZZZZZZ"}, {"active": False}])
def test_a_printed_code_that_no_label_has_is_refused_in_words(client, label, change):
    printed = label.code
    ShelfLabel.objects.update(**change)
    answer = send(client, code=printed)
    assert answer.status_code == 422
    assert "not a code of our shelf labels" in answer.content.decode()


def test_printed_codes_cannot_be_tried_without_end(client, label, monkeypatch):
    monkeypatch.setattr("omo.limits.time", SimpleNamespace(time=lambda: 1_000_000))  # all within one minute, however slow the machine
    assert {send(client, code="ZZZZZZZZZZ").status_code for _ in range(30)} == {422}
    assert send(client, code=label.code).status_code == 429
    assert send(client, code=labels.signed_code(label)).status_code == 302
    assert send(client, code=label.code, address="192.0.2.7").status_code == 302


# A picture


def test_a_picture_of_a_label_leads_to_it(client, label):
    image = qrcode.make(labels.address(label).replace("http://127.0.0.1:8000", "http://testserver")).get_image()
    code = labels.signed_code(label)
    assert send(client, picture=picture(image))["Location"] == f"/q/{code}"
    assert send(client, picture=picture(image.convert("RGB"), format="JPEG"))["Location"] == f"/q/{code}"
    assert send(client, picture=picture(image.convert("RGB"), format="WEBP"))["Location"] == f"/q/{code}"


def test_a_picture_of_a_foreign_code_is_not_followed(client):
    image = qrcode.make("https://evil.example/q/AAAAAAAAAA.BBBBBBBBBBBBBBBB").get_image()
    answer = send(client, picture=picture(image))
    assert answer.status_code == 422
    assert "not a code of our shelf labels" in answer.content.decode()


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (lambda: picture(Image.new("L", (300, 300), 255)), "no code in this picture"),
        (lambda: picture(Image.new("1", (9000, 9000))), "too large"),
        (lambda: picture(Image.new("1", (70_000, 10))), "too large"),
        (lambda: picture(Image.new("L", (30, 30)), format="GIF"), "not a picture we can read"),
        (lambda: picture(Image.new("L", (30, 30)), format="BMP"), "not a picture we can read"),
        (lambda: SimpleUploadedFile("a.png", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"), "not a picture we can read"),
        (lambda: SimpleUploadedFile("a.eps", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n"), "not a picture we can read"),
        (lambda: SimpleUploadedFile("a.png", bytes.fromhex("89504e470d0a1a0a0000000d49484452")), "not a picture we can read"),
        (lambda: SimpleUploadedFile("a.png", b"x"), "not a picture we can read"),
    ],
    ids=["no code", "81 megapixels", "a long strip", "gif", "bmp", "svg", "eps", "cut off", "one byte"],
)
def test_pictures_that_cannot_be_read_are_refused_in_words(client, file, words):
    answer = send(client, picture=file())
    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_a_picture_of_more_than_ten_megabytes_is_refused_in_words(client):
    answer = send(client, picture=SimpleUploadedFile("a.png", b"\x00" * (10 * 1024 * 1024 + 1)))
    assert answer.status_code == 413
    assert "too large" in answer.content.decode()


def test_a_picture_that_is_cut_off_in_its_middle_is_refused_in_words(client):
    whole = picture(qrcode.make("hello").get_image()).read()
    answer = send(client, picture=SimpleUploadedFile("a.png", whole[: len(whole) // 2]))
    assert answer.status_code == 422
    assert "not a picture we can read" in answer.content.decode()


def test_pictures_cannot_be_sent_without_end(client, label, monkeypatch):
    monkeypatch.setattr("omo.limits.time", SimpleNamespace(time=lambda: 1_000_000))
    for _ in range(30):
        assert send(client, picture=SimpleUploadedFile("a.png", b"x")).status_code == 422
    assert send(client, picture=SimpleUploadedFile("a.png", b"x")).status_code == 429
    assert send(client, code=labels.signed_code(label)).status_code == 302


def test_the_page_says_how_to_scan(client):
    page = client.get(reverse("scan")).content.decode()
    assert "Take a picture of the code" in page
    assert "Nothing is stored" in page
