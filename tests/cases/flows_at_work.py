"""Flows of staff: what two people do at once, or one person too early, too late or twice."""

from collections.abc import Mapping
from datetime import timedelta

from django.utils import timezone

from orders import pickup
from orders.models import HandOver, Order, Payment
from tests import factories as make
from tests.cases.browser import Answer, Browser
from tests.cases.scripts import Scripts
from tests.cases.trial import Trial
from tests.cases.world import World


def register(script: Scripts) -> None:
    """Add these scripts to those of the surface."""
    script("collect|hand", "unpaid|without pay|not paid")(hand_over_unpaid)
    script("collect|hand", "wrong code|other order|another order")(hand_over_for_other)
    script("ready", "unpicked|not (all )?picked|before pick")(ready_too_early)
    script("two (staff|people|pickers)|pick", "same order|twice|both|claim")(pick_together)
    script("undo", "late|after|20 s|21 s")(undo_too_late)
    script("pay|payment|tender", "twice|again|double|paid order")(pay_twice)
    script("till|sale|ring|receipt", "twice|again|double|same")(sell_twice)
    script("(till|sale|tender|cash)", "less|short|under|below|split")(pay_too_little)


def hand_over_unpaid(trial: Trial, world: World) -> None:
    """Hand over a ready order with its right code before it is paid."""
    browser, placed = trial.browser().sign_in(world.ana), world.ready_order
    digits = world.digits_of(placed)
    trial.answer = _post(trial, browser, world, placed, "hand-over/", {"proof": digits})


def hand_over_for_other(trial: Trial, world: World) -> None:
    """Hand over one order with another one's code."""
    browser, placed = trial.browser().sign_in(world.ana), world.ready_order
    other = world.order()
    make.ready(other, world.ana, timezone.now())
    trial.answer = _post(trial, browser, world, placed, "hand-over/", {"proof": world.qr_of(other), "tender": "card", "amount": str(placed.total)})


def ready_too_early(trial: Trial, world: World) -> None:
    """Mark ready what nobody has ticked."""
    browser, placed = trial.browser().sign_in(world.ana), world.order()
    pickup.start_picking(make.pickup_of(placed), by=world.ana, at=timezone.now())
    trial.answer = _post(trial, browser, world, placed, "mark-ready/", {"place": "R-1"})


def pick_together(trial: Trial, world: World) -> None:
    """Claim an order that a colleague has begun: the answer names the colleague."""
    colleague = make.staff(world.store, email="cleo@shop.test", name="Cleo Marsh")
    placed = world.order()
    pickup.start_picking(make.pickup_of(placed), by=colleague, at=timezone.now())
    trial.answer = _post(trial, trial.browser().sign_in(world.ana), world, placed, "start-picking/", {})
    assert "Cleo" in trial.answer.words


def undo_too_late(trial: Trial, world: World) -> None:
    """Take back 'ready' when the customer may have been told."""
    browser, placed = trial.browser().sign_in(world.ana), world.order()
    make.ready(placed, world.ana, timezone.now() - timedelta(seconds=60))
    trial.answer = _post(trial, browser, world, placed, "undo-ready/", {})


def pay_twice(trial: Trial, world: World) -> None:
    """Take the money and hand over twice: nothing is taken the second time."""
    browser, placed = trial.browser().sign_in(world.ana), world.order()
    make.ready(placed, world.ana, timezone.now())
    fields = {"tender": "card", "amount": str(placed.total), "identity": "ID card, name matches"}
    trial.first = browser.post(_path(world, placed, "hand-over/"), {**fields, "csrfmiddlewaretoken": browser.csrf})
    trial.answer = _post(trial, browser, world, placed, "hand-over/", fields)
    trial.said = "collected"
    assert Payment.objects.filter(order=placed).count() == 1


def sell_twice(trial: Trial, world: World) -> None:
    """Send the same sale twice from the till: one sale, the same receipt."""
    browser, path = trial.browser().sign_in(world.ana), f"/staff/{world.store.code}/till/"
    browser.submit(browser.get(path).form(f"{path}scan/"), code=world.mug.sku)
    form = browser.get(path).form(f"{path}ring-up/")
    trial.first = browser.submit(form, tender="card")
    assert trial.first.status == 302, trial.first.alerts
    trial.begin()
    trial.answer = browser.submit(form, tender="card")
    assert Order.objects.filter(sale_reference=form.fields["sale_reference"]).count() == 1
    assert HandOver.objects.count() == 1


def pay_too_little(trial: Trial, world: World) -> None:
    """Ring up a sale with less than its total."""
    browser, path = trial.browser().sign_in(world.ana), f"/staff/{world.store.code}/till/"
    browser.submit(browser.get(path).form(f"{path}scan/"), code=world.mug.sku)
    form = browser.get(path).form(f"{path}ring-up/")
    trial.begin()
    trial.answer = browser.submit(form, tender="split", card="1.00", cash="0.50")
    assert not Order.objects.filter(sale_reference=form.fields["sale_reference"]).exists()


def _path(world: World, placed: Order, step: str) -> str:
    return f"/staff/{world.store.code}/pickups/{placed.number}/{step}"


def _post(trial: Trial, browser: Browser, world: World, placed: Order, step: str, fields: Mapping[str, str]) -> Answer:
    token = browser.csrf
    trial.begin()
    return browser.post(_path(world, placed, step), {**fields, "csrfmiddlewaretoken": token})
