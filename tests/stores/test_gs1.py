"""GTINs: check digits, and in-house numbers."""

import pytest
from biip.gtin import Gtin
from hypothesis import given
from hypothesis import strategies as st

from stores import gs1


@pytest.mark.parametrize(("body", "digit"), [("629104150021", "3"), ("400638133393", "1"), ("9638507", "4"), ("03600029145", "2"), ("0", "0"), ("1", "7")])
def test_the_check_digit_of_known_numbers(body, digit):
    assert gs1.check_digit(body) == digit


@pytest.mark.parametrize("text", ["6291041500213", "96385074", "036000291452", "10614141543219"])
def test_a_gtin_of_each_length_is_known(text):
    assert gs1.is_gtin(text)


@pytest.mark.parametrize(
    "text", ["", "6291041500214", "629104150021", "96385075", "６291041500213", "629104150021X", "123456789", "-6291041500213", " 96385074"]
)
def test_other_text_is_no_gtin(text):
    assert not gs1.is_gtin(text)


@given(sku=st.text(min_size=1, max_size=40) | st.integers(0, 10**12).map(str))
def test_every_sku_has_its_own_valid_number_of_restricted_circulation(sku):
    gtin = gs1.restricted_gtin(sku)
    assert gtin == gs1.restricted_gtin(sku)
    assert len(gtin) == 13
    assert gs1.is_gtin(gtin)
    assert Gtin.parse(gtin).value == gtin
    assert gtin[:2] in ("20", "21")


@given(sku=st.integers(0, 10**10 - 1).map(str))
def test_a_short_number_is_read_off_its_gtin(sku):
    assert gs1.restricted_gtin(sku)[2:12] == sku.zfill(10)


@given(sku=st.integers(0, 10**9 - 1).map(str))
def test_a_number_with_a_leading_zero_is_another_sku(sku):
    assert gs1.restricted_gtin("0" + sku) != gs1.restricted_gtin(sku)


@given(
    body=st.text("0123456789", min_size=7, max_size=13).filter(lambda text: len(text) in (7, 11, 12, 13)),
    place=st.integers(0),
    other=st.sampled_from("123456789"),
)
def test_one_wrong_digit_is_always_noticed(body, place, other):
    gtin = body + gs1.check_digit(body)
    place %= len(gtin)
    wrong = gtin[:place] + str((int(gtin[place]) + int(other)) % 10) + gtin[place + 1 :]
    assert gs1.is_gtin(gtin)
    assert not gs1.is_gtin(wrong)
