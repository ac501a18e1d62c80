"""Flows of orders that are changed or cancelled, by the customer and by the store: too late, twice, or more than there is."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.utils import timezone

from orders import cancellation, keeping, pickup, proxies
from orders.models import Fulfilment, Refund
from stores.models import SlotBooking, StockLevel, Store
from tests import factories as make
from tests.cases.browser import Answer, Browser
from tests.cases.scripts import Scripts
from tests.cases.trial import Trial
from tests.cases.world import World
from tests.orders import delivering

State = Fulfilment.State
CANCEL = {"what": "part"}


def register(script: Scripts) -> None:
    """Add these scripts to those of the surface."""
    script("cancel", "twice|again|two parallel|double|repeat", "staff|store")(store_cancels_twice)
    script("cancel", "twice|again|two parallel|double|repeat")(cancel_twice)
    script("cancel", "other customer|another customer|of b|somebody else")(cancel_of_another)
    for words, name, prepare in (
        ("collected|picked.up|handed over", "cancel_after_collected", _collected),
        ("shipp|on its way|delivered|parcel (left|is out)", "cancel_after_shipped", _shipped),
        ("ready|packed", "cancel_after_ready", _ready),
        ("pick|begun|prepar", "cancel_while_picking", _picking),
        ("expir|no.show", "cancel_after_expired", _expired),
    ):
        script("cancel", words)(_cancelling(name, prepare))
    script("take off|fewer|remove|units", "more|than ordered|all|below")(take_off_too_many)
    script("(move|chang|edit|another|other|re-?schedul)", "slot|window|store|name|address|time", "pick|ready|collected|late|begun|shipp")(change_too_late)
    script("(move|chang|re-?schedul)", "slot|window|time", "full|taken|last")(move_to_full_window)
    script("(hold|extend|keep).*longer|extension", "twice|again|second")(hold_longer_twice)
    script("prox|another person|pass", "collected|used|late|over|twice|again")(name_proxy_too_late)


# Cancelling


def cancel_twice(trial: Trial, world: World) -> None:
    """Press cancel twice: goods, window and money are given back once, and the answer is the same."""
    browser, placed = trial.browser().sign_in(world.alice), world.paid_online(owner=world.alice)
    path = _path(world.part_of(placed), "cancel/")
    form = browser.get(path).form(path, what="part")
    trial.first = browser.submit(form)
    assert trial.first.status == 302, trial.first.alerts
    level = StockLevel.objects.get(store=world.store, variant=world.coat)
    trial.begin()
    trial.answer = browser.submit(form)
    assert (Refund.objects.filter(payment__order=placed).count(), level.allocated) == (1, 0)


def store_cancels_twice(trial: Trial, world: World) -> None:
    """The store cancels what it cancelled."""
    staff, placed = trial.browser().sign_in(world.ana), world.paid_online(owner=world.alice)
    path = f"/staff/{world.store.code}/parts/{world.part_of(placed).pk}/"
    form = staff.get(f"{path}change/").form(f"{path}cancel/")
    trial.first = staff.submit(form, **{"all-reason": "Damaged in the store."})
    assert trial.first.status == 302, trial.first.alerts
    trial.begin()
    trial.answer = staff.submit(form, **{"all-reason": "Damaged in the store."})
    assert Refund.objects.filter(payment__order=placed).count() == 1


def cancel_of_another(trial: Trial, world: World) -> None:
    """Cancel somebody else's order: it does not exist."""
    browser, part = trial.browser().sign_in(world.alice), world.part_of(world.bobs_order)
    token = browser.csrf
    trial.begin()
    trial.answer = browser.post(_path(part, "cancel/"), {**CANCEL, "csrfmiddlewaretoken": token})
    trial.like = browser.post(f"/orders/HP-ZZZZZZ/{part.pk}/cancel/", {**CANCEL, "csrfmiddlewaretoken": token})


def _cancelling(name: str, prepare: Callable[[World], Fulfilment]) -> Callable[[Trial, World], None]:
    def run(trial: Trial, world: World) -> None:
        """The customer cancels what went on meanwhile."""
        part = prepare(world)
        browser = trial.browser().sign_in(world.alice)
        trial.answer = _post(trial, browser, _path(part, "cancel/"), CANCEL)
        trial.answer = browser.post(_path(part, "cancel/"), {"what": "order", "csrfmiddlewaretoken": browser.cookie})
        assert Fulfilment.objects.get(pk=part.pk).state == part.state

    run.__name__ = name
    return run


def _collected(world: World) -> Fulfilment:
    return make.collected(world.order(owner=world.alice), world.ana, world.at)


def _ready(world: World) -> Fulfilment:
    return make.ready(world.order(owner=world.alice), world.ana, world.at)


def _picking(world: World) -> Fulfilment:
    part = world.part_of(world.order(owner=world.alice))
    pickup.start_picking(part, by=world.ana, at=timezone.now())
    return part


def _shipped(world: World) -> Fulfilment:
    sent = delivering.shipped(world.parcel(owner=world.alice), world.ana, tracking="", at=world.at)
    if sent.state == State.SHIPPED:
        return sent
    return Fulfilment.objects.select_related("order").get(pk=sent.pk)


def _expired(world: World) -> Fulfilment:
    part = _ready(world)
    Fulfilment.objects.filter(pk=part.pk).update(held_until=timezone.now() - timedelta(minutes=1))
    keeping.expire(part, by=world.ana, at=timezone.now())
    return Fulfilment.objects.select_related("order").get(pk=part.pk)


# Changing


def take_off_too_many(trial: Trial, world: World) -> None:
    """Keep more units than were ordered, or fewer than none."""
    browser, part = trial.browser().sign_in(world.alice), world.part_of(world.order(owner=world.alice))
    line = part.lines.get()
    trial.fields = {f"keep_{line.pk}"}
    for units in ("-1", "2"):
        trial.answer = _post(trial, browser, _path(part, "change/units/"), {f"keep_{line.pk}": units})
        assert trial.answer.status == 422


def change_too_late(trial: Trial, world: World) -> None:
    """Change window, store and name of a pickup, or the address of a parcel, after somebody has begun."""
    browser = trial.browser().sign_in(world.alice)
    if "address" in trial.case.words:
        part = _shipped(world)
        typed = {"name": "Alice Byrne", "street": "8 Quay", "postcode": "D01 A1A1", "city": "Dublin", "country": "IE"}
        fields: dict[str, dict[str, str]] = {"change/address/": typed}
    else:
        part = _collected(world) if "collected" in trial.case.words else _ready(world) if "ready" in trial.case.words else _picking(world)
        fields = {"change/window/": {"slot": "first"}, "change/name/": {"name": "Hanako"}, "change/store/": {"store": world.other_store.code, "slot": ""}}
    token = browser.csrf
    trial.begin()
    for step, values in fields.items():
        trial.answer = browser.post(_path(part, step), {**values, "csrfmiddlewaretoken": token})
        assert trial.answer.status in (409, 422), (step, trial.answer.status, trial.answer.alerts)


def move_to_full_window(trial: Trial, world: World) -> None:
    """Move a pickup into a window whose last place was taken since the page was shown."""
    browser, part = trial.browser().sign_in(world.alice), world.part_of(world.order(owner=world.alice))
    path = _path(part, "change/")
    form = browser.get(path).form(f"{path}window/")
    form.fields["slot"] = browser.get(path).options("slot")[-1]
    Store.objects.filter(pk=world.store.pk).update(slot_capacity=1)
    make.order(world.store, (world.coat, 1), slot=form.fields["slot"], at=timezone.now())
    trial.begin()
    trial.answer = browser.submit(form)
    assert SlotBooking.objects.filter(reference=cancellation.reference(part.pk), released_at=None).count() == 1


def hold_longer_twice(trial: Trial, world: World) -> None:
    """Have a ready order held for longer a second time."""
    browser, part = trial.browser().sign_in(world.alice), _ready(world)
    assert browser.post(_path(part, "hold-longer/"), {"csrfmiddlewaretoken": browser.csrf}).status == 302
    trial.answer = _post(trial, browser, _path(part, "hold-longer/"), {})


def name_proxy_too_late(trial: Trial, world: World) -> None:
    """Name somebody else to collect what was collected; and take back a pass that was used."""
    browser, part = trial.browser().sign_in(world.alice), _collected(world)
    assert proxies.of_pickup(part) is None
    trial.answer = _post(trial, browser, _path(part, "proxy/revoke/"), {})
    assert trial.answer.status == 409
    trial.answer = browser.post(_path(part, "proxy/name/"), {"name": "Ben Kelly", "csrfmiddlewaretoken": browser.cookie})


def _path(part: Fulfilment, step: str) -> str:
    return f"/orders/{part.order.number}/{part.pk}/{step}"


def _post(trial: Trial, browser: Browser, path: str, fields: dict[str, Any]) -> Answer:
    token = browser.csrf
    trial.begin()
    return browser.post(path, {**fields, "csrfmiddlewaretoken": token})
