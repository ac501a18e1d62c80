"""Pictures on a product's page in admin: given, refused in words, worded and taken away."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from stores import pictures
from stores.models import Picture, Product
from tests import factories
from tests.stores.uploads import files, image, picture

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def product_form(product, *uploads, **more):
    """What the product's page in admin sends, with these new pictures."""
    form = {
        "name": product.name, "slug": product.slug, "category": product.category_id, "brand": "", "summary": "", "description": "", "drawing": "mug",
        "active": "on", "variants-TOTAL_FORMS": 0, "variants-INITIAL_FORMS": 0, "pictures-TOTAL_FORMS": len(uploads), "pictures-INITIAL_FORMS": 0,
    }  # fmt: skip
    for number, (name, data) in enumerate(uploads):
        form |= {
            f"pictures-{number}-file": SimpleUploadedFile(name, data, "image/jpeg"), f"pictures-{number}-words": "A blue mug",
            f"pictures-{number}-colour": "", f"pictures-{number}-position": number,
        }  # fmt: skip
    return form | more


@pytest.fixture
def office(client):
    client.force_login(factories.head_office())
    return client


def change_address(product):
    return reverse("admin:stores_product_change", args=[product.pk])


@pytest.mark.django_db(transaction=True)
def test_head_office_gives_a_product_a_picture_and_takes_it_away(office, media):
    product = factories.variant().product
    answer = office.post(change_address(product), product_form(product, ("A mug.JPG", image())))
    assert answer.status_code == 302, answer.context["errors"]
    shown = Picture.objects.get(product=product)
    assert (shown.words, shown.width, shown.height) == ("A blue mug", 900, 600)
    assert len(files(media)) == 3
    assert pictures.name_of(shown.digest, 640) in office.get(change_address(product)).content.decode()
    gone = {"pictures-TOTAL_FORMS": 1, "pictures-INITIAL_FORMS": 1, "pictures-0-id": shown.pk, "pictures-0-product": product.pk, "pictures-0-DELETE": "on"}
    gone |= {"pictures-0-words": "x", "pictures-0-position": 0}
    assert office.post(change_address(product), product_form(product, **gone)).status_code == 302
    assert not Picture.objects.exists()
    assert files(media) == []


def test_admin_refuses_what_is_no_picture_and_what_is_there_twice(office, media):
    product = factories.variant().product
    answer = office.post(change_address(product), product_form(product, ("mug.jpg", b"not a picture")))
    assert "This is not a whole JPEG, PNG or WebP picture" in answer.content.decode()
    answer = office.post(change_address(product), product_form(product, ("a.jpg", image()), ("b.jpg", image())))
    assert "This product has that picture already." in answer.content.decode()
    assert not Picture.objects.exists()
    assert files(media) == []


@pytest.mark.parametrize("name", ["mug.html", "mug.svg", "mug", "mug.jpg.php"])
def test_admin_takes_no_picture_under_another_kinds_name(office, media, name):
    product = factories.variant().product
    answer = office.post(change_address(product), product_form(product, (name, image())))
    assert answer.status_code == 200
    assert "ends with .jpg, .jpeg, .png or .webp" in answer.content.decode()
    assert files(media) == []


def test_a_picture_that_is_too_large_comes_back_with_413_and_words(office, media):
    product = factories.variant().product
    answer = office.post(change_address(product), product_form(product, ("mug.jpg", b"0" * (pictures.MOST_BYTES + 1))))
    assert answer.status_code == 413
    assert "The file is larger than 10 MB." in answer.content.decode()
    assert files(media) == []


def test_the_words_of_a_picture_can_be_changed_without_its_file(office):
    shown = picture()
    product = Product.objects.get(pk=shown.product_id)
    kept = {"pictures-TOTAL_FORMS": 1, "pictures-INITIAL_FORMS": 1, "pictures-0-id": shown.pk, "pictures-0-product": product.pk}
    kept |= {"pictures-0-words": "A mug, from above", "pictures-0-position": 3}
    assert office.post(change_address(product), product_form(product, **kept)).status_code == 302
    shown.refresh_from_db()
    assert (shown.words, shown.position, shown.width) == ("A mug, from above", 3, 900)
