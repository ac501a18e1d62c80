"""A card with the order: one press after it makes a guest a member with these points, and tells nobody who has a card already."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from loyalty import invariants as points_invariants
from loyalty import members
from loyalty.models import EarnRule, Member, PointsEntry
from omo import outbox
from omo.models import Event, Message
from orders import invariants as order_invariants
from orders import membership
from orders.models import Order
from tests import factories
from tests.factories import NOON
from tests.orders.own_orders import allow, placed, url, words
from tests.unchanged import refused, unchanged

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock():
    """The clock stands at noon, and a point is earned for every euro."""
    EarnRule.objects.create(points=1, amount=100, valid_from=NOON - timedelta(days=1))
    with time_machine.travel(NOON, tick=False) as travelling:
        yield travelling


@pytest.fixture
def order(harbour) -> Order:
    """What a guest ordered as marta@shop.test, for 25.00."""
    return placed(harbour)


@pytest.fixture
def guest(client, order) -> Client:
    """The browser that ordered."""
    allow(client, order)
    return client


def press(client, order):
    return client.post(reverse("join_order", args=[order.number]))


def again(order) -> Order:
    return Order.objects.get(pk=order.pk)


def deliver(order) -> Message:
    message = Message.objects.get(kind="join_order", order=order)
    outbox.deliver(message)
    message.refresh_from_db()
    return message


def violations() -> list:
    return [*points_invariants.violations(), *order_invariants.violations()]


def path_in(letter) -> str:
    return re.search(r"http://127\.0\.0\.1:8000(/\S+)", letter.body)[1]


def test_the_guest_is_a_member_and_the_points_come_with_the_goods(guest, order, ana):
    assert press(guest, order)["Location"] == url(order)
    card = Member.objects.get()
    assert (card.name, card.email, card.user, card.joined_channel, card.balance) == ("Marta Lindqvist", "marta@shop.test", None, "web", 0)
    assert again(order).member == card
    joined = Event.objects.get(kind="order.joined")
    assert (joined.member, joined.order, joined.store, joined.channel) == (card, order, order.store, "web")
    factories.collected(again(order), ana)
    card.refresh_from_db()
    assert card.balance == 25
    assert violations() == []


def test_what_was_collected_already_is_credited_now_and_once(guest, order, ana):
    factories.collected(order, ana)
    press(guest, order)
    assert list(PointsEntry.objects.values_list("member__email", "points", "order__number", "source")) == [
        ("marta@shop.test", 25, order.number, f"fulfilment:{factories.pickup_of(order).pk}")
    ]
    with unchanged():
        press(guest, order)
    assert Member.objects.get().balance == 25
    assert violations() == []


def test_a_hand_over_that_read_the_order_before_it_was_joined_still_earns(guest, order, ana):
    waiting = factories.ready(order, ana)
    assert waiting.order.member is None
    press(guest, order)
    factories.payments.take_payment(order, [factories.payments.Tendered("card", 2500)], store=order.store, by=ana, at=NOON)
    factories.pickup.hand_over(waiting, proof=factories.pickup_codes.six_digits(waiting), by=ana, at=NOON)
    assert Member.objects.get().balance == 25


def test_the_points_are_those_of_the_rule_when_it_was_bought(guest, order, ana):
    factories.collected(order, ana)
    EarnRule.objects.create(points=9, amount=100, valid_from=NOON + timedelta(minutes=1))
    membership.join_order(order, by=None, at=NOON + timedelta(hours=1))
    assert Member.objects.get().balance == 25


def test_the_mail_welcomes_and_the_card_waits_for_who_reads_it(guest, order, mailoutbox):
    press(guest, order)
    deliver(order)
    (letter,) = mailoutbox
    card = Member.objects.get()
    assert (letter.to, letter.subject) == (["marta@shop.test"], "Your card at Harbour & Pine")
    assert f"Your number is {card.number_words}." in letter.body
    assert "make an account with this address, marta@shop.test" in letter.body
    assert path_in(letter) == "/accounts/signup/?next=/card/"
    assert "do nothing" not in letter.body
    unproved = factories.user("marta@shop.test")
    unproved.emailaddress_set.update(verified=False)
    assert members.link(unproved, at=NOON) is None
    unproved.emailaddress_set.update(verified=True)
    assert members.link(unproved, at=NOON) == card
    guest.force_login(unproved)
    shown = guest.get(reverse("card")).context["purchases"]
    assert [(purchase.event.order, purchase.points, purchase.pending) for purchase in shown] == [(order, 25, True)]


def test_who_signed_in_meanwhile_is_led_to_the_card(guest, order, mailoutbox):
    press(guest, order)
    members.link(factories.user("marta@shop.test"), at=NOON)
    deliver(order)
    assert path_in(mailoutbox[0]) == reverse("card")
    assert "Sign in to have the card on your phone" in mailoutbox[0].body


def test_who_has_a_card_already_is_answered_alike_and_nothing_is_attached(harbour, order):
    has_card = placed(harbour, email="carl@shop.test")
    factories.member(email="carl@shop.test")
    pages = []
    for one in (order, has_card):
        client = Client()
        allow(client, one)
        answer = press(client, one)
        page = words(client, one)
        start = page.index('aria-labelledby="join"')
        said = page[start : page.index("</section>", start)].replace(one.email, "x")
        pages.append((answer.status_code, said, "yours once you collect" in page))
    assert pages[0] == pages[1]
    assert "We are writing to <bdi>x</bdi>. The mail says how you get the card and the points of this order." in pages[0][1]
    assert again(has_card).member is None
    assert Message.objects.filter(kind="join_order").count() == 2


def test_the_owner_of_the_mailbox_puts_the_order_on_the_card(guest, order, ana, mailoutbox):
    card = factories.member(email="marta@shop.test")
    factories.collected(order, ana)
    press(guest, order)
    mailoutbox.clear()
    deliver(order)
    (letter,) = mailoutbox
    assert letter.subject == f"Order {order.number} and your card at Harbour & Pine"
    owner = Client()
    opened = owner.get(path_in(letter))
    assert (opened["Location"], opened["X-Robots-Tag"], "no-store" in opened["Cache-Control"]) == (url(order), "noindex", True)
    assert again(order).member is None  # looking changes nothing: mail servers look, too
    assert "Put this order on my card" in words(owner, order)
    assert owner.post(reverse("attach_order", args=[order.number]))["Location"] == url(order)
    card.refresh_from_db()
    assert (again(order).member, card.balance) == (card, 25)
    assert owner.post(reverse("attach_order", args=[order.number])).status_code == 404
    assert violations() == []


def test_without_the_link_from_the_mail_nothing_is_put_on_a_card(guest, order):
    factories.member(email="marta@shop.test")
    press(guest, order)
    token = membership.attach_link(order).rstrip("/").split("/")[-1]
    other = factories.order(order.store, (factories.stocked(order.store), 1))
    with unchanged():
        assert guest.post(reverse("attach_order", args=[order.number])).status_code == 404
        assert guest.get(reverse("open_attach", args=[order.number, token[:-1] + "-"])).status_code == 404
        assert guest.get(reverse("open_attach", args=[other.number, token])).status_code == 404
        assert guest.get(reverse("open_order", args=[order.number, token])).status_code == 404


def test_a_card_that_was_switched_off_gets_no_order_and_its_owner_no_mail(guest, order, mailoutbox):
    Member.objects.filter(pk=factories.member(email="marta@shop.test").pk).update(active=False)
    press(guest, order)
    assert (deliver(order).state, mailoutbox) == (Message.State.WITHDRAWN, [])
    with refused(membership.NoMembership):
        membership.attach_order(order, by=None, at=NOON)


def test_others_orders_and_those_of_accounts_are_not_joined(client, harbour, order):
    marta = factories.user("marta@shop.test")
    mine = placed(harbour, owner=marta)
    strange = press(client, order)
    client.force_login(marta)
    with unchanged():
        assert strange.status_code == 404
        assert press(client, mine).status_code == 404
    client.force_login(factories.user())
    with unchanged():
        assert press(client, order).status_code == 404


def test_a_press_too_many_is_429(guest, order):
    assert [press(guest, order).status_code for _ in range(21)] == [302] * 20 + [429]
