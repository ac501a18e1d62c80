"""The sandbox: the card page of another company, which takes test cards only, and tells the shop what its cards say."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from omo.models import Message
from orders.models import PaymentAttempt, SandboxPayment
from orders.providers import sandbox_cards
from tests import factories
from tests.factories import NOON
from tests.orders import own_orders
from tests.orders.paying import ASKS, DECLINED, GOOD, NEVER, POOR, SLOW, TWICE, begun, deliver, money, online, posting

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def order(harbour, client):
    placed = online(harbour)
    own_orders.allow(client, placed)
    begun(placed)
    return placed


@pytest.fixture
def answers(monkeypatch) -> list[int]:
    """The shop's answers to what the sandbox tells."""
    return posting(monkeypatch)


def page(name: str = "sandbox_pay") -> str:
    return reverse(name, args=[SandboxPayment.objects.get().reference])


def typed(client, number: str, **changes):
    card = {"number": number, "expires": "12/30", "code": "123", "name": "Marta Lindqvist", **changes}
    return client.post(page("sandbox_card"), card)


def words(answer, status=200) -> str:
    assert answer.status_code == status
    return answer.content.decode()


def test_the_page_says_that_it_is_a_test_and_lists_its_cards(order, client):
    text = words(client.get(page()))
    assert "TEST: no money moves here" in text
    assert "€25.00" in text
    for card in sandbox_cards.CARDS:
        assert card.spaced in text
    for sign in ('autocomplete="cc-number"', 'autocomplete="cc-exp"', 'autocomplete="cc-csc"', 'inputmode="numeric"'):
        assert sign in text


@pytest.mark.parametrize("number", [GOOD, TWICE, NEVER, "4242 4242 4242 4242", "4242-4242-4242-4242"])
def test_a_card_that_is_accepted_leads_back_to_the_shop_and_the_order_is_paid(order, client, number):
    back = typed(client, number)
    assert back["Location"].endswith(f"/orders/{order.number}/paid/")
    assert client.get(own_orders.url(order, "paid"))["Location"] == own_orders.url(order)
    assert money(order) == ("paid", 2500, 0)


@pytest.mark.parametrize(("number", "posts"), [(GOOD, [200]), (TWICE, [200, 200]), (NEVER, [])])
def test_the_shop_is_told_as_often_as_the_card_says(order, client, answers, number, posts):
    typed(client, number)
    deliver()
    assert answers == posts
    assert money(order) == (("paid", 2500, 0) if posts else ("unpaid", 0, 0))


def test_the_slow_card_is_decided_twenty_seconds_later(order, client, answers):
    typed(client, SLOW)
    assert "We are waiting for your bank" in words(client.get(own_orders.url(order, "paid")))
    deliver(NOON + timedelta(seconds=19))
    assert answers == []
    deliver(NOON + timedelta(seconds=20))
    assert (answers, money(order)) == ([200], ("paid", 2500, 0))


@pytest.mark.parametrize(("number", "why"), [(DECLINED, "The bank declined the card."), (POOR, "There is too little money on the card.")])
def test_a_card_that_is_declined_leads_back_to_the_order_with_the_reason(order, client, answers, number, why):
    assert typed(client, number)["Location"].endswith(f"/orders/{order.number}/paid/")
    assert client.get(own_orders.url(order, "paid"))["Location"] == own_orders.url(order)
    deliver()
    assert (answers, PaymentAttempt.objects.get().state, money(order)) == ([200], "declined", ("unpaid", 0, 0))
    text = words(client.get(own_orders.url(order)))
    assert why in text
    assert "Pay now" in text


def test_a_card_may_ask_for_a_one_time_code(order, client, answers):
    assert typed(client, ASKS)["Location"] == page("sandbox_code")
    text = words(client.get(page("sandbox_code")))
    assert 'autocomplete="one-time-code"' in text
    assert "ending in <b>3220</b>" in text
    wrong = words(client.post(page("sandbox_confirm"), {"code": "000000"}), 422)
    assert "That is not the code. Nothing was taken." in wrong
    assert SandboxPayment.objects.get().state == "started"
    assert client.post(page("sandbox_confirm"), {"code": f" {sandbox_cards.ONE_TIME_CODE} "})["Location"].endswith("/paid/")
    deliver()
    assert (answers, money(order)) == ([200], ("paid", 2500, 0))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"number": ""}, "Type the number on the front of the card."),
        ({"number": "4242424242424241"}, "That is no card number."),
        ({"number": "４２４２"}, "That is no card number."),
        ({"number": "5555555555554444"}, "This page takes test cards only."),
        ({"expires": "13/30"}, "Write month and year"),
        ({"expires": "0/30"}, "Write month and year"),
        ({"expires": "1230"}, "Write month and year"),
        ({"expires": "10/26"}, "The card is not valid any more."),
        ({"code": "12"}, "The security code has three or four digits."),
        ({"name": ""}, "Type the name on the card."),
    ],
)
def test_what_is_typed_wrong_is_said_in_words_and_nothing_is_taken(order, client, changes, said):
    assert said in words(typed(client, changes.pop("number", GOOD), **changes), 422)
    assert SandboxPayment.objects.get().state == "started"
    assert not Message.objects.filter(kind="sandbox_event").exists()


@pytest.mark.parametrize("expires", ["11/26", "11 / 2026", "1/30"])
def test_a_card_is_valid_to_the_end_of_its_month(order, client, expires):
    assert typed(client, GOOD, expires=expires).status_code == 302


def test_a_payment_is_charged_once(order, client):
    typed(client, GOOD)
    assert "This payment is over" in words(typed(client, GOOD), 409)
    assert "This payment is over" in words(client.get(page()))
    assert Message.objects.filter(kind="sandbox_event").count() == 1


def test_a_shop_that_does_not_answer_is_told_again(order, client, answers, monkeypatch):
    typed(client, GOOD)
    with monkeypatch.context() as broken:
        broken.setattr("orders.providers.sandbox_bank.post", lambda *_args: (_ for _ in ()).throw(OSError()))
        deliver()
    assert Message.objects.get(kind="sandbox_event").state == "due"
    deliver(NOON + timedelta(minutes=1))
    assert (answers, money(order)) == ([200], ("paid", 2500, 0))


def test_staff_of_the_demo_can_have_it_told_again(order, client, ana, answers):
    typed(client, GOOD)
    deliver()
    client.force_login(ana)
    assert "payment.captured" in words(client.get(reverse("sandbox_events")))
    assert client.post(reverse("sandbox_replay", args=[Message.objects.get(kind="sandbox_event").pk])).status_code == 302
    deliver()
    assert (answers, money(order)) == ([200, 200], ("paid", 2500, 0))


def test_where_there_is_no_sandbox_there_is_none_of_its_pages(order, client, settings):
    settings.PAYMENT_PROVIDERS = []
    client.force_login(factories.head_office())
    for address in (page(), page("sandbox_code"), reverse("sandbox_events")):
        assert client.get(address).status_code == 404
    assert typed(client, GOOD).status_code == 404


def test_every_way_back_to_the_shop_stays_under_the_name_by_which_it_was_opened(order, client):
    assert f'href="/orders/{order.number}/"' in words(client.get(page()))
    answer = typed(client, GOOD)
    assert answer["Location"] == own_orders.url(order, "paid")
    assert f'href="{own_orders.url(order, "paid")}"' in words(client.get(page()))


def test_the_list_names_the_order_of_each_event(order, client):
    typed(client, GOOD)
    client.force_login(factories.staff(order.store))
    assert f"Order {order.number}" in words(client.get(reverse("sandbox_events")))
