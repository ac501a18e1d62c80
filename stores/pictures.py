"""Product pictures: what is uploaded is looked at, re-encoded in several widths and kept under names that never change; what is no longer shown is removed.

Nothing of an uploaded file is kept but its pixels: not its name, not where it was taken, not by which camera.
"""

import functools
import hashlib
import io
import re
import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO

from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models.signals import post_delete
from django.dispatch import receiver
from PIL import ExifTags, Image, ImageCms

from stores.models import Picture

FORMATS = ("JPEG", "PNG", "WEBP")
ENDINGS = (".jpg", ".jpeg", ".png", ".webp")
WIDTHS = (320, 640, 1280)
MOST = 8_000
MOST_PIXELS = 40_000_000
MOST_BYTES = 10 * 2**20
FOLDER = "pictures"
NAME = re.compile(r"[0-9a-f]{64}-[0-9]{1,4}\.webp")
QUALITY = 82
RECIPE = b"1:"
"""Part of the digest: raise it when the same upload would give other files, because browsers keep them for ever."""
BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)
WRONG = (ArithmeticError, AttributeError, EOFError, LookupError, OSError, SyntaxError, TypeError, ValueError, struct.error, zlib.error)
BROKEN = (*BOMBS, *WRONG)
"""What Pillow raises for a file that is broken, or was made to break it."""
TURN = Image.Transpose
TURNS = {
    2: TURN.FLIP_LEFT_RIGHT, 3: TURN.ROTATE_180, 4: TURN.FLIP_TOP_BOTTOM, 5: TURN.TRANSPOSE, 6: TURN.ROTATE_270, 7: TURN.TRANSVERSE, 8: TURN.ROTATE_90,
}  # fmt: skip
"""What sets a picture upright, by how its camera says that it was held."""


class BadPicture(Exception):
    """The file cannot be shown; the message says why, to people."""


@dataclass(frozen=True)
class Prepared:
    """A picture ready to be kept: how large it was, and its files by name."""

    digest: str
    width: int
    height: int
    files: dict[str, bytes]


def prepare(file: BinaryIO, *, name: str, size: int) -> Prepared:
    """What is to be kept of an upload of `size` bytes. The type that it was sent with does not count. Raises BadPicture.

    `name` is what the file is called; a picture under another kind's name is none, and nothing of the name is kept.

    The pixels are counted before any is decoded, and every byte is decoded before anything is kept.
    """
    if size > MOST_BYTES:
        raise BadPicture(f"The file is larger than {MOST_BYTES // 2**20} MB. Save it smaller.")
    if not name.lower().endswith(ENDINGS):
        raise BadPicture("The name of a picture ends with .jpg, .jpeg, .png or .webp. Save it anew, or choose another file.")
    data = file.read(MOST_BYTES + 1)
    try:
        _check(Image.open(io.BytesIO(data), formats=FORMATS))
        picture = _upright(data)
    except BROKEN as broken:
        raise BadPicture("This is not a whole JPEG, PNG or WebP picture. Save it anew, or choose another file.") from broken
    digest = hashlib.sha256(RECIPE + data).hexdigest()
    return Prepared(digest, picture.width, picture.height, {name_of(digest, width): _encoded(picture, width) for width in widths_of(picture.width)})


def keep(prepared: Prepared) -> None:
    """Write the files that are not there yet, or not whole, now and once more on commit: meanwhile the last other picture of the same file may have gone.

    If the transaction fails they stay behind unseen, until `sweep` finds them.
    """
    _write(prepared.files)
    transaction.on_commit(functools.partial(_write, prepared.files))


def name_of(digest: str, width: int) -> str:
    """What a file is called."""
    return f"{digest}-{width}.webp"


def widths_of(width: int) -> list[int]:
    """The widths in which a picture is kept: it is never made larger than it is."""
    most = min(width, WIDTHS[-1])
    return [one for one in WIDTHS if one < most] + [most]


def opened(name: str) -> File | None:
    """The file of a name, None if there is none. Other names than ours are never looked for."""
    path = f"{FOLDER}/{name}"
    try:
        return default_storage.open(path) if NAME.fullmatch(name) else None
    except FileNotFoundError:
        return None


def sweep(*, before: datetime) -> int:
    """Remove the files that no picture shows and that were written before then; says how many."""
    try:
        _, names = default_storage.listdir(FOLDER)
    except FileNotFoundError:
        return 0
    found = [name for name in names if default_storage.get_modified_time(f"{FOLDER}/{name}") < before]
    shown = set(Picture.objects.values_list("digest", flat=True))
    unseen = [name for name in found if name.split("-")[0] not in shown]
    _remove(unseen)
    return len(unseen)


@receiver(post_delete, sender=Picture)
def remove_files(instance: Picture, **kwargs: Any) -> None:
    """However a picture goes, also with its product: its files go on commit, unless another picture shows them."""
    transaction.on_commit(functools.partial(_remove_unless_shown, instance.digest, instance.width))


def _remove_unless_shown(digest: str, width: int) -> None:
    if not Picture.objects.filter(digest=digest).exists():
        _remove(name_of(digest, one) for one in widths_of(width))


def _remove(names: Iterable[str]) -> None:
    for name in names:
        default_storage.delete(f"{FOLDER}/{name}")


def _write(files: dict[str, bytes]) -> None:
    for name, data in files.items():
        path = f"{FOLDER}/{name}"
        if default_storage.exists(path) and default_storage.size(path) == len(data):
            continue
        default_storage.delete(path)  # of what was cut off by a full disk
        default_storage.save(path, ContentFile(data))


def _check(picture: Image.Image) -> None:
    """Refuse by what the head of the file says, before a pixel is decoded. Raises BadPicture."""
    width, height = picture.size
    if width > MOST or height > MOST or width * height > MOST_PIXELS:
        raise BadPicture(f"The picture has {width} × {height} pixels. Use at most {MOST:,} each way and {MOST_PIXELS // 10**6} million in all.")
    if picture.format != "MPO" and getattr(picture, "is_animated", False):  # an MPO is a photo with a preview or a second eye
        raise BadPicture("The picture moves. Use one that stands still.")
    picture.verify()


def _upright(data: bytes) -> Image.Image:
    """The pixels as they are meant to be seen, in sRGB, with transparency if there is any, and nothing else. A JPEG is decoded no larger than is needed."""
    picture: Image.Image = Image.open(io.BytesIO(data), formats=FORMATS)
    picture.draft("RGB", (2 * WIDTHS[-1], 2 * WIDTHS[-1]))
    picture.load()
    turn = _turn(picture)
    seen = _in_srgb(picture if turn is None else picture.transpose(turn))
    clean = Image.new(seen.mode, seen.size)
    clean.paste(seen)
    return clean


def _turn(picture: Image.Image) -> Image.Transpose | None:
    """What sets it upright, None if it is. Of what the camera wrote nothing else is read, and what cannot be read says nothing."""
    try:
        return TURNS.get(picture.getexif().get(ExifTags.Base.Orientation, 1))
    except BROKEN:
        return None


def _in_srgb(picture: Image.Image) -> Image.Image:
    mode = "RGBA" if "A" in picture.getbands() or "transparency" in picture.info else "RGB"
    profile = picture.info.get("icc_profile")
    if profile and picture.mode in ("RGB", "RGBA", "CMYK"):
        try:
            target = ImageCms.createProfile("sRGB")
            return ImageCms.profileToProfile(picture, ImageCms.ImageCmsProfile(io.BytesIO(profile)), target, outputMode=mode) or picture.convert(mode)
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass  # a profile that cannot be read: the colours are shown as they are
    return picture.convert(mode)


def _encoded(picture: Image.Image, width: int) -> bytes:
    height = max(round(picture.height * width / picture.width), 1)
    file = io.BytesIO()
    picture.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0).save(file, "WEBP", quality=QUALITY, method=4)
    return file.getvalue()
