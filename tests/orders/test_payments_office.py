"""What of the money needs head office, and what it can do about it."""

import pytest
from django.urls import reverse

from omo import needs
from omo.models import Event, Message
from orders import cancellation, payments, provider_events, providers, refunds
from orders.models import PaymentAttempt, ProviderEvent, Refund
from orders.payments import Tendered
from orders.providers import sandbox
from tests import factories
from tests.factories import NOON
from tests.orders.paying import MINUTE, begun, card_typed, deliver, hear, online

pytestmark = pytest.mark.django_db
STRANGE = PaymentAttempt(provider="sandbox", key="", reference="sb_else", amount=1, currency="EUR")


@pytest.fixture
def office(client):
    client.force_login(factories.head_office())
    return client


def said(at=NOON) -> list[tuple[int, str, str]]:
    return [(need.count, need.words, need.tone) for need in needs.needs(at=at) if need.permission.startswith(("orders.view_refund", "orders.view_prov"))]


def failed_refund(harbour, monkeypatch) -> Refund:
    """A refund that the provider refused."""
    order = online(harbour)
    attempt = begun(order)
    card_typed(attempt)
    hear(attempt)
    cancellation.cancel_order(order, reason="It was damaged.", cause="store", by=None, at=NOON)
    with monkeypatch.context() as broken:
        broken.setattr(sandbox.Sandbox, "refund", lambda *_args, **_options: (_ for _ in ()).throw(providers.Refused("No.")))
        deliver()
    return Refund.objects.get()


def test_nothing_needs_head_office_while_all_goes_well(harbour):
    hear(begun(online(harbour)))
    assert said() == []


def test_events_that_do_not_match_need_head_office_until_it_has_looked(harbour, office):
    hear(begun(online(harbour)), amount=1)
    assert said() == [(1, "payment event does not match", "stop")]
    event = ProviderEvent.objects.get()
    assert office.get(reverse("admin:orders_providerevent_changelist") + "?waits=wrong").status_code == 200
    assert office.post(reverse("admin:orders_providerevent_press", args=[event.pk, "mark_seen"])).status_code == 302
    assert said() == []
    event.refresh_from_db()
    assert event.outcome == "Seen: Refused: 1 instead of 2500."
    provider_events.mark_seen(event, by=factories.head_office(), at=NOON)
    assert Event.objects.filter(kind="payment.event_seen").count() == 1


def test_events_about_nothing_we_know_need_head_office_after_half_an_hour(harbour):
    hear(STRANGE)
    assert said(NOON + 30 * MINUTE) == []
    assert said(NOON + 31 * MINUTE) == [(1, "payment event is about nothing we know", "stop")]


def test_a_failed_refund_needs_head_office_until_it_is_asked_for_again(harbour, office, monkeypatch):
    refund = failed_refund(harbour, monkeypatch)
    assert said() == [(1, "refund failed", "stop")]
    page = office.get(reverse("admin:orders_refund_change", args=[refund.pk])).content.decode()
    assert "Ask again" in page
    assert office.post(reverse("admin:orders_refund_press", args=[refund.pk, "ask_again"])).status_code == 302
    assert said() == []
    assert Message.objects.filter(kind="payment_refund", state="due").count() == 1


def test_money_that_waits_at_a_counter_is_counted_store_by_store(harbour, ana):
    order = factories.order(harbour, (factories.stocked(harbour), 2))
    payments.take_payment(order, [Tendered("cash", 2500)], store=harbour, by=ana, at=NOON)
    refunds.refund(order, 500, cause="return:1", reason="One was broken.", by=ana, at=NOON)
    assert said() == [(1, "refund waits to be given back at Harbour", "soon")]


def test_head_office_reads_what_goes_on_at_providers(harbour, office, monkeypatch):
    failed_refund(harbour, monkeypatch)
    for table in ("paymentattempt", "refund", "providerevent"):
        page = office.get(reverse(f"admin:orders_{table}_changelist"))
        assert page.status_code == 200
        assert page.context["cl"].result_count == 1


def test_an_order_whose_authorisation_ran_out_needs_head_office_until_it_is_paid(harbour, office, settings):
    settings.PAYMENT_CAPTURE = "when_ready"
    order = online(harbour)
    attempt = begun(order)

    def unpaid() -> list[tuple[int, str]]:
        return [(need.count, need.words) for need in needs.needs(at=NOON) if need.count and "ran out" in need.words]

    assert unpaid() == []
    hear(attempt, "authorised")
    assert unpaid() == []
    hear(attempt, "voided")
    assert unpaid() == [(1, "order is not paid: what was authorised ran out")]
    assert order.number in office.get(reverse("admin:orders_order_changelist") + "?waits=authorisation").content.decode()
    payments.take_payment(order, [Tendered("cash", 2500)], store=harbour, by=None, at=NOON)
    assert unpaid() == []
