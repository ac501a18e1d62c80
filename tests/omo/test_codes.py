"""Codes that people and scanners read: signed for one purpose, one version, under keys that can be changed."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty import members
from omo import codes
from orders import messages, pickup_codes
from stores import labels
from tests import factories
from tests.factories import NOON

OLD, NEW = "old-key-" * 5, "new-key-" * 5
PURPOSES = [labels.PURPOSE, members.PURPOSE, pickup_codes.PURPOSE]
IDS = st.text(codes.ALPHABET, min_size=1, max_size=20)


def test_random_ids_are_of_letters_that_survive_being_read_aloud():
    drawn = {codes.random_id() for _ in range(2000)}
    assert len(drawn) == 2000
    assert {len(one) for one in drawn} == {10}
    assert set("".join(drawn)) == set(codes.ALPHABET)
    assert not set("01ILOU") & set(codes.ALPHABET)


@given(public_id=IDS, purpose=st.sampled_from(PURPOSES), version=st.integers(1, 9))
def test_a_signed_code_is_verified_for_its_purpose_and_version_only(public_id, purpose, version):
    text = codes.sign(purpose, public_id, version=version)
    assert codes.signed_id(text) == public_id
    assert codes.verified(purpose, text, version=version)
    assert not codes.verified(purpose, text, version=version + 1)
    assert not any(codes.verified(other, text, version=version) for other in PURPOSES if other != purpose)


@given(public_id=IDS, place=st.integers(0), letter=st.sampled_from(string.ascii_uppercase + string.digits))
def test_any_other_letter_anywhere_makes_a_code_worthless(public_id, place, letter):
    text = codes.sign("pickup", public_id)
    place %= len(text)
    forged = text[:place] + letter + text[place + 1 :]
    assert codes.verified("pickup", forged) == (forged == text)


@given(public_id=IDS, bit=st.integers(0))
def test_a_flipped_bit_makes_a_code_worthless(public_id, bit):
    text = codes.sign("pickup", public_id)
    raw = bytearray(text, "ascii")
    bit %= 8 * len(raw)
    raw[bit // 8] ^= 1 << bit % 8
    flipped = raw.decode("latin-1")
    assert codes.verified("pickup", flipped) == (flipped.upper() == text)  # letters have no case for us


@given(text=st.text(max_size=60))
def test_no_text_at_all_upsets_the_reader(text):
    assert not codes.verified("pickup", text)
    assert codes.signed_id(text) == codes.clean(text).partition(".")[0]
    codes.signed_id(text).encode()


@pytest.mark.parametrize("text", ["", ".", "ABC", "ABC.", ".ABC", "ABC.ABC.ABC", "\ud800.\udfff", "A\x00B.C"])
def test_half_a_code_is_no_code(text):
    assert not codes.verified("pickup", text)
    codes.signed_id(text).encode()


def test_a_scanner_may_add_blanks_controls_and_small_letters():
    text = codes.sign("pickup", "ABCDEFGHJK")
    for scanned in (text.lower(), f"  {text}\r\n", f"\ufeff{text}", text.replace(".", "\u200b."), f"\x02{text}\x03"):
        assert codes.verified("pickup", scanned)


def test_a_key_is_changed_without_a_day_on_which_old_prints_fail(settings):
    settings.CODE_KEYS = [OLD]
    signed, digits, link = codes.sign("label", "ABC"), codes.six_digits("ABC", version=1), codes.link_token("order", "HP-1")
    settings.CODE_KEYS = [NEW, OLD]
    assert codes.verified("label", signed)
    assert codes.link_opens("order", "HP-1", link)
    assert codes.six_digits("ABC", version=1, key=OLD) == digits
    assert codes.sign("label", "ABC") != signed
    assert codes.verified("label", codes.sign("label", "ABC"))
    settings.CODE_KEYS = [NEW]
    assert not codes.verified("label", signed)
    assert not codes.link_opens("order", "HP-1", link)


def test_a_link_opens_one_thing_of_one_version():
    token = codes.link_token("order", "HP-7K2M", version=1)
    assert len(token) == 22
    assert codes.link_opens("order", "HP-7K2M", token, version=1)
    for purpose, number, version, text in [
        ("card", "HP-7K2M", 1, token),
        ("order", "HP-7K2N", 1, token),
        ("order", "HP-7K2M", 2, token),
        ("order", "HP-7K2M", 1, token[:-1]),
        ("order", "HP-7K2M", 1, ""),
        ("order", "HP-7K2M", 1, token.swapcase()),
        ("order", "HP-7K2M", 1, "\ud800"),
    ]:
        assert not codes.link_opens(purpose, number, text, version=version)


def test_six_digits_are_six_digits_and_spread_evenly():
    drawn = [codes.six_digits(str(number), version=1) for number in range(5000)]
    assert all(len(digits) == 6 and digits.isdigit() for digits in drawn)
    assert all(350 < sum(digits[0] == first for digits in drawn) < 650 for first in "0123456789")
    assert len(set(drawn)) > 4950


@pytest.mark.django_db
def test_no_code_opens_another_slot():
    """Every code we print, shown at every place that reads one: each opens its own only."""
    harbour, marta = factories.store(), factories.user()
    goods = factories.stocked(harbour)
    placed = factories.order(harbour, (goods, 1), owner=marta)
    card, waiting = factories.member(user=marta), factories.ready(placed, factories.staff(harbour))
    printed = {
        "label": labels.signed_code(factories.label(harbour, goods)),
        "card": members.card_code(card),
        "pickup": pickup_codes.qr_text(waiting),
        "order": messages.order_link(placed).rstrip("/").rpartition("/")[2],
    }

    def label_opens(text: str) -> bool:
        try:
            return bool(labels.read(text))
        except labels.UnknownLabel:
            return False

    slots = {
        "label": label_opens,
        "card": lambda text: members.read_card(text) is not None,
        "pickup": lambda text: pickup_codes.find_by_qr(text) is not None,
        "order": lambda text: codes.link_opens(messages.PURPOSE, placed.number, text, version=placed.access_version),
    }
    opened = {(code, slot) for code, text in printed.items() for slot, opens in slots.items() if opens(text)}
    assert opened == {(slot, slot) for slot in slots}


@pytest.mark.django_db
def test_the_same_id_in_two_slots_still_opens_its_own_only():
    harbour = factories.store()
    placed = factories.order(harbour, (factories.stocked(harbour), 1))
    waiting = factories.ready(placed, factories.staff(harbour))
    labelled = factories.label(harbour, factories.variant())
    labelled.code = waiting.public_id
    labelled.save()
    assert pickup_codes.find_by_qr(labels.signed_code(labelled)) is None
    with pytest.raises(labels.UnknownLabel):
        labels.read(pickup_codes.qr_text(waiting))


@pytest.mark.django_db
def test_a_raised_version_revokes_what_was_printed():
    harbour = factories.store()
    labelled, card = factories.label(harbour, factories.variant()), factories.member()
    old_label, old_card = labels.signed_code(labelled), members.card_code(card)
    labels.revoke_label(labelled, by=None, at=NOON)
    card.card_version += 1
    card.save()
    with pytest.raises(labels.UnknownLabel):
        labels.read(old_label)
    assert members.read_card(old_card) is None
    assert labels.read(labels.signed_code(labelled)) == labelled
    assert members.read_card(members.card_code(card)) == card
