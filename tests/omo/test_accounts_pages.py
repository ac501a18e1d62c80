"""The account: name, address, where somebody is signed in, and signing out of every device."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.urls import reverse

from omo import devices
from omo.models import Event, User
from tests import factories
from tests.unchanged import unchanged

pytestmark = pytest.mark.django_db
CODE = re.compile(r"^[0-9A-Z]{3,4}-?[0-9A-Z]{3,4}$", re.MULTILINE)
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0"


@pytest.fixture
def marta() -> User:
    """A customer, who has no password."""
    person = factories.user("marta@shop.test")
    person.set_unusable_password()
    person.save()
    return person


def sign_in(person: User, agent: str = IPHONE) -> Client:
    """A new device on which somebody signed in with the code from their mail."""
    client = Client(headers={"User-Agent": agent})
    client.post(reverse("account_request_login_code"), {"email": person.email})
    code = CODE.search(mail.outbox[-1].body)[0]
    assert client.post(reverse("account_confirm_login_code"), {"code": code}).status_code == 302
    assert is_signed_in(client)
    return client


def is_signed_in(client: Client) -> bool:
    return client.get(reverse("account")).status_code == 200


def test_strangers_are_sent_to_sign_in(client):
    for name in ("account", "usersessions_list"):
        answer = client.get(reverse(name))
        assert (answer.status_code, answer["Location"]) == (302, f"{reverse('account_login')}?next={reverse(name)}")


def test_the_account_page_leads_to_all_that_is_the_customers(client, marta):
    client.force_login(marta)
    page = client.get(reverse("account")).text
    for name in ("account_email", "mfa_add_webauthn", "usersessions_list", "orders", "card", "account_logout"):
        assert f'href="{reverse(name)}"' in page
    assert "marta@shop.test" in page
    assert "Second step" not in page
    assert "Password" not in page


def test_a_customer_takes_another_name(client, marta):
    client.force_login(marta)
    assert client.post(reverse("change_name"), {"name": "  Marta L. "})["Location"] == reverse("account")
    marta.refresh_from_db()
    assert marta.name == "Marta L."
    with unchanged():
        answer = client.post(reverse("change_name"), {"name": "Marta\u202eL"})
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["name"])


def test_the_address_changes_with_the_code_that_is_sent_to_the_new_one(client, marta):
    client.force_login(marta)
    client.post(reverse("account_email"), {"email": "Marta@New.test", "action_add": ""})
    (letter,) = mail.outbox
    assert letter.to == ["marta@new.test"]
    marta.refresh_from_db()
    assert marta.email == "marta@shop.test"
    client.post(reverse("account_email_verification_sent"), {"code": CODE.search(letter.body)[0]})
    marta.refresh_from_db()
    assert marta.email == "marta@new.test"
    assert list(EmailAddress.objects.values_list("email", "verified", "primary")) == [("marta@new.test", True, True)]
    assert [(later.to, later.subject) for later in mail.outbox[1:]] == [(["marta@shop.test"], "Your e-mail address was changed")]


def test_an_address_of_another_account_is_answered_as_a_free_one_and_changes_nothing(client, marta):
    factories.user("owner@shop.test")
    answers = []
    for address in ("owner@shop.test", "free@shop.test"):
        visitor = Client()
        visitor.force_login(marta)
        answer = visitor.post(reverse("account_email"), {"email": address, "action_add": ""}, follow=True)
        answers.append((answer.redirect_chain, re.sub(r'value="[^"]{30,}"', "", answer.text).replace(address, "x")))
    assert answers[0] == answers[1]
    assert sorted(letter.to[0] for letter in mail.outbox) == ["free@shop.test", "owner@shop.test"]
    marta.refresh_from_db()
    assert marta.email == "marta@shop.test"


# Where somebody is signed in


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (IPHONE, "Safari on iPhone"),
        (WINDOWS, "Edge on Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36", "Chrome on Android"),
        ("curl/8.5", "A browser"),
        ("", "A browser"),
    ],
)
def test_a_device_is_said_in_words(agent, words):
    assert devices.words(agent) == words


def test_the_list_says_on_which_devices_and_which_of_them_is_this_one(marta):
    phone, desk = sign_in(marta), sign_in(marta, WINDOWS)
    places = desk.get(reverse("usersessions_list")).context["places"]
    assert [(place.words, place.address, place.current) for place in places] == [
        ("Edge on Windows", "127.0.0.1", True),
        ("Safari on iPhone", "127.0.0.1", False),
    ]
    assert is_signed_in(phone)


def test_the_list_holds_nobody_elses_devices(marta):
    sign_in(factories.user("other@shop.test"), WINDOWS)
    places = sign_in(marta).get(reverse("usersessions_list")).context["places"]
    assert [place.words for place in places] == ["Safari on iPhone"]


def test_signing_out_everywhere_ends_every_session_of_the_account_and_no_other(marta):
    phone, desk, other = sign_in(marta), sign_in(marta, WINDOWS), sign_in(factories.user("other@shop.test"))
    unlisted = Client()
    unlisted.force_login(User.objects.get(pk=marta.pk))  # as one from before there was a list
    assert phone.post(reverse("sign_out_everywhere"))["Location"] == reverse("account_login")
    assert [is_signed_in(device) for device in (phone, desk, unlisted, other)] == [False, False, False, True]
    event = Event.objects.get(kind="account.signed_out")
    assert (event.by, event.subject) == (marta, f"user:{marta.pk}")
    assert is_signed_in(sign_in(marta))


def test_signing_out_everywhere_else_keeps_this_device_only(marta):
    phone, desk = sign_in(marta), sign_in(marta, WINDOWS)
    unlisted = Client()
    unlisted.force_login(User.objects.get(pk=marta.pk))
    assert phone.post(reverse("sign_out_elsewhere"))["Location"] == reverse("usersessions_list")
    assert [is_signed_in(device) for device in (phone, desk, unlisted)] == [True, False, False]
    assert [(place.words, place.current) for place in phone.get(reverse("usersessions_list")).context["places"]] == [("Safari on iPhone", True)]


def test_a_session_of_before_the_version_was_raised_for_the_first_time_is_as_django_makes_it(marta):
    plain = super(User, marta)._get_session_auth_hash()
    assert marta.get_session_auth_hash() == plain
    marta.sessions_version = 1
    assert marta.get_session_auth_hash() != plain
