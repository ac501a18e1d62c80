"""Flows of parcels: steps in the wrong order or twice, and numbers that another parcel has; and of goods between stores."""

from typing import Any

from orders.models import Delivery, Fulfilment
from stores import transfers
from tests.cases.browser import Answer, Browser
from tests.cases.scripts import Scripts
from tests.cases.trial import Trial
from tests.cases.world import World
from tests.orders import delivering

State = Fulfilment.State


def register(script: Scripts) -> None:
    """Add these scripts to those of the surface."""
    script("cancel", "transfer", "twice|again|double|repeat")(cancel_transfer_twice)
    script("cancel", "transfer")(cancel_received_transfer)
    script("receive", "transfer", "twice|again|double|repeat|cancelled")(receive_cancelled_transfer)
    script("tracking", "twice|same|another|taken|duplicate")(same_tracking)
    script("ship|hand.?off|parcel", "twice|again|double|repeat")(ship_twice)
    script("ship|hand.?off", "before pack|unpacked|not packed|early")(ship_too_early)
    script("deliver|arriv", "before|not shipped|early|unshipped")(deliver_too_early)
    script("take.?back|sent back|came back", "delivered|twice|not failed|before")(take_back_delivered)
    script("arriv|here|bay|on (my|the) way", "before|not ready|early|unready")(arrive_too_early)


def same_tracking(trial: Trial, world: World) -> None:
    """Ship a parcel under the number of another one of the same carrier."""
    staff, carrier = trial.browser().sign_in(world.ana), delivering.carrier()
    delivering.shipped(world.parcel(), world.ana, tracking="GV-7", at=world.at)
    packed = delivering.packed(world.parcel(), world.ana, at=world.at)
    trial.fields = {"tracking"}
    trial.answer = _post(trial, staff, _path(world, packed, "ship/"), {"carrier": str(carrier.pk), "tracking": "gv-7"})
    assert Delivery.objects.filter(tracking="GV-7").count() == 1


def ship_twice(trial: Trial, world: World) -> None:
    """Press 'ship' twice: the parcel leaves once."""
    staff, packed = trial.browser().sign_in(world.ana), delivering.packed(world.parcel(), world.ana, at=world.at)
    fields = {"carrier": str(delivering.carrier().pk), "tracking": ""}
    trial.first = staff.post(_path(world, packed, "ship/"), {**fields, "csrfmiddlewaretoken": staff.csrf})
    assert trial.first.status == 302
    trial.answer = _post(trial, staff, _path(world, packed, "ship/"), fields)


def ship_too_early(trial: Trial, world: World) -> None:
    """Ship, and hand off to a courier, what nobody has packed."""
    staff, parcel, carrier = trial.browser().sign_in(world.ana), world.parcel(), str(delivering.carrier().pk)
    trial.answer = _post(trial, staff, _path(world, parcel, "ship/"), {"carrier": carrier, "tracking": "GV-9"})
    assert trial.answer.status == 409
    fields = {"parcel": parcel.public_id, "tracking": "", "carrier": carrier, "courier": "Joe", "csrfmiddlewaretoken": staff.cookie}
    trial.answer = staff.post(f"/staff/{world.store.code}/hand-offs/hand-off/", fields)


def deliver_too_early(trial: Trial, world: World) -> None:
    """Say that the customer has a parcel that did not leave, or that it came back."""
    staff, parcel = trial.browser().sign_in(world.ana), world.parcel()
    trial.answer = _post(trial, staff, _path(world, parcel, "fail/"), {"reason": "Nobody was at home"})
    assert trial.answer.status == 409
    trial.answer = staff.post(_path(world, parcel, "deliver/"), {"note": "", "csrfmiddlewaretoken": staff.cookie})


def take_back_delivered(trial: Trial, world: World) -> None:
    """Take back what the customer has: goods and money stay where they are."""
    staff, sent = trial.browser().sign_in(world.ana), delivering.shipped(world.parcel(), world.ana, tracking="", at=world.at)
    assert staff.post(_path(world, sent, "deliver/"), {"note": "", "csrfmiddlewaretoken": staff.csrf}).status == 302
    trial.answer = _post(trial, staff, _path(world, sent, "take-back/"), {})
    assert Fulfilment.objects.get(pk=sent.pk).state == State.DELIVERED


def arrive_too_early(trial: Trial, world: World) -> None:
    """Say 'I am here' before the order is ready: nobody is told, and the page says so."""
    browser, part = trial.browser().sign_in(world.alice), world.part_of(world.order(owner=world.alice))
    path = f"/orders/{part.order.number}/{part.pk}/"
    _post(trial, browser, f"{path}set-out/", {})
    told = browser.post(f"{path}arrive/", {"bay": "", "csrfmiddlewaretoken": browser.cookie})
    trial.answer = browser.get(told.location.partition("#")[0])
    trial.said = "nobody was told" if "nobody was told" in trial.answer.text else ""


def cancel_transfer_twice(trial: Trial, world: World) -> None:
    """Cancel a transfer twice: the goods are in the books again once."""
    staff = trial.browser().sign_in(world.ana)
    sent = transfers.send(world.store, world.other_store, {world.coat.pk: 2}, key="case-twice", by=world.ana, at=world.at)
    path = f"/staff/{world.store.code}/stock/transfers/{sent.number}/cancel/"
    trial.first = staff.post(path, {"csrfmiddlewaretoken": staff.csrf})
    assert trial.first.status == 302
    trial.answer = _post(trial, staff, path, {})


def cancel_received_transfer(trial: Trial, world: World) -> None:
    """Cancel a transfer that the other store has received."""
    staff = trial.browser().sign_in(world.ana)
    sent = transfers.send(world.store, world.other_store, {world.coat.pk: 2}, key="case-received", by=world.ana, at=world.at)
    transfers.receive(sent, received={world.coat.pk: 2}, by=world.ben, at=world.at)
    trial.answer = _post(trial, staff, f"/staff/{world.store.code}/stock/transfers/{sent.number}/cancel/", {})


def receive_cancelled_transfer(trial: Trial, world: World) -> None:
    """Receive what its sender has taken back."""
    staff = trial.browser().sign_in(world.ben)
    sent = transfers.send(world.store, world.other_store, {world.coat.pk: 2}, key="case-cancelled", by=world.ana, at=world.at)
    transfers.cancel(sent, by=world.ana, at=world.at)
    fields = {"sku": world.coat.sku, "received": "2"}
    trial.answer = _post(trial, staff, f"/staff/{world.other_store.code}/stock/transfers/{sent.number}/receive/", fields)


def _path(world: World, parcel: Fulfilment, step: str) -> str:
    return f"/staff/{world.store.code}/parcels/{parcel.order.number}/{step}"


def _post(trial: Trial, browser: Browser, path: str, fields: dict[str, Any]) -> Answer:
    token = browser.csrf
    trial.begin()
    return browser.post(path, {**fields, "csrfmiddlewaretoken": token})
