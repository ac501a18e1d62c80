"""The promises in the browser: of a store, of all stores, and of one order, for staff, head office and the customer."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from orders import promises
from orders.models import Fulfilment, Order, PromiseOutcome
from stores.models import Closure
from tests import factories
from tests.factories import NOON
from tests.orders.promising import TWO, after, collected, handed_over

pytestmark = pytest.mark.django_db
Cause = PromiseOutcome.Cause
RATES = "admin:orders_promise_rates"


@pytest.fixture(autouse=True)
def clock():
    """The clock stands at six in the evening of the day on which the orders are placed."""
    with time_machine.travel(NOON + timedelta(hours=6), tick=False):
        yield


@pytest.fixture
def ana(harbour, client):
    person = factories.staff(harbour)
    client.force_login(person)
    return person


@pytest.fixture
def mug(harbour):
    return factories.stocked(harbour, 1000, price=1250)


def seen(client, name="promises", *args, status=200, **query):
    answer = client.get(reverse(name, args=args or ["harbour"] if name == "promises" else args), query)
    assert answer.status_code == status
    return " ".join(answer.content.decode().split())


# The store's page


def test_a_store_without_orders_is_told_what_will_be_here(client, harbour, ana):
    page = seen(client)
    assert "No promise has ended yet." in page
    assert "Nothing is promised just now." in page
    assert "Orders that were late, short or cancelled by the store are listed here" in page


def test_a_store_that_keeps_all_its_promises_is_told_so(client, harbour, mug, ana):
    collected(harbour, ana, mug)
    page = seen(client)
    assert "100 %" in page
    assert "1 of 1 promise kept." in page
    assert "None. All 1 were kept." in page


def test_the_rate_stands_in_words_and_number_above_the_broken_ones(client, harbour, mug, ana):
    collected(harbour, ana, mug)
    late, short = collected(harbour, ana, mug, minutes=20), collected(harbour, ana, mug, short=1)
    promises.settle(factories.pickup_of(factories.order(harbour, (mug, 1))), cause=Cause.WITHDRAWN, at=NOON)
    page = seen(client)
    assert "Kept, last 30 days" in page
    assert "33 %" in page
    assert "1 of 3 promises kept. Broken: 1 late, 1 goods missing." in page
    assert "1 more was changed by the customer and counts neither way." in page
    for outcome, cause, words in (
        (late, "Ready too late", "Ready 14:20, 20 minutes late."),
        (short, "Goods were missing", f"Missing: 1 × {mug.product.name}."),
    ):
        number = outcome.promise.fulfilment.order.number
        assert f'href="{reverse("pickup", args=["harbour", number])}"><b>{number}</b>' in page
        assert cause in page
        assert words in page
    assert "120 opening minutes" in page
    assert "Tuesday 09:00–19:00" in page


@pytest.mark.parametrize(("at", "words"), [(NOON, "None of them is late so far."), (NOON + timedelta(hours=6), "1 of them is late so far.")])
def test_what_is_open_is_said_apart(client, harbour, mug, ana, at, words):
    factories.order(harbour, (mug, 1))
    factories.ready(factories.order(harbour, (mug, 1)), ana)
    with time_machine.travel(at, tick=False):
        page = seen(client)
    assert "2 promises are not decided yet." in page
    assert words in page


@pytest.mark.parametrize(("days", "kept"), [("7", 1), ("30", 2), ("90", 3), ("", 2)])
def test_a_period_counts_whole_days_of_the_store(client, harbour, mug, ana, days, kept):
    for ago in (6, 29, 89, 90):
        collected(harbour, ana, mug, at=NOON - timedelta(days=ago))
    page = seen(client, days=days)
    assert f"{kept} of {kept} promise" in page
    assert f"Kept, last {days or 30} days" in page


@pytest.mark.parametrize("query", [{"days": "8"}, {"days": "x"}, {"store": "harbour"}])
def test_a_question_that_nobody_asks_is_refused(client, harbour, ana, query):
    seen(client, status=400, **query)


def test_many_broken_promises_are_paged_through_the_last_one_first(client, harbour, mug, ana):
    for _ in range(21):
        promises.settle(factories.pickup_of(factories.order(harbour, (mug, 1))), cause=Cause.STAFF, at=NOON)
    newest, *_, oldest = PromiseOutcome.objects.order_by("-id").values_list("promise__fulfilment__order__number", flat=True)
    first = client.get(reverse("promises", args=["harbour"]))
    assert [len(first.context["rows"]), newest in first.content.decode(), oldest in first.content.decode()] == [20, True, False]
    second = client.get(reverse("promises", args=["harbour"]) + first.context["next_url"])
    assert [row["promise"].fulfilment.order.number for row in second.context["rows"]] == [oldest]
    assert second.context["next_url"] == ""
    seen(client, status=404, page="made-up")


def test_the_page_takes_as_many_statements_for_one_as_for_twenty(client, harbour, mug, ana):
    def statements():
        with CaptureQueriesContext(connection) as counted:
            seen(client)
        return len(counted)

    collected(harbour, ana, mug, minutes=20)
    statements()
    few = statements()
    for _ in range(5):
        collected(harbour, ana, mug, minutes=20)
    assert statements() == few


def test_another_stores_promises_are_not_shown(client, harbour, ana):
    garden = factories.store("garden-street")
    collected(garden, factories.staff(garden), factories.stocked(garden, 9), minutes=20)
    assert "No promise has ended yet." in seen(client)
    seen(client, "promises", "garden-street", status=404)


# One order


def test_the_staffs_page_of_an_order_says_what_was_promised_and_how_it_ended(client, harbour, mug, ana):
    placed = factories.order(harbour, (mug, 2))
    page = seen(client, "pickup", "harbour", placed.number)
    assert "Ready by today <time" in page
    assert "It is kept or broken when the order ends." in page
    assert "as soon as possible" in page
    factories.ready(placed, ana, at=after(-5))
    handed_over(placed, ana, at=after(3))
    assert "<b>Kept.</b> Ready 13:55, in time." in seen(client, "pickup", "harbour", placed.number)


def test_what_was_left_of_the_goods_just_before_the_promise_is_one_tap_away(client, harbour, mug, ana):
    placed = factories.order(harbour, (mug, 2), at=NOON + timedelta(minutes=1))
    link = re.search(r'<a href="([^"]+/explain/[^"]+)">', seen(client, "pickup", "harbour", placed.number))[1]
    figures = client.get(link).context["found"].figures
    assert (figures.on_hand, figures.allocated) == (1000, 0)


def test_an_order_from_before_the_ledger_shows_no_promise(client, harbour, ana):
    old = Order.objects.create(number="HP-OLD", channel="web", store=harbour, placed_at=NOON, total=0, currency="EUR", payment_state="paid")
    Fulfilment.objects.create(order=old, store=harbour, kind="pickup", public_id="ABCDEFGHJK", due_at=TWO, placed_at=NOON)
    assert "What it was made of" not in seen(client, "pickup", "harbour", "HP-OLD")


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (-12, 'it was ready <time datetime="2026-11-24T13:48:00+00:00">13:48</time>.</span>'),
        (20, 'it was ready <time datetime="2026-11-24T14:20:00+00:00">14:20</time>. We are sorry that it took longer.</span>'),
    ],
)
def test_the_customer_reads_what_was_promised_and_when_it_was_ready(client, harbour, mug, ana, minutes, words):
    marta = factories.user()
    placed = factories.order(harbour, (mug, 1), owner=marta)
    client.force_login(marta)
    assert "We promised" not in seen(client, "order", placed.number)
    factories.ready(placed, ana, at=after(minutes))
    for _ in ("ready", "collected"):
        page = seen(client, "order", placed.number)
        assert "We promised today <time" in page
        assert words in page
        if factories.pickup_of(placed).state == "ready":
            handed_over(placed, ana, at=after(30))


# Head office


@pytest.fixture
def office(client):
    client.force_login(factories.head_office())
    return client


def test_head_office_sees_all_stores_beside_each_other_the_worst_first(office, harbour, mug):
    garden, _ = factories.store("garden-street"), factories.store("old-town")
    tom, bowl = factories.staff(garden), factories.stocked(garden, 50)
    for minutes in (-5, -5, 9):
        collected(harbour, factories.staff(harbour), mug, minutes=minutes)
    collected(garden, tom, bowl, short=1)
    page = office.get(reverse(RATES))
    shown = [(str(row["rate"].store), row["rate"].percent, row["rate"].kept, row["by_cause"], row["rate"].open) for row in page.context["rows"]]
    assert shown == [("Garden Street", 0, 0, [0, 1, 0, 0, 0], 0), ("Harbour", 67, 2, [1, 0, 0, 0, 0], 0), ("Old Town", None, 0, [0] * 5, 0)]
    assert (page.context["total"]["rate"].percent, page.context["total"]["by_cause"]) == (50, [1, 1, 0, 0, 0])
    assert f'href="{reverse("promises", args=["harbour"])}?days=30"' in page.content.decode()
    home = office.get(reverse("admin:index")).content.decode()
    assert "<span>Promises kept</span><b>50 %</b><small>2 of 4 in 30 days</small>" in home


def test_head_office_without_any_store_sees_that_nothing_is_promised(office):
    page = office.get(reverse(RATES))
    assert (page.status_code, page.context["rows"], page.context["total"]["decided"]) == (200, [], 0)


def test_the_page_of_all_stores_refuses_what_it_does_not_know(office, harbour):
    assert office.get(reverse(RATES), {"days": "31"}).status_code == 400
    assert office.post(reverse(RATES)).status_code == 405
    assert "No store is open yet." not in office.get(reverse(RATES), {"days": "7"}).content.decode()


def test_whoever_may_not_see_promises_does_not_see_the_rates(client, harbour):
    limited = factories.user("lim@shop.test", is_staff=True)
    client.force_login(limited)
    assert client.get(reverse(RATES)).status_code == 403
    assert "Promises kept" not in client.get(reverse("admin:index")).content.decode()
    limited.user_permissions.add(Permission.objects.get(codename="view_promise"))
    assert client.get(reverse(RATES)).status_code == 200
    assert "Promises kept" in client.get(reverse("admin:index")).content.decode()


def test_promises_can_be_found_by_how_they_ended(office, harbour, mug):
    ana = factories.staff(harbour)
    kept, late = collected(harbour, ana, mug).promise, collected(harbour, ana, mug, minutes=9).promise
    waiting = promises.of_pickup(factories.pickup_of(factories.order(harbour, (mug, 1))))
    for chosen, expected in (("open", [waiting]), ("kept", [kept]), ("broken", [late]), ("", [waiting, late, kept])):
        page = office.get(reverse("admin:orders_promise_changelist"), {"outcome": chosen} if chosen else {})
        assert list(page.context["cl"].result_list) == expected
    outcomes = office.get(reverse("admin:orders_promiseoutcome_changelist"), {"cause__exact": "late"})
    assert [outcome.promise for outcome in outcomes.context["cl"].result_list] == [late]
    assert "Ready 14:09, 9 minutes late." in outcomes.content.decode()


def test_a_closure_keeps_its_words_when_it_is_gone(client, harbour, mug, ana):
    placed = factories.order(harbour, (mug, 1))
    closure = Closure.objects.create(store=harbour, first_day=NOON.date(), last_day=NOON.date(), reason="No power")
    promises.settle(factories.pickup_of(placed), cause=Cause.CLOSED, at=NOON)
    closure.delete()
    assert "Closed Tue 24 Nov (No power)." in seen(client)
