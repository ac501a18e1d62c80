"""What a passkey is to whom: to customers a way to sign in, to people who work here a second step.

Adding and using one is in tests/browser/test_passkeys.py.
"""

import pytest
from allauth.mfa.models import Authenticator
from django.urls import reverse

from omo.models import User
from tests import factories
from tests.unchanged import unchanged

pytestmark = pytest.mark.django_db


def with_passkey(person: User, name: str = "My phone") -> Authenticator:
    """A passkey that somebody added."""
    return Authenticator.objects.create(user=person, type=Authenticator.Type.WEBAUTHN, data={"name": name, "credential": {}, "passwordless": True})


def give_password(client, person):
    return client.post(reverse("account_login"), {"login": person.email, "password": factories.PASSWORD})


def test_a_customer_is_not_asked_for_the_passkey_as_a_second_step(client):
    marta = factories.user()
    with_passkey(marta)
    assert give_password(client, marta)["Location"] == reverse("card")
    assert client.session["_auth_user_id"] == str(marta.pk)


def test_who_works_here_is_asked_for_it(client, ana):
    with_passkey(ana)
    assert give_password(client, ana)["Location"] == reverse("mfa_authenticate")
    assert "_auth_user_id" not in client.session


def test_a_customer_reaches_the_passkeys_and_is_shown_nothing_of_apps_and_recovery_codes(client):
    marta = factories.user()
    marta.set_unusable_password()
    marta.save()
    client.force_login(marta)
    page = client.get(reverse("mfa_index")).text
    assert ("Authenticator app" in page, "Recovery codes" in page, "Passkeys" in page) == (False, False, True)
    assert client.get(reverse("mfa_add_webauthn")).status_code == 200


def test_the_account_page_lists_the_passkeys_by_name(client):
    marta = factories.user()
    key = with_passkey(marta)
    with_passkey(factories.user(), "Somebody else's")
    client.force_login(marta)
    page = client.get(reverse("account")).text
    assert "<bdi>My phone</bdi>" in page
    assert reverse("mfa_remove_webauthn", args=[key.pk]) in page
    assert "Somebody else" not in page


def test_who_works_here_finds_the_app_and_the_recovery_codes(client, ana):
    client.force_login(ana)
    page = client.get(reverse("mfa_index")).text
    assert ("Authenticator app" in page, "Recovery codes" in page) == (True, True)


@pytest.mark.parametrize("name", ["mfa_edit_webauthn", "mfa_remove_webauthn"])
def test_somebody_elses_passkey_does_not_exist(client, name):
    theirs = with_passkey(factories.user())
    marta = factories.user()
    marta.set_unusable_password()
    marta.save()
    client.force_login(marta)
    with unchanged():
        assert client.get(reverse(name, args=[theirs.pk])).status_code == 404
        assert client.post(reverse(name, args=[theirs.pk]), {"name": "Mine"}).status_code == 404
    assert Authenticator.objects.get().data["name"] == "My phone"


def test_what_is_no_passkey_is_refused(client):
    marta = factories.user()
    marta.set_unusable_password()
    marta.save()
    client.force_login(marta)
    assert client.get(reverse("mfa_add_webauthn")).status_code == 200
    for credential in ("", "{}", '{"id": "x"}', "null", "[]"):
        assert client.post(reverse("mfa_add_webauthn"), {"name": "Mine", "credential": credential}).status_code == 200
    assert not Authenticator.objects.exists()


@pytest.mark.parametrize("credential", ["", "{}", '{"id": "x"}', "null"])
def test_what_is_no_passkey_signs_nobody_in(client, credential):
    with_passkey(factories.user())
    answer = client.post(reverse("mfa_login_webauthn"), {"credential": credential})
    assert (answer.status_code, answer["Location"]) == (302, reverse("account_login"))
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("name", ["account_login", "mfa_add_webauthn"])
def test_the_pages_with_passkeys_need_no_weaker_content_policy(client, name):
    marta = factories.user()
    marta.set_unusable_password()
    marta.save()
    if name != "account_login":
        client.force_login(marta)
    answer = client.get(reverse(name))
    assert "script-src 'self';" in answer["Content-Security-Policy"] + ";"
    assert "unsafe" not in answer["Content-Security-Policy"]
