"""The customer's pages of collecting: another person's pass, on my way, here; and what staff see of it."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from orders import arrivals, proxies
from orders.models import Arrival, Fulfilment, HandOver, ProxyPass
from stores.models import Store
from tests import factories
from tests.factories import NOON
from tests.orders import mixed
from tests.orders.own_orders import text_of
from tests.unchanged import unchanged

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def marta(client, world):
    client.force_login(world.marta)
    return client


@pytest.fixture
def ana_s(client, world):
    """The counter's tablet."""
    client.force_login(world.ana)
    return client


def own(world, name: str) -> str:
    return reverse(name, args=[world.order.number, world.pickup.pk])


def pass_of(world) -> tuple[ProxyPass, str]:
    made = proxies.name_proxy(world.pickup, name="Ben Kelly", by=world.marta, at=NOON)
    return made, reverse("proxy_pass", args=[made.public_id, proxies.page_token(made)])


# The customer names somebody


def test_a_customer_names_somebody_and_gets_an_address_to_share(marta, world):
    assert own(world, "proxy") in text_of(marta.get(reverse("order", args=[world.order.number])))
    answer = marta.post(own(world, "name_proxy"), {"name": " Ben Kelly "}, follow=True)
    made = ProxyPass.objects.get()
    address = f"http://127.0.0.1:8000{reverse('proxy_pass', args=[made.public_id, proxies.page_token(made)])}"
    page = text_of(answer)
    assert made.name == "Ben Kelly"
    assert f'<a href="{address}">{address}</a>' in page
    assert f'data-share="{address}"' in page
    assert f'data-copy="{address}"' in page
    assert "<bdi>Ben</bdi> may collect it: share or take back" in text_of(marta.get(reverse("order", args=[world.order.number])))


@pytest.mark.parametrize("name", ["", "  ", "x" * 61, "Ben\x00"])
def test_a_name_that_nobody_can_read_is_refused_in_words(marta, world, name):
    with unchanged():
        answer = marta.post(own(world, "name_proxy"), {"name": name})
    assert answer.status_code == 422
    assert "data-error-summary" in text_of(answer)


def test_a_pass_is_taken_back_and_its_holder_named_again(marta, world):
    pass_of(world)
    page = text_of(marta.post(own(world, "revoke_proxy"), follow=True))
    assert "Taken back. Only you collect it now." in page
    assert 'value="Ben Kelly"' in page
    assert "Name again" in page
    with unchanged():
        assert marta.post(own(world, "revoke_proxy")).status_code == 409
    marta.post(own(world, "name_proxy"), {"name": "Ben Kelly"})
    assert proxies.of_pickup(world.pickup).name == "Ben Kelly"


def test_nobody_is_named_for_what_is_collected(marta, world):
    factories.collected(world.order, world.ana)
    with unchanged():
        answer = marta.post(own(world, "name_proxy"), {"name": "Ben"})
    assert answer.status_code == 409
    assert "so nobody needs a pass for it" in text_of(marta.get(own(world, "proxy")))


def test_other_customers_name_nobody(client, world):
    client.force_login(factories.user())
    with unchanged():
        for name in ("name_proxy", "revoke_proxy", "set_out", "arrive"):
            assert client.post(own(world, name), {"name": "Ben"}).status_code == 404
        assert client.get(own(world, "proxy")).status_code == 404


# The pass itself


def test_the_pass_shows_first_name_code_store_and_hours_and_of_the_customer_the_last_four_only(client, world):
    _, address = pass_of(world)
    answer = client.get(address)
    page = text_of(answer)
    assert "Pass of <b><bdi>Ben</bdi></b>" in page
    assert 'aria-label="Code for the counter"' in page
    assert f"…{world.order.number[-4:]}" in page
    assert "Quay 4" in page
    assert "<dt>Monday</dt><dd><time>09:00–19:00</time>" in page
    assert "It is not ready yet." in page
    for private in (world.order.number, "Marta", "Lindqvist", "Kelly", "marta@shop.test", "mug", "€"):
        assert private not in page
    assert (answer["Referrer-Policy"], answer["X-Robots-Tag"]) == ("no-referrer", "noindex")
    assert "no-store" in answer["Cache-Control"]


def test_a_pass_says_when_it_waits_was_used_or_taken_back(client, ready):
    made, address = pass_of(ready)
    assert "It waits at the counter until Fri 27 Nov" in text_of(client.get(address))
    ready.pay()
    ready.hand_over(proof=proxies.qr_text(made))
    page = text_of(client.get(address))
    assert "This pass was used today" in page
    assert "Code for the counter" not in page


def test_a_pass_that_was_taken_back_shows_no_code(client, world):
    _, address = pass_of(world)
    proxies.revoke_proxy(world.pickup, by=None, at=NOON)
    page = text_of(client.get(address))
    assert "This pass was taken back" in page
    assert "Code for the counter" not in page


def test_a_pass_of_an_order_that_is_cancelled_shows_no_code(client, world):
    _, address = pass_of(world)
    world.pickup.__class__.objects.update(state="cancelled")
    page = text_of(client.get(address))
    assert "There is nothing to collect with this pass now." in page
    assert "Code for the counter" not in page


def test_a_guessed_address_opens_no_pass(client, world):
    made, _ = pass_of(world)
    for token in ("A" * 22, proxies.page_token(made)[:-1], "x"):
        assert client.get(reverse("proxy_pass", args=[made.public_id, token])).status_code == 404


# At the counter


def scan(tablet, world, text: str) -> str:
    return text_of(tablet.get(reverse("scan_code", args=[world.harbour.code]), {"code": text}))


def test_staff_see_first_name_and_last_four_and_hand_over(ana_s, ready):
    made, _ = pass_of(ready)
    ready.pay()
    page = scan(ana_s, ready, proxies.qr_text(made))
    assert 'data-answer="go"' in page
    assert f'Pass of <b><bdi>Ben</bdi></b>, order <b class="number">…{ready.order.number[-4:]}</b>' in page
    assert "Kelly" not in page
    answer = ana_s.post(reverse("hand_over", args=[ready.harbour.code, ready.order.number]), {"proof": proxies.qr_text(made)}, follow=True)
    assert f"{ready.order.number} is handed over to Ben." in text_of(answer)
    assert HandOver.objects.get().proxy == made
    page = scan(ana_s, ready, proxies.qr_text(made))
    assert 'data-answer="soon"' in page
    assert "with the pass of <bdi>Ben</bdi>" in page


def test_a_pass_shows_what_its_own_pickup_cost_and_nothing_of_the_rest(client, harbour):
    order = mixed.order(harbour)
    pickup, ana = mixed.parts(order)[0], factories.staff(harbour)
    Fulfilment.objects.filter(pk=pickup.pk).update(state="ready", ready_at=NOON, held_until=NOON + timedelta(days=2))
    made = proxies.name_proxy(pickup, name="Ben Kelly", by=None, at=NOON)
    client.force_login(ana)
    page = text_of(client.get(reverse("scan_code", args=["harbour"]), {"code": proxies.qr_text(made)}))
    assert 'Paid, <bdi class="money">€25.00</bdi>' in page
    assert "€59.95" not in page


def test_staff_see_beforehand_who_collects(ana_s, ready):
    shown = {"queue": "Collected by <bdi>Ben Kelly</bdi>", "pickup": "<dt>To be collected by</dt><dd><bdi>Ben Kelly</bdi></dd>"}
    pages = {"queue": reverse("queue", args=["harbour"]), "pickup": reverse("pickup", args=["harbour", ready.order.number])}
    assert not any(shown[name] in text_of(ana_s.get(pages[name])) for name in pages)
    pass_of(ready)
    assert all(shown[name] in text_of(ana_s.get(pages[name])) for name in pages)
    proxies.revoke_proxy(ready.pickup, by=None, at=NOON)
    assert not any(shown[name] in text_of(ana_s.get(pages[name])) for name in pages)


def test_a_pass_that_was_taken_back_is_red_at_the_counter(ana_s, ready):
    made, _ = pass_of(ready)
    proxies.revoke_proxy(ready.pickup, by=None, at=NOON)
    page = scan(ana_s, ready, proxies.qr_text(made))
    assert 'data-answer="stop"' in page
    assert "Pass taken back" in page
    assert "The customer took this pass back today" in page
    answer = ana_s.post(reverse("hand_over", args=[ready.harbour.code, ready.order.number]), {"proof": proxies.qr_text(made)})
    assert answer.status_code == 409
    assert "Hand nothing over." in text_of(answer)


def test_a_pass_at_another_store_tells_its_store_only(client, ready):
    made, _ = pass_of(ready)
    airport = factories.store("airport")
    client.force_login(factories.staff(airport))
    page = text_of(client.get(reverse("scan_code", args=["airport"]), {"code": proxies.qr_text(made)}))
    assert "It waits at <b>Harbour</b>" in page
    assert "Ben" not in page
    assert ready.order.number not in page


# On my way, here


def test_the_buttons_come_when_it_is_ready(marta, world):
    page = text_of(marta.get(reverse("order", args=[world.order.number])))
    assert "Once it is ready, you can say here that you are on your way." in page
    assert own(world, "set_out") not in page
    with unchanged():
        answer = marta.post(own(world, "set_out"), follow=True)
    assert "It does not wait for you at the counter now, so nobody was told." in text_of(answer)


def test_a_customer_sets_out_and_arrives_at_the_counter(marta, ready):
    page = text_of(marta.post(own(ready, "set_out"), follow=True))
    assert "knows that you are on your way</b>, since 12:00" in page
    page = text_of(marta.post(own(ready, "arrive"), follow=True))
    assert "Here since 12:00, at the counter." in page
    assert own(ready, "set_out") not in page


def test_while_the_store_is_closed_it_says_when_it_opens_instead(marta, ready):
    Store.objects.update(bays=2)
    with time_machine.travel(NOON + timedelta(hours=9), tick=False):
        page = text_of(marta.get(reverse("order", args=[ready.order.number])))
    assert "<b>Harbour is closed now.</b> It opens tomorrow" in page
    for name in ("set_out", "arrive"):
        assert f'action="{own(ready, name)}"' not in page


def test_a_customer_waits_in_a_bay(marta, ready):
    Store.objects.update(bays=2)
    page = text_of(marta.get(reverse("order", args=[ready.order.number])))
    assert '<option value="2">In bay 2</option>' in page
    assert "In bay 3" not in page
    page = text_of(marta.post(own(ready, "arrive"), {"bay": "2"}, follow=True))
    assert "Here since 12:00, bay 2." in page
    assert "Stay in your car; somebody brings it." in page


@pytest.mark.parametrize("bay", ["3", "0", "-1", "+2", "0_2", "two", "9" * 30])
def test_a_bay_that_is_not_there_tells_nobody(marta, ready, bay):
    Store.objects.update(bays=2)
    with unchanged():
        answer = marta.post(own(ready, "arrive"), {"bay": bay}, follow=True)
    assert "The store has no such bay" in text_of(answer)


def test_staff_see_on_top_who_waits_since_when_and_where(ana_s, ready):
    arrivals.arrive(ready.pickup, by=None, at=NOON)
    page = text_of(ana_s.get(reverse("queue", args=[ready.harbour.code])))
    assert "1 customer is here" in page
    assert "<bdi>Marta Lindqvist</bdi></b>, counter" in page
    assert "since 12:00" in page
    assert page.count("Here since 12:00, at the counter") == 1
    assert "Here since 12:00, at the counter." in scan(ana_s, ready, ready.order.number)


def test_a_tablet_hears_of_a_customer_who_comes(ana_s, ready):
    live = reverse("queue_live", args=[ready.harbour.code])
    lanes = text_of(ana_s.get(reverse("queue", args=[ready.harbour.code])))
    version = lanes.partition('data-poll-version="')[2].partition('"')[0]
    assert ana_s.get(live, {"v": version}).status_code == 204
    arrivals.arrive(ready.pickup, by=None, at=NOON)
    answer = ana_s.get(live, {"v": version})
    assert (answer.status_code, answer.headers.get("X-New")) == (200, "1")
    arrivals.set_out(factories.pickup_of(ready.order), by=None, at=NOON)
    assert Arrival.objects.count() == 1
