"""Handing parcels off to a courier: scanned into a list that lives in the address, taken together, printed twice."""

from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse

from orders import parcels
from orders.models import Fulfilment, HandOff, Order
from tests import factories
from tests.orders import delivering
from tests.unchanged import unchanged

pytestmark = pytest.mark.django_db


class Floor:
    """Ana at the tablet of a store, with two packed parcels and one that is not."""

    def __init__(self, client) -> None:
        self.harbour, self.client = delivering.sender(), client
        self.ana = factories.staff(self.harbour)
        mug = factories.stocked(self.harbour, 20)
        self.van = delivering.carrier()
        self.one, self.two, self.open = (delivering.parcel_of(delivering.order((mug, 1))) for _ in range(3))
        for parcel in (self.one, self.two):
            delivering.packed(parcel, self.ana)
        client.force_login(self.ana)

    def scan(self, code: str, **rows: list[str]):
        return self.client.post(reverse("add_to_hand_off", args=["harbour"]), {"code": code, "carrier": self.van.pk, "courier": "Joe", **rows})

    def hand_off(self, *listed: tuple[Fulfilment, str], **data: object):
        rows = {"parcel": [parcel.public_id for parcel, _ in listed], "tracking": [number for _, number in listed]}
        return self.client.post(reverse("hand_off", args=["harbour"]), {"carrier": self.van.pk, "courier": "Joe Bloggs", **rows, **data})


@pytest.fixture
def floor(client) -> Floor:
    return Floor(client)


def query(answer) -> dict[str, list[str]]:
    return parse_qs(urlsplit(answer.url).query)


def test_each_scan_adds_a_parcel_or_its_number(floor):
    with unchanged():
        first = floor.scan(parcels.label_text(floor.one))
        assert query(first) == {"list": [f"{floor.one.public_id}~"], "carrier": [str(floor.van.pk)], "courier": ["Joe"]}
        page = unescape(floor.client.get(first.url).content.decode())
        assert "1 parcel" in page
        assert "1 packed here and not on the list" in page
        number = floor.scan("gv 7", parcel=[floor.one.public_id], tracking=[""])
        assert query(number)["list"] == [f"{floor.one.public_id}~GV7"]
        again = floor.scan(parcels.label_text(floor.one), parcel=[floor.one.public_id], tracking=["GV7"])
        assert query(again)["list"] == [f"{floor.one.public_id}~GV7"]
        second = floor.scan(parcels.label_text(floor.two), parcel=[floor.one.public_id], tracking=["GV7"])
        assert query(second)["list"] == [f"{floor.one.public_id}~GV7~{floor.two.public_id}~"]


def test_what_is_no_packed_parcel_of_this_store_is_said(floor):
    with unchanged():
        for code, words in (
            (parcels.label_text(floor.open), f"{floor.open.order.number} is not packed here. Nothing was added."),
            ("5099999000001", "“5099999000001” is no label of a parcel."),
        ):
            answer = floor.scan(code)
            assert answer.status_code == 422
            assert words in unescape(answer.content.decode())


def test_each_parcel_says_its_carrier_and_another_one_is_warned_of(floor):
    blue = delivering.carrier("Blue Bike")
    listed = {"list": f"{floor.one.public_id}~~{floor.two.public_id}~"}
    page = unescape(floor.client.get(reverse("new_hand_off", args=["harbour"]), listed).content.decode())
    assert page.count("</bdi> · Green Van</span>") == 2
    assert "It was to go with" not in page
    page = unescape(floor.client.get(reverse("new_hand_off", args=["harbour"]), {**listed, "carrier": blue.pk}).content.decode())
    assert page.count("It was to go with Green Van, not with Blue Bike.") == 2


def test_the_code_of_a_hand_off_opens_its_list_at_its_store(floor, client):
    floor.hand_off((floor.one, ""))
    code = HandOff.objects.get().code
    with unchanged():
        answer = floor.client.get(reverse("scan_code", args=["harbour"]), {"code": f" {code.lower()} "})
    assert answer.url == reverse("hand_off_list", args=["harbour", code])
    client.force_login(factories.staff(factories.store("airport")))
    assert client.get(reverse("scan_code", args=["airport"]), {"code": code}).status_code == 200


def test_a_parcel_is_taken_off_the_list(floor):
    answer = floor.scan("", parcel=[floor.one.public_id, floor.two.public_id], tracking=["GV1", ""], off=floor.one.public_id)
    assert query(answer)["list"] == [f"{floor.two.public_id}~"]


def test_all_that_is_packed_is_added_at_once(floor):
    page = unescape(floor.client.get(reverse("new_hand_off", args=["harbour"])).content.decode())
    assert "Add all 2" in page
    assert f"list={floor.one.public_id}~~{floor.two.public_id}~" in page.replace("%7E", "~")


def test_the_courier_takes_the_list_and_both_sides_have_the_code(floor):
    answer = floor.hand_off((floor.one, "GV1"), (floor.two, ""))
    made = HandOff.objects.get()
    assert answer.url == reverse("hand_off_list", args=["harbour", made.code])
    assert set(Fulfilment.objects.filter(delivery__hand_off=made).values_list("state", flat=True)) == {"shipped"}
    page = unescape(floor.client.get(answer.url).content.decode())
    assert page.count(f'class="number">{made.code}<') == 2
    for words in ("Copy for <b>Harbour</b>", "Copy for <b>Green Van</b>", "Joe Bloggs", floor.one.order.number, floor.two.order.number, "GV1"):
        assert words in page, words


@pytest.mark.django_db(transaction=True)
def test_a_list_that_is_sent_twice_leaves_once(floor):
    first = floor.hand_off((floor.one, "GV1"), (floor.two, ""))
    with unchanged():
        assert floor.hand_off((floor.one, "GV1"), (floor.two, "")).url == first.url


@pytest.mark.parametrize(
    ("data", "words"), [({"courier": ""}, "Ask for the courier's name."), ({"carrier": ""}, "Choose the carrier."), ({"tracking": "?"}, "Use the number")]
)
def test_a_list_with_faults_leaves_nothing(floor, data, words):
    with unchanged():
        answer = floor.hand_off((floor.one, ""), **data)
    assert answer.status_code == 422
    assert words in unescape(answer.content.decode())


@pytest.mark.django_db(transaction=True)
def test_an_empty_list_and_a_parcel_that_left_before_are_refused(floor):
    with unchanged():
        assert "Scan at least one parcel." in floor.hand_off().content.decode()
        answer = floor.hand_off((floor.one, ""), (floor.open, ""))
    assert answer.status_code == 409
    assert f"{floor.open.order.number} is placed now. Take it off the list; nothing left yet." in answer.content.decode()


@pytest.mark.django_db(transaction=True)
def test_two_parcels_with_one_number_and_an_unpaid_one_stay(floor):
    with unchanged():
        answer = floor.hand_off((floor.one, "GV1"), (floor.two, "GV1"))
    assert answer.status_code == 409
    assert "Another parcel of Green Van has this number." in answer.content.decode()
    Order.objects.filter(pk=floor.two.order_id).update(payment_state="unpaid")
    with unchanged():
        answer = floor.hand_off((floor.one, "GV1"), (floor.two, "GV2"))
    assert f"{floor.two.order.number} is not paid yet. Take it off the list." in answer.content.decode()


@pytest.mark.parametrize("listed", ["A", "A~B~C", "~".join("AB" * 25)])
def test_an_address_that_is_no_list_is_refused(floor, listed):
    assert floor.client.get(reverse("new_hand_off", args=["harbour"]), {"list": listed}).status_code == 400


def test_a_hand_off_of_another_store_does_not_exist_here(floor):
    floor.hand_off((floor.one, ""))
    station = factories.store("station")
    floor.client.force_login(factories.staff(station))
    assert floor.client.get(reverse("hand_off_list", args=["station", HandOff.objects.get().code])).status_code == 404
