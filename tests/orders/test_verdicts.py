"""The answer to a scan at the counter."""

import pytest

from omo import codes
from orders import payments, pickup_codes, verdicts
from orders.models import Fulfilment, HandOver
from stores.models import Store
from tests import factories
from tests.factories import NOON
from tests.unchanged import unchanged

pytestmark = pytest.mark.django_db


@pytest.fixture
def ready(ready):
    """A pickup that waits and is paid."""
    payments.take_payment(ready.order, [payments.Tendered("card", 3499)], store=ready.harbour, by=ready.ana, at=NOON)
    return ready


def scan(world, text: str | None = None, place: Store | None = None) -> tuple[str, str]:
    """Reason and tone of the answer to a scan; the pickup's QR at its store, if nothing else is said."""
    verdict = verdicts.of_scan(place or world.harbour, pickup_codes.qr_text(world.pickup) if text is None else text, at=NOON)
    return verdict.reason, verdict.tone


def test_a_ready_and_paid_pickup_is_green_by_qr_and_by_digits(ready):
    assert scan(ready) == ("go", "go")
    assert scan(ready, pickup_codes.six_digits(ready.pickup)) == ("go", "go")
    digits = pickup_codes.six_digits(ready.pickup)
    assert scan(ready, f" {digits[:3]} {digits[3:]}\n") == ("go", "go")


def test_a_scan_reads_only(ready):
    with unchanged():
        scan(ready)


@pytest.mark.parametrize(
    ("state", "answer"),
    [
        ("placed", ("not_ready", "stop")),
        ("picking", ("not_ready", "stop")),
        ("packed", ("not_ready", "stop")),
        ("ready", ("go", "go")),
        ("awaiting_customer", ("not_ready", "stop")),
        ("collected", ("already_collected", "soon")),
        ("expired", ("hold_expired", "stop")),
        ("cancelled", ("cancelled", "stop")),
    ],
)
def test_every_state_has_its_own_answer(ready, state, answer):
    of_deliveries = {"shipped", "delivered", "failed"}
    of_pickups = {"placed", "picking", "packed", "ready", "awaiting_customer", "collected", "expired", "cancelled"}
    assert set(Fulfilment.State.values) == of_pickups | of_deliveries
    Fulfilment.objects.update(state=state)
    assert scan(ready) == answer
    assert scan(ready, pickup_codes.six_digits(ready.pickup)) == answer


def test_an_unpaid_pickup_asks_for_payment_first(world):
    factories.picked(world.order, world.ana)
    Fulfilment.objects.update(state="ready")
    assert scan(world) == ("unpaid", "go")


def test_at_another_store_the_qr_says_so_and_the_digits_say_nothing(ready):
    station = factories.store("station")
    assert scan(ready, place=station) == ("wrong_store", "stop")
    assert scan(ready, pickup_codes.six_digits(ready.pickup), place=station) == ("unknown", "stop")


@pytest.mark.parametrize("text", ["", " ", "12345", "1234567", "²²²²²²", "ABC.DEF", "\x00", "\ud800.\ud800", "x" * 300, "6291041500213"])
def test_what_is_no_pickup_code_is_unknown(ready, text):
    assert scan(ready, text) == ("unknown", "stop")


def test_a_code_of_an_older_version_is_unknown(ready):
    printed = pickup_codes.qr_text(ready.pickup)
    Fulfilment.objects.update(code_version=2)
    assert scan(ready, printed) == ("unknown", "stop")
    assert scan(ready) == ("go", "go")


def test_a_card_or_label_signature_over_the_pickups_id_is_unknown(ready):
    for purpose in ("card", "label", "order"):
        assert scan(ready, codes.sign(purpose, ready.pickup.public_id)) == ("unknown", "stop")


def test_what_was_carried_out_has_no_pickup_code(ready):
    Fulfilment.objects.update(kind="carry_out")
    assert scan(ready) == ("unknown", "stop")


def test_codes_hold_while_keys_are_changed(ready, settings):
    printed, digits = pickup_codes.qr_text(ready.pickup), pickup_codes.six_digits(ready.pickup)
    settings.CODE_KEYS = ["n" * 40, *settings.CODE_KEYS]
    assert pickup_codes.six_digits(ready.pickup) == digits
    assert [scan(ready, text) for text in (printed, digits, pickup_codes.qr_text(ready.pickup))] == [("go", "go")] * 3
    settings.CODE_KEYS = settings.CODE_KEYS[:1]
    assert [scan(ready, text) for text in (printed, digits)] == [("unknown", "stop")] * 2
    assert pickup_codes.six_digits(ready.pickup) == ""


@pytest.mark.parametrize(
    ("proof", "identity", "method"),
    [("ABC.DEF", "", "qr"), ("123456", "", "code"), ("12 34 56", "", "code"), ("", "passport", "identity"), ("123456", "passport", "identity")],
)
def test_how_the_collector_was_checked(proof, identity, method):
    assert verdicts.method(proof, identity) == method
    assert method in HandOver.Method.values
