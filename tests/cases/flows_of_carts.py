"""Flows of carts that go on elsewhere, of passes for other people, and of the windows in which orders are collected."""

from django.utils import timezone

from orders import checkout
from orders.models import Cart, CartLine, Fulfilment, HandOver, Order
from stores.models import SlotBooking, Store
from tests import factories as make
from tests.cases.browser import Browser, Form
from tests.cases.inputs import BadInput
from tests.cases.scripts import Scripts
from tests.cases.surfaces_text import checkout_form
from tests.cases.targets import Target
from tests.cases.trial import Trial
from tests.cases.world import World


def register(script: Scripts) -> None:
    """Add these scripts to those of the surface."""
    script("book|slot|window|appointment", "last|full|twice|capacity|parallel|two")(last_slot_twice)
    script("book|slot|window|check.?out", "closed|paused|past|gone|stale|old|no longer|yesterday")(window_that_is_gone)
    script("cart", "code|continue|other device|another device|taken over", "order(ed)?|placed|bought")(code_of_ordered_cart)
    script("cart", "code|continue|other device|another device|taken over", "twice|again|used|second")(cart_code_twice)
    script("prox|pass", "twice|again|used|second|both")(pass_twice)
    script("prox|pass", "revoked|taken back|withdrawn")(revoked_pass)
    script("sav(e|ed) for later|saved", "order|buy|check.?out|place")(saved_only)
    script("way|store of its own|delivery|deliver", "chang|other tab|meanwhile|another tab")(ways_changed)


def of_windows(case: BadInput) -> list[Target]:
    """A moment that is no window, typed where a window is chosen."""
    return [Target("window at the checkout", window_at_checkout), Target("window of an order", window_of_order)]


# Windows


def last_slot_twice(trial: Trial, world: World) -> None:
    """Two customers send the checkout with the last place of a window: one has it, the other is told and gets other windows."""
    Store.objects.filter(pk=world.store.pk).update(slot_capacity=1)
    one, two = trial.browser(), trial.browser("203.0.113.8")
    forms = [_with_window(browser, world) for browser in (one, two)]
    assert forms[0].fields["slot"] == forms[1].fields["slot"]
    assert one.submit(forms[0]).status == 302
    trial.begin()
    trial.answer = two.submit(forms[1])
    booked = SlotBooking.objects.filter(store=world.store, starts_at=forms[0].fields["slot"].partition("@")[2] or forms[0].fields["slot"], released_at=None)
    assert booked.count() == 1


def window_that_is_gone(trial: Trial, world: World) -> None:
    """Order in a window of yesterday, and in one of a store that does not take orders at the moment."""
    browser = trial.browser()
    form = _with_window(browser, world)
    token = form.fields["slot"]
    trial.begin()
    for slot in ("2020-01-01T10:00:00+00:00", token.replace("20", "21", 1), "asap@2020-01-01T10:00:00+00:00"):
        trial.answer = browser.submit(form, slot=slot)
        assert trial.answer.status == 409, (slot, trial.answer.status)


def window_at_checkout(trial: Trial, world: World) -> None:
    """Send the checkout with it."""
    browser = trial.browser()
    form = checkout_form(browser, world)
    trial.begin()
    trial.answer = browser.submit(form, slot=trial.case.text)
    trial.accepted = trial.answer.status == 302


def window_of_order(trial: Trial, world: World) -> None:
    """Move a pickup to it."""
    browser, part = trial.browser().sign_in(world.alice), world.part_of(world.order(owner=world.alice))
    path = f"/orders/{part.order.number}/{part.pk}/change/"
    form = browser.get(path).form(f"{path}window/")
    trial.begin()
    trial.answer = browser.submit(form, slot=trial.case.text)
    assert Fulfilment.objects.get(pk=part.pk).due_at == part.due_at


def _with_window(browser: Browser, world: World) -> Form:
    """The checkout with the last window that it offers."""
    form = checkout_form(browser, world)
    form.fields["slot"] = browser.get(f"/checkout/?store={world.store.code}").options("slot")[-1]
    return form


# Carts


def cart_code_twice(trial: Trial, world: World) -> None:
    """Take a cart over with a code that was used: its goods are in one cart."""
    first, second, code = trial.browser(), trial.browser("203.0.113.8"), world.cart_code()
    path = f"/cart/continue/{code}/take-over/"
    assert first.post(path, {"csrfmiddlewaretoken": first.csrf}).status == 302
    token = second.csrf
    trial.begin()
    trial.answer = second.post(path, {"csrfmiddlewaretoken": token})
    trial.like = second.post("/cart/continue/ZZZZZZZZZZ/take-over/", {"csrfmiddlewaretoken": token})
    trial.said = "" if trial.case.expect == "NOT_FOUND_404" else trial.answer.words
    assert trial.answer.status == 404
    assert CartLine.objects.filter(variant=world.coat, cart__state=Cart.State.OPEN).count() == 1


def code_of_ordered_cart(trial: Trial, world: World) -> None:
    """Open the code of a cart that was ordered meanwhile."""
    browser, code = trial.browser(), world.cart_code()
    cart = Cart.objects.get(code=code)
    contact = checkout.Contact("Taro Yamada", "taro@shop.test")
    checkout.place_order(cart, channel="web", contact=contact, store=world.store, idempotency_key="of-a-case-0000000", by=None, at=timezone.now())
    token = browser.csrf
    trial.begin()
    assert browser.get(f"/cart/continue/{code}/").status == 404
    trial.answer = browser.post(f"/cart/continue/{code}/take-over/", {"csrfmiddlewaretoken": token})
    trial.like = browser.post("/cart/continue/ZZZZZZZZZZ/take-over/", {"csrfmiddlewaretoken": token})
    trial.said = "" if trial.case.expect == "NOT_FOUND_404" else trial.answer.words
    assert trial.answer.status == 404


def saved_only(trial: Trial, world: World) -> None:
    """Order when all that the cart holds is saved for later: nothing is bought."""
    browser = trial.browser()
    form = checkout_form(browser, world)
    assert browser.post(f"/cart/lines/{world.coat.sku}/save-for-later/", {"csrfmiddlewaretoken": browser.csrf}).status == 302
    trial.begin()
    trial.answer = browser.submit(form)
    trial.said = trial.answer.words
    assert (trial.answer.status, Order.objects.count()) == (409, 0)


def ways_changed(trial: Trial, world: World) -> None:
    """Send a checkout that was shown before everything was to be delivered, in another tab."""
    browser = trial.browser()
    assert world.standard_delivery
    form = checkout_form(browser, world)
    assert browser.post("/cart/receive-all/", {"how": "delivered", "csrfmiddlewaretoken": browser.csrf}).status == 302
    assert CartLine.objects.get(cart__state=Cart.State.OPEN, variant=world.coat).way == CartLine.Way.DELIVERY
    trial.begin()
    trial.answer = browser.submit(form)


# Passes


def pass_twice(trial: Trial, world: World) -> None:
    """Show a pass that was used: nothing goes out a second time."""
    staff, placed = trial.browser().sign_in(world.ana), world.ready_order
    shown = world.pass_of(placed)
    path = f"/staff/{world.store.code}/pickups/{placed.number}/hand-over/"
    fields = {"proof": shown, "tender": "card", "amount": str(placed.total), "csrfmiddlewaretoken": staff.csrf}
    assert staff.post(path, fields).status == 302
    trial.begin()
    trial.answer = staff.post(path, fields)
    assert HandOver.objects.filter(fulfilment__order=placed).count() == 1


def revoked_pass(trial: Trial, world: World) -> None:
    """Show a pass that was taken back."""
    staff, placed = trial.browser().sign_in(world.ana), world.ready_order
    shown = world.revoked_pass_of(placed)
    path = f"/staff/{world.store.code}/pickups/{placed.number}/hand-over/"
    fields = {"proof": shown, "tender": "card", "amount": str(placed.total), "csrfmiddlewaretoken": staff.csrf}
    trial.begin()
    trial.answer = staff.post(path, fields)
    assert make.pickup_of(placed).state == Fulfilment.State.READY
