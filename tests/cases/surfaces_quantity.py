"""Every field that asks how many."""

import re
import unicodedata
from collections.abc import Iterator
from urllib.parse import parse_qsl

from django.utils import timezone

from orders import carts, pickup
from orders.models import CartLine, FulfilmentLine
from tests import factories as make
from tests.cases.browser import Browser, Form
from tests.cases.inputs import BadInput
from tests.cases.targets import Target
from tests.cases.trial import Trial
from tests.cases.world import World

ORDERED = 99


def targets(case: BadInput) -> list[Target]:
    """Where this input can be typed. Zero is only wrong where it would make a line; elsewhere it takes one away."""
    adding = [Target("product page", add_from_page), Target("shelf label", add_from_label)]
    changing = [Target("cart line", change_cart), Target("till line", change_till), Target("pickup line", tick_line)]
    return adding if number_in(case.text) == 0 else adding + changing


def add_from_page(trial: Trial, world: World) -> None:
    """Add to the cart on the product page."""
    browser = trial.browser()
    form = browser.get(f"/products/{world.mug.product.slug}/", follow=True).form("/cart/add/")
    _add(trial, world, browser, form)


def add_from_label(trial: Trial, world: World) -> None:
    """Add to the cart on the page behind a shelf label."""
    browser = trial.browser()
    form = browser.get(world.filled("/q/<valid label>"), follow=True).form("/cart/add/")
    _add(trial, world, browser, form)


def change_cart(trial: Trial, world: World) -> None:
    """Change a line of the cart."""
    browser = trial.browser()
    browser.submit(browser.get(f"/products/{world.mug.product.slug}/").form("/cart/add/"))
    form = browser.get("/cart/").form(f"/cart/lines/{world.mug.sku}/")
    trial.begin()
    _type(trial, browser, form, "quantity")
    _read_back(trial, CartLine.objects.filter(variant=world.mug).latest("id").quantity)
    trial.pages.append(browser.get("/cart/"))
    _shown(trial, trial.pages[-1].forms, f"/cart/lines/{world.mug.sku}/")


def change_till(trial: Trial, world: World) -> None:
    """Change a line of the open sale."""
    browser = trial.browser().sign_in(world.ana)
    path = f"/staff/{world.store.code}/till/"
    sale = carts.start_sale(store=world.store, by=world.ana, at=timezone.now())
    carts.set_quantity(sale, world.mug, quantity=0, at=timezone.now())
    carts.add(sale, world.mug, at=timezone.now())
    form = browser.get(path).form(f"{path}lines/{world.mug.sku}/")
    trial.begin()
    _type(trial, browser, form, "quantity")
    _read_back(trial, CartLine.objects.get(cart=sale, variant=world.mug).quantity)


def tick_line(trial: Trial, world: World) -> None:
    """Say how many units of a line are in the bag."""
    browser = trial.browser().sign_in(world.ana)
    placed = make.order(world.store, (world.coat, ORDERED), at=timezone.now())
    waiting = make.pickup_of(placed)
    pickup.start_picking(waiting, by=world.ana, at=timezone.now())
    line = FulfilmentLine.objects.get(fulfilment=waiting)
    path = f"/staff/{world.store.code}/pickups/{placed.number}/pick/{line.pk}/"
    form = next(one for one in browser.get(f"/staff/{world.store.code}/pickups/{placed.number}/").forms if one.action == path)
    trial.begin()
    _type(trial, browser, form, "picked")
    _read_back(trial, FulfilmentLine.objects.get(pk=line.pk).picked)


def number_in(text: str) -> int | None:
    """The whole number that a text in digits of any script says, read without our own code; None if it says none."""
    digits = [unicodedata.decimal(letter, None) for letter in text.strip().removesuffix(".0")]
    if not digits or None in digits or len(digits) > 9:
        return None
    return int("".join(str(digit) for digit in digits))


def _add(trial: Trial, world: World, browser: Browser, form: Form) -> None:
    trial.begin()
    _type(trial, browser, form, "quantity")
    line = CartLine.objects.filter(variant=world.mug).order_by("-id").first()
    _read_back(trial, line.quantity if line else None)
    trial.pages.append(browser.get("/cart/"))
    _shown(trial, trial.pages[-1].forms, f"/cart/lines/{world.mug.sku}/")


def _type(trial: Trial, browser: Browser, form: Form, name: str) -> None:
    """Send the form with the input in this field; several values stay several values."""
    if re.fullmatch(r"quantity=[^&=]*(&quantity=[^&=]*)+", trial.case.text):
        rest = [(key, value) for key, value in form.fields.items() if key != name]
        fields = [*rest, *((name, value) for _, value in parse_qsl(trial.case.text, keep_blank_values=True))]
    else:
        fields = form.filled(**{name: trial.case.text})
    trial.answer = browser.post(form.action, fields)
    trial.accepted = trial.answer.status in (200, 302, 303) and not trial.answer.alerts


def _read_back(trial: Trial, held: int | None) -> None:
    trial.stored, trial.canonical = held, number_in(trial.case.text)


def _shown(trial: Trial, forms: Iterator[Form] | list[Form], action: str) -> None:
    """What was taken is shown in plain digits."""
    if trial.accepted:
        shown = next(form.fields["quantity"] for form in forms if form.action == action and form.fields.get("quantity", "0") != "0")
        assert shown == str(trial.canonical), f"the cart shows {shown!r}"
