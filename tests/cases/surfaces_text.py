"""Every line of text that people type about themselves or for each other."""

import json
import unicodedata
from typing import Any

from django.core import mail
from django.utils import timezone

from loyalty.models import Member
from omo import outbox
from orders import payments
from orders.models import Fulfilment, HandOver, Order
from stores.models import ShelfLabel
from tests import factories as make
from tests.cases.browser import Browser, Form
from tests.cases.inputs import BadInput
from tests.cases.targets import Target
from tests.cases.trial import Trial
from tests.cases.world import World

ROOM = {"name at checkout": 100, "name on the card": 100, "identity note": 100, "shelf": 20, "place of a bag": 20}
"""How many characters each field takes."""
OPTIONAL = {"shelf", "place of a bag"}
"""Fields that may be left empty."""


def targets(case: BadInput) -> list[Target]:
    """Where this input can be typed; what must be taken is only tried where there is room for it."""
    runners = {
        "name at checkout": name_at_checkout,
        "name on the card": name_on_card,
        "identity note": identity_note,
        "shelf": name_of_shelf,
        "place of a bag": place_of_bag,
    }
    needed = len(canonical(case)) if case.expect.startswith("ACCEPT") else 0
    blank = not typed(case).strip()
    return [Target(name, run) for name, run in runners.items() if ROOM[name] >= needed and not (blank and name in OPTIONAL)]


def typed(case: BadInput) -> str:
    """What arrives in the field: the text, or the first string in a JSON body."""
    if "json_raw" not in case.payload:
        return case.text
    return next(value for value in _strings(json.loads(case.payload["json_raw"])))


def canonical(case: BadInput) -> str:
    """The one form in which text is kept: composed, without outer spaces."""
    text = typed(case)
    return text if case.expect == "ACCEPT_EXACT" else unicodedata.normalize("NFC", text).strip()


def name_at_checkout(trial: Trial, world: World) -> None:
    """The name for the counter: shown to staff, in admin, and in mails."""
    browser, staff, office = trial.browser(), trial.browser().sign_in(world.ana), trial.browser().sign_in(world.ines)
    form = checkout_form(browser, world)
    trial.begin()
    _send(trial, browser, form, "name", email="taro@shop.test")
    placed = Order.objects.filter(email="taro@shop.test").order_by("-id").first()
    if placed:
        trial.stored = placed.name
        mail.outbox.clear()
        outbox.deliver_due()
        trial.mails = list(mail.outbox)
        assert trial.mails, "the mail of this order did not leave"
        trial.pages = [browser.get(trial.answer.location if trial.answer else "", follow=True)]
        trial.pages += [staff.get(f"/staff/{world.store.code}/{path}") for path in ("queue/", f"pickups/{placed.number}/", f"pickups/{placed.number}/slip/")]
        trial.pages += [office.get(f"/admin/orders/order/{path}") for path in ("", f"{placed.pk}/change/")]


def name_on_card(trial: Trial, world: World) -> None:
    """The name of a new member."""
    browser = trial.browser().sign_in(world.bob)
    Member.objects.filter(user=world.bob).update(user=None, email="")
    form = browser.get("/card/").form("/card/join/")
    trial.begin()
    _send(trial, browser, form, "name")
    member = Member.objects.filter(user=world.bob).first()
    trial.stored = member.name if member else None
    trial.pages = [browser.get("/card/"), trial.browser().sign_in(world.ines).get("/admin/loyalty/member/")]


def identity_note(trial: Trial, world: World) -> None:
    """What staff checked when the customer had no code."""
    browser = trial.browser().sign_in(world.ana)
    placed = world.order()
    make.ready(placed, world.ana, timezone.now())
    payments.take_payment(placed, [payments.Tendered("card", placed.total)], store=world.store, by=world.ana, at=timezone.now())
    path = f"/staff/{world.store.code}/pickups/{placed.number}/hand-over/"
    form = browser.get(f"/staff/{world.store.code}/scan/?code={placed.number}", follow=True).form(path)
    trial.begin()
    _send(trial, browser, form, "identity")
    done = HandOver.objects.filter(fulfilment__order=placed).first()
    trial.stored = done.note if done else None
    trial.pages = [browser.get(f"/staff/{world.store.code}/scan/?code={placed.number}")]


def name_of_shelf(trial: Trial, world: World) -> None:
    """The shelf that labels are made for."""
    browser = trial.browser().sign_in(world.ana)
    world.coat  # noqa: B018 - something to label
    form = browser.get(f"/staff/{world.store.code}/labels/").form(f"/staff/{world.store.code}/labels/make/")
    trial.begin()
    _send(trial, browser, form, "shelf", sku=world.coat.sku)
    label = ShelfLabel.objects.filter(store=world.store, variant=world.coat).order_by("-id").first()
    trial.stored = label.shelf if label else None
    trial.pages = [browser.get(f"/staff/{world.store.code}/{path}") for path in ("labels/", "labels/print/")]


def place_of_bag(trial: Trial, world: World) -> None:
    """Where a ready order waits."""
    browser = trial.browser().sign_in(world.ana)
    placed = world.order()
    make.picked(placed, world.ana, timezone.now())
    path = f"/staff/{world.store.code}/pickups/{placed.number}/"
    form = browser.get(path).form(f"{path}mark-ready/")
    trial.begin()
    _send(trial, browser, form, "place")
    trial.stored = Fulfilment.objects.get(order=placed).place
    trial.pages = [browser.get(path), browser.get(f"/staff/{world.store.code}/queue/")]


def checkout_form(browser: Browser, world: World) -> Form:
    """The checkout of a guest with a coat in the cart, who is in store 1."""
    browser.submit(browser.get(f"/products/{world.coat.product.slug}/").form("/cart/add/"))
    form = browser.get(f"/checkout/?store={world.store.code}").form("/checkout/place-order/")
    form.fields |= {"name": "Taro Yamada", "email": "taro@shop.test", "store": world.store.code}
    return form


def _send(trial: Trial, browser: Browser, form: Form, name: str, **others: str) -> None:
    trial.fields = {name}
    trial.canonical = canonical(trial.case)
    trial.answer = browser.submit(form, **others, **{name: typed(trial.case)})
    trial.accepted = trial.answer.status in (302, 303)


def _strings(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for one in value.values() for text in _strings(one)]
    if isinstance(value, list):
        return [text for one in value for text in _strings(one)]
    return [value] if isinstance(value, str) else []
