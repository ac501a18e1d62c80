"""Find my order: whoever reads the mailbox may open what was ordered with its address, and nobody learns whether anything was."""

import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from omo import codes, mailed_codes, outbox
from omo.models import MailedCode, Message
from orders import order_access
from orders.models import Order
from tests.factories import NOON
from tests.orders.own_orders import placed, url
from tests.unchanged import unchanged

pytestmark = pytest.mark.django_db
State = Message.State


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """The clock stands at noon."""
    with time_machine.travel(NOON, tick=False) as travelling:
        yield travelling


@pytest.fixture
def order(harbour) -> Order:
    """What a guest ordered as marta@shop.test."""
    return placed(harbour)


def ask(client, email="marta@shop.test", **headers):
    return client.post(reverse("find_order"), {"email": email}, **headers)


def deliver() -> Message:
    """Send the newest mail about a code."""
    message = Message.objects.filter(kind="find_order").latest("pk")
    outbox.deliver(message)
    message.refresh_from_db()
    return message


def newest() -> str:
    return mailed_codes.digits(MailedCode.objects.latest("pk"))


def wrong() -> str:
    return f"{(int(newest()) + 1) % 1_000_000:06d}"


def give(client, typed):
    return client.post(reverse("find_order_code"), {"code": typed})


def plain(answer, email: str) -> str:
    """The page without what differs from visit to visit."""
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", answer.text).replace(email, "x")


def test_the_code_from_the_mail_opens_the_orders_of_the_address_and_lists_them(client, order, harbour, mailoutbox):
    second, foreign = placed(harbour), placed(harbour, email="other@shop.test")
    assert ask(client, "Marta@Shop.TEST")["Location"] == reverse("find_order_code")
    assert deliver().state == State.SENT
    (letter,) = mailoutbox
    digits = f"{newest()[:3]} {newest()[3:]}"
    assert (letter.to, letter.subject) == (["marta@shop.test"], f"{digits} is your code for your orders at Harbour & Pine")
    assert (digits in letter.body, digits in letter.alternatives[0][0]) == (True, True)
    assert give(client, digits)["Location"] == reverse("orders")
    assert [shown.number for shown in client.get(reverse("orders")).context["orders"]] == [second.number, order.number]
    assert client.get(url(order)).status_code == 200
    assert client.get(url(foreign)).status_code == 404


def test_an_address_with_orders_and_one_without_are_answered_alike(order, mailoutbox):
    answers = []
    for email in ("marta@shop.test", "nobody@shop.test"):
        client = Client()
        asked = ask(client, email)
        page, typed = client.get(reverse("find_order_code")), wrong()
        refused = give(client, typed)
        answers.append((asked.status_code, asked["Location"], plain(page, email), refused.status_code, plain(refused, email).replace(typed, "y")))
    assert answers[0] == answers[1]
    assert "If something was ordered with <b><bdi>x</bdi></b>, a code is on its way there." in answers[0][2]
    assert list(Message.objects.filter(kind="find_order").values_list("kind", flat=True)) == ["find_order"] * 2


def test_asking_costs_the_same_statements_for_every_address(order, django_assert_num_queries):
    for email in ("marta@shop.test", "nobody@shop.test"):
        with django_assert_num_queries(2):
            order_access.ask(email, at=NOON)


def test_who_ordered_nothing_gets_no_mail(client, order, mailoutbox):
    ask(client, "nobody@shop.test")
    assert (deliver().state, mailoutbox) == (State.WITHDRAWN, [])


def test_a_code_that_is_over_is_not_mailed_any_more(client, order, clock, mailoutbox):
    ask(client)
    clock.shift(timedelta(minutes=10))
    assert (deliver().state, mailoutbox) == (State.WITHDRAWN, [])


@pytest.mark.parametrize(("later", "status"), [(timedelta(minutes=9, seconds=59), 302), (timedelta(minutes=10), 422)])
def test_a_code_is_good_for_ten_minutes(client, order, clock, later, status):
    ask(client)
    clock.shift(later)
    assert give(client, newest()).status_code == status


def test_a_code_is_good_once(client, order):
    ask(client)
    before = client.session
    asked = dict(before["find_order"])
    assert give(client, newest()).status_code == 302
    session = client.session
    session["find_order"] = asked
    session.save()
    with unchanged():
        answer = give(client, newest())
    assert (answer.status_code, "This code is over" in answer.text) == (422, True)


def test_five_tries_and_the_right_code_is_worth_nothing(client, order):
    ask(client)
    said = [re.search(r"This is not the code\. ([^<]+)", give(client, wrong()).text)[1].strip() for _ in range(5)]
    assert said == ["You have 4 more tries.", "You have 3 more tries.", "You have 2 more tries.", "You have 1 more try.", "Ask for a new one."]
    answer = give(client, newest())
    assert (answer.status_code, "This code is over" in answer.text) == (422, True)
    assert client.get(url(order)).status_code == 404


@pytest.mark.parametrize("typed", ["", "x", "１２", "1" * 21, "\u0660" * 6, "12345", "1234567"])
def test_what_is_no_code_opens_nothing(client, order, typed):
    ask(client)
    assert give(client, typed).status_code == 422
    assert client.get(url(order)).status_code == 404


def test_a_code_opens_only_in_the_browser_that_asked(client, order):
    ask(client)
    assert give(Client(), newest())["Location"] == reverse("find_order")


def test_a_code_for_another_purpose_opens_nothing(order):
    other = mailed_codes.make("other", "marta@shop.test", at=NOON)
    with pytest.raises(mailed_codes.CodeIsOver):
        order_access.prove(other.public_id, mailed_codes.digits(other), at=NOON)


def test_no_table_holds_the_digits(client, order):
    ask(client)
    assert newest() not in repr(list(MailedCode.objects.values())) + repr(list(Message.objects.values()))


def test_a_code_made_under_a_key_that_was_changed_still_opens(client, order, settings):
    ask(client)
    typed = newest()
    settings.CODE_KEYS = ["another-key-" + "k" * 32, *settings.CODE_KEYS]
    assert give(client, typed).status_code == 302


def test_the_session_gets_another_key_so_that_who_planted_it_sees_nothing(client, order):
    ask(client)
    planted = client.session.session_key
    give(client, newest())
    assert client.session.session_key != planted


@pytest.mark.parametrize("email", ["", "marta", "m\u0430rta@shop.test", "a" * 250 + "@x.test"])
def test_what_is_no_address_is_refused_in_words(client, email):
    with unchanged():
        answer = ask(client, email)
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["email"])


@pytest.mark.parametrize("email", ["marta@shop.test", "nobody@shop.test"])
def test_one_address_gets_three_codes_in_ten_minutes_whether_it_ordered_or_not(order, email):
    answers = [ask(Client(REMOTE_ADDR=f"192.0.2.{number}"), email).status_code for number in range(4)]
    assert answers == [302, 302, 302, 429]


def test_one_place_asks_for_twenty_codes_in_ten_minutes():
    answers = [ask(Client(), f"person{number}@shop.test").status_code for number in range(21)]
    assert answers == [302] * 20 + [429]


def test_one_place_tries_thirty_codes_in_ten_minutes(order):
    statuses = []
    for number in range(31):
        client = Client()
        session = client.session
        session["find_order"] = {"id": "x", "email": f"person{number}@shop.test"}
        session.save()
        statuses.append(give(client, "123456").status_code)
    assert statuses == [422] * 30 + [429]


def test_the_limit_is_said_in_words_with_the_time_to_wait(client, monkeypatch):
    monkeypatch.setattr("omo.limits.time", SimpleNamespace(time=lambda: 1_000_200))
    answer = [ask(client) for _ in range(4)][-1]
    assert (answer.status_code, answer["Retry-After"]) == (429, "600")


@pytest.mark.parametrize("name", ["find_order", "find_order_code"])
def test_its_pages_are_kept_by_nobody(client, name):
    ask(client)
    answer = client.get(reverse(name))
    assert answer.status_code == 200
    assert ("no-store" in answer["Cache-Control"], answer["X-Robots-Tag"], answer["Referrer-Policy"]) == (True, "noindex", "same-origin")


def test_the_link_in_a_mail_is_exchanged_for_a_session_and_left_nowhere(client, order):
    token = codes.link_token("order", order.number, version=order.access_version)
    answer = client.get(reverse("open_order", args=[order.number, token]))
    assert (answer.status_code, answer["Location"]) == (302, url(order))
    assert ("no-store" in answer["Cache-Control"], answer["X-Robots-Tag"], answer["Referrer-Policy"]) == (True, "noindex", "same-origin")
    assert token not in answer["Location"]
    page = client.get(url(order))
    assert ("no-store" in page["Cache-Control"], page["Referrer-Policy"], '<meta name="robots" content="noindex">' in page.text) == (True, "same-origin", True)
