"""Pictures: the one place that takes them is the scan page, which reads a label's code from a photo and keeps nothing."""

import io
import re

from PIL import Image

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
        return [Target(f"a {one} on the scan page", uploading(_picture(one), f"photo.{one}", f"image/{one}")) for one in named]
    name, kind = _called(case)
    return [Target("scan page", uploading(case.content, name, kind))]


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
