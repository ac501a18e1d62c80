"""Sending, receiving and deliveries in the browser: lists that grow scan by scan."""

import pytest
from django.urls import reverse

from omo.models import Event
from stores import stock, transfers
from stores.models import StockLevel, Transfer
from tests import factories
from tests.factories import NOON
from tests.unchanged import unchanged

pytestmark = pytest.mark.django_db
committing = pytest.mark.django_db(transaction=True)  # a refused act rolls its own transaction back


@pytest.fixture
def store():
    return factories.store("harbour")


@pytest.fixture
def station():
    return factories.store("station")


@pytest.fixture
def ana(store, client):
    person = factories.staff(store)
    client.force_login(person)
    return person


@pytest.fixture
def mug(store):
    return factories.stocked(store, 10, sku="MUG-BLUE")


@pytest.fixture
def bowl(store):
    return factories.stocked(store, 4, sku="BOWL-1")


def url(name, *more, code="harbour"):
    return reverse(name, args=[code, *more])


def text(answer):
    """What a page says, in one line."""
    return " ".join(answer.content.decode().split())


def on_hand(place, goods):
    return StockLevel.objects.filter(store=place, variant=goods).values_list("on_hand", flat=True).first() or 0


def rows(*lines):
    """The rows of a list, as its form sends them."""
    return {"sku": [sku for sku, _ in lines], "quantity": [count for _, count in lines]}


def test_a_list_grows_by_scans_and_keeps_what_was_typed(client, store, station, ana, mug, bowl):
    answer = client.post(url("add_to_transfer"), {"code": "MUG-BLUE"})
    assert answer["Location"] == f"{url('new_transfer')}?goods=MUG-BLUE~1"
    answer = client.post(url("add_to_transfer"), {**rows(("MUG-BLUE", "1")), "code": mug.gtin, "target": "station", "note": "sale"})
    assert answer["Location"] == f"{url('new_transfer')}?goods=MUG-BLUE~2&target=station&note=sale"
    answer = client.post(url("add_to_transfer"), {**rows(("MUG-BLUE", "5")), "code": "BOWL-1"})
    assert answer["Location"] == f"{url('new_transfer')}?goods=MUG-BLUE~5~BOWL-1~1"
    answer = client.post(url("add_to_transfer"), rows(("MUG-BLUE", "0"), ("BOWL-1", "2")))
    assert answer["Location"] == f"{url('new_transfer')}?goods=BOWL-1~2"
    page = client.get(f"{url('new_transfer')}?goods=MUG-BLUE~5~BOWL-1~1&target=station&note=sale")
    assert [(line.variant, line.units, free) for line, free in page.context["rows"]] == [(mug, 5, 10), (bowl, 1, 4)]
    assert '<option value="station" selected>' in text(page)
    assert not Transfer.objects.exists()


def test_what_is_unknown_or_no_number_is_said_and_nothing_is_lost(client, store, station, ana, mug):
    answer = client.post(url("add_to_transfer"), {**rows(("MUG-BLUE", "3")), "code": "NO-SUCH", "note": "sale"})
    assert (answer.status_code, "Unknown: <bdi>NO-SUCH</bdi>" in text(answer), 'value="sale"' in text(answer)) == (422, True, True)
    assert [line.units for line, _ in answer.context["rows"]] == [3]
    answer = client.post(url("add_to_transfer"), rows(("MUG-BLUE", "three")))
    assert (answer.status_code, "Use a whole number, such as 2." in text(answer), 'value="three"' in text(answer)) == (422, True, True)


@pytest.mark.parametrize("goods", ["MUG-BLUE", "A~1~B", "~".join(["A~1"] * 61)])
def test_an_address_that_is_no_list_is_refused(client, store, ana, goods):
    assert client.get(url("new_transfer"), {"goods": goods}).status_code == 400
    assert client.get(url("new_delivery"), {"goods": goods}).status_code == 400


def test_goods_are_sent_once_and_received_short(client, store, station, ana, mug, bowl):
    form = {**rows(("MUG-BLUE", "6"), ("BOWL-1", "4")), "target": "station", "key": "key-12345"}
    answers = [client.post(url("send_transfer"), form)["Location"] for _ in range(2)]
    sent = Transfer.objects.get()
    assert answers == [url("transfer", sent.number)] * 2
    assert (on_hand(store, mug), on_hand(store, bowl)) == (4, 0)
    assert sent.number in text(client.get(f"{url('transfers')}?show=sent"))
    assert "What arrived?" not in text(client.get(url("transfer", sent.number)))
    assert client.post(url("receive_transfer", sent.number), {"sku": ["MUG-BLUE"], "received": ["6"]}).status_code == 404
    client.force_login(factories.staff(station))
    assert sent.number in text(client.get(url("transfers", code="station")))
    assert "1 transfer from other stores is on the way." in text(client.get(url("stock", code="station")))
    there = url("receive_transfer", sent.number, code="station")
    for _ in range(2):
        assert client.post(there, {"sku": ["MUG-BLUE", "BOWL-1"], "received": ["5", "4"]}).status_code == 302
    assert (on_hand(station, mug), on_hand(station, bowl)) == (5, 4)
    page = text(client.get(url("transfer", sent.number, code="station")))
    assert "<b>5</b> of 6 arrived" in page
    assert "Received short" in page


@committing
def test_what_is_not_free_stays_and_the_refusal_keeps_its_numbers(client, store, station, ana, mug, bowl):
    stock.allocate(store.pk, {mug.pk: 7}, reference="fulfilment:1", by=None, at=NOON)
    form = {**rows(("MUG-BLUE", "4"), ("BOWL-1", "1")), "target": "station", "key": "key-12345"}
    answer = client.post(url("send_transfer"), form)
    assert (answer.status_code, on_hand(store, mug), on_hand(store, bowl), Transfer.objects.count()) == (409, 10, 4, 0)
    assert "Only 3 of 4 may go: the rest is promised, held or kept back." in text(answer)
    event = Event.objects.get(kind="stock.refused")
    assert (event.subject, event.by, event.data[str(mug.pk)]["wanted"], event.data[str(mug.pk)]["left"]) == ("transfer to station", ana, 4, 3)


@pytest.mark.parametrize("lacking", [{"target": ""}, {"target": "harbour"}, {"sku": [], "quantity": []}, {"key": ""}, {"quantity": ["x"]}])
def test_without_goods_or_another_store_nothing_is_sent(client, store, station, ana, mug, lacking):
    client.get(url("transfers"))
    with unchanged():
        answer = client.post(url("send_transfer"), {**rows(("MUG-BLUE", "1")), "target": "station", "key": "key-12345", **lacking})
    assert answer.status_code == 422


@committing
@pytest.mark.parametrize(
    ("received", "status", "words"),
    [("7", 409, "More than was sent cannot arrive"), ("", 422, "Say how many."), ("six", 422, "Use a whole number"), ("-1", 422, "Use a whole number")],
)
def test_what_cannot_have_arrived_is_refused(client, store, station, ana, mug, received, status, words):
    sent = transfers.send(store, station, {mug.pk: 6}, key="key-1", by=ana, at=NOON)
    client.force_login(factories.staff(station))
    client.get(url("transfers", code="station"))
    with unchanged():
        answer = client.post(url("receive_transfer", sent.number, code="station"), {"sku": ["MUG-BLUE"], "received": [received]})
    assert (answer.status_code, words in text(answer)) == (status, True)


@committing
def test_a_transfer_that_was_received_with_other_numbers_is_told(client, store, station, ana, mug):
    sent, ben = transfers.send(store, station, {mug.pk: 6}, key="key-1", by=ana, at=NOON), factories.staff(station, name="Ben Ito")
    transfers.receive(sent, received={mug.pk: 5}, by=ben, at=NOON)
    client.force_login(ben)
    answer = client.post(url("receive_transfer", sent.number, code="station"), {"sku": ["MUG-BLUE"], "received": ["6"]})
    assert (answer.status_code, "was received before by Ben Ito, with other numbers" in text(answer), on_hand(station, mug)) == (409, True, 5)


def test_other_stores_transfers_do_not_exist_here(client, store, station, ana, mug):
    sent = transfers.send(store, station, {mug.pk: 1}, key="key-1", by=ana, at=NOON)
    airport = factories.store("airport")
    client.force_login(factories.staff(airport))
    assert client.get(url("transfer", sent.number, code="airport")).status_code == 404
    assert client.get(url("transfer", sent.number)).status_code == 404
    assert client.get(f"{url('transfers', code='airport')}").context["rows"] == []


def test_what_was_sent_by_mistake_is_cancelled_by_the_sender_alone(client, store, station, ana, mug):
    sent = transfers.send(store, station, {mug.pk: 6}, key="key-1", by=ana, at=NOON)
    assert "Cancel the transfer" in text(client.get(url("transfer", sent.number)))
    client.force_login(factories.staff(station, name="Ben Ito"))
    assert "Cancel the transfer" not in text(client.get(url("transfer", sent.number, code="station")))
    assert client.post(url("cancel_transfer", sent.number, code="station")).status_code == 404
    client.force_login(ana)
    for _ in range(2):
        answer = client.post(url("cancel_transfer", sent.number), follow=True)
    assert f"{sent.number} is cancelled. What it took is in the books here again." in text(answer)
    assert "<b>6</b> sent, taken back" in text(answer)
    assert on_hand(store, mug) == 10
    assert "Cancelled by <bdi>Ana</bdi>" in text(client.get(f"{url('transfers')}?show=sent"))
    assert client.get(url("stock", code="harbour")).context["coming"] == 0


@committing
def test_what_crossed_on_the_way_is_told_at_both_ends(client, store, station, ana, mug):
    ben = factories.staff(station, name="Ben Ito")
    first = transfers.send(store, station, {mug.pk: 2}, key="key-1", by=ana, at=NOON)
    second = transfers.send(store, station, {mug.pk: 3}, key="key-2", by=ana, at=NOON)
    transfers.receive(first, received={mug.pk: 2}, by=ben, at=NOON)
    with unchanged():
        answer = client.post(url("cancel_transfer", first.number))
    assert (answer.status_code, "was received by Ben Ito at Station, so it cannot be cancelled." in text(answer)) == (409, True)
    transfers.cancel(second, by=ana, at=NOON)
    client.force_login(ben)
    client.get(url("transfers", code="station"))
    with unchanged():
        answer = client.post(url("receive_transfer", second.number, code="station"), {"sku": ["MUG-BLUE"], "received": ["3"]})
    assert answer.status_code == 409
    assert f"Harbour cancelled {second.number} (Ana Costa): the goods are in its books again. Nothing was received." in text(answer)


# Deliveries


def test_goods_without_a_paper_are_received_on_purpose_only(client, store, ana, mug):
    form = {**rows(("MUG-BLUE", "4")), "number": "", "key": "key-12345"}
    answer = client.post(url("receive_goods"), form)
    assert (answer.status_code, "Type the number on the delivery note, or say that there is none." in text(answer)) == (422, True)
    answer = client.post(url("receive_goods"), {**form, "no_paper": "on"}, follow=True)
    assert "Without a paper: 4 units are in the books." in text(answer)
    answer = client.post(url("receive_goods"), {**form, **rows(("MUG-BLUE", "6")), "no_paper": "on", "key": "key-67890"}, follow=True)
    assert "Without a paper: 6 units are many for one person and one day. A second person looks at that first." in text(answer)
    assert on_hand(store, mug) == 14
    assert "<bdi>Ana</bdi> had received 4 units of it before on that day, without anybody else." in text(client.get(url("adjustments")))
    answer = client.post(url("add_to_delivery"), {**rows(("MUG-BLUE", "6")), "code": "", "number": "", "no_paper": "on"})
    assert answer["Location"] == f"{url('new_delivery')}?goods=MUG-BLUE~6&no_paper=yes"
    assert " checked" in text(client.get(answer["Location"]))


@committing
def test_while_some_of_it_waits_the_same_goods_are_not_received_again(client, store, ana, mug):
    form = {**rows(("MUG-BLUE", "100")), "number": "D-7", "key": "key-12345"}
    client.post(url("receive_goods"), form)
    with unchanged():
        answer = client.post(url("receive_goods"), {**form, "number": "D-8", "key": "key-67890"})
    assert answer.status_code == 409
    assert f"{mug}: +100 by Ana Costa waits for a second person. Have that decided first. Nothing was changed." in text(answer)


def test_a_delivery_is_scanned_and_received_once(client, store, ana, mug, bowl):
    answer = client.post(url("add_to_delivery"), {**rows(("MUG-BLUE", "5")), "code": "BOWL-1", "number": "D-7"})
    assert answer["Location"] == f"{url('new_delivery')}?goods=MUG-BLUE~5~BOWL-1~1&number=D-7"
    form = {**rows(("MUG-BLUE", "5"), ("BOWL-1", "1")), "number": "D-7", "key": "key-12345"}
    for _ in range(2):
        answer = client.post(url("receive_goods"), form, follow=True)
    assert "Delivery D-7: 6 units are in the books." in text(answer)
    assert "From 100 units of one thing on, by one person on one day, a second person looks" in text(answer)
    assert (on_hand(store, mug), on_hand(store, bowl)) == (15, 5)


@committing
def test_the_same_paper_again_is_asked_about_first(client, store, ana, mug):
    form = {**rows(("MUG-BLUE", "5")), "number": "D-7"}
    client.post(url("receive_goods"), {**form, "key": "key-12345"})
    with unchanged():
        answer = client.post(url("receive_goods"), {**form, "key": "key-67890"})
    assert (answer.status_code, "5 units came in under this number before" in text(answer)) == (409, True)
    assert 'name="seen" value="5"' in text(answer)
    assert client.post(url("receive_goods"), {**form, "key": "key-67890", "seen": "5"}).status_code == 302
    assert on_hand(store, mug) == 20


@committing
def test_what_was_sent_before_with_other_numbers_can_be_sent_as_it_is_shown_again(client, store, station, ana, mug):
    for act, more in (("receive_goods", {"number": "D-7"}), ("send_transfer", {"target": "station"})):
        form = {**more, "key": "key-12345"}
        client.post(url(act), {**rows(("MUG-BLUE", "1")), **form})
        before = on_hand(store, mug)
        answer = client.post(url(act), {**rows(("MUG-BLUE", "2")), **form})
        assert (answer.status_code, on_hand(store, mug)) == (409, before)
        assert "was sent before with other numbers" in text(answer)
        key = answer.context["form"]["key"].value()
        assert key != "key-12345"
        assert client.post(url(act), {**rows(("MUG-BLUE", "2")), **form, "key": key, "seen": "1"}).status_code == 302
        assert abs(on_hand(store, mug) - before) == 2


@pytest.mark.parametrize("target", ["sta\x00tion", "harbour", "s" * 400])
def test_a_store_that_is_none_gets_nothing(client, store, station, ana, mug, target):
    client.get(url("new_transfer"))
    with unchanged():
        answer = client.post(url("send_transfer"), {**rows(("MUG-BLUE", "1")), "target": target, "key": "key-12345"})
    assert answer.status_code == 422


def test_a_list_that_no_address_could_carry_is_full_and_nothing_is_lost(client, store, station, ana, mug):
    long = [factories.variant(sku=f"{'LONG-' * 7}{number:04}").sku for number in range(50)]
    answer = client.post(url("add_to_delivery"), {**rows(*((sku, "1") for sku in long)), "code": "MUG-BLUE", "number": "D-7"})
    assert (answer.status_code, "The list is full." in text(answer), len(answer.context["rows"])) == (409, True, 51)
    noted = {**rows(("MUG-BLUE", "1")), "code": "", "target": "station", "note": "棚" * 200}
    assert client.get(client.post(url("add_to_transfer"), noted)["Location"]).status_code == 200
    answer = client.post(url("add_to_transfer"), {**noted, **rows(*((sku, "1") for sku in long[:9]))})
    assert (answer.status_code, "A shorter note makes room" in text(answer), "棚" * 200 in text(answer)) == (409, True, True)


@pytest.mark.parametrize("lacking", [{"number": ""}, {"sku": [], "quantity": []}, {"quantity": ["0"]}, {"quantity": ["1", "2"]}])
def test_without_a_number_or_goods_nothing_is_received(client, store, ana, mug, lacking):
    client.get(url("new_delivery"))
    with unchanged():
        answer = client.post(url("receive_goods"), {**rows(("MUG-BLUE", "1")), "number": "D-7", "key": "key-12345", **lacking})
    assert answer.status_code in (400, 422)
