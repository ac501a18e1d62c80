"""Product pictures: what is taken, what is kept of it, how it is served, and when it goes."""

import io
import struct
import zlib
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from PIL import Image, ImageCms

from stores import pictures
from stores.models import Picture, Product
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def image(width=900, height=600, mode="RGB", colour="#b03a10", **options):
    """The bytes of a picture."""
    file = io.BytesIO()
    Image.new(mode, (width, height), colour).save(file, **{"format": "JPEG", **options})
    return file.getvalue()


def prepared(data):
    return pictures.prepare(io.BytesIO(data), size=len(data))


def kept_of(data):
    """The largest file that is kept of an upload."""
    files = prepared(data).files
    return Image.open(io.BytesIO(files[list(files)[-1]]))


def picture(product=None, data=None, **fields):
    """A picture of a product, kept as admin keeps it."""
    made = prepared(data or image())
    pictures.keep(made)
    product = product or factories.variant().product
    return Picture.objects.create(product=product, digest=made.digest, width=made.width, height=made.height, **{"words": "The mug", **fields})


def files(media):
    return sorted(path.name for path in media.rglob("*.webp"))


# What is kept


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_kept_as_webp_in_widths_that_are_no_larger_than_it_is(format):
    made = prepared(image(900, 600, format=format))
    assert (made.width, made.height) == (900, 600)
    sizes = {name: Image.open(io.BytesIO(data)) for name, data in made.files.items()}
    assert [(one.format, one.size) for one in sizes.values()] == [("WEBP", (320, 213)), ("WEBP", (640, 427)), ("WEBP", (900, 600))]
    assert all(pictures.NAME.fullmatch(name) for name in sizes)


@pytest.mark.parametrize(("width", "widths"), [(400, [320, 400]), (640, [320, 640]), (1280, [320, 640, 1280]), (5000, [320, 640, 1280])])
def test_widths(width, widths):
    assert pictures.widths_of(width) == widths


def test_a_camera_that_was_held_upright_is_heeded_and_then_forgotten():
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Camera of Ines"
    exif.get_ifd(0x8825)[1] = "N"
    shown = kept_of(image(900, 600, exif=exif))
    assert shown.size == (600, 900)
    assert not shown.getexif()
    assert {"exif", "icc_profile", "xmp"}.isdisjoint(shown.info)


def test_text_and_profile_of_a_file_are_not_kept():
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    shown = kept_of(image(format="PNG", icc_profile=profile))
    assert "icc_profile" not in shown.info
    assert shown.getpixel((5, 5))[0] == pytest.approx(0xB0, abs=6)


def test_transparency_stays():
    assert kept_of(image(mode="RGBA", colour=(0, 0, 0, 0), format="PNG")).getpixel((5, 5))[3] == 0


@pytest.mark.parametrize(("mode", "format"), [("CMYK", "JPEG"), ("L", "JPEG"), ("P", "PNG"), ("LA", "PNG"), ("1", "PNG"), ("I;16", "PNG")])
def test_every_kind_of_pixel_can_be_shown(mode, format):
    assert kept_of(image(mode=mode, colour=0, format=format)).mode in ("RGB", "RGBA")


def test_a_large_photo_is_kept_small():
    made = prepared(image(6000, 4000))
    assert [Image.open(io.BytesIO(data)).size[0] for data in made.files.values()] == [320, 640, 1280]
    assert made.width / made.height == pytest.approx(1.5, abs=0.01)


# What is refused


def bomb(width, height):
    """A PNG whose head says how large it is, and which has no pixels at all."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")


def moving(format):
    file = io.BytesIO()
    first, second = Image.new("RGB", (500, 500), "red"), Image.new("RGB", (500, 500), "blue")
    first.save(file, format, save_all=True, append_images=[second], duration=100)
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "not a whole"),
        (b"GIF89a", "not a whole"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "not a whole"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "not a whole"),
        (image()[:4000], "not a whole"),
        (image(format="PNG")[:-30], "not a whole"),
        (image(format="WEBP")[:-200], "not a whole"),
        (image(format="GIF", mode="P", colour=0), "not a whole"),
        (image(format="TIFF"), "not a whole"),
        (image(format="PDF"), "not a whole"),
        (image(399, 800), "at least 400"),
        (image(8001, 400), "at most 8,000"),
        (bomb(7900, 7900), "at most 8,000 each way and 40 million"),
        (bomb(60_000, 60_000), "not a whole|at most 8,000"),
        (bomb(1000, 1000), "not a whole"),
        (moving("PNG"), "moves"),
        (moving("WEBP"), "moves"),
        (b"0" * (pictures.MOST_BYTES + 1), "larger than 10 MB"),
    ],
)
def test_what_cannot_be_shown_is_refused_in_words(data, words):
    with pytest.raises(pictures.BadPicture, match=words):
        prepared(data)


def test_every_cut_of_a_picture_is_refused_or_whole():
    """No cut and no flipped byte brings anything but a picture or a refusal."""
    whole = image(420, 420, format="PNG")
    for place in range(0, len(whole), max(len(whole) // 25, 1)):
        for data in (whole[:place], whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :]):
            try:
                assert prepared(data).width
            except pictures.BadPicture:
                pass


# Serving


def test_a_picture_is_served_for_ever_and_sets_no_cookie(client):
    shown = picture()
    answer = client.get(reverse("picture", args=[pictures.name_of(shown.digest, 640)]))
    assert answer.status_code == 200
    assert answer["Content-Type"] == "image/webp"
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert not answer.cookies
    assert "Cookie" not in answer.get("Vary", "")
    assert Image.open(io.BytesIO(answer.content)).size[0] == 640


@pytest.mark.parametrize(
    "name", ["x.webp", "..%2f..%2fdb.sqlite3", "a" * 64 + "-640.webp", "A" * 64 + "-640.webp", "a" * 64 + "-640.jpg", "a" * 64 + "-64000.webp"]
)
def test_other_names_do_not_exist(client, name):
    assert client.get(f"/pictures/{name}").status_code == 404


# When it goes


def test_files_go_with_the_last_picture_that_shows_them(media, django_capture_on_commit_callbacks):
    first, second = picture(), picture()
    assert first.digest == second.digest
    assert len(files(media)) == 3
    with django_capture_on_commit_callbacks(execute=True):
        first.delete()
    assert len(files(media)) == 3
    with django_capture_on_commit_callbacks(execute=True):
        second.product.variants.all().delete()
        second.product.delete()
    assert files(media) == []


@pytest.mark.django_db(transaction=True)
def test_a_deletion_that_is_rolled_back_keeps_the_files(media):
    shown = picture()
    with transaction.atomic():
        Picture.objects.get(pk=shown.pk).delete()
        transaction.set_rollback(True)
    assert len(files(media)) == 3
    shown.delete()
    assert files(media) == []


@pytest.mark.django_db(transaction=True)
def test_files_that_went_meanwhile_are_there_again_on_commit(media):
    made = prepared(image())
    with transaction.atomic():
        pictures.keep(made)
        for name in files(media):
            default_storage.delete(f"pictures/{name}")
    assert len(files(media)) == 3


def test_what_no_picture_shows_is_swept_after_a_while(media):
    shown, lost = picture(), prepared(image(500, 500))
    pictures.keep(lost)
    assert pictures.sweep(before=timezone.now() - timedelta(days=1)) == 0
    assert pictures.sweep(before=timezone.now() + timedelta(minutes=1)) == 2
    assert {name.split("-")[0] for name in files(media)} == {shown.digest}


def test_a_shop_without_pictures_is_swept_too():
    assert pictures.sweep(before=timezone.now()) == 0


# Admin


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
    answer = office.post(change_address(product), product_form(product, ("mug.exe", image())))
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


def test_the_words_of_a_picture_can_be_changed_without_its_file(office):
    shown = picture()
    product = Product.objects.get(pk=shown.product_id)
    kept = {"pictures-TOTAL_FORMS": 1, "pictures-INITIAL_FORMS": 1, "pictures-0-id": shown.pk, "pictures-0-product": product.pk}
    kept |= {"pictures-0-words": "A mug, from above", "pictures-0-position": 3}
    assert office.post(change_address(product), product_form(product, **kept)).status_code == 302
    shown.refresh_from_db()
    assert (shown.words, shown.position, shown.width) == ("A mug, from above", 3, 900)
