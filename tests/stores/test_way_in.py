"""The way to work: where people land who sign in, and the link at the foot of every page."""

import pytest
from django.urls import reverse

from tests import factories

pytestmark = pytest.mark.django_db
LINK = f'<a href="{reverse("staff")}">Staff</a>'


def sign_in(client, person, **fields):
    return client.post(reverse("account_login"), {"login": person.email, "password": factories.PASSWORD, **fields})


def foot(client):
    return client.get("/").content.decode().partition('<footer class="foot">')[2]


def test_who_works_in_a_store_lands_at_work_and_finds_the_way_back_on_every_page(client):
    assert sign_in(client, factories.staff(factories.store()))["Location"] == reverse("staff")
    assert LINK in foot(client)


def test_who_asked_for_a_page_lands_there(client):
    assert sign_in(client, factories.staff(factories.store()), next="/cart/")["Location"] == "/cart/"


def test_a_customer_lands_at_the_card_and_is_shown_no_way_to_work(client):
    assert sign_in(client, factories.user())["Location"] == reverse("card")
    assert LINK not in foot(client)


def test_head_office_is_shown_the_way_too(client):
    client.force_login(factories.head_office())
    assert LINK in foot(client)


def test_after_signing_out_nobody_is_shown_the_way(client):
    sign_in(client, factories.staff(factories.store()))
    client.post(reverse("account_logout"))
    assert LINK not in foot(client)
    assert sign_in(client, factories.user())["Location"] == reverse("card")
    assert LINK not in foot(client)
