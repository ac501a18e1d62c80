"""Signing in: customers by a code from their mail, people who work here by password."""

import re

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from tests import factories

pytestmark = pytest.mark.django_db


def ask(client, email: str):
    return client.post(reverse("account_request_login_code"), {"email": email})


def test_a_customer_gets_a_code_by_mail(client):
    ask(client, factories.user("marta@shop.test").email)
    (letter,) = mail.outbox
    code = re.search(r"^[0-9A-Z]{3,4}-?[0-9A-Z]{3,4}$", letter.body, re.MULTILINE)[0]
    assert (letter.to, letter.subject) == (["marta@shop.test"], f"{code} is your sign-in code for Harbour & Pine")
    assert "10 minutes" in letter.body
    assert "If it was not you, do nothing" in letter.body


def test_a_wrong_code_is_refused_in_our_words(client):
    ask(client, factories.user("marta@shop.test").email)
    answer = client.post(reverse("account_confirm_login_code"), {"code": "WRONG1"})
    assert "This is not the code. Look at the newest mail, or ask for a new one." in answer.content.decode()
    assert "_auth_user_id" not in client.session


def test_a_new_account_is_confirmed_by_a_mail_that_names_the_shop(client):
    client.post(reverse("account_signup"), {"email": "new@shop.test"})
    (letter,) = mail.outbox
    assert letter.subject.endswith(" is your code for Harbour & Pine")
    assert "127.0.0.1" not in letter.body + letter.subject


def test_a_taken_address_is_told_to_its_owner_with_the_way_in(client):
    client.post(reverse("account_signup"), {"email": factories.user("marta@shop.test").email})
    (letter,) = mail.outbox
    assert letter.subject == "You already have an account at Harbour & Pine"
    assert reverse("account_login") in letter.body


@pytest.mark.parametrize("who", ["head office", "staff"])
def test_people_who_work_here_get_no_code_and_are_answered_like_strangers(client, who):
    email = (factories.head_office() if who == "head office" else factories.staff(factories.store())).email
    answer, strange = ask(client, email), ask(Client(), "nobody@shop.test")
    assert (answer.status_code, answer.headers["location"]) == (strange.status_code, strange.headers["location"])
    ours, theirs = mail.outbox
    assert (ours.to, ours.subject) == ([email], "About your sign-in code")
    assert ours.body.replace(email, "x") == theirs.body.replace("nobody@shop.test", "x")
    assert "sign in with your password" in ours.body


def test_people_who_work_here_sign_in_by_password(client):
    clerk = factories.staff(factories.store())
    answer = client.post(reverse("account_login"), {"login": clerk.email, "password": factories.PASSWORD})
    assert answer.status_code == 302
    assert client.session["_auth_user_id"] == str(clerk.pk)


def test_whoever_lost_the_code_asks_for_a_new_one_and_keeps_the_cart(client, db):
    """The page of a code that is on its way leads to asking anew, for known and unknown addresses alike."""
    session = client.session
    session["cart"] = 7
    session.save()
    client.post(reverse("account_request_login_code"), {"email": "nobody@shop.test"})
    page = client.get(reverse("account_confirm_login_code")).content.decode()
    assert "Ask for a new code" in page
    answer = client.post(reverse("account_logout"), {"next": reverse("account_request_login_code")}, follow=True)
    assert answer.request["PATH_INFO"] == reverse("account_request_login_code")
    assert client.session["cart"] == 7
