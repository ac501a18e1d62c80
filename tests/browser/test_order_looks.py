"""The pages after the order in Chromium: every state of a pickup, of a parcel and of both together, the pass, the receipt, and what staff see."""

from datetime import time, timedelta

import pytest
from django.utils import timezone

from orders import arrivals, cancellation, proxies
from orders.cancellation import Cause
from orders.models import Fulfilment
from stores.models import OpeningHours, Store
from tests import factories
from tests.browser import looks, shop_floor
from tests.orders import delivering, mixed, paying


@pytest.fixture
def inspector(device, watch):
    """Makes inspectors, and asserts at the end that they found nothing."""
    made = []
    watch.allow("status of (404|409|422|400|403)")

    def make(user=None) -> looks.Inspector:
        made.append(looks.Inspector(device("phone", user=user)))
        return made[-1]

    yield make
    faults = [fault for inspector in made for fault in inspector.faults]
    assert faults == [], "\n".join(["", *faults])


@pytest.fixture
def shop():
    """The shop on a working day, with places on the map and parking bays, and stores that are open whenever this runs."""
    made = shop_floor.working_day()
    OpeningHours.objects.update(opens=time(0, 1), closes=time(23, 59))
    Store.objects.filter(code="harbour").update(latitude="53.349800", longitude="-6.260300", bays=4)
    return made


def test_pages_of_an_order_in_several_parts(inspector, shop):
    marta = inspector(shop.marta)
    order = mixed.order(shop.harbour, shop.garden, owner=shop.marta, at=shop.at)
    marta.see("order-mixed", f"/orders/{order.number}/")
    cancellation.cancel_fulfilment(mixed.parts(order)[1], reason="The bowl broke.", cause=Cause.STORE, by=shop.tom, at=shop.at)
    marta.see("order-mixed-cancelled", f"/orders/{order.number}/")
    marta.see("order-receipt", f"/orders/{order.number}/receipt/")
    marta.see("order-receipt-roll", f"/orders/{order.number}/receipt/?paper=roll")
    waits = mixed.order(shop.harbour, owner=shop.marta, paid=False, at=shop.at)
    marta.see("order-mixed-unpaid", f"/orders/{waits.number}/")
    alone = paying.online(shop.harbour, by=shop.marta, at=shop.at)
    marta.see("order-unpaid", f"/orders/{alone.number}/")


def test_pages_of_a_parcel(inspector, shop):
    delivering.option()
    depot = delivering.sender("depot")
    marta, packer = inspector(shop.marta), factories.staff(depot)
    order = delivering.order((factories.stocked(depot, 5), 2), owner=shop.marta, at=shop.at)
    marta.see("order-parcel-placed", f"/orders/{order.number}/")
    delivering.shipped(delivering.parcel_of(order), packer, tracking="GV-4711-AB", at=shop.at)
    marta.see("order-parcel-shipped", f"/orders/{order.number}/")
    Fulfilment.objects.filter(order=order).update(state="failed")
    marta.see("order-parcel-failed", f"/orders/{order.number}/")


def test_pages_of_collecting(inspector, shop):
    marta, ana, ben = inspector(shop.marta), inspector(shop.ana), inspector()
    bag, at = shop.pickup("ready"), timezone.now()
    order = f"/orders/{bag.order.number}/"
    marta.see("order-ready-bays", order)
    marta.see("proxy", f"{order}{bag.pk}/proxy/")
    made = proxies.name_proxy(bag, name="Ben Kelly", by=shop.marta, at=at)
    marta.see("proxy-named", f"{order}{bag.pk}/proxy/")
    address = f"/pass/{made.public_id}/{proxies.page_token(made)}/"
    ben.see("pass", address)
    ana.see("answer-pass", f"/staff/harbour/scan/?code={proxies.qr_text(made)}")
    arrivals.set_out(bag, by=shop.marta, at=at - timedelta(minutes=12))
    marta.see("order-on-my-way", order)
    arrivals.arrive(bag, bay=3, by=shop.marta, at=at)
    marta.see("order-here", order)
    ana.see("staff-queue-here", "/staff/harbour/queue/")
    ana.see("answer-here", f"/staff/harbour/scan/?code={bag.order.number}")
    proxies.revoke_proxy(bag, by=shop.marta, at=at)
    ben.see("pass-taken-back", address)
    ana.see("answer-pass-taken-back", f"/staff/harbour/scan/?code={proxies.qr_text(made)}")


def test_a_pass_is_shared_by_the_phones_own_list_or_copied(device, shop):
    bag = shop.pickup("ready")
    made = proxies.name_proxy(bag, name="Ben Kelly", by=shop.marta, at=timezone.now())
    page, address = device("phone", user=shop.marta), f"/pass/{made.public_id}/{proxies.page_token(made)}/"
    page.goto(f"/orders/{bag.order.number}/{bag.pk}/proxy/")
    assert page.get_by_role("link", name=address).is_visible()
    assert page.get_by_role("button", name="Copy the address").is_visible()
    assert not page.get_by_role("button", name="Share the pass").is_visible()  # this browser has no such list
    page.add_init_script("navigator.share = (what) => { window.shared = what; return Promise.resolve(); }")
    page.reload()
    page.get_by_role("button", name="Share the pass").click()
    assert page.evaluate("window.shared.url").endswith(address)
