"""Who may change how somebody signs in: head office's own ways in are a superuser's, like the accounts themselves."""

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group, Permission

from omo.models import User
from tests import factories
from tests.office import filled, url

pytestmark = pytest.mark.django_db
TABLES = ("emailaddress", "authenticator", "user")


@pytest.fixture
def limited(client):
    """The browser of somebody of head office with every right over addresses, second steps and accounts, who is no superuser."""
    person = factories.user("lim@shop.test", is_staff=True)
    person.user_permissions.set(Permission.objects.filter(content_type__model__in=TABLES))
    client.force_login(person)
    return client


def address_of(person: User, email: str = "", **fields) -> EmailAddress:
    email = email or person.email
    return EmailAddress.objects.update_or_create(user=person, email=email, defaults=fields)[0]


def ways_in() -> list[tuple]:
    """Every address and second step, as they are."""
    return [*EmailAddress.objects.order_by("pk").values_list(), *Authenticator.objects.order_by("pk").values_list()]


@pytest.mark.parametrize("rank", [{"is_staff": True}, {"is_superuser": True}, {"is_staff": True, "is_superuser": True}])
def test_the_addresses_and_second_steps_of_head_office_are_out_of_a_colleagues_reach(limited, rank):
    chief = factories.user("chief@shop.test", **rank)
    address = address_of(chief, "old@shop.test", verified=False)
    step = Authenticator.objects.create(user=chief, type="totp", data={})
    before = ways_in()
    changed = {"email": "mine@shop.test", "user": chief.pk, "verified": "on", "primary": "on"}
    assert limited.post(url(EmailAddress, "change", address.pk), changed).status_code == 403
    for model, row in ((EmailAddress, address), (Authenticator, step)):
        assert limited.post(url(model, "delete", row.pk), {"post": "yes"}).status_code == 403
        limited.post(url(model), {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"})
    answer = limited.post(url(EmailAddress), {"action": "make_verified", "_selected_action": [address.pk]}, follow=True)
    assert "Addresses of head office are a superuser&#x27;s to change. They were left as they are." in answer.text
    assert ways_in() == before


def test_a_colleague_gives_nobody_a_further_address_and_moves_none_to_another_account(limited):
    chief, marta = factories.head_office(), factories.user("marta@shop.test")
    address = address_of(marta, "second@shop.test", verified=True)
    count = EmailAddress.objects.count()
    new = {"email": "mine@shop.test", "user": chief.pk, "verified": "on"}
    assert limited.post(url(EmailAddress, "add"), new).status_code == 403
    assert limited.post(url(EmailAddress, "change", address.pk), {"email": address.email, "user": chief.pk, "verified": "on"}).status_code == 302
    address.refresh_from_db()
    assert (address.user, EmailAddress.objects.count()) == (marta, count)


def test_a_colleague_looks_after_customers(limited):
    marta = factories.user("marta@shop.test")
    address = address_of(marta, "second@shop.test", verified=False)
    step = Authenticator.objects.create(user=marta, type="totp", data={})
    limited.post(url(EmailAddress), {"action": "make_verified", "_selected_action": [address.pk]})
    address.refresh_from_db()
    assert address.verified
    assert limited.post(url(Authenticator, "delete", step.pk), {"post": "yes"}).status_code == 302
    assert limited.post(url(EmailAddress, "delete", address.pk), {"post": "yes"}).status_code == 302
    assert not Authenticator.objects.exists()
    assert not EmailAddress.objects.filter(email="second@shop.test").exists()


def test_who_may_only_look_at_addresses_proves_none(client):
    person = factories.user(is_staff=True)
    person.user_permissions.set(Permission.objects.filter(codename="view_emailaddress"))
    client.force_login(person)
    address = address_of(factories.user(), "second@shop.test", verified=False)
    client.post(url(EmailAddress), {"action": "make_verified", "_selected_action": [address.pk]})
    address.refresh_from_db()
    assert not address.verified


def test_a_superuser_does_all_of_it(client):
    client.force_login(factories.head_office())
    chief = factories.user("chief@shop.test", is_staff=True)
    assert filled(client, url(EmailAddress, "add"), email="more@shop.test", user=str(chief.pk)).status_code == 302
    more = EmailAddress.objects.get(email="more@shop.test")
    client.post(url(EmailAddress), {"action": "make_verified", "_selected_action": [more.pk]})
    more.refresh_from_db()
    assert more.verified
    assert client.post(url(EmailAddress, "delete", more.pk), {"post": "yes"}).status_code == 302


def test_a_group_offers_no_right_that_only_superusers_have(client):
    client.force_login(factories.head_office())
    offered = client.get(url(Group, "add")).context["adminform"].form.fields["permissions"].queryset
    names = set(offered.values_list("codename", flat=True))
    assert {"change_emailaddress", "delete_authenticator"} <= names
    assert not {"add_emailaddress", "add_authenticator", "change_authenticator", "add_group", "change_group"} & names
