"""The member's card: joining, the card, the balance, and one history of purchases online and in store."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse

from loyalty import members
from loyalty.models import EarnRule, Member
from omo.models import Event
from orders import payments, till
from tests import factories
from tests.unchanged import unchanged

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.fixture
def person(client):
    somebody = factories.user("marta@shop.test")
    client.force_login(somebody)
    return somebody


@pytest.fixture
def rule():
    return EarnRule.objects.create(points=1, amount=100, valid_from=NOON - timedelta(days=400))


def card(client, **query):
    answer = client.get(reverse("card"), query)
    assert answer.status_code == 200
    return answer.content.decode()


def join(client, name="Marta Lindqvist"):
    return client.post(reverse("join"), {"name": name})


def bought_at_the_till(store, member, price, at=NOON, staff=None, pieces=1):
    goods = factories.stocked(store, 10, price=price)
    sale = [till.SaleLine(goods, pieces)]
    paid = [payments.Tendered("card", price * pieces)]
    return till.ring_up(store, sale, tendered=paid, member=member, sale_reference=f"sale-{at.isoformat()}-{price}", by=staff, at=at)


# Joining


def test_a_visitor_learns_what_the_card_is_and_how_to_get_it(client, rule):
    page = card(client)
    assert 'for every <bdi class="money">€1.00</bdi>' in page
    assert "Become a member" in page
    assert reverse("account_login") in page
    assert not Member.objects.exists()


def test_a_customer_joins_with_a_name(client, person):
    assert 'value="Marta Lindqvist"' in card(client)
    assert join(client)["Location"] == reverse("card")
    member = Member.objects.get()
    assert (member.name, member.email, member.user, member.joined_channel) == ("Marta Lindqvist", "marta@shop.test", person, "web")
    page = card(client)
    assert "Welcome. This is your card." in page
    assert member.number_words in page


@pytest.mark.parametrize("name", ["", "x" * 51, "\u200b", "a\r\nb", "\u202etxt"])
def test_a_name_that_is_none_is_refused_beside_the_field(client, person, name):
    with unchanged():
        answer = join(client, name)
    assert answer.status_code == 422
    assert 'class="field wrong"' in answer.content.decode()


def test_joining_twice_changes_nothing(client, person):
    factories.member(user=person, email=person.email)
    with unchanged():
        answer = join(client)
    assert answer["Location"] == reverse("card")
    assert "You are a member already." in card(client)


def test_visitors_cannot_join_without_signing_in(client):
    assert join(client)["Location"].startswith(reverse("account_login"))
    assert not Member.objects.exists()


def test_joining_is_done_by_post_only(client, person):
    assert client.get(reverse("join")).status_code == 405


# The card from a store


def test_a_card_from_a_store_under_the_same_address_is_taken_over(client, person):
    member = factories.member(email="marta@shop.test", channel="till")
    assert member.number_words in card(client)
    assert "Use this card here" in card(client)
    join(client)
    member.refresh_from_db()
    assert member.user == person
    event = Event.objects.get(kind="member.linked")
    assert (event.member, event.by) == (member, person)
    assert Member.objects.count() == 1


def test_looking_at_the_page_links_nothing(client, person):
    factories.member(email="marta@shop.test", channel="till")
    with unchanged():
        card(client)


def test_an_address_that_was_not_verified_opens_no_card(client, person):
    factories.member(email="marta@shop.test", channel="till")
    person.emailaddress_set.update(verified=False)
    assert "Use this card here" not in card(client)
    with unchanged():
        assert members.link(person, at=NOON) is None


def test_a_card_that_has_an_account_is_not_given_to_another(client, person):
    factories.member(email="marta@shop.test", user=factories.user())
    with unchanged():
        assert members.link(person, at=NOON) is None
    with unchanged():
        join(client)


# A card that was switched off


@pytest.mark.parametrize("mine", [True, False], ids=["own card", "another account's card with the address"])
def test_who_can_get_no_card_here_is_told_so_and_where_to_ask(client, person, mine):
    member = factories.member(email=person.email, user=person if mine else factories.user())
    Member.objects.filter(pk=member.pk).update(active=not mine)
    for answer in (client.get(reverse("card")), join(client)):
        page = answer.content.decode()
        assert "We cannot give you a card here" in page
        assert "Ask in one of our stores" in page
        assert "You are a member already" not in page
        assert member.number_words not in page
        assert f'action="{reverse("join")}"' not in page
    with unchanged():
        assert join(client).status_code == 409


def test_a_card_that_waits_in_vain_is_not_offered_beside_one_that_was_switched_off(client, person):
    Member.objects.filter(pk=factories.member(user=person).pk).update(active=False)
    factories.member(email=person.email, channel="till")
    assert "Use this card here" not in card(client)
    assert "We cannot give you a card here" in card(client)


# The card


def test_the_card_has_a_code_that_the_till_reads(client, person):
    member = factories.member(user=person)
    page = card(client)
    assert f"Member card {member.number_words}" in page
    assert client.get(reverse("card")).context["card_code"] == members.card_code(member)
    assert members.read_card(members.card_code(member)) == member


def test_one_history_holds_purchases_online_and_in_store(client, person, rule):
    store = factories.store("harbour")
    staff = factories.staff(store)
    member = factories.member(user=person)
    online = factories.order(store, (factories.stocked(store, 10, price=14900), 1), owner=person)
    bought_at_the_till(store, member, 1250, pieces=2, staff=staff)
    page = card(client)
    assert f"Order {online.number}" in page
    assert "24 Nov · Online, collect at Harbour" in page
    assert "Bought 2 items" in page
    assert "24 Nov · Harbour, till" in page
    assert "Pending until you collect" in page
    assert '<b>+149</b><br><span class="quiet">pending</span>' in page
    assert '<span class="number">25</span>' in page
    factories.collected(online, staff)
    page = card(client)
    assert "pending" not in page
    assert '<span class="number">174</span>' in page


@time_machine.travel(NOON + timedelta(days=1), tick=False)
def test_pending_points_are_those_of_the_rule_under_which_it_was_ordered(client, person, rule):
    store = factories.store("harbour")
    factories.member(user=person)
    online = factories.order(store, (factories.stocked(store, 10, price=14900), 1), owner=person)
    EarnRule.objects.create(points=5, amount=100, valid_from=NOON + timedelta(hours=1))
    page = card(client)
    assert '<b>+149</b><br><span class="quiet">pending</span>' in page
    assert "<b>5 points</b> for every" in page
    assert "149 points" in client.get(reverse("order", args=[online.number])).content.decode()
    factories.collected(online, factories.staff(store), at=NOON + timedelta(hours=2))
    assert '<span class="number">149</span>' in card(client)


def test_an_order_from_a_shelf_label_says_so(client, person, rule):
    store = factories.store("harbour")
    factories.member(user=person)
    label = factories.label(store, factories.stocked(store, 3))
    client.post(reverse("add_to_cart"), {"sku": label.variant.sku, "quantity": "1", "label": factories.labels.signed_code(label)})
    context = client.get(reverse("checkout"), {"store": "harbour"}).context
    fields = {"name": "Marta", "email": "m@shop.test", "store": "harbour", "method": "in_store", "key": context["key"], "seen_total": context["quote"].total}
    client.post(reverse("place_order"), fields)
    assert "Scanned, collect at Harbour" in card(client)


def test_a_purchase_too_small_for_a_point_is_not_pending_for_ever(client, person, rule):
    store = factories.store("harbour")
    bought_at_the_till(store, factories.member(user=person), 50)
    page = card(client)
    assert "<b>+0</b>" in page
    assert "pending" not in page


def test_the_history_tells_months_apart(client, person, rule):
    store = factories.store("harbour")
    member = factories.member(user=person)
    bought_at_the_till(store, member, 1000, at=NOON - timedelta(days=40))
    bought_at_the_till(store, member, 2000, at=NOON)
    page = card(client)
    assert page.index("<h3>November 2026</h3>") < page.index("<h3>October 2026</h3>")


def test_purchases_of_others_are_not_in_it(client, person, rule):
    store = factories.store("harbour")
    factories.member(user=person)
    bought_at_the_till(store, factories.member(name="Somebody Else"), 1000)
    assert "Your purchases will be here" in card(client)


def test_earlier_purchases_are_a_page_away_and_a_page_costs_the_same(client, person, rule, django_assert_num_queries):
    store = factories.store("harbour")
    member = factories.member(user=person)
    for hour in range(25):
        bought_at_the_till(store, member, 1000 + hour, at=NOON + timedelta(hours=hour))
    with django_assert_num_queries(7):
        first = client.get(reverse("card"))
    second = client.get(reverse("card"), {"page": first.context["next_cursor"]})
    totals = [purchase.event.order.total for answer in (first, second) for purchase in answer.context["purchases"]]
    assert totals == [1000 + hour for hour in range(24, -1, -1)]


@pytest.mark.parametrize(("query", "status"), [({"page": "2"}, 404), ({"member": "1"}, 400)])
def test_the_card_does_not_know_other_questions(client, person, query, status):
    factories.member(user=person)
    assert client.get(reverse("card"), query).status_code == status


@time_machine.travel(NOON, tick=False)
def test_the_earn_rule_is_said_in_words(client, person):
    EarnRule.objects.create(points=2, amount=500, valid_from=NOON - timedelta(days=1))
    factories.member(user=person)
    assert '<b>2 points</b> for every <bdi class="money">€5.00</bdi>, online and in store.' in card(client)
