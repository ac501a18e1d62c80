"""The counter in the browser: the answer to a scan, payment and hand-over."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from loyalty import members
from loyalty.models import EarnRule, Member
from orders import carts, payments, pickup_codes, till
from orders import pickup as pickups
from orders.models import Fulfilment, HandOver, Payment
from stores import labels
from stores.models import StockLevel
from tests import factories
from tests.factories import NOON
from tests.unchanged import unchanged

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock():
    """The clock stands at noon, when the orders are placed: what is remembered for some days is not forgotten because the tests grow old."""
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def store():
    return factories.store("harbour")


@pytest.fixture
def ana(store, client):
    person = factories.staff(store)
    client.force_login(person)
    return person


@pytest.fixture
def order(store):
    return factories.order(store, (factories.stocked(store, 9, price=4200), 2))


@pytest.fixture
def paid(order, ana):
    factories.ready(order, ana)
    payments.take_payment(order, [payments.Tendered("card", order.total)], store=order.store, by=ana, at=NOON)
    return order


def test_a_picker_is_named_to_whoever_scans_too_early(order, ana, client):
    pickups.start_picking(order.fulfilments.get(), by=ana, at=NOON)
    page = scan(client, order.number).content.decode()
    assert "It is <b>being picked</b> by <bdi>Ana</bdi>, due" in page


def test_who_works_in_several_stores_goes_from_the_start_to_their_parcels(ana, client):
    factories.staff(factories.store("station"))
    client.force_login(factories.head_office())
    assert f'href="{reverse("parcels", args=["station"])}"' in client.get(reverse("staff")).content.decode()


def scan(client, text, store="harbour"):
    with unchanged():
        return client.get(reverse("scan_code", args=[store]), {"code": text})


def answer(client, text, store="harbour"):
    page = scan(client, text, store)
    assert page.status_code == 200
    return page.content.decode()


def hand_over(client, order, **data):
    return client.post(reverse("hand_over", args=["harbour", order.number]), data)


def digits(order):
    return pickup_codes.six_digits(factories.pickup_of(order))


def test_a_paid_pickup_is_green_and_handed_over(client, store, ana, paid):
    page = answer(client, digits(paid))
    assert ('class="answer go"' in page, "Fetch from R-1" in page, "Take payment first" in page) == (True, True, False)
    assert hand_over(client, paid, proof=digits(paid))["Location"] == reverse("queue", args=["harbour"])
    given = HandOver.objects.get(fulfilment__order=paid)
    assert (given.method, given.by, factories.pickup_of(paid).state) == ("code", ana, "collected")
    assert f"{paid.number} is handed over to Marta Lindqvist." in client.get(reverse("queue", args=["harbour"])).content.decode()


def test_an_unpaid_one_is_paid_and_handed_over_in_one_press(client, store, ana, order):
    EarnRule.objects.create(points=1, amount=100, valid_from=NOON)
    member = factories.member()
    type(order).objects.filter(pk=order.pk).update(member=member)
    factories.ready(order, ana)
    page = answer(client, pickup_codes.qr_text(factories.pickup_of(order)))
    assert ("Take payment first" in page, "Take <bdi" in page, "€84.00" in page) == (True, True, True)
    hand_over(client, order, proof=pickup_codes.qr_text(factories.pickup_of(order)), tender="cash", amount="8400")
    assert list(Payment.objects.values_list("tender", "amount")) == [("cash", 8400)]
    assert (factories.pickup_of(order).state, HandOver.objects.get().method) == ("collected", "qr")
    assert StockLevel.objects.get(variant=order.lines.get().variant).on_hand == 7
    assert Member.objects.get(pk=member.pk).balance == 84


def test_the_second_press_shows_orange_with_when_how_and_by_whom(client, store, ana, order):
    factories.ready(order, ana)
    code = digits(order)
    hand_over(client, order, proof=code, tender="card", amount="8400")
    with unchanged():
        again = hand_over(client, order, proof=code, tender="card", amount="8400")
    page = again.content.decode()
    assert (again.status_code, 'class="answer soon"' in page) == (409, True)
    for text in (page, answer(client, code)):
        assert ("Already collected" in text, "Ana Costa" in text, "The six digits were given" in text) == (True, True, True)


def test_less_than_what_is_due_takes_nothing(client, store, ana, order):
    factories.ready(order, ana)
    for amount, words in (("8399", "Take payment first"), ("8401", "The amount has changed")):
        with unchanged():
            refusal = hand_over(client, order, proof=digits(order), tender="card", amount=amount)
        assert (refusal.status_code, words in refusal.content.decode()) == (409, True)


def test_before_it_is_ready_it_is_red_and_nothing_is_taken(client, store, ana, order):
    page = answer(client, digits(order))
    assert ('class="answer stop"' in page, "Not ready yet" in page, "<b>placed</b>" in page, "€84.00, then" in page) == (True, True, True, False)
    with unchanged():
        refusal = hand_over(client, order, proof=digits(order), tender="card", amount="8400")
    assert (refusal.status_code, "Not ready yet" in refusal.content.decode()) == (409, True)


def test_the_code_of_another_order_hands_nothing_over(client, store, ana, paid):
    other = factories.order(store, (factories.stocked(store, 1), 1))
    with unchanged():
        refusal = hand_over(client, paid, proof=digits(other))
    assert (refusal.status_code, "Not this order’s code" in refusal.content.decode()) == (409, True)


def test_another_store_s_pickup_tells_that_store_s_name_only(client, store, ana):
    garden = factories.store("garden-street")
    order = factories.order(garden, (factories.stocked(garden, 1), 1), name="Tomás Ferreira")
    for text in (pickup_codes.qr_text(factories.pickup_of(order)), order.number):
        page = answer(client, text)
        assert ("Wrong store" in page, "Garden Street" in page) == (True, True)
        assert ("Ferreira" in page, "Low tide mug" in page, "€" in page) == (False, False, False)


@pytest.mark.parametrize(("state", "title"), [("expired", "The hold has ended"), ("cancelled", "Cancelled")])
def test_ended_and_cancelled_ones_are_red_in_words(client, store, ana, order, state, title):
    Fulfilment.objects.filter(order=order).update(state=state, held_until=NOON)
    page = answer(client, digits(order))
    assert ('class="answer stop"' in page, title in page) == (True, True)


def test_an_unknown_code_is_red_and_says_what_to_do(client, store, ana):
    for text in ("123456", "ABCDEFGHJK.AAAAAAAAAAAAAAAA"):
        page = answer(client, text)
        assert ("Unknown code" in page, "type the order number" in page) == (True, True)


def test_without_a_code_an_identity_check_is_asked_for_and_kept(client, store, ana, paid):
    page = answer(client, paid.number)
    assert ("Who collects?" in page, 'class="answer' in page) == (True, False)
    with unchanged():
        refusal = hand_over(client, paid, identity="  ")
    assert (refusal.status_code, "say what you checked" in refusal.content.decode()) == (422, True)
    hand_over(client, paid, identity="ID card, name matches")
    given = HandOver.objects.get()
    assert (given.method, given.note) == ("identity", "ID card, name matches")


@pytest.mark.parametrize("identity", ["x" * 101, "ID\x07card", "\u202eID"])
def test_what_was_checked_is_one_short_plain_line(client, store, ana, paid, identity):
    with unchanged():
        assert hand_over(client, paid, identity=identity).status_code == 422


def test_a_name_lists_the_pickups_here(client, store, ana, paid):
    page = answer(client, "lindqvist")
    assert ("Pickups here" in page, paid.number in page) == (True, True)


def sold_at(place, by):
    goods = factories.stocked(place, 9, price=1250)
    sale = carts.start_sale(store=place, by=by, at=NOON)
    carts.add(sale, goods, quantity=2, at=NOON)
    return till.ring_up_sale(sale, tendered=[payments.Tendered("cash", 2500)], sale_reference=f"{place.code}:1", by=by, at=NOON)


def test_the_number_on_a_receipt_leads_to_it(client, store, ana):
    sold = sold_at(store, ana)
    assert scan(client, sold.number).headers["location"] == reverse("receipt", args=["harbour", sold.number])


def test_a_receipt_that_is_scanned_at_the_till_opens_and_adds_nothing(client, store, ana):
    sold = sold_at(store, ana)
    with unchanged():
        answer = client.post(reverse("scan_goods", args=["harbour"]), {"code": sold.number, "key": "1"}, follow=True)
    assert answer.redirect_chain[-1][0] == reverse("receipt", args=["harbour", sold.number])


def test_a_receipt_of_another_store_tells_that_store_s_name_only(client, store, ana):
    other = factories.store("riverside")
    sold = sold_at(other, factories.staff(other))
    page = scan(client, sold.number).content.decode()
    assert f"sold at {other.name}" in page
    assert reverse("receipt", args=["riverside", sold.number]) not in page


def test_goods_show_their_stock_here_and_elsewhere(client, store, ana):
    garden = factories.store("garden-street")
    mug = factories.stocked(store, 4, price=1250)
    factories.order(store, (mug, 1))
    factories.stock.receive(garden, {mug.pk: 6}, reference="delivery:x", by=None, at=NOON)
    label = factories.label(store, mug, shelf="C3")
    for text in (mug.sku, mug.gtin, labels.address(label), label.code):
        page = answer(client, text)
        for words in ("€12.50", "<dd>3</dd>", "<dd>4</dd>", "<dd>1</dd>", "C3", "Garden Street", ">6</b>"):
            assert words in page


def test_a_card_shows_the_member(client, store, ana):
    member = factories.member()
    for text in (member.number, members.card_code(member)):
        assert member.number_words in answer(client, text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("https://evil.example/q/AAAA.BBBB", "not ours. It was not opened"),
        ("javascript:alert(1)", "not ours"),
        ("4006381333931", "No goods have the barcode"),
        ("HP-ZZZZZZ", "There is no order"),
        ("Nobody", "No pickup waits here under"),
        ("<b>x</b>", "&lt;b&gt;x&lt;/b&gt;"),
    ],
)
def test_what_stands_for_nothing_says_so(client, store, ana, text, words):
    assert words in answer(client, text)


def test_an_empty_scan_leads_to_the_queue_and_an_endless_one_nowhere(client, store, ana):
    assert scan(client, "\r\n")["Location"] == reverse("queue", args=["harbour"])
    endless = scan(client, "A" * 301)
    assert (endless.status_code, "longer than any code" in endless.content.decode()) == (400, True)


def test_a_scan_field_takes_one_letter_more_than_any_code_so_that_nothing_is_cut_off_unseen(client, store, ana):
    for name in ("queue", "till"):
        assert 'maxlength="301" data-scan-box' in client.get(reverse(name, args=["harbour"])).content.decode()


def test_guessing_codes_ends_after_twenty_tries_also_for_a_right_one(client, store, ana, paid, monkeypatch):
    monkeypatch.setattr("omo.limits.time", SimpleNamespace(time=lambda: 1_000_000))  # all within one minute, however slow the machine
    assert {scan(client, f"9{number:05}").status_code for number in range(20)} == {200}
    stopped = scan(client, digits(paid))
    assert (stopped.status_code, int(stopped["Retry-After"]) <= 60) == (429, True)
    with unchanged():
        assert hand_over(client, paid, proof=digits(paid)).status_code == 429
    assert scan(client, pickup_codes.qr_text(factories.pickup_of(paid))).status_code == 200


@pytest.mark.parametrize(("hours", "status"), [(23, 200), (25, 429)])
def test_the_digits_of_a_pickup_that_is_long_over_are_a_guess_and_those_of_todays_are_not(client, store, ana, paid, monkeypatch, hours, status):
    now = timezone.now()
    monkeypatch.setattr("omo.limits.time", SimpleNamespace(time=lambda: 2_000_000))
    Fulfilment.objects.update(state="collected", collected_at=now - timedelta(hours=hours))
    assert {scan(client, digits(paid)).status_code for _ in range(20)} == {200}
    assert scan(client, digits(paid)).status_code == status


def test_goods_are_said_to_be_in_other_stores_the_most_first(client, store, ana):
    mug = factories.stocked(store, 1)
    for code, count in (("station", 2), ("old-town", 7)):
        StockLevel.objects.create(store=factories.store(code, pickup=code != "station"), variant=mug, on_hand=count)
    page = answer(client, mug.sku)
    assert 0 < page.index("Old Town") < page.index("Station")
