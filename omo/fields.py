"""Form fields for what people type: names, e-mail addresses, quantities and codes.

Text is kept in NFC (https://unicode.org/reports/tr15/). Every script is welcome; control characters, invisible-only text and direction overrides are not,
because they break mails and deceive whoever reads them at the counter.
"""

import re
import unicodedata
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError

CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
UNREADABLE = "\ufffd"
DIRECTION = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
INVISIBLE = re.compile(
    r"[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2060-\u2064\u206a-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb"
    r"\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
LONGEST_WORD = 50


def check_text(text: str) -> str:
    """One line of text in NFC, trimmed. Raises ValidationError with the reason."""
    text = unicodedata.normalize("NFC", text).strip()
    if CONTROLS.search(text):
        raise ValidationError("Use one line of plain text, without control characters.", code="control")
    if UNREADABLE in text:
        raise ValidationError("Some characters arrived damaged. Type them again.", code="damaged")
    if DIRECTION.search(text):
        raise ValidationError("Remove the hidden characters that turn the writing direction.", code="direction")
    if text and not INVISIBLE.sub("", text).strip():
        raise ValidationError("This looks empty. Type something that can be seen.", code="invisible")
    return text


def _length(word: str) -> int:
    """How many letters a word is wide: marks above or below a letter do not count."""
    return sum(not unicodedata.combining(letter) for letter in word)


def check_email(email: str) -> str:
    """An address in lower case. Raises ValidationError for letters that only look like the Latin ones of most addresses."""
    email = unicodedata.normalize("NFC", email).strip().lower()
    if not email.isascii():
        raise ValidationError("Use plain letters in the e-mail address. One of these only looks like a Latin letter.", code="homograph")
    return email


class TextField(forms.CharField):
    """One line of text that people will read: at most `max_length` characters in NFC, and no word that a narrow page could not hold."""

    def to_python(self, value: Any) -> str:
        """The text. CharField would strip first, so line ends at the ends are seen here."""
        text = super().to_python(value) or ""
        if len(text) > 10 * (self.max_length or 100):
            raise ValidationError(f"Use at most {self.max_length} characters.", code="max_length")
        text = check_text(text)
        if any(_length(word) > LONGEST_WORD for word in text.split()):
            raise ValidationError(f"Use words of at most {LONGEST_WORD} characters.", code="long_word")
        return text


class EmailField(forms.EmailField):
    """An e-mail address in lower case."""

    def to_python(self, value: Any) -> str:
        """The address."""
        return check_email(super().to_python(value) or "")


class QuantityField(forms.Field):
    """A whole number from 1 (or `least`) to settings.MAX_LINE_QUANTITY; digits of any script are understood."""

    widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "pattern": "[0-9]*"})
    default_error_messages = {"required": "Say how many.", "number": "Use a whole number, such as 2."}

    def __init__(self, *, least: int = 1, **kwargs: Any) -> None:
        self.least, self.most = least, settings.MAX_LINE_QUANTITY
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> int | None:
        """The number. Raises ValidationError."""
        text = str(value or "").strip()
        if not text:
            return None
        match = re.fullmatch(r"(\d{1,6})([.．][0０]{1,6})?", text)
        if not match:
            raise ValidationError(self.error_messages["number"] if len(text) < 7 else f"Use a whole number up to {self.most}.", code="number")
        number = int(match[1])
        if not self.least <= number <= self.most:
            raise ValidationError(f"Choose from {self.least} to {self.most}.", code="range")
        return number


class ScanField(forms.CharField):
    """What a scanner read: at most 300 characters, the most that any of our codes has many times over."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=300, strip=True, **kwargs)
