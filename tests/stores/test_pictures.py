"""Product pictures: what is taken, what is kept of it, how it is served, and when it goes. How head office gives them: test_pictures_admin."""

import io
import struct
import zlib
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from PIL import Image, ImageCms, ImageOps

from stores import pictures
from stores.models import Picture
from tests.stores.uploads import files, image, kept_of, picture, prepared

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


# What is kept


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_kept_as_webp_in_widths_that_are_no_larger_than_it_is(format):
    made = prepared(image(900, 600, format=format))
    assert (made.width, made.height) == (900, 600)
    sizes = {name: Image.open(io.BytesIO(data)) for name, data in made.files.items()}
    assert [(one.format, one.size) for one in sizes.values()] == [("WEBP", (320, 213)), ("WEBP", (640, 427)), ("WEBP", (900, 600))]
    assert all(pictures.NAME.fullmatch(name) for name in sizes)


@pytest.mark.parametrize(
    ("width", "widths"), [(1, [1]), (320, [320]), (400, [320, 400]), (640, [320, 640]), (1280, [320, 640, 1280]), (5000, [320, 640, 1280])]
)
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


@pytest.mark.parametrize("kind", [1, 2, 7])
def test_a_photo_is_shown_whatever_its_camera_wrote_into_it(kind):
    """Some cameras and programs write the resolution as text or bytes, which Pillow reads but cannot write."""
    exif = Image.Exif()
    exif[0x0112], exif[0x011A] = 6, 72.0
    data = image(90, 60, exif=exif)
    resolution = b"\x01\x1a\x00"
    assert data.count(resolution + b"\x05") == 1
    assert kept_of(data.replace(resolution + b"\x05", resolution + bytes([kind]))).size == (60, 90)


@pytest.mark.parametrize("held", range(1, 9))
def test_a_photo_is_turned_as_its_camera_was_held(held):
    exif = Image.Exif()
    exif[0x0112] = held
    file = io.BytesIO()
    photo = Image.new("RGB", (40, 20), "white")
    photo.paste("black", (0, 0, 20, 10))
    photo.save(file, "PNG", exif=exif)
    seen = ImageOps.exif_transpose(Image.open(file))
    shown = kept_of(file.getvalue()).convert("RGB")
    assert shown.size == seen.size
    corners = [(x, y) for x in (4, seen.width - 5) for y in (4, seen.height - 5)]
    assert [shown.getpixel(corner)[0] < 128 for corner in corners] == [seen.getpixel(corner)[0] < 128 for corner in corners]


def test_the_smallest_picture_is_kept_and_served(client):
    shown = picture(data=image(1, 1, mode="1", colour=0, format="PNG"))
    answer = client.get(reverse("picture", args=[pictures.name_of(shown.digest, 1)]))
    assert Image.open(io.BytesIO(answer.content)).size == (1, 1)


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


def test_a_file_that_was_cut_off_is_whole_after_the_next_upload(media):
    made = prepared(image())
    pictures.keep(made)
    cut, *_ = media.rglob("*.webp")
    cut.write_bytes(cut.read_bytes()[:50])
    pictures.keep(made)
    assert {path.name: path.read_bytes() for path in media.rglob("*.webp")} == made.files


def test_what_no_picture_shows_is_swept_after_a_while(media):
    shown, lost = picture(), prepared(image(500, 500))
    pictures.keep(lost)
    assert pictures.sweep(before=timezone.now() - timedelta(days=1)) == 0
    assert pictures.sweep(before=timezone.now() + timedelta(minutes=1)) == 2
    assert {name.split("-")[0] for name in files(media)} == {shown.digest}


def test_a_shop_without_pictures_is_swept_too():
    assert pictures.sweep(before=timezone.now()) == 0
