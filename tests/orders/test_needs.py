"""What needs head office, and the numbers of today."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders import cancellation, delivery, keeping, lapsing, needs, payment_needs
from stores import needs as place_needs
from stores.models import OpeningHours, Product, Store, Variant
from tests import factories
from tests.factories import NOON
from tests.orders import delivering, paying
from tests.orders.paying import MINUTE

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
        ("Delivered today", "0", "parcels at their doors"),
        ("Promises kept", "–", "0 of 0 in 30 days"),
    ]


def test_what_was_delivered_and_paid_online_today_is_counted_on_the_shops_own_day(ana):
    place = delivering.sender("depot", time_zone="America/New_York")
    goods = factories.stocked(place, 20)
    for when in (NOON.replace(hour=4), NOON.replace(hour=5)):  # 23:00 of the day before in New York, and midnight
        parcel = delivering.parcel_of(delivering.order((goods, 1), at=when))
        delivery.deliver(delivering.shipped(parcel, ana, tracking=f"GV-{when.hour}", at=when), by=ana, at=when)
        paying.hear(paying.begun(paying.online(place, (goods, 2), at=when), at=when), at=when)
    figures = {figure.words: (figure.value, figure.note) for figure in [*needs.figures(at=NOON), *payment_needs.figures(at=NOON)]}
    assert figures["Delivered today"] == ("1", "parcels at their doors")
    assert figures["Paid online today"] == ("€25.00", "1 payment")  # what was paid by card in the store is not online


def test_parcels_that_are_late_to_leave_or_came_back_need_head_office(client, ana):
    depot, station = delivering.sender("depot"), delivering.sender("station")
    goods = factories.stocked(depot, 20)
    waits, packed, gone, back = (delivering.parcel_of(delivering.order((goods, 1))) for _ in range(4))
    delivering.order((goods, 1), waits=True)  # not paid yet, so nobody is late
    delivering.packed(packed, ana)
    delivering.shipped(gone, ana)
    delivering.shipped(back, ana, tracking="GV-2")
    delivery.fail(back, reason="Nobody was at home", by=ana, at=NOON)
    came_back = (1, "delivery failed and waits for a decision at Depot", "stop")
    assert said(needs.needs(at=waits.due_at)) == [came_back]
    late = waits.due_at + MINUTE
    assert said(needs.needs(at=late)) == [(2, "parcels are late to leave at Depot", "stop"), came_back]
    assert _listed(client, needs.needs(at=late), late) == [{waits, packed}, {back}]
    delivery.take_back(back, by=ana, at=NOON)
    assert said(needs.needs(at=NOON)) == []
    assert station.fulfilments.count() == 0


def test_bags_that_nobody_put_back_for_a_day_need_head_office(client, harbour, ana):
    goods = factories.stocked(harbour, 20)
    bag, untouched = factories.ready(factories.order(harbour, (goods, 1)), ana), factories.order(harbour, (goods, 1))
    for order in (bag.order, untouched):
        cancellation.cancel_order(order, reason="It was damaged.", cause="store", by=ana, at=NOON)
    assert said(needs.needs(at=NOON + needs.DAY)) == []
    later = NOON + needs.DAY + MINUTE
    assert said(needs.needs(at=later)) == [(1, "bag to put back for more than a day at Harbour", "soon")]
    assert _listed(client, needs.needs(at=later), later) == [{bag}]
    keeping.put_back(bag, by=ana, at=later)
    assert said(needs.needs(at=later)) == []


def test_orders_that_should_have_been_cancelled_unpaid_need_head_office(client, harbour):
    order = paying.online(harbour)
    paying.online(harbour, at=NOON + 20 * MINUTE)
    ends = order.payment_due_by + lapsing.PATIENCE
    assert said(payment_needs.needs(at=ends)) == []
    assert said(payment_needs.needs(at=ends + MINUTE)) == [(1, "order waits for its payment for too long", "stop")]
    assert _listed(client, payment_needs.needs(at=ends + MINUTE), ends + MINUTE) == [{order}]


def test_the_home_costs_the_same_for_one_and_for_many_that_need_it(client, ana, django_assert_num_queries):
    client.force_login(factories.head_office())
    _trouble("garden-street", ana)
    with time_machine.travel(NOON + timedelta(days=5), tick=False):
        client.get("/admin/")  # from here on this process remembers the promises and the shop's time zone
        with CaptureQueriesContext(connection) as once:
            assert "at Garden Street" in client.get("/admin/").text
        for code in ("depot", "station"):
            _trouble(code, ana)
            _trouble(code, ana)
        with django_assert_num_queries(len(once)):
            assert "at Depot" in client.get("/admin/").text


def _trouble(code: str, by) -> None:
    """At a store: a late pickup and one nobody collected, a bag to put back, a parcel that is late and one that came back, and an unpaid order."""
    place = delivering.sender(code)
    goods = factories.stocked(place, 20)
    factories.order(place, (goods, 1))
    factories.ready(factories.order(place, (goods, 1)), by)
    bag = factories.ready(factories.order(place, (goods, 1)), by)
    cancellation.cancel_order(bag.order, reason="It was damaged.", cause="store", by=by, at=NOON)
    delivering.order((goods, 1))
    back = delivering.parcel_of(delivering.order((goods, 1)))
    delivering.shipped(back, by, tracking=f"GV-{back.pk}")
    delivery.fail(back, reason="Nobody was at home", by=by, at=NOON)
    paying.online(place, (goods, 1))


def _listed(client, found, at) -> list[set]:
    """What the lists show to which the needs lead, need by need."""
    client.force_login(factories.head_office())
    with time_machine.travel(at, tick=False):
        return [set(client.get(need.url).context["cl"].result_list) for need in found if need.count]


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
