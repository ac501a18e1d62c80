"""The demo: a shop to walk through, made by the same acts as the shop's own days."""

from collections import Counter
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.db.models import Q
from django.utils import timezone

from loyalty.models import Member
from omo import invariants
from omo.models import Event, Message, User
from orders.demo import SIGN_INS, catalogue, loading
from orders.demo.cast import MARTA
from orders.models import Fulfilment, Order
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
    _has_something_to_do_now()


@pytest.mark.parametrize(
    ("now", "orders"),
    [
        (datetime(2026, 11, 23, 4, 0, tzinfo=UTC), 227),  # Monday before anybody opens; Riverside is closed all day
        (datetime(2026, 3, 29, 17, 30, tzinfo=UTC), 257),  # the Sunday on which the clocks change
    ],
)
def test_the_demo_can_be_loaded_at_any_hour_and_is_always_the_same_then(now, orders):
    loading.load(at=now)
    assert Order.objects.count() == orders
    assert list(invariants.violations()) == []
    _has_something_to_do_now()
    assert not Event.objects.filter(at__gt=now).exists()


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


def _has_something_to_do_now():
    waiting = Fulfilment.objects.exclude(state="collected")
    at_harbour = Counter(waiting.filter(store__code="harbour").values_list("state", "order__payment_state"))
    assert at_harbour == {("placed", "unpaid"): 3, ("picking", "unpaid"): 1, ("ready", "unpaid"): 1, ("ready", "paid"): 1}
    late = waiting.filter(store__code="harbour", state="placed", due_at__lt=_last_moment())
    assert late.count() == 1
    assert set(waiting.values_list("store__code", flat=True)) == {"harbour", "old-town", "station", "riverside"}
    due = Message.objects.filter(state="due")
    assert set(due.values_list("order", flat=True)) == set(waiting.values_list("order", flat=True))
    assert 9 <= due.count() < 15
    assert not Message.objects.filter(~Q(state="sent"), order__fulfilments__state="collected").exists()


def _last_moment() -> datetime:
    """The last thing that happened at Harbour: the shop's own clock, when the demo is made at night."""
    return Event.objects.filter(store__code="harbour").latest("at").at
