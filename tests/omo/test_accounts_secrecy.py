"""Nobody learns from the ways in who has an account, and nobody tries them for long."""

import re

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from omo.models import User
from tests import factories
from tests.unchanged import unchanged

pytestmark = pytest.mark.django_db
KNOWN, UNKNOWN = "marta@shop.test", "nobody@shop.test"


@pytest.fixture(autouse=True)
def marta() -> User:
    """A customer with an account."""
    return factories.user(KNOWN)


def ask(client, email):
    return client.post(reverse("account_request_login_code"), {"email": email})


def sign_up(client, email):
    return client.post(reverse("account_signup"), {"email": email})


def plain(answer, email) -> str:
    """The page without what differs from visit to visit."""
    return re.sub(r'name="(csrfmiddlewaretoken|[^"]*)" value="[A-Za-z0-9]{60,}"', "", answer.text).replace(email, "x")


def from_elsewhere(number: int) -> Client:
    return Client(REMOTE_ADDR=f"192.0.2.{number}")


@pytest.mark.parametrize(
    ("way", "confirm"),
    [(ask, "account_confirm_login_code"), (sign_up, "account_email_verification_sent")],
    ids=["asking for a code", "signing up"],
)
def test_known_and_unknown_addresses_are_answered_alike_and_each_gets_one_mail(way, confirm):
    seen = []
    for email in (KNOWN, UNKNOWN):
        client, before = Client(), len(mail.outbox)
        answer = way(client, email)
        page = client.get(reverse(confirm))
        wrong = client.post(reverse(confirm), {"code": "WRONG1"})
        letters = mail.outbox[before:]
        assert [letter.to for letter in letters] == [[email]]
        seen.append((answer.status_code, answer["Location"], page.status_code, plain(page, email), wrong.status_code, plain(wrong, email)))
    assert seen[0] == seen[1]


@pytest.mark.parametrize("email", [KNOWN, UNKNOWN])
def test_five_wrong_codes_end_the_sign_in_of_known_and_unknown_addresses_alike(email):
    client = Client()
    ask(client, email)
    answers = [client.post(reverse("account_confirm_login_code"), {"code": f"WRONG{number}"}).status_code for number in range(6)]
    assert answers == [200, 200, 200, 200, 429, 302]
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("email", [KNOWN, UNKNOWN])
@pytest.mark.parametrize("way", [ask, sign_up], ids=["asking for a code", "signing up"])
def test_the_fourth_try_with_one_address_in_a_minute_is_refused_in_words_whoever_has_it(way, email):
    answers = [way(from_elsewhere(number), email) for number in range(4)]
    assert [answer.status_code for answer in answers] == [302, 302, 302, 429]
    assert "Retry-After" in answers[3].headers
    assert answers[3].templates[0].name == "429.html"
    assert len(mail.outbox) == 3


@pytest.mark.parametrize("way", [ask, sign_up], ids=["asking for a code", "signing up"])
def test_the_twenty_first_try_from_one_place_in_a_minute_is_refused(way):
    answers = [way(Client(), f"person{number}@elsewhere.test").status_code for number in range(21)]
    assert answers == [302] * 20 + [429]


def test_signing_up_with_a_taken_address_changes_nothing():
    with unchanged():
        sign_up(Client(), KNOWN)


def test_the_password_page_says_the_same_for_known_and_unknown_addresses():
    pages = [plain(Client().post(reverse("account_login"), {"login": email, "password": "not-the-password"}), email) for email in (KNOWN, UNKNOWN)]
    assert pages[0] == pages[1]
