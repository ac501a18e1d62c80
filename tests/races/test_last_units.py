"""Sixty-four clients want the last units: exactly as many orders as units, whoever comes by which way."""

import http.client
import time
from urllib.parse import urlencode, urlsplit

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.urls import reverse

from omo import codes
from orders import checkout, till
from orders.checkout import Contact
from orders.models import Cart, Order
from orders.payments import Tendered
from stores import stock
from stores.counters import Places
from stores.models import StockLevel, Store, Variant
from tests import factories
from tests.factories import NOON
from tests.races.crowd import at_once, constraints_off, kinds, sound
from tests.races.expiry import without_locks

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True), pytest.mark.slow]
CLIENTS, TRIES, UNITS = 64, 8, 200


def carts_of_one(goods: Variant, count: int) -> list[Cart]:
    """Carts with one unit each, made beforehand."""
    return [factories.cart((goods, 1)) for _ in range(count)]


def client(store: Store, carts: list[Cart]):
    """A client that tries to order one cart after the other; what came of each."""

    def order(cart: Cart) -> Order | Exception:
        try:
            return checkout.place_order(
                cart, channel="web", contact=Contact("Marta", "marta@shop.test"), store=store, idempotency_key=codes.random_id(20), by=None, at=NOON
            )
        except stock.NotAvailable as refusal:
            return refusal

    return lambda: [order(cart) for cart in carts]


def rush(store: Store, goods: Variant, *, clients: int = CLIENTS, tries: int = TRIES) -> dict[str, int]:
    """Everybody orders at once. How often what happened."""
    carts = carts_of_one(goods, clients * tries)
    outcomes = at_once(*(client(store, carts[number::clients]) for number in range(clients)))
    return kinds([one for outcome in outcomes for one in (outcome if isinstance(outcome, list) else [outcome])])


def test_sixty_four_clients_get_exactly_the_units_that_there_are(harbour, rivalries):
    mug = factories.stocked(harbour, UNITS)
    assert rush(harbour, mug) == {"Order": UNITS, "NotAvailable": CLIENTS * TRIES - UNITS}
    assert Order.objects.count() == UNITS
    assert StockLevel.objects.values_list("on_hand", "allocated").get() == (UNITS, UNITS)
    assert rivalries == []
    assert sound()


def test_without_the_lock_the_same_clients_oversell(harbour, monkeypatch):
    """The negative control: the decision is read before the update, as in many a shop, and nothing else holds the promise."""
    without_locks(monkeypatch)
    mug = factories.stocked(harbour, 8)
    with constraints_off("stores_stocklevel"):
        outcome = rush(harbour, mug, clients=32, tries=1)
        assert outcome["Order"] > 8
        assert StockLevel.objects.values_list("allocated", flat=True).get() > 8


def test_without_the_lock_the_database_still_refuses_to_oversell(harbour, monkeypatch):
    """The last line: a CHECK constraint. It keeps the promise, but rudely."""

    def plenty(places: Places) -> list[StockLevel]:
        return [StockLevel(store_id=store_id, variant_id=one, on_hand=10**6) for store_id, variants in places.items() for one in variants]

    monkeypatch.setattr("stores.counters.lock_places", plenty)
    mug = factories.stocked(harbour, 8)
    assert rush(harbour, mug, clients=16, tries=1) == {"Order": 8, "IntegrityError": 8}
    assert sound()


def test_the_till_and_the_web_share_the_last_units(harbour, rivalries):
    """What is sold at the till is a fact; the web gets what is left, and no promise is broken."""
    mug = factories.stocked(harbour, 20)
    ana, carts = factories.staff(harbour), carts_of_one(mug, 24)

    def sell(number: int):
        lines, tendered = [till.SaleLine(mug, 1)], [Tendered("cash", 1250)]
        return lambda: till.ring_up(harbour, lines, tendered=tendered, sale_reference=f"T-{number}", by=ana, at=NOON)

    outcomes = at_once(*(client(harbour, [cart]) for cart in carts), *(sell(number) for number in range(8)))
    web = kinds([one for outcome in outcomes[:24] for one in outcome])
    assert kinds(outcomes[24:]) == {"Order": 8}
    on_hand, allocated = StockLevel.objects.values_list("on_hand", "allocated").get()
    assert allocated == web["Order"]
    assert 12 <= web["Order"] <= 20
    assert on_hand == max(12, allocated)
    assert rivalries == []
    assert sound()


def test_over_http_too(harbour, live_server):
    """Forms posted to a running server by browsers that filled their carts before."""
    mug, clients, units = factories.stocked(harbour, 10), 24, 10

    def browser(cart: Cart):
        session = SessionStore()
        session["cart"] = cart.pk
        session.create()
        token, place = "c" * 32, {"store": harbour.code, "seen_store": harbour.code, "slot": ""}
        headers = {"Cookie": f"session={session.session_key}; csrf={token}", "Content-Type": "application/x-www-form-urlencoded"}
        form = {
            "name": "Marta",
            "email": "marta@shop.test",
            "seen_total": "1250",
            "method": "in_store",
            "key": codes.random_id(20),
            "csrfmiddlewaretoken": token,
            **place,
        }

        def post(tries: int = 5) -> int:
            server = http.client.HTTPConnection(urlsplit(live_server.url).netloc, timeout=30)
            try:
                server.request("POST", reverse("place_order"), urlencode(form), headers)
                return server.getresponse().status
            except ConnectionResetError:  # the test server keeps ten waiting callers; the key makes the same form again harmless
                if tries == 1:
                    raise
                time.sleep(0.1)
                return post(tries - 1)

        return post

    answers = at_once(*(browser(cart) for cart in carts_of_one(mug, clients)))
    assert {answer: answers.count(answer) for answer in answers} == {302: units, 409: clients - units}
    assert Order.objects.count() == units
    assert sound()
