"""The queue and the pick list in the browser: what staff do until a pickup is ready."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from omo.models import Message
from orders import pickup
from orders.models import Fulfilment
from tests import factories
from tests.unchanged import unchanged

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def still():
    """No minute turns and no second passes within a test: the queue's version has the minute, and undoing counts seconds."""
    with time_machine.travel(timezone.now(), tick=False):
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
    return factories.order(store, (factories.stocked(store, 9), 2), (factories.stocked(store, 9), 1), at=timezone.now())


def of(order, name, *more):
    return reverse(name, args=[order.store.code, order.number, *more])


def queue_page(client, store):
    return client.get(reverse("queue", args=[store.code])).content.decode()


def version_in(page):
    return re.search(r'data-poll-version="([^"]+)"', page)[1]


def live(client, store, version):
    return client.get(reverse("queue_live", args=[store.code]), {"v": version})


def state_of(order):
    return Fulfilment.objects.get(order=order).state


def test_an_empty_queue_says_what_will_come_where(client, store, ana):
    page = queue_page(client, store)
    assert "New orders come here" in page
    assert "Picked orders wait here" in page
    assert "more than an hour late" in page


def test_a_placed_order_waits_to_be_claimed(client, store, ana, order):
    page = queue_page(client, store)
    assert f'data-key="{order.number}"' in page
    assert "Marta Lindqvist" in page
    assert "3 items" in page
    assert f'formaction="{of(order, "start_picking")}"' in page


def test_a_name_that_looks_like_code_is_shown_as_text(client, store, ana):
    factories.order(store, (factories.stocked(store, 1), 1), name="<script>alert(1)</script>", at=timezone.now())
    assert "<script>alert(1)" not in queue_page(client, store)


def test_nothing_new_is_answered_with_nothing_in_one_statement(client, store, ana, order):
    version = version_in(queue_page(client, store))
    with CaptureQueriesContext(connection) as statements:
        answer = live(client, store, version)
    assert (answer.status_code, answer.content) == (204, b"")
    assert len(statements) == 1  # the queue's version


def test_a_version_that_we_did_not_give_says_nothing_to_strangers(client, store, ana, order):
    """What is believed is what we signed for this store; and once something moves, who asks must be of the store."""
    version, stranger = version_in(queue_page(client, store)), Client()
    counter, minute, newest, signature = version.split(".")
    for forged in (f"{counter}.{minute}.{newest}", f"{counter}.{minute}.{newest}.", f"{int(counter) + 1}.{minute}.{newest}.{signature}"):
        assert live(stranger, store, forged).status_code == 302
    assert live(stranger, factories.store("station"), version).status_code == 302
    pickup.start_picking(factories.pickup_of(order), by=factories.staff(store, name="Tom Byrne"), at=timezone.now())
    assert live(stranger, store, version).status_code == 302


def test_a_second_step_that_is_missing_is_asked_for_when_the_lanes_are(client, store, ana, order, settings):
    version = version_in(queue_page(client, store))
    settings.STAFF_MFA_REQUIRED = True
    assert live(client, store, version).status_code == 204
    assert live(client, store, "").headers["location"] == reverse("mfa_index")
    assert client.get(reverse("queue", args=[store.code])).headers["location"] == reverse("mfa_index")


def test_lanes_that_moved_take_three_statements_more_and_are_kept_for_the_next_tablet(client, store, ana, order):
    for expected in (7, 4):
        with CaptureQueriesContext(connection) as statements:
            assert live(client, store, "0.0.0").status_code == 200
        assert len(statements) == expected


def test_a_new_order_is_told_and_rings(client, store, ana, order):
    version = version_in(queue_page(client, store))
    second = factories.order(store, (factories.stocked(store, 1), 1), at=timezone.now())
    answer = live(client, store, version)
    assert answer.status_code == 200
    assert answer["X-New"] == "1"
    assert f'data-key="{second.number}"' in answer.content.decode()


def test_what_a_colleague_does_is_told_without_ringing(client, store, ana, order):
    version = version_in(queue_page(client, store))
    pickup.start_picking(factories.pickup_of(order), by=factories.staff(store, name="Tom Byrne"), at=timezone.now())
    answer = live(client, store, version)
    assert "Tom has 0 of 3" in answer.content.decode()
    assert "X-New" not in answer


def test_lateness_is_worded_anew_after_a_minute(client, store, ana, order):
    with time_machine.travel(timezone.now() - timedelta(minutes=1)):
        version = version_in(queue_page(client, store))
    assert live(client, store, version).status_code == 200


@pytest.mark.parametrize("version", ["", "x", "1", "1.2.3", "-1.0.9", "9" * 500, "1.1.99999999999999999999"])
def test_a_strange_version_gets_the_lanes(client, store, ana, order, version):
    assert live(client, store, version).status_code == 200


def test_claiming_opens_the_pick_list_and_twice_is_once(client, store, ana, order):
    for _ in range(2):
        assert client.post(of(order, "start_picking"))["Location"] == of(order, "pickup")
    found = factories.pickup_of(order)
    assert (found.state, found.picker) == ("picking", ana)


def test_who_comes_second_learns_who_was_faster(client, store, ana, order):
    pickup.start_picking(factories.pickup_of(order), by=factories.staff(store, name="Tom Byrne"), at=timezone.now())
    with unchanged():
        answer = client.post(of(order, "start_picking"))
    assert answer.status_code == 409
    assert f"Tom was faster: {order.number} is being picked now." in answer.content.decode()


def test_lines_are_ticked_and_unticked_and_only_then_it_is_ready(client, store, ana, order):
    pickup.start_picking(factories.pickup_of(order), by=ana, at=timezone.now())
    first, second = factories.pickup_of(order).lines.all()
    client.post(of(order, "pick", first.pk), {"picked": "2"})
    assert "2 of 3 picked" in client.get(of(order, "pickup")).content.decode()
    with unchanged():
        refusal = client.post(of(order, "mark_ready"), {"place": "R-14"})
    assert refusal.status_code == 409
    assert "1 item not ticked yet" in refusal.content.decode()
    client.post(of(order, "pick", second.pk), {"picked": "1"})
    answer = client.post(of(order, "mark_ready"), {"place": "R-14"})
    assert answer["Location"] == f"{reverse('queue', args=['harbour'])}?ready={order.number}"
    found = factories.pickup_of(order)
    assert (found.state, found.place) == ("ready", "R-14")


def test_htmx_gets_the_list_alone(client, store, ana, order):
    pickup.start_picking(factories.pickup_of(order), by=ana, at=timezone.now())
    line = factories.pickup_of(order).lines.first()
    page = client.post(of(order, "pick", line.pk), {"picked": "2"}, headers={"HX-Request": "true"}).content.decode()
    assert page.startswith('<section class="stack" id="picks"')
    assert 'aria-pressed="true"' in page


def test_htmx_gets_the_list_alone_also_with_a_refusal(client, store, ana, order):
    pickup.start_picking(factories.pickup_of(order), by=ana, at=timezone.now())
    line = factories.pickup_of(order).lines.first()
    for picked, words in (("3", f"Only 2 of {line.order_line.name} were ordered."), ("two", 'role="alert"')):
        answer = client.post(of(order, "pick", line.pk), {"picked": picked}, headers={"HX-Request": "true"})
        page = answer.content.decode()
        assert (answer.status_code, page.startswith('<section class="stack" id="picks"'), words in page) == (422, True, True)


@pytest.mark.parametrize("picked", ["3", "-1", "1.5", "two", "", "9" * 40])
def test_a_number_of_picked_goods_that_cannot_be_is_refused(client, store, ana, order, picked):
    pickup.start_picking(factories.pickup_of(order), by=ana, at=timezone.now())
    with unchanged():
        answer = client.post(of(order, "pick", factories.pickup_of(order).lines.first().pk), {"picked": picked})
    assert answer.status_code == 422


def test_goods_are_not_ticked_before_somebody_claims(client, store, ana, order):
    with unchanged():
        answer = client.post(of(order, "pick", factories.pickup_of(order).lines.first().pk), {"picked": "1"})
    assert answer.status_code == 409
    assert "It is placed now." in answer.content.decode()


def test_a_place_with_control_characters_is_refused(client, store, ana, order):
    factories.picked(order, ana, at=timezone.now())
    with unchanged():
        answer = client.post(of(order, "mark_ready"), {"place": "R\u202e14"})
    assert answer.status_code == 422
    assert "hidden characters" in answer.content.decode()


def test_marking_ready_twice_tells_the_customer_once(client, store, ana, order):
    factories.picked(order, ana, at=timezone.now())
    answers = [client.post(of(order, "mark_ready"), {"place": place}) for place in ("R-1", "R-2")]
    assert answers[0]["Location"] == answers[1]["Location"]
    assert Message.objects.filter(kind="pickup_ready").count() == 1
    assert factories.pickup_of(order).place == "R-1"


def test_ready_can_be_undone_from_the_queue_for_some_seconds(client, store, ana, order):
    factories.picked(order, ana, at=timezone.now())
    page = client.post(of(order, "mark_ready"), {"place": "R-14"}, follow=True).content.decode()
    assert re.search(r"is ready in <b>R-14</b>. You can undo it for 20 s, then the customer is told\.", page)
    for _ in range(2):
        assert client.post(of(order, "undo_ready"))["Location"] == of(order, "pickup")
    assert state_of(order) == "picking"


def test_after_that_it_is_too_late_to_undo(client, store, ana, order):
    factories.ready(order, ana, at=timezone.now() - timedelta(seconds=21))
    assert 'class="dock"' not in client.get(reverse("queue", args=["harbour"]), {"ready": order.number}).content.decode()
    with unchanged():
        answer = client.post(of(order, "undo_ready"))
    assert answer.status_code == 409
    assert "Too late to undo: the customer is told" in answer.content.decode()


def test_the_slip_names_shelves_and_is_no_proof_for_collecting(client, store, ana, order):
    line = order.lines.first()
    factories.label(store, line.variant, shelf="C3")
    page = client.get(of(order, "slip")).content.decode()
    assert (order.number in page, "Marta Lindqvist" in page, "C3" in page) == (True, True, True)
    assert factories.pickup_of(order).public_id not in page


POSTS = [("start_picking", {}), ("mark_ready", {"place": "R-1"}), ("undo_ready", {}), ("hand_over", {"identity": "ID"})]


@pytest.mark.parametrize("who", ["a customer", "staff of another store"])
def test_others_do_not_find_the_store_or_its_pickups(client, order, who):
    other = factories.store("old-town")
    client.force_login(factories.user() if who == "a customer" else factories.staff(other))
    with unchanged():
        pages = [reverse(name, args=["harbour"]) for name in ("queue", "queue_live", "scan_code", "till", "labels", "print_labels")]
        assert {client.get(page).status_code for page in [*pages, of(order, "pickup"), of(order, "slip")]} == {404}
        assert {client.post(of(order, name), data).status_code for name, data in POSTS} == {404}


def test_a_pickup_is_not_found_under_another_store_of_the_same_person(client, store, ana, order):
    other = factories.store("old-town")
    client.force_login(factories.head_office())
    with unchanged():
        assert client.get(reverse("pickup", args=[other.code, order.number])).status_code == 404
        assert {client.post(reverse(name, args=[other.code, order.number]), data).status_code for name, data in POSTS} == {404}


def test_who_is_not_signed_in_is_asked_to(client, order):
    assert client.get(reverse("queue", args=["harbour"]))["Location"].startswith(reverse("account_login"))
    assert client.post(of(order, "start_picking"))["Location"].startswith(reverse("account_login"))
    assert state_of(order) == "placed"


def test_the_way_to_work(client, store):
    person = factories.staff(store)
    client.force_login(person)
    assert client.get(reverse("staff"))["Location"] == reverse("queue", args=["harbour"])
    person.assignments.create(store=factories.store("old-town"))
    page = client.get(reverse("staff")).content.decode()
    assert (reverse("queue", args=["harbour"]) in page, reverse("queue", args=["old-town"]) in page) == (True, True)
    client.force_login(factories.user())
    assert client.get(reverse("staff")).status_code == 404
