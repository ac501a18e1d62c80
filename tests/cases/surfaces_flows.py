"""Flows and states: doing things too early, twice, or from two tabs."""

import re

from orders.models import Order, OrderLine
from stores.models import Hold, StockLevel, Store, Variant
from tests.cases import flows_at_work, flows_of_carts, flows_of_changes, flows_of_parcels, flows_of_payments, surfaces_webhooks
from tests.cases.browser import Browser, Form
from tests.cases.inputs import BadInput
from tests.cases.scripts import Scripts
from tests.cases.surfaces_text import checkout_form
from tests.cases.targets import Target
from tests.cases.trial import NotBuilt, Trial
from tests.cases.world import World

ABSENT = [
    (r"\breturn(s|ed|ing)?\b(?! to the page)", "returns"),
    (r"refund\w* (his |her |their )?own|staff = customer|refund by hand|partial refund", "refunds by hand"),
    (r"redeem|spend points", "redeeming points"),
    (r"gives? points|points by hand|adjust\w* points", "points by hand"),
    (r"erase|gdpr|forget me", "erasure of personal data"),
    (r"appointment|fitting|consultation", "appointments"),
    (r"coupon", "coupons"),
    (r"promotion", "promotions"),
    (r"gift", "gift cards"),
]
"""Words of flows that are not there yet, and what is missing."""

script = Scripts()
flows_of_payments.register(script)
flows_of_parcels.register(script)
flows_of_changes.register(script)
flows_of_carts.register(script)


def targets(case: BadInput) -> list[Target]:
    """The script of these steps. A moment instead of steps is a window to collect in: the booking that there is."""
    words = f"{case.words} {case.payload.get('text', '').lower()}"
    for sign, absent in ABSENT:
        if re.search(sign, words):
            raise NotBuilt(absent)
    if re.search(r"webhook|provider (event|tells)|event of (a|the) provider", words):
        return surfaces_webhooks.script.of(case)
    if not case.steps and re.search(r"book|slot|window|\bdst\b", words):
        return flows_of_carts.of_windows(case)
    return script.of(case)


@script("collect", "before ready|new order|not ready")
def collect_too_early(trial: Trial, world: World) -> None:
    """Hand over an order that nobody has picked, with its right code."""
    browser = trial.browser().sign_in(world.ana)
    placed, digits, token = world.new_order, world.digits_of(world.new_order), browser.csrf
    path = f"/staff/{world.store.code}/pickups/{placed.number}/hand-over/"
    trial.begin()
    for fields in ({"proof": digits}, {"proof": world.qr_of(placed), "tender": "card", "amount": str(placed.total)}, {"identity": "ID card"}):
        trial.answer = browser.post(path, {**fields, "csrfmiddlewaretoken": token})
        assert trial.answer.status == 409


@script("collect|hand", "twice|again")
def collect_twice(trial: Trial, world: World) -> None:
    """Hand over what was handed over."""
    browser = trial.browser().sign_in(world.ana)
    placed, token = world.collected_order, browser.csrf
    proof = world.digits_of(placed)
    trial.begin()
    trial.answer = browser.post(f"/staff/{world.store.code}/pickups/{placed.number}/hand-over/", {"proof": proof, "csrfmiddlewaretoken": token})


@script("double click|two identical")
def double_click(trial: Trial, world: World) -> None:
    """Send the same checkout form twice."""
    browser = trial.browser()
    form = checkout_form(browser, world)
    trial.first = browser.submit(form)
    assert trial.first.status == 302
    trial.begin()
    trial.answer = browser.submit(form)


@script("two tabs|tab 1")
def two_tabs(trial: Trial, world: World) -> None:
    """Open the checkout in two tabs and place in both."""
    browser = trial.browser()
    one, two = checkout_form(browser, world), _checkout(browser, world)
    assert one.fields["key"] != two.fields["key"]
    assert browser.submit(one).status == 302
    trial.begin()
    trial.answer = browser.submit(two)


@script("price")
def price_changed(trial: Trial, world: World) -> None:
    """Head office raises a price while a checkout is open: the new total is shown before it is charged."""
    browser = trial.browser()
    form = checkout_form(browser, world)
    Variant.objects.filter(pk=world.coat.pk).update(price=9900)
    trial.begin()
    trial.answer = browser.submit(form)
    assert trial.answer.status == 409
    assert "99.00" in trial.answer.text
    again = trial.answer.form("/checkout/place-order/")
    assert again.fields["seen_total"] == "9900"


@script("re-enter|own hold")
def enter_again(trial: Trial, world: World) -> None:
    """Go to the checkout with the last piece, which holds it, leave, go there again and order."""
    browser = trial.browser()
    browser.submit(browser.get(f"/products/{world.last_one.product.slug}/").form("/cart/add/"))
    for _ in range(2):
        assert browser.submit(browser.get("/cart/").form("/checkout/start/"), store=world.store.code).status == 302
    assert Hold.objects.filter(level__variant=world.last_one, ended_at=None).count() == 1
    form = _checkout(browser, world)
    trial.begin()
    trial.answer = browser.submit(form)
    trial.accepted = trial.answer.status == 302
    trial.stored, trial.canonical = Order.objects.filter(lines__variant=world.last_one).count(), 1


@script("two lines|same stock")
def more_than_there_is(trial: Trial, world: World) -> None:
    """Put the last piece into the cart twice: the demand is summed, and the page says what is left."""
    browser = trial.browser()
    form = browser.get(f"/products/{world.last_one.product.slug}/").form("/cart/add/")
    browser.submit(form)
    browser.submit(form)
    checkout = _checkout(browser, world)
    trial.begin()
    trial.answer = browser.submit(checkout)
    assert world.last_one.product.name in trial.answer.alerts
    assert not OrderLine.objects.filter(variant=world.last_one).exists()
    assert StockLevel.objects.get(store=world.store, variant=world.last_one).allocated == 0


@script("empty cart|nothing in")
def nothing_to_order(trial: Trial, world: World) -> None:
    """Send a checkout form after the cart was emptied in another tab."""
    browser = trial.browser()
    form = checkout_form(browser, world)
    browser.submit(browser.get("/cart/").form(f"/cart/lines/{world.coat.sku}/"), quantity="0")
    trial.begin()
    trial.answer = browser.submit(form)


@script("delisted|no longer sold|taken off|unpublished")
def taken_off_sale(trial: Trial, world: World) -> None:
    """Order what was taken off sale while it lay in the cart."""
    browser = trial.browser()
    form = checkout_form(browser, world)
    Variant.objects.filter(pk=world.coat.pk).update(active=False)
    trial.begin()
    trial.answer = browser.submit(form)


@script("sold out|last (unit|piece)|stock (gone|sold)")
def sold_meanwhile(trial: Trial, world: World) -> None:
    """Order the last piece after somebody else did."""
    browser = trial.browser()
    browser.submit(browser.get(f"/products/{world.last_one.product.slug}/").form("/cart/add/"))
    form = _checkout(browser, world)
    world.order(goods=world.last_one)
    trial.begin()
    trial.answer = browser.submit(form)


@script("same key|key reused|idempotency", "other|different|changed|body 2")
def key_for_another_order(trial: Trial, world: World) -> None:
    """Use the key of one order for another."""
    browser = trial.browser()
    form = checkout_form(browser, world)
    assert browser.submit(form).status == 302
    again = checkout_form(browser, world)
    trial.begin()
    trial.answer = browser.submit(again, key=form.fields["key"], name="Hanako Yamada")


@script("closed store|no pickup|store .*(closed|pickup)")
def store_without_pickup(trial: Trial, world: World) -> None:
    """Order at a store that stopped handing over while the page was open."""
    browser = trial.browser()
    form = checkout_form(browser, world)
    Store.objects.filter(pk=world.store.pk).update(pickup=False)
    trial.begin()
    trial.answer = browser.submit(form)


flows_at_work.register(script)


def client_sent(case: BadInput) -> list[Target]:
    """Fields that no form of ours has, sent along with those it has."""
    return [Target("checkout with more fields", smuggle)]


def smuggle(trial: Trial, world: World) -> None:
    """Place an order and add to the cart with fields that a customer has no say in: they change nothing."""
    browser = trial.browser().sign_in(world.alice)
    world.member, world.other_store  # noqa: B018
    extra = dict(pair.split("=", 1) for pair in trial.case.text.split("&"))
    add = browser.get(f"/products/{world.coat.product.slug}/").form("/cart/add/")
    trial.begin()
    browser.post(add.action, [*add.filled().copy(), *((name, value) for name, value in extra.items() if name not in add.fields)])
    form = _checkout(browser, world)
    smuggled = {name: value for name, value in extra.items() if name not in form.fields}
    trial.answer = browser.submit(form, **smuggled)
    trial.accepted = trial.answer.status == 302
    _nothing_smuggled(world)


def _nothing_smuggled(world: World) -> None:
    placed = Order.objects.filter(user=world.alice).order_by("-id").first()
    if placed:
        assert (placed.total, placed.store) == (world.coat.price, world.store)
    world.alice.refresh_from_db()
    world.member.refresh_from_db()
    assert (world.alice.is_staff, world.alice.is_superuser, world.member.balance) == (False, False, 0)
    assert not world.alice.assignments.exists()


def _checkout(browser: Browser, world: World) -> Form:
    form = browser.get(f"/checkout/?store={world.store.code}").form("/checkout/place-order/")
    form.fields |= {"name": "Taro Yamada", "email": "taro@shop.test", "store": world.store.code, "method": "in_store"}
    return form
