"""Head office: every table listed, searched and opened; facts stay facts; who may enter, and what they may do."""

import re
from urllib.parse import quote

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from loyalty.models import PointsEntry
from omo.admin import pages
from omo.admin.base import ReadOnly
from omo.admin.log import EventAdmin
from omo.models import Event, IdempotencyRecord, Message, User
from orders.models import (
    Arrival,
    Cart,
    CartLine,
    Delivery,
    Fulfilment,
    FulfilmentLine,
    HandOff,
    HandOver,
    Order,
    OrderLine,
    Payment,
    PaymentAttempt,
    Promise,
    PromiseOutcome,
    ProviderEvent,
    ProxyPass,
    QueueVersion,
    Refund,
)
from stores.models import (
    Adjustment,
    Closure,
    Hold,
    KeptBack,
    OpeningHours,
    Picture,
    Product,
    SlotBooking,
    SlotLoad,
    SpecialOpening,
    StockMovement,
    Store,
    Transfer,
    TransferLine,
    Variant,
)
from tests import factories
from tests.office import TABLES, url, world

pytestmark = pytest.mark.django_db

FACTS = {
    Event, IdempotencyRecord, Message, StockMovement, OpeningHours, PointsEntry, Order, OrderLine, Payment, Fulfilment, FulfilmentLine, HandOver,
    QueueVersion, Cart, CartLine, Promise, PromiseOutcome, KeptBack, Adjustment, Transfer, TransferLine, Hold,
    SpecialOpening, Closure, SlotLoad, SlotBooking, Picture, ProxyPass, Arrival, Delivery, HandOff, PaymentAttempt, Refund, ProviderEvent,
}  # fmt: skip


@pytest.fixture
def office(client):
    """The browser of somebody of head office with every right."""
    client.force_login(factories.head_office())
    return client


def statements(client, address):
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert client.get(address).status_code == 200, address
    return len(queries)


def test_every_table_can_be_listed_searched_and_opened(office):
    world()
    assert set(TABLES) <= set(admin.site._registry)
    for model in TABLES:
        first = model._base_manager.first()
        assert first is not None, f"the test's world has no {model.__name__}"
        for address in (url(model), f"{url(model)}?q=hp-zzz", url(model, "change", first.pk), url(model, "history", first.pk)):
            assert office.get(address).status_code == 200, address


def test_a_list_costs_the_same_however_long_it_is(office):
    world()
    office.get(reverse("admin:index"))  # from here on this process remembers the shop's time zone
    short = {model.__name__: statements(office, url(model)) for model in TABLES}
    for _ in range(4):
        world()
    assert {model.__name__: statements(office, url(model)) for model in TABLES} == short
    assert max(short.values()) <= 9


def test_an_order_costs_the_same_for_one_and_for_thirty_lines(office):
    place = factories.store()
    small = factories.order(place, (factories.stocked(place), 1))
    large = factories.order(place, *[(factories.stocked(place), 1) for _ in range(30)])
    statements(office, url(Order, "change", small.pk))
    assert statements(office, url(Order, "change", large.pk)) == statements(office, url(Order, "change", small.pk))


@pytest.mark.parametrize(
    ("known", "words", "counted"),
    [
        pytest.param(0, "more than 3 events", ["LIMIT 4"], id="unknown"),
        pytest.param(43_180, "about 43,180 events", [], id="known", marks=pytest.mark.postgresql),
    ],
)
def test_no_list_counts_a_large_table(office, monkeypatch, known, words, counted):
    monkeypatch.setattr(pages, "MOST", 3)
    monkeypatch.setattr(pages.OfficePaginator, "_known_rows", lambda *_: known)  # what PostgreSQL happens to know
    world()
    with CaptureQueriesContext(connection) as queries:
        page = office.get(url(Event))
    counts = [query["sql"] for query in queries if "COUNT(" in query["sql"].upper()]
    assert [re.search(r"LIMIT \d+", sql)[0] for sql in counts] == counted
    assert words in page.text
    monkeypatch.setattr(EventAdmin, "list_per_page", 2)
    assert office.get(f"{url(Event)}?p=2").status_code == 200
    assert office.get(f"{url(Event)}?p=3").status_code == 302  # only the first rows can be paged through


def test_facts_cannot_be_added_changed_or_deleted(office):
    world()
    assert {model for model in TABLES if isinstance(admin.site._registry[model], ReadOnly)} == FACTS
    for model in FACTS:
        row, before = model._base_manager.first(), list(model._base_manager.values())
        assert office.post(url(model, "add"), {}).status_code == 403
        assert office.post(url(model, "change", row.pk), {}).status_code == 403
        assert office.post(url(model, "delete", row.pk), {"post": "yes"}).status_code == 403
        assert office.post(url(model), {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}).status_code in (200, 302)
        assert list(model._base_manager.values()) == before


@pytest.mark.parametrize("typed", ["{number}", " {lower} "])
def test_an_order_and_its_events_are_found_by_number_in_any_case(office, typed):
    place = factories.store()
    goods = factories.stocked(place)
    wanted, _other = factories.order(place, (goods, 1)), factories.order(place, (goods, 1))
    words = typed.format(number=wanted.number, lower=wanted.number.lower())
    for model in (Order, Event, Message, Fulfilment):
        found = office.get(url(model), {"q": words}).context["cl"].result_list
        assert {str(row.order.number if hasattr(row, "order") else row.number) for row in found} == {wanted.number}, model


def test_purchase_pages_link_to_each_other(office):
    world()
    order = Order.objects.filter(member__isnull=False, channel="web").get()
    page = office.get(url(Order, "change", order.pk)).text
    for row in (order.member, order.user, order.fulfilments.get(), order.payments.get(), order.events.first(), order.messages.first()):
        assert url(type(row), "change", row.pk) in page
    for row in (order.fulfilments.get(), order.payments.get(), order.events.first(), order.messages.first()):
        assert url(Order, "change", order.pk) in office.get(url(type(row), "change", row.pk)).text


SENSELESS = ["p=x", "state__exact=boiled", "o=99", "store__id__exact=99999999999999999999", "at__gte=0001-01-01T00:00%2B14:00"]


@pytest.mark.parametrize("query", SENSELESS)
def test_an_address_that_makes_no_sense_shows_the_list_without_it(office, query):
    for model in (Order, Event, Fulfilment, Message):
        assert office.get(f"{url(model)}?{query}", follow=True).status_code == 200, model


def test_what_is_needed_elsewhere_is_not_deleted_and_the_page_says_by_what(office):
    place = world()
    goods = Variant.objects.get(labels__store=place)
    for row in (goods, goods.product, place, User.objects.get(assignments__store=place)):
        page = office.post(url(type(row), "delete", row.pk), {"post": "yes"})
        assert "would require deleting the following protected related objects" in page.text
        assert "permission" not in page.text
        assert type(row).objects.filter(pk=row.pk).exists()
    lone = factories.variant()
    assert office.post(url(Product, "delete", lone.product_id), {"post": "yes"}).status_code == 302
    assert not Variant.objects.filter(pk=lone.pk).exists()
    empty = factories.store("old-town")
    assert office.post(url(Store, "delete", empty.pk), {"post": "yes"}).status_code == 302
    assert not Store.objects.filter(code="old-town").exists()


# Who may enter


def test_who_is_not_signed_in_is_asked_to_and_comes_back(client):
    chief = factories.head_office(email="ines@shop.test")
    wanted = url(Order)
    answer = client.get(wanted, follow=True)
    assert answer.redirect_chain[-1][0] == f"/accounts/login/?next={quote(wanted, safe='')}"
    answer = client.post(answer.redirect_chain[-1][0], {"login": chief.email, "password": factories.PASSWORD, "next": wanted})
    assert (answer.status_code, answer["Location"]) == (302, wanted)


@pytest.mark.parametrize("who", ["customer", "staff"])
def test_who_is_not_of_head_office_is_told_so(client, who):
    client.force_login(factories.user() if who == "customer" else factories.staff(factories.store()))
    answer = client.get(url(Order), follow=True)
    assert answer.status_code == 403
    assert "this page is for somebody else" in answer.text


def colleague(*rights):
    """Somebody of head office with these rights only."""
    person = factories.user(is_staff=True)
    person.user_permissions.set(Permission.objects.filter(codename__in=rights))
    return person


def test_a_colleague_sees_only_what_they_may(client):
    world()
    Message.objects.update(state=Message.State.DEAD)
    client.force_login(colleague("view_product", "change_product"))
    home = client.get("/admin/").text
    assert url(Product) in home
    assert url(Order) not in home
    assert "failed for good" not in home
    assert "Today" not in home
    assert client.get(url(Order)).status_code == 403


def test_a_colleague_cannot_give_themselves_rights(client):
    me, chief = colleague("view_user", "change_user", "delete_user", "view_group", "change_group", "add_group"), factories.head_office()
    client.force_login(me)
    client.post(url(User, "change", me.pk), {"email": me.email, "name": "Me", "is_active": "on", "is_staff": "on", "is_superuser": "on"})
    me.refresh_from_db()
    assert (me.name, me.is_superuser) == ("Me", False)
    assert client.post(url(User, "change", chief.pk), {"email": "mine@shop.test"}).status_code == 403
    assert client.post(f"/admin/omo/user/{chief.pk}/password/", {"password1": "quiet-harbour-2", "password2": "quiet-harbour-2"}).status_code == 403
    assert client.post("/admin/auth/group/add/", {"name": "All"}).status_code == 403
    assert User.objects.get(pk=chief.pk).check_password(factories.PASSWORD)
