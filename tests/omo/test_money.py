"""Money: whole minor units, one rounding rule, and how people read and write it."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omo import money
from omo.money import NotMoney

CURRENCIES = {"EUR": 2, "JPY": 0, "KWD": 3}


@pytest.fixture(params=CURRENCIES)
def currency(request, settings) -> str:
    """The shop's currency."""
    settings.CURRENCY = request.param
    return request.param


def test_a_currency_has_its_own_number_of_decimals(currency):
    assert money.digits() == CURRENCIES[currency]


@pytest.mark.parametrize(
    ("code", "text", "minor"),
    [
        ("EUR", "12.50", 1250),
        ("EUR", "12.5", 1250),
        ("EUR", "12", 1200),
        ("EUR", "0.01", 1),
        ("EUR", "0", 0),
        ("EUR", " 007.10 ", 710),
        ("EUR", "999999999999.99", 99_999_999_999_999),
        ("JPY", "1250", 1250),
        ("JPY", "1250.0", 1250),
        ("KWD", "1.250", 1250),
        ("KWD", "1.2", 1200),
    ],
)
def test_a_plain_decimal_is_read_exactly(settings, code, text, minor):
    settings.CURRENCY = code
    assert money.parse(text) == minor


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("EUR", text)
        for text in ["", " ", "-1", "+1", "1,50", "1.234,5", "1e3", "1_0", ".5", "5.", "NaN", "Infinity", "0x10", "1.505", "€5", "١٢", "\uff11\uff12", "1 000"]
    ]
    + [("EUR", "1" * 13), ("JPY", "12.5"), ("JPY", "1.05"), ("KWD", "1.2505")],
)
def test_what_is_not_plainly_an_amount_is_refused(settings, code, text):
    settings.CURRENCY = code
    with pytest.raises(NotMoney):
        money.parse(text)


@pytest.mark.parametrize(
    ("code", "locale", "minor", "words"),
    [
        ("EUR", "en_IE", 1250, "€12.50"),
        ("EUR", "en_IE", 123_456_789, "€1,234,567.89"),
        ("EUR", "en_IE", 0, "€0.00"),
        ("EUR", "en_IE", -1250, "-€12.50"),
        ("EUR", "de_DE", 1250, "12,50\xa0€"),
        ("JPY", "ja_JP", 1250, "¥1,250"),
        ("KWD", "en_GB", 1250, "KWD1.250"),
    ],
)
def test_amounts_are_written_as_people_of_the_locale_write_them(settings, code, locale, minor, words):
    settings.CURRENCY, settings.LOCALE = code, locale
    assert money.words(minor).replace("￥", "¥") == words


@given(minor=st.integers(0, 10**11), code=st.sampled_from(sorted(CURRENCIES)))
def test_an_amount_written_as_a_decimal_is_read_back_exactly(minor, code):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.CURRENCY", code, raising=False)
        assert money.parse(str(money.decimal(minor))) == minor


@given(minor=st.integers(-(10**15), 10**15), code=st.sampled_from(sorted(CURRENCIES)))
def test_the_words_of_an_amount_hold_all_its_digits(minor, code):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.CURRENCY", code, raising=False)
        figures = "".join(letter for letter in money.words(minor) if letter.isdigit())
        assert int(figures) == abs(minor)
        assert ("-" in money.words(minor)) == (minor < 0)


@pytest.mark.parametrize(("exact", "whole"), [("0.5", 1), ("1.5", 2), ("2.5", 3), ("-0.5", -1), ("-2.5", -3), ("0.4999", 0), ("2", 2)])
def test_half_a_unit_is_rounded_away_from_zero(exact, whole):
    assert money.rounded(Decimal(exact)) == whole


@pytest.mark.parametrize(("total", "parts", "one"), [(1000, 3, 333), (1001, 2, 501), (200, 3, 67), (0, 5, 0), (999, 1, 999)])
def test_a_share_is_rounded_by_the_same_rule(total, parts, one):
    assert money.share(total, parts) == one
