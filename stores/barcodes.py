"""Reading a code from a picture. The picture is looked at and forgotten; nothing is stored."""

from typing import BinaryIO

import zxingcpp
from PIL import Image, UnidentifiedImageError

FORMATS = ("JPEG", "PNG", "WEBP")
ENDINGS = (".jpg", ".jpeg", ".png", ".webp")
MOST_BYTES = 10 * 1024 * 1024
MOST_PIXELS, LONGEST = 25_000_000, 65_535
"""In all, and each way: the reader takes no longer ones."""
ENOUGH_PIXELS = (2000, 2000)


class NotAPicture(Exception):
    """The file is not a whole JPEG, PNG or WebP picture."""


class TooLarge(Exception):
    """The file or the picture is larger than a phone's camera makes."""


class NoCode(Exception):
    """There is no code in the picture that can be read."""


def read(file: BinaryIO, *, name: str, size: int) -> list[str]:
    """The texts of the QR codes and barcodes in a picture of `size` bytes. The pixels are counted before anything is decoded.

    `name` is what the file is called; a picture under another kind's name is none. Raises TooLarge, NotAPicture or NoCode.
    """
    if size > MOST_BYTES:
        raise TooLarge(size)
    if not name.lower().endswith(ENDINGS):
        raise NotAPicture(name)
    picture = _opened(file)
    codes = zxingcpp.read_barcodes(picture)
    texts = [code.text for code in codes if code.valid and code.text]
    if not texts:
        raise NoCode
    return texts


def _opened(file: BinaryIO) -> Image.Image:
    try:
        picture = Image.open(file, formats=FORMATS)
        if picture.width * picture.height > MOST_PIXELS or max(picture.size) > LONGEST:
            raise TooLarge(picture.size)
        picture.draft("L", ENOUGH_PIXELS)
        return picture.convert("L")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning) as broken:
        raise NotAPicture from broken
