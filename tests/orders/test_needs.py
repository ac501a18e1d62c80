"""What needs head office, and the numbers of today."""

from datetime import timedelta

import pytest

from orders import needs
from stores import needs as place_needs
from stores.models import OpeningHours, Product, Store, Variant
from tests import factories
from tests.factories import NOON

pytestmark = pytest.mark.django_db


def said(found):
    return [(need.count, need.words, need.tone) for need in found if need.count]


def test_late_and_uncollected_pickups_are_counted_store_by_store():
    harbour, garden = factories.store(), factories.store("garden-street")
    ana, goods = factories.staff(harbour), factories.stocked(harbour, 20)
    elsewhere = factories.stocked(garden, 20)
    for _ in range(2):
        factories.order(harbour, (goods, 1))
    factories.order(garden, (elsewhere, 1))
    factories.ready(factories.order(harbour, (goods, 1)), ana)
    assert said(needs.needs(at=NOON)) == []
    assert said(needs.needs(at=NOON + timedelta(hours=2))) == []
    late = [(1, "pickup is late at Garden Street", "stop"), (2, "pickups are late at Harbour", "stop")]
    assert said(needs.needs(at=NOON + timedelta(hours=2, minutes=1))) == late
    assert said(needs.needs(at=NOON + timedelta(days=4))) == [*late, (1, "pickup not collected in time at Harbour", "soon")]


def test_the_numbers_of_today_are_of_the_shops_own_day():
    place = factories.store(time_zone="America/New_York")
    goods = factories.stocked(place, 20)
    factories.order(place, (goods, 2), at=NOON.replace(hour=5))
    factories.order(place, (goods, 1), at=NOON.replace(hour=4))  # 23:00 of the day before in New York
    figures = [(figure.words, figure.value, figure.note) for figure in needs.figures(at=NOON)]
    assert figures == [
        ("Online today", "1", "€25.00"),
        ("Shelf label today", "0", "€0.00"),
        ("Till today", "0", "€0.00"),
        ("Pickups to pick", "2", "in all stores"),
        ("Pickups being picked", "0", "in all stores"),
        ("Pickups ready", "0", "in all stores"),
        ("Promises kept", "–", "0 of 0 in 30 days"),
    ]


def test_what_cannot_be_sold_rightly_needs_somebody(client):
    factories.store()
    assert said(place_needs.needs(at=NOON)) == []
    closed, hourless = factories.store("old-town", active=False), factories.store("garden-street")
    OpeningHours.objects.filter(store=hourless).delete()
    for_nothing, empty = factories.variant(price=0), factories.variant(active=False)
    found = [need for need in place_needs.needs(at=NOON) if need.count]
    assert said(found) == [
        (1, "variant on sale has no price", "soon"),
        (1, "product on sale has nothing to buy", "soon"),
        (1, "store has no opening hours", "soon"),
        (1, "store is switched off", "plain"),
    ]
    client.force_login(factories.head_office())
    shown = [list(client.get(need.url).context["cl"].result_list) for need in found]
    assert shown == [[Variant.objects.get(pk=for_nothing.pk)], [Product.objects.get(pk=empty.product_id)], [hourless], [Store.objects.get(pk=closed.pk)]]
