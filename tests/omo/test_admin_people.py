"""Accounts in head office: made by e-mail address, with or without a password."""

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group, Permission

from omo.models import User
from tests import factories
from tests.office import errors, filled, url

pytestmark = pytest.mark.django_db
GOOD = "quiet-harbour-2"


@pytest.fixture
def office(client):
    """The browser of somebody of head office with every right."""
    client.force_login(factories.head_office())
    return client


def test_an_account_is_made_with_a_password(office):
    assert filled(office, url(User, "add"), email="Ana@Shop.test", name="Ana Costa", password1=GOOD, password2=GOOD).status_code == 302
    ana = User.objects.get(email="ana@shop.test")
    assert (ana.name, ana.check_password(GOOD), ana.is_staff) == ("Ana Costa", True, False)


def test_an_account_without_a_password_signs_in_by_code_only(office):
    assert filled(office, url(User, "add"), email="ana@shop.test", name="Ana").status_code == 302
    ana = User.objects.get(email="ana@shop.test")
    assert not ana.has_usable_password()
    assert not ana.check_password("")


@pytest.mark.parametrize(
    ("typed", "refused"),
    [
        ({"email": "ANA@shop.test"}, {"email": ["User with this Email already exists."]}),
        ({"email": "an\u0430@shop.test"}, {"email": ["Use plain letters in the e-mail address. One of these only looks like a Latin letter."]}),
        ({"email": "ana"}, {"email": ["Enter a valid email address."]}),
        ({"name": "Ana " * 26}, {"name": ["Ensure this value has at most 100 characters (it has 103)."]}),
        ({"password1": GOOD}, {"password2": ["Type the password twice, or leave both empty."]}),
        ({"password1": GOOD, "password2": "other-harbour-2"}, {"password2": ["The two password fields didn’t match."]}),
        ({"password1": "short", "password2": "short"}, {"password2": ["This password is too short. It must contain at least 10 characters."]}),
        ({"password1": "a" * 129, "password2": "a" * 129}, {"password1": ["A password has at most 128 characters."]}),
    ],
)
def test_an_account_that_is_wrong_is_refused_beside_the_field(office, typed, refused):
    factories.user("ana@shop.test")
    before = User.objects.count()
    found = errors(filled(office, url(User, "add"), **({"email": "new@shop.test", "name": "New"} | typed)))
    assert {name: found.get(name) for name in refused} == refused
    assert User.objects.count() == before


def test_a_password_is_set_for_somebody(office):
    ana = factories.user()
    page = f"/admin/omo/user/{ana.pk}/password/"
    assert page.removeprefix(f"/admin/omo/user/{ana.pk}/") in office.get(url(User, "change", ana.pk)).text
    assert office.post(page, {"password1": GOOD, "password2": GOOD, "usable_password": "true"}).status_code == 302
    ana.refresh_from_db()
    assert ana.check_password(GOOD)


def test_a_new_address_replaces_the_old_one_and_is_to_be_proved(office):
    ana = factories.user("ana@shop.test")
    assert filled(office, url(User, "change", ana.pk), email="ana@new.test").status_code == 302
    assert list(EmailAddress.objects.filter(user=ana).values_list("email", "primary", "verified")) == [("ana@new.test", True, False)]


def test_a_group_gives_rights_to_look_at_facts_and_to_change_the_catalogue(office):
    offered = office.get(url(Group, "add")).context["adminform"].form.fields["permissions"].queryset
    names = set(offered.values_list("codename", flat=True))
    assert {"view_order", "change_product", "change_message", "view_event"} <= names
    assert not {"change_order", "delete_event", "add_payment", "view_historicalproduct", "view_session"} & names
    rights = Permission.objects.filter(codename__in=["view_order", "change_product"])
    assert office.post(url(Group, "add"), {"name": "Catalogue", "permissions": [right.pk for right in rights]}).status_code == 302
    assert set(Group.objects.get().permissions.all()) == set(rights)


def test_the_secret_of_a_second_step_is_shown_to_nobody(office):
    step = Authenticator.objects.create(user=factories.user(), type="totp", data={"secret": "JBSWY3DPEHPK3PXP"})
    for page in (url(Authenticator), url(Authenticator, "change", step.pk)):
        assert "JBSWY3DPEHPK3PXP" not in office.get(page).text
    assert office.post(url(Authenticator, "delete", step.pk), {"post": "yes"}).status_code == 302
    assert not Authenticator.objects.exists()
