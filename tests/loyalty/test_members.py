"""Joining, and the member's card."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty import members
from loyalty.members import AlreadyMember, luhn_digit
from loyalty.models import Member
from omo import codes
from omo.models import Event
from tests import factories
from tests.factories import NOON
from tests.unchanged import refused, unchanged

pytestmark = pytest.mark.django_db


def join(**fields) -> Member:
    return members.join(**{"channel": "web", "by": None, "at": NOON, **fields})


def test_a_member_joins_at_a_till_with_nothing_but_a_card():
    harbour = factories.store()
    ana = factories.staff(harbour)
    card = join(channel="till", store=harbour, by=ana)
    assert (card.name, card.email, card.user, card.balance, card.active, card.card_version) == ("", "", None, 0, True, 1)
    assert (card.joined_at, card.joined_store, card.joined_channel) == (NOON, harbour, "till")
    event = Event.objects.get()
    assert (event.kind, event.member, event.store, event.by, event.channel) == ("member.joined", card, harbour, ana, "till")


def test_a_member_joins_online_with_an_account():
    marta = factories.user()
    card = join(user=marta, name="Marta", email="Marta@Shop.TEST", by=marta)
    assert (card.user, card.email, str(card)) == (marta, "marta@shop.test", "Marta")


@pytest.mark.parametrize("same", ["email", "user", "reference"])
def test_an_address_an_account_and_a_reference_have_one_membership(same):
    marta = factories.user()
    join(email="marta@shop.test", user=marta, reference="crm:7")
    with refused(AlreadyMember):
        join(**{"email": {"email": "MARTA@shop.test"}, "user": {"user": marta}, "reference": {"reference": "crm:7"}}[same])


def test_many_members_may_have_no_address_and_no_reference():
    join(), join()
    assert Member.objects.count() == 2


# Giving an account the membership that was made in a store


def test_a_membership_made_in_a_store_waits_for_the_account_with_its_verified_address():
    card = join(channel="till", email="marta@shop.test")
    marta = factories.user(email="marta@shop.test")
    assert members.waiting_for(marta) == card
    assert members.link(marta, at=NOON) == card
    card.refresh_from_db()
    assert card.user == marta
    event = Event.objects.get(kind="member.linked")
    assert (event.member, event.by, event.channel) == (card, marta, "web")
    with unchanged():
        assert members.link(marta, at=NOON) is None


def test_an_address_that_is_not_verified_opens_no_membership():
    join(channel="till", email="marta@shop.test")
    thief = factories.user(email="marta@shop.test")
    thief.emailaddress_set.update(verified=False)
    with unchanged():
        assert members.link(thief, at=NOON) is None


def test_a_membership_of_another_account_or_of_nobody_any_more_is_not_given_away():
    marta = factories.user(email="marta@shop.test")
    join(email="marta@shop.test", user=factories.user())
    with unchanged():
        assert members.link(marta, at=NOON) is None
    Member.objects.update(user=None, active=False)
    with unchanged():
        assert members.link(marta, at=NOON) is None


def test_who_has_a_membership_gets_no_second_one():
    join(channel="till", email="marta@shop.test")
    marta = factories.user(email="marta@shop.test")
    join(user=marta)
    with unchanged():
        assert members.link(marta, at=NOON) is None


# The card


def test_a_number_has_ten_digits_of_which_the_last_checks_the_others():
    numbers = [join().number for _ in range(50)]
    assert len(set(numbers)) == 50
    assert all(len(number) == 10 and number.startswith("60") and luhn_digit(number[:-1]) == number[-1] for number in numbers)
    assert Member(number="6041220788").number_words == "6041 2207 88"


@pytest.mark.parametrize(("body", "digit"), [("7992739871", "3"), ("411111111111111", "1"), ("0", "0"), ("18", "2")])
def test_the_luhn_digit_of_known_numbers(body, digit):
    assert luhn_digit(body) == digit


@given(body=st.text("0123456789", min_size=9, max_size=9), place=st.integers(0, 8), other=st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(body, place, other):
    wrong = body[:place] + str((int(body[place]) + other) % 10) + body[place + 1 :]
    assert luhn_digit(wrong) != luhn_digit(body)


def test_a_card_is_read_scanned_or_typed():
    card = join()
    for text in (members.card_code(card), members.card_code(card).lower(), card.number, card.number_words, f" {card.number}\n", f"\ufeff{card.number}"):
        assert members.read_card(text) == card


@pytest.mark.parametrize("text", ["", ".", "6000000000", "6041\x00220788", "\ud800", "\ud800.\ud800", "x" * 300, "6041.6041"])
def test_what_is_no_card_reads_as_nobody(text):
    join()
    assert members.read_card(text) is None


def test_a_forged_revoked_or_closed_card_reads_as_nobody():
    card = join()
    forged = [f"{card.number}.", f"{card.number}.AAAAAAAAAAAAAAAA", codes.sign("pickup", card.number), codes.sign("card", card.number, version=2)]
    assert [members.read_card(text) for text in forged] == [None] * 4
    printed = members.card_code(card)
    Member.objects.update(card_version=2)
    assert members.read_card(printed) is None
    Member.objects.update(card_version=1, active=False)
    assert (members.read_card(printed), members.read_card(card.number)) == (None, None)
