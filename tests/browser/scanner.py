"""Scanners: a camera that reads what is on the screen, and a keyboard wedge that types it."""

import io
import time

import zxingcpp
from PIL import Image, ImageOps
from playwright.sync_api import Locator, Page

REPEAT_PAUSE = 2100
"""Milliseconds after which the counter takes the same code for a new scan."""


def read_qr(shown: Locator) -> str:
    """The text of a QR code on the screen, read from its pixels."""
    shown.scroll_into_view_if_needed()
    picture = Image.open(io.BytesIO(shown.screenshot())).convert("L")
    found = zxingcpp.read_barcodes(ImageOps.expand(picture.resize((picture.width * 2, picture.height * 2)), border=40, fill=255))
    assert len(found) == 1, "the QR code on the screen cannot be read"
    return found[0].text


def wedge(page: Page, code: str) -> None:
    """Type as a keyboard wedge does: 4 ms from key to key by the scanner's own clock, however busy this machine is, and Enter at the end."""
    keyboard, at = page.context.new_cdp_session(page), time.time()
    for place, (key, text) in enumerate([*((letter, letter) for letter in code), ("Enter", "\r")]):
        stroke = {"key": key, "timestamp": at + place * 0.004}
        keyboard.send("Input.dispatchKeyEvent", {"type": "keyDown", "text": text, **stroke})
        keyboard.send("Input.dispatchKeyEvent", {"type": "keyUp", **stroke})


def scan(page: Page, code: str, *, javascript: bool = True) -> None:
    """Scan with a keyboard wedge: keys in quick succession and Enter, wherever the focus is. Without scripts the field must be tapped first."""
    if javascript:
        page.evaluate("document.activeElement?.blur()")
    else:
        page.locator("[data-scan-box]").focus()
    with page.expect_navigation():
        page.keyboard.type(code, delay=4)
        page.keyboard.press("Enter")
