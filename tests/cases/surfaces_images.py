"""Pictures: the scan page reads a label's code from a photo and keeps nothing; a product's page in admin keeps what it shows, and nothing else."""

import io
import re
from dataclasses import replace
from tempfile import TemporaryDirectory
from typing import Any

from django.test import override_settings
from django.urls import reverse
from PIL import Image

from stores import pictures
from stores.models import Picture
from tests.cases.browser import Answer, Browser
from tests.cases.inputs import BadInput
from tests.cases.materialise import blank_png
from tests.cases.targets import Runner, Target
from tests.cases.trial import Trial
from tests.cases.world import World

ENDINGS = [
    (b"\x89PNG", "png"), (b"\xff\xd8", "jpg"), (b"RIFF", "webp"), (b"GIF8", "gif"), (b"<svg", "svg"), (b"%!PS", "eps"), (b"BM", "bmp"), (b"PK", "xlsx"),
    (b"%PDF", "pdf"),
]  # fmt: skip
TYPES = {"png": "image/png", "jpg": "image/jpeg", "gif": "image/gif", "svg": "image/svg+xml", "webp": "image/webp", "bmp": "image/bmp", "tiff": "image/tiff"}
FORMATS = ("bmp", "ico", "tiff", "gif", "ppm", "tga", "pcx", "jpeg2000", "icns", "dds")


def targets(case: BadInput) -> list[Target]:
    """The picture itself, or for a list of formats one picture of each."""
    named = [one for one in FORMATS if re.search(rf"\b{one}\b", case.name.lower())]
    if "formats" in case.payload.get("text", "") and named:
        return [target for one in named for target in _both(f"a {one} ", _picture(one), f"photo.{one}", f"image/{one}")]
    return _both("", case.content, *_called(case))


def _both(what: str, content: bytes, name: str, kind: str) -> list[Target]:
    return [
        Target(f"{what}on the scan page", uploading(content, name, kind)),
        Target(f"{what}as a product's picture", of_product(content, name, kind)),
    ]


def uploading(content: bytes, name: str, kind: str) -> Runner:
    """A runner that sends this file."""

    def upload(trial: Trial, world: World) -> None:
        """Send the picture; a picture that is fine is told to hold no code, by the same words as a blank one."""
        browser = trial.browser()
        blank = send(browser, blank_png(8, 8), "blank.png", "image/png")
        assert blank.alerts
        trial.begin()
        trial.answer = send(browser, content, name, kind)
        trial.accepted = trial.answer.alerts == blank.alerts
        trial.stored = trial.canonical = None
        if trial.case.expect == "REJECT_FIELD":
            assert not trial.accepted, f"{name} was taken for a picture"
            trial.said = trial.answer.alerts
            assert trial.answer.status == 422

    return upload


def send(browser: Browser, content: bytes, name: str, kind: str) -> Answer:
    """Choose a file on the scan page and send it."""
    form = next(form for form in browser.get("/scan/").forms if form.action == "/scan/" and form.method == "post")
    return browser.upload(form, "picture", name, content, kind)


def of_product(content: bytes, name: str, kind: str) -> Runner:
    """A runner that gives a product this picture."""

    def give(trial: Trial, world: World) -> None:
        """Send the product's page with the picture; if it is taken, every file of it is as our own recipe makes it."""
        office, guest = trial.browser().sign_in(world.ines), trial.browser()
        address = reverse("admin:stores_product_change", args=[world.mug.product_id])
        form = next(form for form in office.get(address).forms if "pictures-TOTAL_FORMS" in form.fields)
        filled = replace(form, fields={**form.fields, "pictures-TOTAL_FORMS": "1", "pictures-0-words": "A mug", "pictures-0-position": "0"})
        with TemporaryDirectory() as folder, override_settings(MEDIA_ROOT=folder):
            trial.begin()
            trial.answer = office.upload(filled, "pictures-0-file", name, content, kind)
            shown = Picture.objects.filter(product=world.mug.product_id).first()
            trial.accepted = shown is not None
            if shown:
                trial.pages = [office.get(address), guest.get(reverse("product", args=[world.mug.product.slug]))]
                names = [pictures.name_of(shown.digest, width) for width in pictures.widths_of(shown.width)]
                trial.stored = [_served(guest, one) for one in names]
                trial.canonical = [OURS] * len(names)
                assert all(f"/pictures/{one}" in trial.pages[1].text for one in names)
        if trial.case.expect == "REJECT_FIELD":
            assert "pictures-0-file" in trial.answer.wrong_fields
            trial.said = _errors(trial.answer)
            assert trial.said

    return give


OURS: Any = (200, "image/webp", "nosniff", "WEBP", [], False)
"""How a file of a picture is served and what is in it: no word of the camera, of the place, or of anything that followed the pixels."""


def _served(browser: Browser, name: str) -> Any:
    answer = browser.get(reverse("picture", args=[name]))
    picture = Image.open(io.BytesIO(answer.content))
    more = sorted({"exif", "xmp", "icc_profile"} & picture.info.keys()) + sorted(picture.getexif())
    return (answer.status, answer.headers["Content-Type"], answer.headers["X-Content-Type-Options"], picture.format, more, b"script" in answer.content)


def _errors(answer: Answer) -> str:
    """What Django admin says is wrong, beside the fields."""
    return " ".join("".join(node.itertext()) for node in answer.tree.iter() if "errorlist" in (node.get("class") or "").split())


def _called(case: BadInput) -> tuple[str, str]:
    """What the file is called and which type its sender says it has."""
    named = re.search(r"named (\.\w+|\S+\.\w+)", case.name)
    ending = next((ending for sign, ending in ENDINGS if case.content.startswith(sign)), "png")
    name = case.payload.get("name") or (f"photo{named[1]}" if named and named[1].startswith(".") else named[1] if named else f"photo.{ending}")
    return name, case.payload.get("content_type") or TYPES.get(name.rpartition(".")[2], "application/octet-stream")


def _picture(format_name: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (16, 16), "red").save(file, format_name.upper())
    return file.getvalue()
