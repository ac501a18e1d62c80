"""The staff's pages of parcels: the board, one parcel from packing to the door, and what is printed."""

from html import unescape

import pytest
from django.urls import reverse

from omo.models import Event
from orders import delivery, parcels
from orders.models import Carrier, Fulfilment, Order
from tests import factories
from tests.factories import NOON
from tests.orders import delivering
from tests.unchanged import unchanged

pytestmark = pytest.mark.django_db
State = Fulfilment.State


class Floor:
    """A store that delivers, Ana at its tablet, and a paid order of two mugs."""

    def __init__(self, client) -> None:
        self.harbour = delivering.sender()
        self.ana = factories.staff(self.harbour)
        self.mug = factories.stocked(self.harbour, price=1250)
        factories.label(self.harbour, self.mug, shelf="B4")
        self.order = delivering.order((self.mug, 2), at=NOON)
        self.client = client
        client.force_login(self.ana)

    @property
    def parcel(self) -> Fulfilment:
        return delivering.parcel_of(self.order)

    def url(self, name: str = "parcel", *more: object) -> str:
        return reverse(name, args=[self.harbour.code, self.order.number, *more])

    def page(self, name: str = "parcel") -> str:
        answer = self.client.get(self.url(name))
        assert answer.status_code == 200
        return unescape(answer.content.decode())

    def post(self, name: str, *more: object, **data: object):
        return self.client.post(self.url(name, *more), data)

    def board(self) -> str:
        return unescape(self.client.get(reverse("parcels", args=[self.harbour.code])).content.decode())


@pytest.fixture
def floor(client) -> Floor:
    return Floor(client)


def test_a_parcel_goes_from_the_board_to_the_door(floor):
    assert "Marta Lindqvist" in floor.board()
    assert floor.post("start_packing").url == floor.url()
    assert "B4" in floor.page()
    assert '<h2 id="about">Packing</h2>' in floor.page()
    line = floor.parcel.lines.get()
    assert floor.post("pick_for_parcel", line.pk, picked=2).url == floor.url() + "#picks"
    assert "2 of 2 in the parcel" in floor.page()
    assert floor.post("mark_packed").url == floor.url()
    assert "Packed. Ship it" in floor.page()
    sent = floor.post("ship", carrier=delivering.carrier().pk, tracking=" gv 123 ")
    assert sent.url == reverse("parcels", args=["harbour"])
    assert f"{floor.order.number} is on its way with Green Van. The customer is told." in floor.board()
    assert (floor.parcel.state, floor.parcel.delivery.tracking) == (State.SHIPPED, "GV123")
    assert 'href="https://track.example/GV123"' in floor.page()
    floor.post("deliver", note="The neighbour")
    assert floor.parcel.state == State.DELIVERED
    assert "Delivered" in floor.page()
    assert "<dt>Taken in by</dt><dd><bdi>The neighbour</bdi></dd>" in floor.page()
    assert floor.order.number not in floor.board()


def test_a_parcel_that_came_back_is_sent_again_or_taken_back(floor):
    delivering.shipped(floor.parcel, floor.ana)
    floor.post("fail", reason="Nobody was at home")
    assert "Nobody was at home. Tried 1 time." in floor.board()
    floor.post("send_again", carrier=delivering.carrier().pk, tracking="GV-2")
    assert (floor.parcel.state, floor.parcel.delivery.tracking) == (State.SHIPPED, "GV-2")
    floor.post("fail", reason="It was refused at the door")
    floor.post("take_back")
    assert floor.parcel.state == State.CANCELLED
    assert "Cancelled" in floor.page()


def test_an_empty_board_teaches_what_will_be_here(client):
    place = factories.store()
    client.force_login(factories.staff(place))
    page = client.get(reverse("parcels", args=["harbour"])).content.decode()
    assert "Harbour sends no parcels." in page
    assert "There is no carrier yet." in page
    assert "Orders that go home with a carrier come here" in page


def test_the_board_is_quiet_while_nothing_moves(floor):
    page = floor.board()
    version = page.split('data-poll-version="')[1].split('"')[0]
    live = reverse("parcels_live", args=["harbour"])
    assert floor.client.get(live, {"v": version}).status_code == 204
    delivery.start_packing(floor.parcel, by=floor.ana, at=NOON)
    moved = floor.client.get(live, {"v": version})
    assert moved.status_code == 200
    assert "Ana packs it since" in moved.content.decode()


def test_what_waits_for_its_payment_is_not_on_the_board_and_not_packed(floor):
    Fulfilment.objects.update(awaits_payment=True)
    assert floor.order.number not in floor.board()
    assert "The order waits for its payment." in floor.page()
    with unchanged():
        answer = floor.post("start_packing")
    assert answer.status_code == 409
    assert "The order is not paid yet." in answer.content.decode()


# Slips


def test_a_repeat_opens_the_same_page_again_and_a_colleague_is_told_who_was_faster(floor):
    floor.post("start_packing")
    with unchanged():
        assert floor.post("start_packing").url == floor.url()
    floor.client.force_login(factories.staff(floor.harbour, name="Ben Kelly"))
    with unchanged():
        answer = floor.post("start_packing")
    assert answer.status_code == 409
    assert f"Ana was faster: {floor.order.number} is being packed now." in answer.content.decode()


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("pick_for_parcel", {"picked": "many"}, "Use a whole number"),
        ("pick_for_parcel", {"picked": "3"}, "go with this parcel."),
        ("ship", {}, "Choose the carrier."),
        ("ship", {"carrier": "999"}, "This carrier is not in use any more."),
        ("ship", {"carrier": "1", "tracking": "a?"}, "Use the number on the carrier's label"),
        ("fail", {}, "Say why it came back."),
        ("fail", {"reason": "I do not like it"}, "Choose one of the reasons."),
        ("deliver", {"note": "x" * 101}, "at most 100 characters"),
        ("send_again", {"carrier": "x"}, "This carrier is not in use any more."),
    ],
)
def test_bad_input_is_said_and_changes_nothing(floor, name, data, words):
    delivery.start_packing(floor.parcel, by=floor.ana, at=NOON)
    more = [floor.parcel.lines.get().pk] if name == "pick_for_parcel" else []
    with unchanged():
        answer = floor.post(name, *more, **data)
    assert answer.status_code == 422
    if name not in ("fail", "deliver", "send_again"):  # their forms are shown in the state in which they can be sent
        assert words in unescape(answer.content.decode()) or name == "ship"


def test_a_parcel_leaves_without_a_number(floor):
    delivering.packed(floor.parcel, floor.ana)
    floor.post("ship", carrier=delivering.carrier().pk, tracking="")
    assert (floor.parcel.state, floor.parcel.delivery.tracking) == (State.SHIPPED, "")


def test_our_own_label_is_no_tracking_number(floor):
    delivering.packed(floor.parcel, floor.ana)
    with unchanged():
        answer = floor.post("ship", carrier=delivering.carrier().pk, tracking=parcels.label_text(floor.parcel))
    assert answer.status_code == 422
    assert "This is our own label. Scan the carrier's." in unescape(answer.content.decode())


@pytest.mark.django_db(transaction=True)
def test_a_number_that_another_parcel_has_is_said_beside_it(floor):
    other = delivering.order((floor.mug, 1))
    delivering.shipped(delivering.parcel_of(other), floor.ana, tracking="GV-1")
    delivering.packed(floor.parcel, floor.ana)
    with unchanged():
        answer = floor.post("ship", carrier=delivering.carrier().pk, tracking="GV-1")
    assert answer.status_code == 409
    assert "Another parcel of Green Van has this number." in answer.content.decode()


def test_packed_is_undone_and_what_lacks_is_named(floor):
    delivery.start_packing(floor.parcel, by=floor.ana, at=NOON)
    with unchanged():
        lacking = floor.post("mark_packed")
    assert "2 items not ticked yet." in lacking.content.decode()
    delivery.pick(floor.parcel.lines.get(), picked=2, by=floor.ana, at=NOON)
    floor.post("mark_packed")
    floor.post("undo_packed")
    assert floor.parcel.state == State.PICKING
    assert [event.by for event in Event.objects.filter(kind="delivery.packed_undone")] == [floor.ana]


# Print


def test_the_packing_slip_has_the_goods_and_the_label_the_address(floor):
    slip = floor.page("parcel_slip")
    for words in (floor.order.number, "B4", floor.mug.sku, "DUBLIN", "Standard, promised by Thursday 26 November"):
        assert words in slip, words
    label = floor.page("parcel_label")
    for words in ("7 Herring Lane", "Flat 3", "D08 XY12", "IRELAND", "Ring twice", floor.parcel.public_id, 'class="qr"', "+353 1 555 0100"):
        assert words in label, words
    assert "€" not in slip + label  # a present may be in it


# Scans


def scan(floor, code: str):
    return floor.client.get(reverse("scan_code", args=["harbour"]), {"code": code})


def test_a_label_scanned_anywhere_opens_its_parcel(floor):
    for code in (parcels.label_text(floor.parcel), floor.parcel.public_id, floor.order.number):
        assert scan(floor, code).url == floor.url(), code


def test_a_label_of_another_store_says_where_it_belongs(floor):
    station = delivering.sender("station")
    bowl = factories.stocked(station, 3)
    theirs = delivering.parcel_of(delivering.order((bowl, 1)))
    answer = scan(floor, parcels.label_text(theirs))
    assert "This parcel goes out from <b>Station</b>." in answer.content.decode()
    assert theirs.order.number not in answer.content.decode()


def test_a_forged_label_opens_nothing(floor):
    answer = scan(floor, f"{floor.parcel.public_id}.ABCDEFGHJKMNPQRS")
    assert answer.status_code == 200
    assert floor.order.number not in answer.content.decode()


def test_a_parcel_of_another_store_does_not_exist_here(floor):
    station = delivering.sender("station")
    theirs = delivering.order((factories.stocked(station, 3), 1))
    assert floor.client.get(reverse("parcel", args=["harbour", theirs.number])).status_code == 404
    assert Order.objects.count() == 2


def test_the_board_asks_the_same_however_many_parcels_there_are(floor, django_assert_max_num_queries):
    for _ in range(4):
        delivering.order((floor.mug, 1))
    floor.client.get(reverse("parcels", args=["harbour"]))
    delivery.start_packing(floor.parcel, by=floor.ana, at=NOON)
    with django_assert_max_num_queries(8):
        floor.client.get(reverse("parcels", args=["harbour"]))
    assert Carrier.objects.count() == 1
