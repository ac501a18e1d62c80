"""Another person collects: one pass at a time, once, until it is taken back."""

from datetime import timedelta

import pytest

from omo import invariants, outbox
from omo.models import Event, Message
from orders import payments, pickup, pickup_codes, proxies, verdicts
from orders.models import Fulfilment, HandOver, ProxyPass
from orders.pickup import Refused
from tests import factories
from tests.factories import NOON
from tests.unchanged import refused, unchanged

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(minutes=5)


def named(world, name: str = "Ben Kelly", at=NOON) -> ProxyPass:
    return proxies.name_proxy(world.pickup, name=name, by=world.marta, at=at)


def scan(world, proxy: ProxyPass, place=None) -> tuple[str, str, str]:
    """Reason, tone and first name of the answer to a pass."""
    verdict = verdicts.of_scan(place or world.harbour, proxies.qr_text(proxy), at=NOON)
    return verdict.reason, verdict.tone, verdict.proxy.first_name if verdict.proxy else ""


# Naming and taking back


def test_somebody_is_named_and_staff_see_that_something_moved(world):
    before = factories.queue_version(world.harbour.pk)
    made = named(world)
    assert (made.fulfilment, made.name, made.first_name, made.made_at, made.live) == (world.pickup, "Ben Kelly", "Ben", NOON, True)
    assert proxies.of_pickup(world.pickup) == made
    assert factories.queue_version(world.harbour.pk) == before + 1
    event = Event.objects.get(kind="proxy.named")
    assert (event.by, event.order_id, event.data) == (world.marta, world.order.pk, {"name": "Ben Kelly"})


def test_who_is_named_next_has_the_only_pass(world):
    ben, cleo = named(world), named(world, "Cleo Byrne", at=LATER)
    ben.refresh_from_db()
    assert ben.revoked_at == LATER
    assert proxies.of_pickup(world.pickup) == cleo


def test_a_pass_is_taken_back_once_and_its_name_is_remembered(world):
    made = named(world)
    proxies.revoke_proxy(world.pickup, by=world.marta, at=LATER)
    made.refresh_from_db()
    assert (made.revoked_at, made.live, proxies.of_pickup(world.pickup)) == (LATER, False, None)
    assert proxies.former_name(world.pickup) == "Ben Kelly"
    assert Event.objects.filter(kind="proxy.revoked").count() == 1
    with refused(proxies.NoSuchPass):
        proxies.revoke_proxy(world.pickup, by=world.marta, at=LATER)


@pytest.mark.parametrize("state", ["collected", "expired", "cancelled"])
def test_nobody_is_named_for_what_is_over(world, state):
    Fulfilment.objects.update(state=state)
    with refused(proxies.NothingToCollect):
        named(world)


def test_nobody_is_named_for_a_delivery(world):
    Fulfilment.objects.update(kind="delivery")
    with refused(proxies.NothingToCollect):
        named(world)


def test_the_page_of_a_pass_has_an_address_of_its_own_that_cannot_be_guessed(world):
    ben, cleo = named(world), named(world, "Cleo Byrne")
    token = proxies.page_token(ben)
    assert len(token) == 22
    assert token != proxies.page_token(cleo)
    assert proxies.of_page(ben.public_id, token) == ben
    assert proxies.of_page(cleo.public_id, token) is None
    assert proxies.of_page(ben.public_id, token[:-1]) is None
    assert proxies.of_page("ZZZZZZZZZZ", token) is None


# At the counter


def test_a_pass_is_green_where_the_pickup_waits_and_is_paid(ready):
    made = named(ready)
    assert scan(ready, made) == ("unpaid", "go", "Ben")
    ready.pay()
    assert scan(ready, made) == ("go", "go", "Ben")
    with unchanged():
        scan(ready, made)


def test_a_pass_meets_the_same_refusals_as_a_pickup_code(world):
    made = named(world)
    assert scan(world, made) == ("not_ready", "stop", "Ben")
    assert scan(world, made, factories.store("airport"))[:2] == ("wrong_store", "stop")
    for state, answer in (("expired", ("hold_expired", "stop", "Ben")), ("cancelled", ("cancelled", "stop", "Ben"))):
        Fulfilment.objects.update(state=state)
        assert scan(world, made) == answer


def test_a_pass_that_was_taken_back_is_red_and_opens_nothing(ready):
    made = named(ready)
    ready.pay()
    proxies.revoke_proxy(ready.pickup, by=ready.marta, at=LATER)
    assert scan(ready, made) == ("taken_back", "stop", "Ben")
    with refused(Refused) as refusal:
        ready.hand_over(proof=proxies.qr_text(made))
    assert refusal.value.verdict.reason == "taken_back"
    ready.hand_over()  # the customer's own code opens it as ever


def test_a_pass_works_once(ready):
    made = named(ready)
    ready.pay()
    ready.hand_over(60, proof=proxies.qr_text(made))
    made.refresh_from_db()
    handed = HandOver.objects.get()
    assert (handed.method, handed.proxy, handed.note) == ("proxy", made, "")
    assert (made.used_at, made.live) == (NOON + timedelta(seconds=60), False)
    assert scan(ready, made) == ("already_collected", "soon", "Ben")
    with refused(Refused) as refusal:
        ready.hand_over(90, proof=proxies.qr_text(made))
    assert (refusal.value.verdict.reason, refusal.value.verdict.pickup.collected_at) == ("already_collected", NOON + timedelta(seconds=60))
    assert list(invariants.violations()) == []


def test_a_pass_is_not_used_up_by_a_refusal(ready):
    made = named(ready)
    with refused(Refused) as refusal:
        ready.hand_over(proof=proxies.qr_text(made))
    assert (refusal.value.verdict.reason, refusal.value.verdict.proxy) == ("unpaid", made)


def test_whoever_has_the_pass_may_pay_at_the_counter(ready):
    made = named(ready)
    tendered = [payments.Tendered("card", 3499)]
    pickup.take_payment_and_hand_over(ready.pickup, tendered=tendered, proof=proxies.qr_text(made), by=ready.ana, at=NOON)
    assert HandOver.objects.get().proxy == made


def test_the_pass_of_another_pickup_opens_nothing(ready):
    ready.pay()
    other = factories.pickup_of(factories.order(ready.harbour, (factories.stocked(ready.harbour), 1)))
    foreign = proxies.name_proxy(other, name="Cleo", by=None, at=NOON)
    with refused(Refused) as refusal:
        ready.hand_over(proof=proxies.qr_text(foreign))
    assert refusal.value.verdict.reason == "code_mismatch"


def test_a_pass_that_we_did_not_sign_is_no_pass(ready):
    made = named(ready)
    text = proxies.qr_text(made)
    assert proxies.find_by_qr(text[:-1] + ("A" if text[-1] != "A" else "B")) is None
    assert proxies.find_by_qr(made.public_id) is None
    assert proxies.find_by_qr(pickup_codes.qr_text(ready.pickup)) is None


def test_the_customer_s_own_code_leaves_the_pass_unused(ready):
    made = named(ready)
    ready.pay()
    ready.hand_over()
    made.refresh_from_db()
    assert (made.used_at, HandOver.objects.get().method, HandOver.objects.get().proxy) == (None, "code", None)
    assert scan(ready, made) == ("already_collected", "soon", "Ben")


# The customer is told


@pytest.mark.parametrize(("name", "said"), [("Ben Kelly", "Ben collected it with the pass that you gave, at Harbour, Tuesday 24 November, 12:01."), ("", "")])
def test_the_mail_says_who_collected_it(ready, mailoutbox, name, said):
    proof = {"proof": proxies.qr_text(named(ready, name))} if name else {}
    ready.pay()
    ready.hand_over(60, **proof)
    outbox.deliver(Message.objects.get(kind="pickup_collected"))
    body, html = mailoutbox[0].body, mailoutbox[0].alternatives[0][0]
    assert said in body
    assert ("with the pass that you gave" in body, "with the pass that you gave" in html) == (bool(name), bool(name))
    assert ("If that was not you" in body) == (not name)
