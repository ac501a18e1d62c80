"""Pages that are drawn once for everybody who would see the same: nobody is shown what is another's, or what is over."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from omo import kept
from stores import labels, stock
from stores.models import OpeningHours
from stores.templatetags.stock_words import named
from tests import factories
from tests.orders.shopping import be_in, fill, product, text

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')


@pytest.fixture
def harbour():
    return factories.store("harbour")


@pytest.fixture
def station():
    return factories.store("station")


@pytest.fixture
def coat(harbour, station):
    goods = factories.stocked(harbour, 3, product=product("Waxed coat"), price=14900, colour="Pine")
    stock.receive(station, {goods.pk: 2}, reference="delivery", by=None, at=NOON)
    return goods


@pytest.fixture
def urls(coat, harbour):
    label = factories.label(harbour, coat)
    return ["/", "/products/", f"/products/{coat.product.slug}/", reverse("scan_label", args=[labels.signed_code(label)])]


def drawn(client, url):
    """Whether this visit draws the page, and does not find it kept. Either way it is what drawing it now would give."""
    answer = client.get(url)
    assert answer.status_code == 200
    pages = dict(kept._kept)
    kept.forget()
    assert TOKEN.sub("", text(client, url)) == TOKEN.sub("", answer.content.decode())
    kept._kept.update(pages)
    return bool(answer.templates)


def test_a_page_is_drawn_once_for_guests_in_the_same_store(urls, harbour):
    guests = [Client(), Client()]
    for guest in guests:
        be_in(guest, harbour)
    for url in urls:
        assert [drawn(guest, url) for guest in guests] == [True, False], url


def test_each_visitor_has_a_token_of_their_own_that_sends_the_form(urls, coat, harbour):
    guests = [Client(enforce_csrf_checks=True), Client(enforce_csrf_checks=True)]
    for url in urls[2:]:
        tokens = [set(TOKEN.findall(text(guest, url))) for guest in guests]
        assert [len(found) for found in tokens] == [1, 1]
        (first,), (second,) = tokens
        assert first != second
        bought = {"sku": coat.sku, "quantity": "1"}
        assert guests[1].post(reverse("add_to_cart"), {**bought, "csrfmiddlewaretoken": first}).status_code == 403
        assert guests[1].post(reverse("add_to_cart"), {**bought, "csrfmiddlewaretoken": second}).status_code == 302
        text(guests[1], url)  # the message is seen
    assert kept.SECRET not in text(guests[0], urls[2])


def test_a_page_without_a_form_sets_no_cookie(client):
    factories.variant(product=product("Low tide mug"))
    for _ in range(2):
        assert "csrf" not in client.get("/products/").cookies


def test_no_store_shows_what_another_one_has(urls, harbour, station):
    for url in urls:
        for place, other in [(harbour, station), (station, harbour)]:
            guest = Client()
            be_in(guest, place)
            drawn(guest, url)
            assert f"You are in <b>{place.name}</b>" in text(guest, url)
            assert f"You are in <b>{other.name}</b>" not in text(guest, url)


def test_nobody_sees_who_else_is_signed_in(urls, harbour):
    people = [
        factories.user("marta@shop.test"),
        factories.user("jonas@shop.test"),
        factories.head_office(email="ines@shop.test"),
        factories.staff(harbour),
        None,
    ]
    for url in urls * 2:
        for person in people:
            guest = Client()
            if person:
                guest.force_login(person)
            drawn(guest, url)
            page = text(guest, url)
            assert [one.email for one in people if one and one.email in page] == ([person.email] if person else [])
            assert (f'href="{reverse("staff")}"' in page) == (person in people[2:4])


def test_the_badge_is_of_the_visitors_own_cart_on_a_page_for_all(urls, coat, harbour):
    fuller, other = Client(), Client()
    fill(fuller, (coat, 2), place=harbour)
    be_in(other, harbour)
    text(fuller, "/cart/")  # the message is seen
    for url in urls:
        assert drawn(other, url)
        assert not drawn(fuller, url)
        assert '<bdi class="money">€298.00</bdi><small>2 items</small>' in text(fuller, url)
        assert "Cart<small>empty</small>" in text(other, url)


def test_a_new_price_is_on_every_page(client, urls, coat):
    for url in urls:
        text(client, url)
    coat.price = 15900
    coat.save()
    for url in urls:
        assert drawn(client, url)
        assert "€159.00" in text(client, url)
        assert "€149.00" not in text(client, url)


def test_a_page_changes_with_the_stock_when_people_are_told_something_else(client, urls, coat, harbour):
    be_in(client, harbour)
    for received, new in [(0, True), (4, True), (1, False)]:
        stock.receive(harbour, {coat.pk: received}, reference=f"delivery:{received}", by=None, at=NOON) if received else None
        for url in urls:
            assert drawn(client, url) is new, (received, url)
            assert ("3 left" if not received else "any here") in text(client, url)


def test_the_closing_time_goes_when_it_is_over(client, urls, harbour):
    with time_machine.travel(NOON, tick=False):
        be_in(client, harbour)
        for url in urls:
            drawn(client, url)
            assert "open until <time>19:00</time>" in text(client, url)
    with time_machine.travel(NOON + timedelta(hours=8), tick=False):
        for url in urls:
            drawn(client, url)
            assert "open until" not in text(client, url)


def test_another_closing_time_is_another_page(urls, harbour):
    with time_machine.travel(NOON, tick=False):
        for until in ("19:00", "17:00"):
            OpeningHours.objects.update(closes=until)
            guest = Client()
            be_in(guest, harbour)
            for url in urls:
                drawn(guest, url)
                assert f"open until <time>{until}</time>" in text(guest, url)


def test_the_promise_moves_on_with_the_clock_and_the_page_stays(client, urls, harbour):
    for minute, new in [(0, True), (1, False)]:
        with time_machine.travel(NOON + timedelta(minutes=minute), tick=False):
            be_in(client, harbour)
            assert drawn(client, urls[2]) is new
            assert f">14:0{minute}</time>–<time>14:3{minute}</time>, held until Fri" in text(client, urls[2])


def test_a_message_is_shown_once_and_to_nobody_else(urls):
    for url in urls[:3]:
        guest, other = Client(), Client()
        guest.post(reverse("leave_store"))
        words = "No store chosen. You see what any store has."
        assert words in text(guest, url)
        assert words not in text(other, url)
        assert words not in text(guest, url)


def test_what_somebody_typed_wrong_is_on_no_other_page(client, urls, coat):
    text(client, urls[2])
    wrong = client.post(reverse("add_to_cart"), {"sku": coat.sku, "quantity": "many"})
    assert wrong.status_code == 422
    assert 'value="many"' in wrong.content.decode()
    assert not drawn(Client(), urls[2])
    assert 'value="many"' not in text(Client(), urls[2])


def test_a_page_names_the_host_and_address_that_it_was_asked_under(client, urls, settings):
    settings.ALLOWED_HOSTS = ["one.test", "two.test"]
    for host in settings.ALLOWED_HOSTS:
        assert f'href="http://{host}/products/' in client.get(urls[2], headers={"host": host}).content.decode()
    settings.ALLOWED_HOSTS = ["testserver"]
    be_in(client, labels.ShelfLabel.objects.get().store)
    for query in ("", "?utm_source=letter"):
        assert f'name="next" value="{urls[2]}{query}"' in text(client, urls[2] + query)


def test_a_search_for_what_stands_for_the_token_finds_no_token(client, urls):
    for _ in range(2):
        assert 'value="csrf_token"' in text(client, "/products/?q=csrf_token")


def test_browsers_and_proxies_are_told_that_a_page_is_of_one_visitor(client, urls):
    for url in urls * 2:
        answer = client.get(url)
        assert "Cookie" in answer.headers["Vary"]
        assert "Cache-Control" not in answer.headers


def test_only_so_many_pages_are_kept_and_the_least_lately_served_goes_first(client, urls, monkeypatch):
    monkeypatch.setattr(kept, "MOST", 2)
    for url in (urls[0], urls[1], urls[0], urls[2]):
        client.get(url)
    assert len(kept._kept) == 2
    assert not client.get(urls[0]).templates
    assert client.get(urls[1]).templates


def test_a_store_on_the_checkout_is_drawn_anew_when_it_has_too_little(harbour, station, coat):
    def says() -> str:
        visitor = Client()
        fill(visitor, (coat, 2), place=harbour)
        return text(visitor, reverse("checkout"))

    assert "has everything" in says()
    assert f"not enough of {named(coat)}" not in says()
    stock.set_on_hand(station, {coat.pk: 1}, reference="count", by=None, at=NOON)
    assert f"not enough of {named(coat)}" in says()
