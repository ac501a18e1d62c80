"""The till in the browser: scan, pay, receipt."""

import re

import pytest
from django.urls import reverse

from loyalty import members
from loyalty.models import EarnRule, Member
from orders import pickup_codes
from orders.models import Cart, Order, Payment
from stores import labels
from stores.models import StockLevel, Variant
from tests import factories
from tests.factories import NOON
from tests.unchanged import unchanged

pytestmark = pytest.mark.django_db
committing = pytest.mark.django_db(transaction=True)  # a refused act rolls its own transaction back


@pytest.fixture
def store():
    return factories.store("harbour")


@pytest.fixture
def ana(store, client):
    person = factories.staff(store)
    client.force_login(person)
    return person


@pytest.fixture
def mug(store):
    return factories.stocked(store, 5, price=1250)


def url(name, *more):
    return reverse(name, args=["harbour", *more])


def scan(client, text, **more):
    return client.post(url("scan_goods"), {"code": text, **more})


def till(client):
    return client.get(url("till")).content.decode()


def hidden(page, name):
    return re.search(rf'name="{name}" value="([^"]*)"', page)[1]


def pay(client, tender="card", **more):
    page = till(client)
    return client.post(url("ring_up"), {"sale_reference": hidden(page, "sale_reference"), "total": hidden(page, "total"), "tender": tender, **more})


def in_the_sale():
    cart = Cart.objects.filter(channel="till", state="open").first()
    return list(cart.lines.values_list("variant__sku", "quantity")) if cart else []


def test_an_empty_till_says_how_to_begin_and_writes_nothing(client, ana):
    with unchanged():
        page = till(client)
    assert ("Scan the first thing" in page, "Take <bdi" in page) == (True, False)


def test_goods_are_added_by_barcode_sku_and_shelf_label(client, store, ana, mug):
    label = factories.label(store, mug)
    for text in (mug.gtin, mug.sku, labels.address(label), f"\x02{label.code}\r\n"):
        assert scan(client, text)["Location"] == url("till")
    assert in_the_sale() == [(mug.sku, 4)]
    page = till(client)
    assert ("Sale, 4 items" in page, "€50.00" in page) == (True, True)


def test_the_same_page_sent_twice_adds_once_and_another_thing_is_another_thing(client, ana, mug):
    lamp = factories.variant()
    key = hidden(till(client), "key")
    for text in (mug.sku, mug.gtin, lamp.sku):
        scan(client, text, key=key)
    assert in_the_sale() == [(mug.sku, 1), (lamp.sku, 1)]


def test_a_card_attaches_the_member_and_shows_what_is_earned(client, ana, mug):
    EarnRule.objects.create(points=1, amount=100, valid_from=NOON)
    member = factories.member()
    scan(client, mug.sku)
    for text in (members.card_code(member), member.number):
        scan(client, text)
        page = till(client)
        assert ("Marta Lindqvist" in page, "earns 12" in page) == (True, True)
        client.post(url("detach_member"))
        assert "No member yet" in till(client)


def test_a_pickup_code_opens_at_the_counter(client, store, ana, mug):
    order = factories.order(store, (mug, 1))
    text = pickup_codes.qr_text(factories.pickup_of(order))
    with unchanged():
        assert scan(client, text)["Location"] == f"{url('scan_code')}?code={text}"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("4006381333931", "No goods and no member"),
        ("https://evil.example/q/A.B", "This address is not ours"),
        ("ABCDEFGHJK.AAAAAAAAAAAAAAAA", "This code is not valid here"),
        ("123456", "Unknown"),
        ("", "Nothing was scanned"),
        ("<script>alert(1)</script>", "&lt;script&gt;"),
    ],
)
def test_what_is_unknown_is_said_in_words_and_adds_nothing(client, ana, text, words):
    with unchanged():
        answer = scan(client, text)
    assert (answer.status_code, words in answer.content.decode()) == (422, True)


def test_a_name_offers_the_goods_of_that_name(client, ana, mug):
    answer = scan(client, "low tide")
    assert ("Which one is" in answer.content.decode(), mug.sku in answer.content.decode()) == (True, True)


def test_an_endless_scan_is_refused(client, ana):
    with unchanged():
        answer = scan(client, "A" * 301)
    assert (answer.status_code, "longer than any code" in answer.content.decode()) == (400, True)


def test_what_is_not_sold_any_more_is_not_added(client, ana, mug):
    Variant.objects.filter(pk=mug.pk).update(active=False)
    answer = scan(client, mug.sku)
    assert (answer.status_code, "is not sold any more" in answer.content.decode(), in_the_sale()) == (409, True, [])


def test_quantities_are_set_and_zero_takes_out(client, ana, mug):
    scan(client, mug.sku)
    for quantity, expected in (("7", [(mug.sku, 7)]), ("٣", [(mug.sku, 3)]), ("0", [])):
        for _ in range(2):
            client.post(url("till_set_quantity", mug.sku), {"quantity": quantity})
        assert in_the_sale() == expected


@pytest.mark.parametrize("quantity", ["-1", "1.5", "100", "", "two", "1_0", "9" * 5000])
def test_a_quantity_that_is_none_changes_nothing(client, ana, mug, quantity):
    scan(client, mug.sku)
    with unchanged():
        answer = client.post(url("till_set_quantity", mug.sku), {"quantity": quantity})
    assert (answer.status_code, f"{mug.sku}:" in answer.content.decode()) == (422, True)


def test_more_than_the_most_of_one_thing_is_refused(client, ana, mug):
    scan(client, mug.sku)
    client.post(url("till_set_quantity", mug.sku), {"quantity": "99"})
    answer = scan(client, mug.sku)
    assert (answer.status_code, in_the_sale()) == (409, [(mug.sku, 99)])


def test_a_sale_is_an_order_that_is_paid_handed_over_and_earns(client, store, ana, mug):
    EarnRule.objects.create(points=1, amount=100, valid_from=NOON)
    member = factories.member()
    scan(client, mug.sku)
    scan(client, member.number)
    answer = pay(client)
    order = Order.objects.get()
    assert answer["Location"] == url("receipt", order.number)
    assert (order.channel, order.total, order.payment_state, order.member) == ("till", 1250, "paid", member)
    assert list(Payment.objects.values_list("tender", "amount")) == [("card", 1250)]
    assert StockLevel.objects.get(variant=mug).on_hand == 4
    assert Member.objects.get(pk=member.pk).balance == 12
    receipt = client.get(answer["Location"]).content.decode()
    for words in (order.number, "€12.50", "earned 12 points", "12 points earned", "Next sale", "Ana"):
        assert words in receipt
    assert "Scan the first thing" in till(client)


def test_cash_shows_the_change(client, ana, mug):
    scan(client, mug.sku)
    receipt = client.get(pay(client, "cash", given="20")["Location"]).content.decode()
    assert ('<p class="due-now"><bdi class="money">€7.50</bdi></p>' in receipt, "Given" in receipt) == (True, True)
    assert list(Payment.objects.values_list("tender", "amount")) == [("cash", 1250)]


def test_card_and_cash_together_make_the_total(client, ana, mug):
    scan(client, mug.sku)
    pay(client, "split", card="10,00", cash="2.50")
    assert list(Payment.objects.order_by("id").values_list("tender", "amount")) == [("card", 1000), ("cash", 250)]


@committing
@pytest.mark.parametrize(
    ("tender", "more", "words"),
    [
        ("split", {"card": "10"}, "Not paid in full"),
        ("split", {"card": "10", "cash": "3"}, "Not paid in full"),
        ("split", {"card": "-1", "cash": "13.50"}, "Write an amount such as 12.50."),
        ("split", {"card": "1e3", "cash": "0"}, "Write an amount such as 12.50."),
        ("cash", {"given": "10"}, "less than the total of €12.50"),
        ("cash", {"given": "12.505"}, "Write an amount such as 12.50."),
        ("gold", {}, "Choose card or cash."),
        ("card", {"total": "1"}, "Not paid in full"),
        ("card", {"total": "-1250"}, ""),
        ("card", {"sale_reference": "x"}, "Open the till again."),
    ],
)
def test_what_does_not_pay_in_full_takes_nothing(client, ana, mug, tender, more, words):
    scan(client, mug.sku)
    with unchanged():
        answer = pay(client, tender, **more)
    assert (answer.status_code, words in answer.content.decode()) == (422, True)


def test_ringing_up_twice_shows_the_same_receipt(client, ana, mug):
    scan(client, mug.sku)
    page = till(client)
    data = {"sale_reference": hidden(page, "sale_reference"), "total": "1250", "tender": "card"}
    first = client.post(url("ring_up"), data)
    with unchanged():
        second = client.post(url("ring_up"), data)
    assert first["Location"] == second["Location"]
    assert Order.objects.count() == 1


def test_a_sale_that_was_rung_up_elsewhere_meanwhile_says_so_and_changes_nothing(client, store, ana, mug, monkeypatch):
    scan(client, mug.sku)
    old = Cart.objects.get()
    pay(client)
    monkeypatch.setattr("orders.views.till._sale", lambda request, store, at: old)  # read before it was closed
    member = factories.member()
    for name, more, data in [
        ("scan_goods", [], {"code": mug.sku}),
        ("scan_goods", [], {"code": member.number}),
        ("till_set_quantity", [mug.sku], {"quantity": "3"}),
        ("detach_member", [], {}),
    ]:
        with unchanged():
            answer = client.post(url(name, *more), data)
        assert answer["Location"] == url("till")
        assert "was rung up meanwhile, so nothing was changed" in till(client)


@committing
def test_goods_scanned_at_another_screen_meanwhile_are_asked_for(client, ana, mug):
    scan(client, mug.sku)
    page = till(client)
    scan(client, mug.sku)
    data = {"sale_reference": hidden(page, "sale_reference"), "total": hidden(page, "total"), "tender": "card"}
    with unchanged():
        answer = client.post(url("ring_up"), data)
    assert (answer.status_code, "Not paid in full" in answer.content.decode()) == (422, True)


@committing
def test_an_empty_sale_is_not_rung_up(client, ana):
    answer = client.post(url("ring_up"), {"sale_reference": "harbour:abcdefgh", "total": "0", "tender": "card"})
    assert (answer.status_code, Order.objects.count()) == (409, 0)
    assert "nothing to ring up" in answer.content.decode()


def test_goods_that_the_system_does_not_know_are_sold_with_a_word(client, store, ana):
    lamp = factories.variant(price=7400)
    scan(client, lamp.sku)
    assert "The system shows 0 here. Sold anyway, the count is corrected." in till(client)
    pay(client)
    assert StockLevel.objects.get(store=store, variant=lamp).on_hand == 0


def test_every_person_has_a_sale_of_their_own(client, store, ana, mug):
    scan(client, mug.sku)
    client.force_login(factories.staff(store, name="Tom Byrne"))
    assert "Scan the first thing" in till(client)


def test_a_receipt_is_found_in_its_store_only(client, store, ana, mug):
    scan(client, mug.sku)
    pay(client)
    number = Order.objects.get().number
    pickup = factories.order(store, (mug, 1))
    client.force_login(factories.head_office())
    factories.store("old-town")
    assert client.get(reverse("receipt", args=["old-town", number])).status_code == 404
    assert client.get(url("receipt", pickup.number)).status_code == 404
    for given in ("-1", "x", "1", "9" * 30):
        assert "due-now" not in client.get(url("receipt", number), {"given": given}).content.decode()


def test_customers_and_other_stores_staff_cannot_sell_here(client, store, mug):
    posts = [("scan_goods", [], {"code": mug.sku}), ("till_set_quantity", [mug.sku], {"quantity": "1"}), ("detach_member", [], {})]
    posts.append(("ring_up", [], {"sale_reference": "harbour:abcdefgh", "total": "0", "tender": "card"}))
    for person in (factories.user(), factories.staff(factories.store("old-town"))):
        client.force_login(person)
        with unchanged():
            assert {client.post(url(name, *more), data).status_code for name, more, data in posts} == {404}
