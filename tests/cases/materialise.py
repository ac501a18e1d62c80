"""Turns a payload of the catalogue into what is sent: bytes, or the words of its steps."""

import io
import random
import re
import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

from PIL import Image

REPEAT = re.compile(r"@repeat\((.*?),(\d+)\)")
BESIDE = {"gen", "name", "content_type"}
"""Keys beside a generator's arguments: they tell how its bytes are sent."""


class UnknownForm(Exception):
    """A payload of a form that this runner does not know."""


def materialise(payload: dict[str, Any]) -> bytes | list[str]:
    """The bytes that a payload stands for; for steps, their words. Raises UnknownForm."""
    if "steps" in payload:
        return list(payload["steps"])
    if "hex" in payload:
        return bytes.fromhex(payload["hex"])
    if "json_raw" in payload:
        return _utf8(payload["json_raw"])
    for form in ("text", "url"):
        if form in payload:
            return _utf8(REPEAT.sub(lambda found: found[1] * int(found[2]), payload[form]))
    if payload.get("gen") in GENERATORS:
        return GENERATORS[payload["gen"]](**{name: value for name, value in payload.items() if name not in BESIDE})
    raise UnknownForm(sorted(payload))


def repeated(unit: str, n: int) -> bytes:
    """One unit many times."""
    return _utf8(unit) * n


def nested(open: str, close: str, n: int) -> bytes:
    """Brackets in brackets."""
    return _utf8(open) * n + _utf8(close) * n


def csv_rows(n: int, row: str) -> bytes:
    """A stock file of equal rows."""
    return b"sku,qty\n" + _utf8(row + "\n") * n


def blank_png(w: int, h: int, tail: str = "", **_mode: Any) -> bytes:
    """A black picture of one bit per pixel, w by h, made without ever holding it; `tail` follows its end."""
    row = bytes(1 + (w + 7) // 8)
    packer = zlib.compressobj(9)
    pixels = b"".join([*(packer.compress(row) for _ in range(h)), packer.flush()])
    header = struct.pack(">IIBBBBB", w, h, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"") + _utf8(tail)


def gif_frames(n: int) -> bytes:
    """A GIF of n small frames, each different, because equal ones would be merged."""
    noise = random.Random(7)
    first, *rest = (Image.frombytes("L", (8, 8), noise.randbytes(64)) for _ in range(n))
    return _saved(first, "GIF", save_all=True, append_images=rest, duration=20)


def zip_bomb(mb: int) -> bytes:
    """A spreadsheet file whose sheet unpacks to `mb` MiB of nothing."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as package, package.open("xl/worksheets/sheet1.xml", "w") as sheet:
        for _ in range(mb):
            sheet.write(bytes(1 << 20))
    return file.getvalue()


def exif_gps(orientation: int = 1) -> bytes:
    """A small photo that says where it was taken."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = orientation, "OMO-TEST"
    place = exif.get_ifd(0x8825)
    place.update({1: "N", 2: (35.0, 41.0, 22.0), 3: "E", 4: (139.0, 41.0, 30.0)})
    return _saved(Image.new("RGB", (64, 32), "red"), "JPEG", exif=exif)


def plain_picture(format: str, w: int, h: int) -> bytes:
    """A black picture in one of Pillow's formats."""
    return _saved(Image.new("RGB", (w, h)), format, quality=1)


def jpeg_icc(mb: int) -> bytes:
    """A tiny photo with a colour profile of `mb` MiB."""
    return _saved(Image.new("RGB", (8, 8)), "JPEG", icc_profile=bytes(mb << 20))


GENERATORS: dict[str, Callable[..., bytes]] = {
    "repeat": repeated,
    "nested": nested,
    "csv_rows": csv_rows,
    "png": blank_png,
    "gif_frames": gif_frames,
    "zip_bomb": zip_bomb,
    "exif_gps": exif_gps,
    "pil": plain_picture,
    "jpeg_icc": jpeg_icc,
}


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _saved(picture: Image.Image, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()
