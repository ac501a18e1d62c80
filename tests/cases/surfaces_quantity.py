"""Every field that asks how many."""

import re
import unicodedata
from collections.abc import Iterator
from urllib.parse import parse_qsl

from django.utils import timezone

from orders import cancellation, carts, pickup
from orders.models import Arrival, CartLine, Fulfilment, FulfilmentLine
from stores.models import Store
from tests import factories as make
from tests.cases.browser import Browser, Form
from tests.cases.inputs import BadInput
from tests.cases.targets import Target
from tests.cases.trial import Trial
from tests.cases.world import World

ORDERED = 99


def targets(case: BadInput) -> list[Target]:
    """Where this input can be typed. Zero is only wrong where it would make a line; elsewhere it takes one away, and to keep all is no change."""
    adding = [Target("product page", add_from_page), Target("shelf label", add_from_label)]
    changing = [Target("cart line", change_cart), Target("till line", change_till), Target("pickup line", tick_line)]
    number = number_in(case.text)
    if number == 0:
        return adding
    keeping = [Target("units that a customer keeps", keep_some), Target("units that a store keeps", keep_some_at_work)]
    bay = [Target("bay", wait_in_bay)] if case.text.strip() else []  # nothing means the counter
    return adding + changing + (keeping if number != ORDERED else []) + bay


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


def keep_some(trial: Trial, world: World) -> None:
    """The customer keeps fewer units than were ordered."""
    browser, part = trial.browser().sign_in(world.alice), _many(world)
    path = f"/orders/{part.order.number}/{part.pk}/change/"
    form, line = browser.get(path).form(f"{path}units/"), part.lines.get()
    trial.begin()
    _type(trial, browser, form, f"keep_{line.pk}")
    _read_back(trial, _kept(line))


def keep_some_at_work(trial: Trial, world: World) -> None:
    """The store takes units off, with a reason."""
    staff, part = trial.browser().sign_in(world.ana), _many(world)
    path = f"/staff/{world.store.code}/parts/{part.pk}/change/"
    form, line = staff.get(path).form(f"{path}units/"), part.lines.get()
    form.fields["lines-reason"] = "Some were damaged."
    trial.begin()
    _type(trial, staff, form, f"keep_{line.pk}")
    _read_back(trial, _kept(line))


def wait_in_bay(trial: Trial, world: World) -> None:
    """The customer says in which bay they wait: one of 99."""
    browser = trial.browser().sign_in(world.alice)
    Store.objects.filter(pk=world.store.pk).update(bays=ORDERED)
    part = make.ready(world.order(owner=world.alice), world.ana, timezone.now())
    form = Form(f"/orders/{part.order.number}/{part.pk}/arrive/", "post", {"csrfmiddlewaretoken": browser.csrf}, set())
    trial.begin()
    _type(trial, browser, form, "bay")
    arrival = Arrival.objects.filter(fulfilment=part).first()
    place = arrival.place.removeprefix("bay ") if arrival and arrival.arrived_at else ""
    trial.accepted = bool(place)
    _read_back(trial, int(place) if place.isdigit() else None)
    if trial.answer and trial.answer.status == 302 and not place:
        trial.answer = browser.get(f"/orders/{part.order.number}/")
        trial.said = "no such bay" if "nobody was told" in trial.answer.text else ""


def _many(world: World) -> Fulfilment:
    """As many of a thing as can be ordered, of Alice's."""
    return make.pickup_of(make.order(world.store, (world.coat, ORDERED), owner=world.alice, at=timezone.now()))


def _kept(line: FulfilmentLine) -> int:
    return cancellation.going(FulfilmentLine.objects.get(pk=line.pk))


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
