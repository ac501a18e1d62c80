"""Stripe's adapter, on recorded answers: what it asks for, how it reads what it is told. No network."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs

import pytest
import stripe
from django.conf import settings as ours
from django.test import Client
from django.urls import reverse

from orders import payments, provider_events
from orders.models import PaymentAttempt, Refund
from orders.providers import Away, NotGenuine, Refused, Wanted, signatures
from orders.providers import stripe as adapter
from orders.providers.stripe import Stripe
from tests.factories import NOON
from tests.orders.paying import money, online

DATA = Path(ours.BASE_DIR) / "tests" / "data" / "stripe"
KEY, SECRET = "KEYKEYKEYKEYKEYKEYKEYKEYKE", "whsec_test_of_32_characters_or_so"
REFERENCE = "cs_test_a1b2c3"
WANTED = Wanted(
    KEY, 2500, "EUR", "HP-ABC234", "marta@shop.test", "https://shop.example/paid/", "https://shop.example/", "at_once", NOON + timedelta(minutes=31)
)


class Recorded(stripe.HTTPClient):
    """Answers with recorded bodies, in turn, and keeps what was asked."""

    name = "recorded"

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[str, str, dict[str, Any], str | None]] = []
        self.answers: list[tuple[int, str] | Exception] = []

    def request(self, method: str, url: str, headers: Any, post_data: Any = None, **_options: Any) -> tuple[str, int, dict[str, str]]:
        """The next answer."""
        path = url.removeprefix("https://api.stripe.com")
        form = {name: values[0] for name, values in parse_qs(post_data or "").items()}
        self.asked.append((method.upper(), path.partition("?")[0], form, headers.get("Idempotency-Key")))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return (DATA / f"{answer[1]}.json").read_text(), answer[0], {}

    def close(self) -> None:
        """Nothing is open."""


Answers = Callable[..., Recorded]


@pytest.fixture
def stripe_answers(settings, monkeypatch) -> Answers:
    """Let Stripe answer with these recorded files, or fail with these exceptions."""
    settings.PAYMENT_PROVIDERS = ["stripe"]
    settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRETS = "sk_test_1", [SECRET]
    network = Recorded()
    monkeypatch.setattr(adapter, "client", lambda secret: stripe.StripeClient(secret, http_client=network))

    def answer(*files: str | tuple[int, str] | Exception) -> Recorded:
        network.answers += [(200, file) if isinstance(file, str) else file for file in files]
        return network

    return answer


def posted(name: str, *, secret: str = SECRET, at: datetime = NOON) -> tuple[bytes, dict[str, str]]:
    """A recorded event with Stripe's own signature."""
    body = (DATA / f"{name}.json").read_bytes()
    return body, {"Stripe-Signature": stripe.WebhookSignature.generate_signature_header(body.decode(), secret, int(at.timestamp()))}


def read(name: str, **options):
    body, headers = posted(name, **options)
    return Stripe().read_event(body, headers, at=NOON)


# What it asks for


def test_a_payment_begins_as_a_session_of_the_whole_amount_under_our_key(stripe_answers):
    network = stripe_answers("session_open")
    begun = Stripe().begin(WANTED)
    assert (begun.reference, begun.url) == (REFERENCE, "https://checkout.stripe.com/c/pay/cs_test_a1b2c3")
    ((method, path, form, key),) = network.asked
    assert (method, path, key) == ("POST", "/v1/checkout/sessions", KEY)
    assert form == {
        "mode": "payment",
        "client_reference_id": KEY,
        "metadata[key]": KEY,
        "metadata[order]": "HP-ABC234",
        "line_items[0][price_data][currency]": "eur",
        "line_items[0][price_data][unit_amount]": "2500",
        "line_items[0][price_data][product_data][name]": "Order HP-ABC234",
        "line_items[0][quantity]": "1",
        "payment_intent_data[metadata][key]": KEY,
        "payment_intent_data[capture_method]": "automatic",
        "success_url": "https://shop.example/paid/",
        "cancel_url": "https://shop.example/",
        "expires_at": str(int((NOON + timedelta(minutes=31)).timestamp())),
        "customer_email": "marta@shop.test",
    }


def test_a_payment_to_be_captured_later_is_only_authorised(stripe_answers):
    network = stripe_answers("session_open")
    Stripe().begin(Wanted(*list(vars(WANTED).values())[:7], "when_ready", WANTED.until))
    assert network.asked[0][2]["payment_intent_data[capture_method]"] == "manual"


@pytest.mark.parametrize(
    ("file", "state", "amount"),
    [
        ("session_open", "started", 2500),
        ("session_paid", "captured", 2500),
        ("session_authorised", "authorised", 2500),
        ("session_captured_in_part", "captured", 1250),
        ("session_cancelled", "voided", 2500),
        ("session_expired", "expired", 2500),
    ],
)
def test_how_far_a_payment_is(stripe_answers, file, state, amount):
    stripe_answers(file)
    found = Stripe().look_up(REFERENCE)
    assert (found.reference, found.state, found.amount, found.currency) == (REFERENCE, state, amount, "EUR")


def test_capturing_takes_what_is_owed(stripe_answers):
    network = stripe_answers("session_authorised", "intent_captured", "session_captured_in_part")
    assert Stripe().capture(REFERENCE, amount=1250, key="k:capture:1250").amount == 1250
    assert network.asked[1] == ("POST", "/v1/payment_intents/pi_3Q1x2y/capture", {"amount_to_capture": "1250"}, "k:capture:1250")


def test_an_open_session_is_closed_and_an_authorised_one_cancelled(stripe_answers):
    network = stripe_answers("session_open", "session_expired", "session_expired", "session_authorised", "intent_captured", "session_cancelled")
    assert Stripe().void(REFERENCE, key="k:void").state == "expired"
    assert Stripe().void(REFERENCE, key="k:void").state == "voided"
    assert [(path, key) for method, path, _, key in network.asked if method == "POST"] == [
        (f"/v1/checkout/sessions/{REFERENCE}/expire", "k:void:expire"),  # Stripe knows a key at one address only
        ("/v1/payment_intents/pi_3Q1x2y/cancel", "k:void:cancel"),
    ]


@pytest.mark.parametrize(("file", "state"), [("refund_succeeded", "done"), ("refund_pending", "requested")])
def test_money_goes_back_under_the_refunds_key(stripe_answers, file, state):
    network = stripe_answers("session_paid", file)
    given = Stripe().refund(REFERENCE, amount=2500, key="overpaid:1:1")
    assert (given.reference, given.state) == ("re_3Q1x2y", state)
    form = {"payment_intent": "pi_3Q1x2y", "amount": "2500", "metadata[refund]": "overpaid:1:1"}
    assert network.asked[1] == ("POST", "/v1/refunds", form, f"{REFERENCE}:overpaid:1:1")


def test_a_no_is_told_from_an_absence(stripe_answers):
    stripe_answers("session_paid", (400, "error_charge_already_refunded"))
    with pytest.raises(Refused, match="has already been refunded"):
        Stripe().refund(REFERENCE, amount=2500, key="overpaid:1:1")
    stripe_answers(stripe.APIConnectionError("no route"))
    with pytest.raises(Away):
        Stripe().look_up(REFERENCE)
    stripe_answers((500, "error_charge_already_refunded"))
    with pytest.raises(Away):
        Stripe().look_up(REFERENCE)


# What it is told


@pytest.mark.parametrize(
    ("name", "state", "reference"),
    [
        ("event_session_completed", "captured", REFERENCE),
        ("event_session_async_succeeded", "captured", REFERENCE),
        ("event_session_async_failed", "declined", REFERENCE),
        ("event_session_expired", "expired", REFERENCE),
        ("event_intent_capturable", "authorised", ""),
        ("event_intent_succeeded", "captured", ""),
        ("event_intent_canceled", "voided", ""),
    ],
)
def test_what_events_say_of_a_payment(stripe_answers, name, state, reference):
    told = read(name)
    assert (told.key, told.reference) == (KEY, reference)
    assert (told.payment.state, told.payment.amount, told.payment.currency) == (state, 2500, "EUR")


@pytest.mark.parametrize("name", ["event_session_completed_unpaid", "event_intent_failed", "event_intent_not_ours", "event_customer_created"])
def test_what_decides_nothing(stripe_answers, name):
    told = read(name)
    assert (told.payment, told.refund) == (None, None)


def test_what_events_say_of_a_refund(stripe_answers):
    told = read("event_refund_updated")
    assert (told.key, told.refund.state) == ("overpaid:1:1", "done")
    told = read("event_refund_failed")
    assert (told.refund.state, told.refund.words) == ("failed", "expired_or_canceled_card")


def test_signatures_of_stripes_own_library_are_ours(stripe_answers):
    body, headers = posted("event_session_completed")
    assert headers["Stripe-Signature"] == signatures.sign(body, secret=SECRET, at=NOON)


@pytest.mark.parametrize("options", [{"secret": "whsec_another"}, {"at": NOON - timedelta(seconds=301)}, {"at": NOON + timedelta(seconds=301)}])
def test_what_stripe_did_not_sign_lately_is_refused(stripe_answers, options):
    with pytest.raises(NotGenuine):
        read("event_session_completed", **options)


def test_there_may_be_two_secrets(stripe_answers, settings):
    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_the_new_one", SECRET]
    assert read("event_session_completed").event_id == "evt_1"


# Amounts


@pytest.mark.parametrize(
    ("currency", "ours_", "theirs"),
    [("EUR", 2500, 2500), ("JPY", 2500, 2500), ("KWD", 2500, 2500), ("ISK", 2500, 250_000)],
)
def test_minor_units_are_counted_as_stripe_counts_them(settings, currency, ours_, theirs):
    settings.CURRENCY = currency
    assert adapter._theirs(ours_, currency) == theirs
    assert adapter._ours(theirs, currency) == ours_


def test_a_thousandth_that_stripe_cannot_take_is_refused(settings):
    settings.CURRENCY = "KWD"
    with pytest.raises(Refused):
        adapter._theirs(2501, "KWD")


# All the way


@pytest.mark.django_db
def test_an_order_is_paid_through_stripe_once_whatever_events_come(harbour, stripe_answers, monkeypatch):
    monkeypatch.setattr("orders.payments.codes", SimpleNamespace(random_id=lambda _length: KEY))
    network = stripe_answers("session_open")
    order = online(harbour, method="stripe")
    assert payments.begin(order, at=NOON).url.startswith("https://checkout.stripe.com/")
    monkeypatch.setattr("orders.views.provider_events.timezone.now", lambda: NOON)
    for name in ("event_intent_succeeded", "event_session_completed", "event_session_completed", "event_intent_failed", "event_customer_created"):
        body, headers = posted(name)
        answer = Client().post(reverse("provider_events", args=["stripe"]), body, content_type="application/json", headers=headers)
        assert answer.status_code == 200
    assert money(order) == ("paid", 2500, 0)
    assert PaymentAttempt.objects.get().reference == REFERENCE
    assert len(network.asked) == 1
    assert provider_events.note("stripe", read("event_refund_updated"), at=NOON).startswith("Refused: ")
    assert Refund.objects.count() == 0
