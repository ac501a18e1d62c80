"""The second step of signing in: whoever works here can have one, and must where settings.STAFF_MFA_REQUIRED says so."""

import base64
import hmac
import struct
from datetime import datetime, timedelta

import pytest
import time_machine
from allauth.mfa.totp.internal.auth import TOTP
from django.urls import reverse

from tests import factories
from tests.factories import NOON

pytestmark = pytest.mark.django_db
SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


def six_digits(secret: str, at: datetime) -> str:
    """What the app on the phone shows (RFC 6238)."""
    digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", int(at.timestamp()) // 30), "sha1")
    return f"{(int.from_bytes(digest[digest[-1] & 15 :][:4], 'big') & 0x7FFFFFFF) % 1_000_000:06}"


@pytest.fixture(autouse=True)
def clock():
    """The clock stands at noon."""
    with time_machine.travel(NOON, tick=False) as travelling:
        yield travelling


@pytest.fixture(autouse=True)
def required(settings):
    """A second step is required, as it is in production."""
    settings.STAFF_MFA_REQUIRED = True


@pytest.fixture
def ines():
    """Somebody of head office, with a password only."""
    return factories.head_office()


@pytest.fixture
def with_phone(ines):
    """Somebody of head office whose phone shows six digits."""
    TOTP.activate(ines, SECRET)
    return ines


def give_password(client, person):
    return client.post(reverse("account_login"), {"login": person.email, "password": factories.PASSWORD})


def give_digits(client, digits):
    return client.post(reverse("mfa_authenticate"), {"code": digits})


def signed_in(client):
    return "_auth_user_id" in client.session


def test_the_phone_of_these_tests_shows_what_the_standard_says():
    assert six_digits(SECRET, datetime.fromisoformat("2009-02-13T23:31:30+00:00")) == "005924"


@pytest.mark.parametrize("page", ["/admin/", "/admin/orders/order/", "/staff/"])
def test_who_has_no_second_step_is_sent_to_set_one_up(client, ines, page):
    client.force_login(ines)
    answer = client.get(page, follow=True)
    assert answer.redirect_chain == [(reverse("mfa_index"), 302)]
    assert "Set up a second step for signing in first. It takes a minute." in answer.text
    assert reverse("mfa_activate_totp") in answer.text


def test_without_a_second_step_nothing_can_be_sent_either(client, ines):
    client.force_login(ines)
    answer = client.post("/admin/stores/category/add/", {"name": "Coats", "slug": "coats"})
    assert (answer.status_code, answer["Location"]) == (302, reverse("mfa_index"))


def test_where_it_is_not_required_the_password_is_enough(client, ines, settings):
    settings.STAFF_MFA_REQUIRED = False
    give_password(client, ines)
    assert client.get("/admin/").status_code == 200


def test_customers_are_not_asked_for_a_second_step(client):
    client.force_login(factories.user())
    assert client.get(reverse("orders")).status_code == 200


def test_it_is_set_up_with_the_phone_and_opens_the_office(client, ines):
    give_password(client, ines)
    again = client.get(reverse("mfa_activate_totp"))["Location"]
    assert again.startswith(reverse("account_reauthenticate"))  # who finds a computer unlocked sets up no phone of their own
    assert client.post(again, {"password": factories.PASSWORD})["Location"] == reverse("mfa_activate_totp")
    assert client.get(reverse("mfa_activate_totp")).status_code == 200
    secret = client.session["mfa.totp.secret"]
    assert client.post(reverse("mfa_activate_totp"), {"code": six_digits(secret, NOON - timedelta(hours=1))}).status_code == 200
    assert client.get("/admin/")["Location"] == reverse("mfa_index")
    assert client.post(reverse("mfa_activate_totp"), {"code": six_digits(secret, NOON)}).status_code == 302
    assert client.get("/admin/").status_code == 200


def test_after_the_password_the_digits_are_asked_for_and_the_right_ones_let_in(client, with_phone):
    assert give_password(client, with_phone)["Location"] == reverse("mfa_authenticate")
    assert client.get(reverse("mfa_authenticate")).status_code == 200
    assert not signed_in(client)
    assert client.get("/admin/")["Location"].startswith("/admin/login/")
    assert give_digits(client, six_digits(SECRET, NOON)).status_code == 302
    assert signed_in(client)
    assert client.get("/admin/").status_code == 200


@pytest.mark.parametrize(
    "digits",
    [six_digits(SECRET, NOON - timedelta(minutes=10)), six_digits("A" * 32, NOON), f"{six_digits(SECRET, NOON)}0", "", factories.PASSWORD],
    ids=["of ten minutes ago", "of another phone", "and one more", "none", "the password again"],
)
def test_wrong_digits_let_nobody_in(client, with_phone, digits):
    give_password(client, with_phone)
    answer = give_digits(client, digits)
    assert (answer.status_code, list(answer.context["form"].errors)) == (200, ["code"])
    assert not signed_in(client)
    assert client.get("/admin/")["Location"].startswith("/admin/login/")


def test_digits_that_were_used_are_worth_nothing_to_who_saw_them(client, with_phone):
    digits = six_digits(SECRET, NOON)
    for expected in (True, False):
        client.logout()
        give_password(client, with_phone)
        give_digits(client, digits)
        assert signed_in(client) == expected


def test_the_right_digits_without_the_password_let_nobody_in(client, with_phone):
    assert give_digits(client, six_digits(SECRET, NOON))["Location"].startswith(reverse("account_login"))
    assert not signed_in(client)
