"""The demo: a shop to walk through, made by the same acts as the shop's own days."""

from collections import Counter
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.db.models import Count
from django.utils import timezone

from loyalty.models import Member, PointsEntry
from omo import invariants
from omo.models import Event, Message, User
from orders import address_book, refunds
from orders.demo import SIGN_INS, catalogue, loading
from orders.demo.cast import MARTA
from orders.models import Arrival, Delivery, Fulfilment, Order, ProviderEvent, ProxyPass, Refund
from stores import availability, hours
from stores.models import Product, ShelfLabel, StockLevel, Store, Variant
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

SYMBOLS = Path(__file__).parent.parent.parent / "static" / "symbols.svg"


def test_the_demo_is_a_whole_shop():
    out = StringIO()
    call_command("load_demo", stdout=out)
    assert out.getvalue().startswith("4 stores, 69 products in 385 variants, ")
    assert list(invariants.violations()) == []
    _has_people_who_can_sign_in()
    _has_honest_stock_and_labels()
    _has_a_week_behind_it()
    _has_something_to_do_now(timezone.now())


@pytest.mark.parametrize(
    ("now", "orders"),
    [
        (datetime(2026, 11, 23, 4, 0, tzinfo=UTC), 239),  # Monday before anybody opens; Riverside is closed all day
        (datetime(2026, 3, 29, 17, 30, tzinfo=UTC), 269),  # the Sunday on which the clocks change
    ],
)
def test_the_demo_can_be_loaded_at_any_hour_and_is_always_the_same_then(now, orders):
    loading.load(at=now)
    assert Order.objects.count() == orders
    assert list(invariants.violations()) == []
    _has_something_to_do_now(now)
    assert not Event.objects.filter(at__gt=now).exists()


def test_without_the_sandbox_the_demo_has_nothing_that_is_paid_online(settings):
    settings.PAYMENT_PROVIDERS = []
    loading.load(at=datetime(2026, 11, 23, 4, 0, tzinfo=UTC))
    assert set(Order.objects.values_list("payment_method", flat=True)) == {"in_store"}
    assert not Store.objects.filter(pay_in_store=False).exists()
    assert not Fulfilment.objects.filter(kind="delivery").exists()
    assert list(invariants.violations()) == []


def test_the_demo_keeps_away_from_a_shop_that_has_stores():
    factories.store()
    with pytest.raises(CommandError, match="There are stores already"):
        call_command("load_demo")
    assert (Store.objects.count(), User.objects.count(), Product.objects.count()) == (1, 0, 0)


def test_the_demo_keeps_away_from_production(settings):
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="The demo is not for production"):
        call_command("load_demo")
    assert not Store.objects.exists()


@pytest.mark.once
def test_every_product_has_a_drawing_and_words():
    symbols = SYMBOLS.read_text()
    for row in catalogue.goods():
        assert f'id="p-{row["drawing"]}"' in symbols, row["name"]
        assert row["summary"], row["name"]
        assert row["description"].endswith("."), row["name"]


def _has_people_who_can_sign_in():
    for who in SIGN_INS:
        user = authenticate(email=who.email, password=who.password)
        assert user is not None, who
        assert EmailAddress.objects.get(user=user).verified
    assert User.objects.get(email="ines@harbour-pine.example").is_staff
    assert {store.code for store in Store.objects.for_actor(User.objects.get(email="ana@harbour-pine.example"))} == {"harbour"}
    assert Store.objects.for_actor(User.objects.get(email="tom@harbour-pine.example")).count() == 3
    assert Member.objects.filter(user__email=MARTA.email, balance__gt=0).exists()
    assert not Member.objects.filter(user__email="jonas@home.example").exists()


def _has_honest_stock_and_labels():
    for store in Store.objects.with_calendar():
        counts = Counter(availability.at_store(store.pk, Variant.objects.values_list("pk", flat=True), at=timezone.now()).values())
        assert counts[0] > 20, "some are not here"
        assert sum(counts[left] for left in (1, 2, 3)) > 20, "of some only a few are left"
        assert sum(count for left, count in counts.items() if left > availability.MANY) > 50
        assert hours.next_opening(hours.calendar_of(store), at=timezone.now())
    labelled = ShelfLabel.objects.values("store", "variant").distinct().count()
    assert labelled == StockLevel.objects.count()
    assert set(ShelfLabel.objects.values_list("shelf", flat=True)) == {f"{letter}{number}" for letter in "ABCD" for number in range(1, 6)}


def _has_a_week_behind_it():
    channels = Counter(Order.objects.values_list("channel", flat=True))
    assert channels["till"] > 80
    assert channels["web"] > 15
    assert channels["shelf"] > 10
    marta = Order.objects.filter(member__user__email=MARTA.email)
    bought = set(marta.filter(fulfilments__state="collected").values_list("channel", flat=True))
    assert "till" in bought
    assert bought & {"web", "shelf"}
    assert marta.count() < 12
    first = Order.objects.earliest("placed_at").placed_at
    assert 6 <= (timezone.now() - first).days <= 8


def _has_something_to_do_now(now: datetime):
    _has_pickups_in_every_state()
    _has_parcels_in_every_state()
    _has_what_was_paid_online(now)
    _has_money_to_give_back_at_a_counter()
    _has_mail_for_the_first_minute(now)


def _has_pickups_in_every_state():
    pickups = Fulfilment.objects.filter(kind="pickup").exclude(state="collected")
    at_harbour = Counter(pickups.filter(store__code="harbour").values_list("state", "order__payment_state", "awaits_payment"))
    assert at_harbour == {
        ("placed", "unpaid", False): 3,
        ("placed", "unpaid", True): 1,  # waits for its payment, so staff do not see it
        ("placed", "paid", False): 1,  # a part of the mixed order
        ("picking", "unpaid", False): 1,
        ("ready", "unpaid", False): 1,
        ("ready", "paid", False): 1,
        ("expired", "unpaid", False): 1,
    }
    late = pickups.filter(store__code="harbour", state="placed", awaits_payment=False, due_at__lt=_last_moment())
    assert late.count() == 1
    assert set(pickups.filter(state__in=Fulfilment.OPEN).values_list("store__code", flat=True)) == {"harbour", "old-town", "station", "riverside"}
    named = ProxyPass.objects.get()
    assert (named.fulfilment.state, named.fulfilment.order.email, named.live) == ("ready", MARTA.email, True)
    here = Arrival.objects.get()
    assert (here.fulfilment.state, here.place, here.served_at) == ("ready", "bay 2", None)
    assert list(Fulfilment.objects.to_put_back(Store.objects.get(code="harbour").pk).values_list("state", flat=True)) == ["expired"]


def _has_parcels_in_every_state():
    parcels = Delivery.objects.filter(fulfilment__kind="delivery")
    states = Counter(parcels.values_list("fulfilment__store__code", "fulfilment__state"))
    at_harbour = {("harbour", "placed"): 2, ("harbour", "packed"): 1, ("harbour", "shipped"): 1, ("harbour", "failed"): 1, ("harbour", "delivered"): 2}
    assert states == at_harbour | {("station", "placed"): 1}
    assert all(parcel.tracking_url for parcel in parcels.exclude(fulfilment__state__in=["placed", "packed"]))
    assert parcels.get(fulfilment__state="failed").failure == "Nobody was at home"
    assert parcels.filter(fulfilment__state="placed", fulfilment__due_at__lt=_last_moment()).count() == 1, "one is late to leave"
    marta = parcels.get(fulfilment__state="delivered", fulfilment__order__user__email=MARTA.email).fulfilment
    assert PointsEntry.objects.get(source=f"fulfilment:{marta.pk}").points > 0
    assert [address.street for address in address_book.of(User.objects.get(email=MARTA.email))] == ["7 Herring Lane\nFlat 3", "1 Customs Row"]


def _has_what_was_paid_online(now: datetime):
    mixed = Order.objects.annotate(parts=Count("fulfilments")).get(parts=3)
    assert set(mixed.fulfilments.values_list("kind", "store__code")) == {("pickup", "harbour"), ("pickup", "old-town"), ("delivery", "station")}
    assert (mixed.payment_state, mixed.payment_method, mixed.due, mixed.payments.get().tender) == ("paid", "sandbox", 0, "online")
    waits = Order.objects.get(payment_due_by__isnull=False)
    assert (waits.payment_state, waits.due == waits.total, waits.payment_due_by > now) == ("unpaid", True, True)
    cancelled = Order.objects.get(fulfilments__state="cancelled")
    assert (cancelled.payment_state, cancelled.refunded_total, cancelled.cancelled_total) == ("refunded", cancelled.total, cancelled.total)
    assert Refund.objects.get(payment__order=cancelled).state == "done"
    assert not ProviderEvent.objects.exclude(outcome__startswith="Booked").exists()
    prepaid = Store.objects.get(pay_in_store=False)
    assert prepaid.code == "riverside"
    methods = Order.objects.filter(store=prepaid).exclude(channel="till").values_list("payment_method", flat=True)
    assert set(methods) == {"sandbox"}


def _has_money_to_give_back_at_a_counter():
    waiting = refunds.to_give_back().get()
    assert (waiting.payment.tender, waiting.store.code, waiting.payment.order.overpaid) == ("cash", "old-town", 0)


def _has_mail_for_the_first_minute(now: datetime):
    due = Message.objects.filter(state="due", available_at__lte=now)
    assert Counter(due.values_list("kind", flat=True)) == {
        "order_placed": 14,  # ten pickups, the mixed order and three parcels of the last two days
        "pickup_ready": 4,
        "pickup_changed": 1,  # one unit was damaged
        "delivery_shipped": 1,
        "delivery_failed": 1,
    }
    ahead = Message.objects.filter(state="due", available_at__gt=now)
    assert set(ahead.values_list("kind", flat=True)) == {"pickup_reminder"}
    ready = Fulfilment.objects.filter(state="ready").values_list("order", flat=True)
    assert set(ready) <= set(ahead.values_list("order", flat=True)), "who has something to collect is reminded"


def _last_moment() -> datetime:
    """The last thing that happened at Harbour: the shop's own clock, when the demo is made at night."""
    return Event.objects.filter(store__code="harbour").latest("at").at
