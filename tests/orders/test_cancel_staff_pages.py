"""Pages on which staff change, cancel, expire, open again and put back; what is refused says why and changes nothing."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.urls import reverse

from orders import cancellation, keeping, pickup_codes
from orders.models import Order
from tests import factories
from tests.factories import NOON
from tests.unchanged import unchanged

pytestmark = pytest.mark.django_db
WEDNESDAY_TEN = datetime(2026, 11, 25, 10, tzinfo=UTC)
SATURDAY_NINE = datetime(2026, 11, 28, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def at_noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def desk(client, world):
    """A tablet in the store."""
    client.force_login(world.ana)
    return client


def here(world, name: str) -> str:
    return reverse(name, args=["harbour", world.pickup.pk])


def text(answer) -> str:
    return " ".join(answer.content.decode().split())


def test_staff_read_what_becomes_of_the_customers_money(desk, ready):
    assert "Nothing goes back, and nothing is to pay." in text(desk.get(here(ready, "staff_change")))
    ready.pay()
    assert "goes back to the customer, the way it was paid." in text(desk.get(here(ready, "staff_change")))


def test_staff_cancel_with_a_reason_and_put_the_bag_back(desk, ready):
    assert here(ready, "staff_change") in text(desk.get(reverse("pickup", args=["harbour", ready.order.number])))
    with unchanged():
        assert desk.post(here(ready, "staff_cancel"), {"all-reason": ""}).status_code == 422
    answer = desk.post(here(ready, "staff_cancel"), {"all-reason": "The mug is broken"}, follow=True)
    assert "is cancelled. The customer is told. Its goods are to be put back." in text(answer)
    assert "The mug is broken" in text(answer)
    assert (ready.pickup.state, ready.pickup.cancel_reason) == ("cancelled", "The mug is broken")
    page = text(desk.get(reverse("put_back", args=["harbour"])))
    assert "R-14" in page
    assert "2 × Low tide mug" in page
    assert f'href="{reverse("put_back", args=["harbour"])}">1 to put back</a>' in text(desk.get(reverse("queue", args=["harbour"])))
    answer = desk.post(here(ready, "put_back_part"), follow=True)
    assert f"{ready.order.number} is put back." in text(answer)
    assert "Nothing is to be put back." in text(answer)
    with unchanged():
        assert "is to be put back" in text(desk.post(here(ready, "put_back_part"), follow=True))


def test_staff_take_units_off_with_a_reason(desk, ready):
    first, second = ready.pickup.lines.order_by("id")
    data = {f"keep_{first.pk}": "1", f"keep_{second.pk}": "1"}
    with unchanged():
        assert desk.post(here(ready, "staff_take_off"), data).status_code == 422
    answer = desk.post(here(ready, "staff_take_off"), {**data, "lines-reason": "One has a crack"}, follow=True)
    assert "The customer is told. Take them out of the bag." in text(answer)
    assert Order.objects.get().cancelled_total == 1250


def test_staff_move_a_pickup_with_a_reason(desk, world):
    with unchanged():
        assert desk.post(here(world, "staff_move_window"), {"slot": WEDNESDAY_TEN.isoformat()}).status_code == 422
    answer = desk.post(here(world, "staff_move_window"), {"slot": WEDNESDAY_TEN.isoformat(), "reason": "The van broke down"}, follow=True)
    assert "is moved to tomorrow" in text(answer)
    assert world.pickup.due_at == WEDNESDAY_TEN


def test_what_is_over_is_not_cancelled_by_staff(desk, world):
    cancellation.cancel_fulfilment(world.pickup, reason="", cause="customer", by=world.marta, at=NOON)
    with unchanged():
        answer = desk.post(here(world, "staff_cancel"), {"all-reason": "Gone"})
    assert (answer.status_code, "It is cancelled now. Nothing was changed." in text(answer)) == (409, True)


def test_an_expired_pickup_is_a_problem_with_two_ways_out(desk, ready):
    with time_machine.travel(SATURDAY_NINE, tick=False):
        page = reverse("pickup", args=["harbour", ready.order.number])
        desk.force_login(ready.ana)
        assert "Expire it, and put it back" in text(desk.get(page))
        assert "is expired. The customer is told." in text(desk.post(here(ready, "expire"), follow=True))
        lanes = text(desk.get(reverse("queue", args=["harbour"])))
        assert "Nobody came. Put it back, or open it again for the customer." in lanes
        answer = text(desk.get(reverse("scan_code", args=["harbour"]), {"code": pickup_codes.six_digits(ready.pickup)}))
        assert "Open it again before you hand it over." in answer
        assert here(ready, "reopen") in answer
        assert "waits again until closing time." in text(desk.post(here(ready, "reopen"), follow=True))
        assert ready.pickup.state == "ready"
        with unchanged():
            assert "has not expired" in text(desk.post(here(ready, "reopen"), follow=True))


@pytest.mark.django_db(transaction=True)
def test_goods_promised_to_others_are_not_handed_over_after_all(desk, ready):
    with time_machine.travel(SATURDAY_NINE, tick=False):
        desk.force_login(ready.ana)
        keeping.expire(ready.pickup, by=ready.ana, at=SATURDAY_NINE)
        mug = ready.pickup.lines.first().variant
        factories.order(ready.harbour, (mug, 9), at=SATURDAY_NINE)
        with unchanged(noting="stock.refused"):
            answer = desk.post(here(ready, "reopen"), follow=True)
        assert "Others were promised the goods meanwhile" in text(answer)


def test_nothing_expires_before_its_hold_has_ended(desk, ready):
    with unchanged():
        assert "its hold has not ended. Nothing was changed." in text(desk.post(here(ready, "expire"), follow=True))


def test_another_stores_parts_do_not_exist_here(client, world):
    client.force_login(factories.staff(factories.store("station")))
    for name in ("staff_cancel", "expire", "reopen", "put_back_part"):
        assert client.post(here(world, name), {"all-reason": "x"}).status_code == 404
        assert client.post(reverse(name, args=["station", world.pickup.pk]), {"all-reason": "x"}).status_code == 404
    assert world.pickup.state == "placed"
