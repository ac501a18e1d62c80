"""The pages between the shop and a provider, and its events as they are posted."""

import json
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from django.conf import settings as ours
from django.urls import reverse

from orders import cancellation, providers
from orders.models import PaymentAttempt, ProviderEvent
from orders.providers import sandbox, signatures
from tests.cases.no_events import NO_EVENTS
from tests.factories import NOON
from tests.orders import own_orders
from tests.orders.paying import SLOW, begun, card_typed, hear, money, online
from tests.unchanged import unchanged

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon():
    """All of it happens at noon."""
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def order(harbour, client):
    """An order of 25.00 of this browser, that waits for its payment."""
    placed = online(harbour)
    own_orders.allow(client, placed)
    return placed


def text(answer, status=200) -> str:
    assert answer.status_code == status, answer.content.decode()[:300]
    return answer.content.decode()


# To the provider and back


def test_the_order_page_asks_for_the_money_and_says_until_when(order, client):
    page = text(client.get(own_orders.url(order)))
    assert "Pay now" in page
    assert "€25.00" in page
    assert 'until <time datetime="2026-11-24T12:30:00+00:00">12:30</time>' in page


def test_pay_now_leads_to_the_providers_page(order, client):
    answer = client.post(own_orders.url(order, "pay"))
    assert (answer.status_code, answer["Location"]) == (302, urlsplit(PaymentAttempt.objects.get().url).path)
    assert client.post(own_orders.url(order, "pay"))["Location"] == answer["Location"]


def test_the_page_of_another_company_keeps_its_whole_address(order, client, settings):
    attempt = begun(order)
    PaymentAttempt.objects.filter(pk=attempt.pk).update(url=f"{settings.SITE_URL}.example/pay/1")
    assert client.post(own_orders.url(order, "pay"))["Location"] == f"{settings.SITE_URL}.example/pay/1"


def test_while_the_bank_has_not_answered_nobody_is_asked_to_pay_again(order, client):
    attempt = begun(order)
    cancel = reverse("cancel", args=[order.number, order.fulfilments.get().pk])
    assert "Pay now" in text(client.get(own_orders.url(order))), "begun, but not paid"
    assert "A payment is under way" not in text(client.get(cancel))
    card_typed(attempt, SLOW)
    assert "We are waiting for your bank" in text(client.get(own_orders.url(order, "paid")))
    page = text(client.get(own_orders.url(order)))
    assert "A payment is under way" in page
    assert "Pay now" not in page
    asked = text(client.get(cancel))
    assert "A payment is under way" in asked
    assert "You have paid nothing" not in asked
    hear(attempt, "declined")
    page = text(client.get(own_orders.url(order)))
    assert "A payment is under way" not in page
    assert "Pay now" in page


def test_an_order_that_was_cancelled_while_its_payment_ran_is_not_thanked_for(order, client):
    attempt = begun(order)
    card_typed(attempt, SLOW)
    cancellation.cancel_order(order, reason="You cancelled it.", cause=cancellation.Cause.CUSTOMER, by=None, at=NOON)
    hear(attempt, "captured")
    page = text(client.get(own_orders.url(order, "paid"), follow=True))
    assert "was cancelled" in page
    assert "Thank you" not in page


def test_before_it_is_paid_the_page_names_the_window_and_offers_neither_receipt_nor_points(order, client):
    page = text(client.get(own_orders.url(order)))
    assert "You chose <b>" in page
    receipt = reverse("order_receipt", args=[order.number])
    assert receipt not in page
    assert "Points for this order" not in page
    hear(begun(order))
    page = text(client.get(own_orders.url(order)))
    assert "You chose" not in page
    assert receipt in page
    assert "Points for this order" in page


def test_while_the_provider_is_away_the_page_says_so_and_the_order_is_kept(order, client, monkeypatch):
    monkeypatch.setattr(sandbox.Sandbox, "begin", lambda *_args: (_ for _ in ()).throw(providers.Away()))
    page = text(client.post(own_orders.url(order, "pay")), 503)
    assert "The payment page does not answer at the moment." in page
    assert "Nothing was taken, and your order is kept." in page
    assert "Pay now" in page


def test_back_from_the_provider_the_order_is_paid_even_if_its_event_is_lost(order, client):
    card_typed(begun(order))
    answer = client.get(own_orders.url(order, "paid"))
    assert (answer.status_code, answer["Location"]) == (302, own_orders.url(order))
    assert money(order) == ("paid", 2500, 0)
    assert "Thank you, <bdi>Marta Lindqvist</bdi>" in text(client.get(own_orders.url(order)))
    assert ProviderEvent.objects.count() == 0


def test_back_before_the_bank_has_decided_the_page_waits(order, client):
    begun(order)
    page = text(client.get(own_orders.url(order, "paid")))
    assert "We are waiting for your bank" in page
    assert "every 4s" in page
    PaymentAttempt.objects.update(state="captured")
    hear_captured(order)
    answer = client.get(own_orders.url(order, "paid"), headers={"HX-Request": "true"})
    assert answer["HX-Redirect"] == own_orders.url(order)


def hear_captured(order):
    PaymentAttempt.objects.update(state="started")
    hear(PaymentAttempt.objects.get())


def test_after_a_decline_the_page_says_why_and_offers_another_try(order, client):
    hear(begun(order), "declined", words="There is too little money on the card.")
    assert client.get(own_orders.url(order, "paid"))["Location"] == own_orders.url(order)
    for address in ("order", "pay"):
        page = text(client.get(own_orders.url(order, address)))
        assert "There is too little money on the card." in page
        assert "Pay now" in page


def test_what_is_paid_has_nothing_to_pay(order, client):
    hear(begun(order))
    for ask in (client.get, client.post):
        answer = ask(own_orders.url(order, "pay"))
        assert (answer.status_code, answer["Location"]) == (302, own_orders.url(order))


def test_what_was_authorised_and_ran_out_is_paid_once_more(order, client, settings):
    settings.PAYMENT_CAPTURE = "when_ready"
    attempt = begun(order)
    hear(attempt, "authorised")
    assert "Pay now" not in text(client.get(own_orders.url(order)))
    hear(attempt, "voided")
    for page in (text(client.get(own_orders.url(order))), text(client.get(own_orders.url(order, "pay")))):
        assert "What your bank had put aside for us ran out before we took it." in page
        assert "Pay now" in page
    assert client.post(own_orders.url(order, "pay"))["Location"] == urlsplit(PaymentAttempt.objects.latest("pk").url).path


def test_others_orders_are_not_there(order, client):
    other = online(order.store)
    for address in ("pay", "paid"):
        assert client.get(own_orders.url(other, address)).status_code == 404
    with unchanged():
        assert client.post(own_orders.url(other, "pay")).status_code == 404


def test_a_provider_is_not_asked_without_end(order, client):
    begun(order)
    statuses = [client.get(own_orders.url(order, "paid")).status_code for _ in range(21)]
    assert statuses == [200] * 20 + [429]


# Events as they are posted


def body_of(attempt: PaymentAttempt, **changes) -> bytes:
    about = {"reference": attempt.reference, "key": attempt.key, "amount": attempt.amount, "currency": attempt.currency, **changes}
    return json.dumps({"id": "ev_1", "kind": "payment.captured", "payment": about}).encode()


def post(client, body: bytes, signature: str | None = None, *, secret: str = "", at=NOON, provider="sandbox", **options):
    header = signatures.sign(body, secret=secret or ours.SANDBOX_SECRETS[0], at=at) if signature is None else signature
    options = {"content_type": "application/json", **options}
    return client.post(reverse("provider_events", args=[provider]), body, headers={"Sandbox-Signature": header}, **options)


def test_a_signed_event_is_taken(order, client):
    attempt = begun(order)
    assert text(post(client, body_of(attempt))) == "Booked. The order goes to the store."
    assert money(order) == ("paid", 2500, 0)


def test_a_signature_counts_for_five_minutes_either_way(order, client):
    body = body_of(begun(order))
    for seconds in (-301, 301):
        with unchanged():
            assert text(post(client, body, at=NOON + timedelta(seconds=seconds)), 400) == "not genuine"
    assert post(client, body, at=NOON - timedelta(seconds=300)).status_code == 200


@pytest.mark.parametrize("signature", ["", "t=,v1=", "v1=00", "t=1764000000", "t=1764000000,v1=é", "t=x,v1=00", "t=99999999999999999999,v1=00"])
def test_what_is_not_signed_is_refused(order, client, signature):
    body = body_of(begun(order))
    with unchanged():
        assert post(client, body, signature).status_code == 400


def test_a_signature_of_another_body_or_secret_is_refused(order, client):
    body = body_of(begun(order))
    good = signatures.sign(body, secret=ours.SANDBOX_SECRETS[0], at=NOON)
    with unchanged():
        assert post(client, body + b" ", good).status_code == 400
        assert post(client, body, secret="another" * 6).status_code == 400


def test_there_may_be_two_secrets_while_they_are_changed(order, client, settings):
    body = body_of(begun(order))
    settings.SANDBOX_SECRETS = ["the-new-one-of-32-characters-or-more", "the-old-one-of-32-characters-or-more"]
    assert post(client, body, secret="the-old-one-of-32-characters-or-more").status_code == 200
    assert post(client, body, secret="the-new-one-of-32-characters-or-more").status_code == 200


@pytest.mark.parametrize("body", [b'{"id": 1}', b"{}", b'{"id": "e", "kind": "payment.captured", "payment": []}', *NO_EVENTS])
def test_what_the_provider_would_not_write_is_refused(order, client, body):
    with unchanged():
        assert post(client, body).status_code == 400


def test_what_waits_or_does_not_match_is_answered_202(order, client):
    attempt = begun(order)
    assert text(post(client, body_of(attempt, amount=1)), 202).startswith("Refused: ")
    assert money(order) == ("unpaid", 0, 0)
    stranger = body_of(attempt, reference="sb_nobody", key="").replace(b'"ev_1"', b'"ev_2"')
    assert text(post(client, stranger), 202) == "Waits: we know of no such payment yet."


def test_a_body_that_is_too_long_is_refused(client, db):
    assert post(client, b"x" * 262_145).status_code == 413


def test_kinds_that_are_nothing_to_us_are_answered_200(order, client):
    body = body_of(begun(order)).replace(b"payment.captured", b"payment.reviewed")
    assert text(post(client, body)) == "Nothing to us."
    assert money(order) == ("unpaid", 0, 0)


def test_a_form_is_no_event(order, client):
    with unchanged():
        answer = client.post(reverse("provider_events", args=["sandbox"]), {"id": "1"})
        assert answer.status_code == 400


def test_there_is_no_other_provider(client, db):
    assert post(client, b"{}", provider="nobody").status_code == 404


def test_no_card_is_kept(order, client):
    attempt = begun(order)
    body = body_of(attempt, card={"number": "4242424242424242"}, words="")
    assert post(client, body).status_code == 200
    assert "4242" not in json.dumps(ProviderEvent.objects.get().data)
