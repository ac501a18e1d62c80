"""Form fields for what people type."""

import pytest
from django.core.exceptions import ValidationError

from omo.fields import EmailField, QuantityField, ScanField, TextField


def code_of(field, value) -> str:
    """The code of the one error by which the field refuses a value."""
    with pytest.raises(ValidationError) as refusal:
        field.clean(value)
    return refusal.value.error_list[0].code


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Marta Lindqvist", "Marta Lindqvist"),
        ("  Marta  ", "Marta"),
        ("Jose\u0301", "José"),
        ("佐藤 花子", "佐藤 花子"),
        ("مرتا", "مرتا"),
        ("O'Brien-Smith", "O'Brien-Smith"),
        ("Zoë 🌊", "Zoë 🌊"),
    ],
)
def test_names_of_every_script_are_kept_in_one_form(typed, kept):
    assert TextField(max_length=50).clean(typed) == kept


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "required"),
        ("   ", "required"),
        ("Marta\nBcc: x@y.z", "control"),
        ("Mar\x1bta", "control"),
        ("Mar\u2028ta", "control"),
        ("Mar\ud800ta", "control"),
        ("Marta\u202egnp", "direction"),
        ("\u200b\u200b", "invisible"),
        ("\u3164", "invisible"),
        ("so long " * 7, "max_length"),
        ("x" * 100_000, "max_length"),
    ],
)
def test_text_that_breaks_mails_or_deceives_is_refused(typed, code):
    assert code_of(TextField(max_length=50), typed) == code


def test_a_null_byte_is_refused():
    with pytest.raises(ValidationError):
        TextField(max_length=50).clean("Mar\x00ta")


def test_text_that_is_not_asked_for_may_stay_away():
    assert TextField(max_length=50, required=False).clean("") == ""


def test_an_address_is_kept_in_small_letters():
    assert EmailField().clean("  Marta@Shop.TEST ") == "marta@shop.test"


@pytest.mark.parametrize("typed", ["", "marta", "marta@", "@shop.test", "a@b@c.test", "marta@shop.test\nBcc: x@y.test", "mаrta@shop.test", "marta@shöp.test"])
def test_what_is_not_plainly_an_address_is_refused(typed):
    with pytest.raises(ValidationError):
        EmailField().clean(typed)


@pytest.mark.parametrize(("typed", "number"), [("1", 1), ("99", 99), (" 2 ", 2), ("02", 2), ("2.0", 2), ("\uff12", 2), ("٣", 3)])
def test_a_quantity_is_understood_in_digits_of_any_script(typed, number):
    assert QuantityField().clean(typed) == number


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "required"),
        ("0", "range"),
        ("100", "range"),
        ("2147483648", "number"),
        ("9" * 500, "number"),
        ("-1", "number"),
        ("1.5", "number"),
        ("1e2", "number"),
        ("1_0", "number"),
        ("0x1", "number"),
        ("two", "number"),
        ("NaN", "number"),
    ],
)
def test_a_quantity_is_a_whole_number_from_one_to_ninety_nine(typed, code):
    assert code_of(QuantityField(), typed) == code


def test_a_line_may_be_set_to_none():
    assert QuantityField(least=0).clean("0") == 0


def test_a_scan_is_short():
    assert ScanField().clean(" ABC.DEF\r\n") == "ABC.DEF"
    assert code_of(ScanField(), "x" * 301) == "max_length"
